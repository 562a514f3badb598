"""Between which accounts money may go, whoever writes to the books."""

from django.db import migrations

from ledger.migrations._sql import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_seals")]
    operations = install("ways")
