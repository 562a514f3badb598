"""Settling, quoting, reversing and crediting: each one call of a PostgreSQL function, in autocommit.

The functions (migrations/sql) lock, share, write and chain; here are the arguments, the clock's absence
(posting time is the database's) and the words of a refusal. Amounts are 分.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import Person
from gongji.prepared import Statement
from ledger.models import LedgerAccount, Nonce, Provider, Transaction, new_id
from ledger.services.refusals import LedgerRefused, refusal

NONCE_LIFE = timedelta(minutes=30)
"""A signature is good for 300 s either way; the rest is patience with clocks."""


class Reply(NamedTuple):
    """What a provider is told: the stored JSON text, byte for byte the same when the key comes again."""

    status: int
    body: str
    replayed: bool
    id: UUID | None
    """The transaction; None for a quote and for a replay."""


class RequestKey(NamedTuple):
    """Under which key a reply is kept, and the digest that another body would not match."""

    key: str
    digest: bytes


class Credit(NamedTuple):
    """One 划入: `serial` is unique per person, such as "contribution:2026-11"."""

    account: LedgerAccount
    fund: LedgerAccount
    kind: str
    serial: str
    amount: int
    event_at: datetime
    posted_at: datetime | None = None


class Moved(NamedTuple):
    """Money that went from one account to another; `new` is False when its serial was posted before."""

    id: UUID
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What a provider asks to have paid: `amount` is the person's part after the pooled fund."""

    provider: Provider
    beneficiary: Person
    serial: str
    amount: int
    category: str
    occurred_at: datetime
    away: bool = False


def settle(*, settlement: Settlement, key: RequestKey | None = None) -> Reply:
    """Post a settlement: own account, then the authorizers, then cash. Never refused for lack of money.

    With `key` the reply is stored under its key in the same transaction; the same request gets it again.
    Raises LedgerRefused: duplicate_provider_serial, category_not_allowed, outside_area,
    request_in_progress, idempotency_key_reused.
    """
    return _settle(settlement, key, dry=False)


def quote(*, settlement: Settlement) -> Reply:
    """Return the reply that `settle` would give now, with `id` and `settled_at` null; writes nothing."""
    return _settle(settlement, None, dry=True)


def reverse(
    *,
    provider: Provider | None,
    original: UUID,
    serial: str,
    amount: int | None,
    reason: str,
    occurred_at: datetime,
    key: RequestKey | None = None,
) -> Reply:
    """Give back `amount` (None = all that is left) to the sources of a settlement, the last one used first.

    Without a provider it is the refund of a premium.
    Raises LedgerRefused: not_found, not_a_settlement, already_reversed, reversal_exceeds_original,
    duplicate_provider_serial, request_in_progress, idempotency_key_reused.
    """
    name, digest = key or (None, None)
    owner = None if provider is None else provider.pk
    values = [new_id(), owner, original, serial, amount, reason, occurred_at, name, digest]
    return _reply(_call("ledger_reverse", values))


def move(
    *,
    kind: Transaction.Kind,
    serial: str,
    person: Person,
    source: LedgerAccount,
    target: LedgerAccount,
    amount: int,
    keep: int = 0,
    category: str = "",
    reason: str = "",
) -> Moved:
    """Post money that moves between two accounts: 划拨, a wallet's transfers, a premium.

    `person` and `serial` together happen once for ever. `keep` 分 must stay on `source`; a clearing account
    has no balance to look at. Runs in the caller's transaction, or in one of its own.
    Raises LedgerRefused: insufficient_balance.
    """
    values = [new_id(), kind, serial, person.pk, category, source.pk, target.pk, amount, keep, reason]
    code, ref, _status, _body = _call("ledger_move", [*values, timezone.now()])
    if ref is None:
        raise LedgerRefused(code)
    return Moved(ref, code == "posted")


def credit(items: Sequence[Credit]) -> list[str]:
    """Post money that comes in, in one transaction; safe to repeat.

    Returns per item "posted", "there" (done earlier) or "differs" (another amount is on the books).
    """
    return _credit("ledger_credit", items, [])


def remember(*, provider: Provider, key: RequestKey, status: int, body: str) -> Reply:
    """Keep a reply that posted nothing; returns the one kept earlier when the request came before.

    Raises LedgerRefused: request_in_progress, idempotency_key_reused.
    """
    return _reply(_call("ledger_remember", [provider.pk, *key, status, body]))


def use_nonce(*, key_id: UUID, nonce: str, signature: bytes) -> bool:
    """Note a nonce; True when it is new or this is the very same request again (design §7)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_use_nonce(%s, %s, %s)", [key_id, nonce, signature])
        return bool(cursor.fetchone()[0])


def forget_nonces() -> int:
    """Delete the nonces that no fresh signature can carry any more; returns how many."""
    return Nonce.objects.filter(seen_at__lt=timezone.now() - NONCE_LIFE).delete()[0]


# ------------------------------------------------------------- history, for imports and demonstration data
def import_settlement(*, settlement: Settlement, posted_at: datetime) -> Reply:
    """Post a settlement of the past under its own posting time.

    Needs the role that owns the ledger: the portal itself can only post now. Come in order of time.
    """
    values = _settle_values(settlement, None, dry=False)
    return _settled(settlement, _call("ledger_do_settle", [*values, posted_at]))


def import_reversal(
    *, provider: Provider, original: UUID, serial: str, amount: int | None, reason: str, posted_at: datetime
) -> Reply:
    """Post a reversal of the past under its own posting time; see `import_settlement`."""
    values = [new_id(), provider.pk, original, serial, amount, reason, posted_at, None, None, posted_at]
    return _reply(_call("ledger_do_reverse", values))


def import_credits(items: Sequence[Credit]) -> list[str]:
    """Post credits of the past, each under its `posted_at`; see `import_settlement`."""
    return _credit("ledger_do_credit", items, [[item.posted_at for item in items]])


# ------------------------------------------------------------- the calls
_Answer = tuple[str, UUID | None, int, str]


def _call(function: str, values: Sequence[Any]) -> _Answer:
    """Run a posting function in one round trip: planning the call would cost a fifth of a settlement."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(function, len(values)).call(connection), values)
        answer: _Answer = cursor.fetchone()
    return answer


@cache
def _statement(function: str, arguments: int) -> Statement:
    slots = ", ".join(f"${number}" for number in range(1, arguments + 1))
    return Statement(f"SELECT code, ref, status, body FROM {function}({slots})", arguments)  # noqa: S608


def _settle(settlement: Settlement, key: RequestKey | None, *, dry: bool) -> Reply:
    return _settled(settlement, _call("ledger_settle", _settle_values(settlement, key, dry=dry)))


def _settle_values(settlement: Settlement, key: RequestKey | None, *, dry: bool) -> list[Any]:
    name, digest = key or (None, None)
    return [
        new_id(),
        settlement.provider.pk,
        settlement.serial,
        settlement.beneficiary.pk,
        settlement.amount,
        settlement.category,
        settlement.occurred_at,
        settlement.away,
        name,
        digest,
        dry,
    ]


def _settled(settlement: Settlement, answer: _Answer) -> Reply:
    code, ref, status, body = answer
    if status is None:
        raise refusal(code, first_id=ref, beneficiary=settlement.beneficiary, category=settlement.category)
    return Reply(status, body, code == "replayed", ref)


def _reply(answer: _Answer) -> Reply:
    code, ref, status, body = answer
    if status is None:
        raise LedgerRefused(code, first_id=ref)
    return Reply(status, body, code == "replayed", ref)


def _credit(function: str, items: Sequence[Credit], more: list[list[Any]]) -> list[str]:
    columns: list[list[Any]] = [
        [new_id() for _ in items],
        [item.account.pk for item in items],
        [item.fund.pk for item in items],
        [item.kind for item in items],
        [item.serial for item in items],
        [item.amount for item in items],
        [item.event_at for item in items],
        *more,
    ]
    types = ["uuid", "bigint", "bigint", "text", "text", "bigint", "timestamptz", "timestamptz"]
    slots = ", ".join(f"%s::{kind}[]" for kind, _ in zip(types, columns, strict=False))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({slots})", columns)
        results: list[str] = cursor.fetchone()[0]
    return results
