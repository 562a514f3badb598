"""What the run reads from the database, and the bureau's credits: patient while PostgreSQL is away."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from ledger import services as ledger
from ledger.models import LedgerAccount, Mandate
from tests.bank.history import Operation
from tests.bank.town import Resident

T = TypeVar("T")
PATIENCE = 60.0

SNAPSHOT = """
SELECT
    (SELECT COALESCE(sum(amount), 0) FROM ledger_entry),
    (SELECT count(*) FROM ledger_account AS a
     LEFT JOIN (SELECT account_id, sum(amount) AS total, count(*) AS lines FROM ledger_entry
                WHERE seq IS NOT NULL GROUP BY account_id) AS e ON e.account_id = a.id
     WHERE a.balance IS NOT NULL AND (a.balance <> COALESCE(e.total, 0) OR a.seq <> COALESCE(e.lines, 0))),
    (SELECT count(*) FROM ledger_account WHERE balance < 0),
    (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database())
"""


def steadily(work: Callable[[], T], operation: Operation | None = None) -> T:
    """Do something in the database until PostgreSQL lets it through; only for what may be repeated."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            if operation is not None:
                operation.attempts += 1
                operation.lost += 1
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def one(statement: str, *values: object) -> tuple:
    """The only row of a query."""

    def ask() -> tuple:
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchone()

    return steadily(ask)


def clock() -> datetime:
    """PostgreSQL's own time: mandates and postings bear no other."""
    return one("SELECT clock_timestamp()")[0]


def ended_at(mandate: int) -> datetime | None:
    return steadily(lambda: Mandate.objects.values_list("valid_until", flat=True).get(pk=mandate))


def paused_at(mandate: int) -> datetime | None:
    return steadily(lambda: Mandate.objects.values_list("paused_at", flat=True).get(pk=mandate))


def credit(resident: Resident, fund: LedgerAccount, serial: str, fen: int, operation: Operation) -> str:
    """Credit 分 to a resident's account; "posted", or "there" when an earlier try had got through."""
    assert resident.account is not None
    item = ledger.Credit(resident.account, fund, "contribution", serial, fen, timezone.now())
    return steadily(lambda: ledger.credit([item])[0], operation)


def snapshot() -> tuple[int, int, int, int]:
    """Sum of all entries, accounts whose balance is not that sum, negative ones, deadlocks: one statement."""

    def look() -> tuple[int, int, int, int]:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            try:
                cursor.execute(SNAPSHOT)
                return cursor.fetchone()
            finally:
                cursor.execute("ROLLBACK")

    return steadily(look)
