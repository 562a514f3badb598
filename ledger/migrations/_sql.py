"""SQL that migrations install: one file for what it does, one beside it that takes it back.

`sql/NAME.sql` is what stands today. A text that a later migration replaced stays where the earlier one finds
it: `sql/superseded/0002/NAME.sql` is what 0002 installed.
"""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


def install(*names: str, superseded: str = "") -> list[migrations.RunSQL]:
    """Return the operations that install these files, one after the other."""
    folder = SQL / "superseded" / superseded if superseded else SQL
    return [
        migrations.RunSQL(_text(folder / f"{name}.sql"), _text(folder / f"{name}_reverse.sql"))
        for name in names
    ]


def remove(*names: str, superseded: str) -> list[migrations.RunSQL]:
    """Return the operations that take away what an earlier migration installed, the last one first."""
    folder = SQL / "superseded" / superseded
    return [
        migrations.RunSQL(_text(folder / f"{name}_reverse.sql"), _text(folder / f"{name}.sql"))
        for name in reversed(names)
    ]


def _text(path: Path) -> str:
    return path.read_text()
