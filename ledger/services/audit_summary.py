"""What an auditor may know without seeing a person: counts, a sum that must be 0, the heads of the chains."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection

from gongji import outbox

_STATEMENT = (Path(__file__).parent / "audit_summary.sql").read_text()


@dataclass(frozen=True, slots=True)
class Summary:
    """The books and the outbox at one moment. Amounts in 分."""

    transactions: int
    entries: int
    sum_of_entries: int
    """0, or money came from nowhere."""
    differing_accounts: int
    """Accounts whose stored balance is not the sum of their entries; 0 as it should be."""
    chain_heads: str
    """SHA-256 over id, sequence and head of every chained account by id: a later look shows what changed."""
    at: datetime
    outbox_backlog: int
    outbox_age: float
    """Seconds since the oldest job that waits was due."""


def summary() -> Summary:
    """Return the summary. The books are read in one statement, so postings under way do not blur it."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT)
        transactions, entries, total, differing, heads, at = cursor.fetchone()
    jobs = outbox.health()
    return Summary(
        transactions=transactions,
        entries=entries,
        sum_of_entries=total,
        differing_accounts=differing,
        chain_heads=heads,
        at=at,
        outbox_backlog=int(jobs["backlog"] or 0),
        outbox_age=float(jobs["oldest_seconds"] or 0),
    )
