"""What PostgreSQL guarantees about the books, and the functions that post to them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def run(name: str) -> migrations.RunSQL:
    return migrations.RunSQL((SQL / f"{name}.sql").read_text(), (SQL / f"{name}_reverse.sql").read_text())


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [run(name) for name in ["guards", "posting", "settle", "reversal", "credit"]]
