"""What verify_ledger looks at: parts of the books, cut into slices that one statement each can check.

A slice is (low, high]; None is an open end, so that rows outside every expected range are looked at too.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from django.db.backends.utils import CursorWrapper

Key = Any
"""Where a slice ends: an id, a (provider, key), a seal's number; as JSON keeps it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first row that a check found wrong."""

    check: str
    row: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was looked at, and what was found first (None = all is well)."""

    accounts: int = 0
    transactions: int = 0
    entries: int = 0
    seals: int = 0
    finding: Finding | None = None

    def __add__(self, other: "Verified") -> "Verified":
        """Add the counts; the finding of the left one comes first."""
        counts = {
            name.name: getattr(self, name.name) + getattr(other, name.name)
            for name in fields(self)
            if name.name != "finding"
        }
        return Verified(**counts, finding=self.finding or other.finding)


_PARTS = re.split(
    r"^-- part: (\w+)\n", (Path(__file__).parent / "verify.sql").read_text(), flags=re.MULTILINE
)
SQL = dict(zip(_PARTS[1::2], _PARTS[2::2], strict=True))
_WITHIN = re.compile(r"within\(([^()]*)\)")


def bounded(statement: str, low: Key, high: Key) -> str:
    """Write the bounds of a slice into a statement, in place of `within(column)`."""
    ends = [
        *(["({0}) > %(low)s"] if low is not None else []),
        *(["({0}) <= %(high)s"] if high is not None else []),
    ]
    condition = " AND ".join(ends) or "true"
    return _WITHIN.sub(lambda column: f"({condition.format(column[1])})", statement)


def run(cursor: CursorWrapper, statement: str, low: Key, high: Key, **values: Any) -> dict[str, Any]:
    """Run a statement over a slice; return its one row by column names, {} where there is none."""
    cursor.execute(
        bounded(statement, _thawed(low), _thawed(high)), {"low": _thawed(low), "high": _thawed(high)} | values
    )
    row = cursor.fetchone()
    names = [column[0] for column in cursor.description]
    return dict(zip(names, row, strict=True)) if row else {}


def _thawed(key: Key) -> Key:
    """JSON keeps a (provider, key) as a list; PostgreSQL wants a row."""
    return tuple(key) if isinstance(key, list) else key


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the books: where its slices end, and how a slice is checked."""

    name: str
    check: Callable[[CursorWrapper, Key, Key], Verified]
    ends: str = ""
    size: int = 0

    def next_end(self, cursor: CursorWrapper, low: Key) -> Key | None:
        """Return the end of the slice that begins after `low`; None when that is the last one."""
        if not self.ends:
            return None
        found = run(cursor, self.ends, low, None, size=self.size)
        return next(iter(found.values())) if len(found) == 1 else list(found.values()) or None

    def slices(self, cursor: CursorWrapper) -> Iterator[tuple[Key, Key]]:
        """Yield all slices, one after the other; the last one is open."""
        low = None
        while True:
            high = self.next_end(cursor, low)
            yield low, high
            if high is None:
                return
            low = high


def _first(found: dict[str, Any], words: dict[str, tuple[str, str]]) -> Finding | None:
    """Name the first of several things that a statement may have found."""
    for column, (check, row) in words.items():
        if (value := found[column]) is not None:
            return Finding(check, row.format(*value) if isinstance(value, list) else row.format(value))
    return None


# ------------------------------------------------------------- the parts in SQL
def transactions(cursor: CursorWrapper, low: Key, high: Key) -> Verified:
    """Sums, counts, contents and reversed totals of the transactions of a slice."""
    found = run(cursor, SQL["transactions"], low, high)
    finding = _first(
        found,
        {
            "without_transaction": ("entry_of_a_transaction", "transaction {}"),
            "wrong_transaction": ("transaction", "transaction {}"),
            "wrong_reversal": ("reversed_total", "transaction {}"),
        },
    )
    return Verified(transactions=found["transactions"], entries=int(found["entries"]), finding=finding)


def accounts(cursor: CursorWrapper, low: Key, high: Key) -> Verified:
    """Chains, balances, heads and months of the accounts of a slice."""
    found = run(cursor, SQL["accounts"], low, high)
    finding = _first(
        found,
        {
            "wrong_chain": ("chain", "account {} entry {}"),
            "wrong_account": ("account", "account {}"),
            "wrong_month": ("month_use", "mandate {}"),
        },
    )
    return Verified(accounts=found["accounts"], finding=finding)


def keys(cursor: CursorWrapper, low: Key, high: Key) -> Verified:
    """Stored replies that say 201 have their posting."""
    found = run(cursor, SQL["keys"], low, high)
    return Verified(finding=_first(found, {"wrong_key": ("idempotency_key", "key {}")}))


def moved(cursor: CursorWrapper, low: Key, high: Key) -> Verified:
    """The entries since each account was last verified; marks how far it is in order now."""
    found = run(cursor, SQL["moved"], low, high)
    words = {"wrong_chain": ("chain", "account {} entry {}"), "wrong_account": ("account", "account {}")}
    return Verified(accounts=found["accounts"], entries=int(found["entries"]), finding=_first(found, words))


TRANSACTIONS = Part(
    "transactions",
    transactions,
    "SELECT id::text FROM (SELECT id FROM ledger_transaction WHERE within(id) ORDER BY id"
    " OFFSET %(size)s - 1 LIMIT 1) AS last",
    30_000,
)
_BY_LOAD = (
    "SELECT id FROM (SELECT a.id, sum(COALESCE(a.seq, 0) - {0} + 1) OVER (ORDER BY a.id) AS load"
    " FROM ledger_account AS a {1} WHERE within(a.id)) AS counted WHERE load >= %(size)s ORDER BY id LIMIT 1"
)
_SEEN = "LEFT JOIN ledger_verifiedaccount AS v ON v.account_id = a.id"
ACCOUNTS = Part("accounts", accounts, _BY_LOAD.format("0", ""), 150_000)
MOVED = Part("moved", moved, _BY_LOAD.format("COALESCE(v.seq, 0)", _SEEN), 150_000)
KEYS = Part(
    "keys",
    keys,
    "SELECT provider_id, key FROM ledger_idempotencykey WHERE within(provider_id, key)"
    " ORDER BY provider_id, key OFFSET %(size)s - 1 LIMIT 1",
    100_000,
)
