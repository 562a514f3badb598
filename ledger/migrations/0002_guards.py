"""What PostgreSQL guarantees about the books, and the functions that post to them."""

from django.db import migrations

from ledger.migrations._sql import install


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        *install("guards", "posting", "settle", "reversal", superseded="0002"),
        *install("credit"),
    ]
