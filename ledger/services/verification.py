"""Is every fen where the books say it is? Each check is one query that finds the first wrong row.

They read one snapshot while postings go on. Content and chain are computed anew by the functions that
wrote them (migrations/sql/posting.sql); tests/ledger/test_twin.py reads the format a second time in Python.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Finding:
    """The first row that a check found wrong."""

    check: str
    row: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was looked at, and what was found first (None = all is well)."""

    accounts: int
    transactions: int
    entries: int
    finding: Finding | None


_SECTION = re.compile(r"^-- check: (\w+)\n", re.MULTILINE)
_PARTS = _SECTION.split((Path(__file__).parent / "verify.sql").read_text())
CHECKS = dict(zip(_PARTS[1::2], _PARTS[2::2], strict=True))
"""Name → query, in the order of the file."""


def verify() -> Verified:
    """Run every check on one snapshot; stops at the first finding."""
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        finding = None
        for check, statement in CHECKS.items():
            cursor.execute(statement)
            if (row := cursor.fetchone()) is not None:
                finding = Finding(check, row[0])
                break
        cursor.execute(
            "SELECT (SELECT count(*) FROM ledger_account), (SELECT count(*) FROM ledger_transaction),"
            " (SELECT count(*) FROM ledger_entry)"
        )
        accounts, transactions, entries = cursor.fetchone()
    return Verified(accounts, transactions, entries, finding)
