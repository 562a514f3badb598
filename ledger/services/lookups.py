"""What a provider may read back: its own postings, and their totals of a day."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import Person
from gongji.money import yuan
from ledger.models import Entry, IdempotencyKey, LedgerAccount, Mandate, Provider, ReversedTotal, Transaction
from ledger.rules import BUREAU_TIME

PAGE = 50
Kind = Transaction.Kind


@dataclass(frozen=True, slots=True)
class DayTotal:
    """Sums of one kind of posting of a provider on a business day, in 分."""

    count: int
    total: int
    own: int
    shared: int
    cash: int


def find_settlement(*, provider: Provider, settlement: UUID) -> Transaction | None:
    """Return the provider's settlement with its entries; None when it is not there or another's."""
    found = Transaction.objects.filter(pk=settlement, provider=provider, kind=Kind.SETTLEMENT)
    return found.prefetch_related("entries__mandate", "entries__account").first()


def settlement_reply(settlement: Transaction) -> dict[str, Any]:
    """Return what the provider was told when it was posted, and how much has been reversed since."""
    taken = [entry for entry in settlement.entries.all() if entry.amount < 0]
    reversed_so_far = (
        ReversedTotal.objects.filter(pk=settlement.pk).values_list("reversed", flat=True).first()
    )
    return {
        "id": str(settlement.pk),
        "provider_serial": settlement.serial,
        "amount": yuan(settlement.total),
        "own": yuan(settlement.own),
        "mutual_aid": yuan(settlement.shared),
        "cash": yuan(settlement.cash),
        "parts": [_part(entry) for entry in sorted(taken, key=lambda entry: entry.line)],
        "balance_after": {"own": _own_balance_after(settlement, taken)},
        "settled_at": local_time(settlement.posted_at),
        "reversed": yuan(reversed_so_far or 0),
    }


def search(
    *, provider: Provider, beneficiary: Person, since: date, until: date, cursor: str | None
) -> tuple[list[Transaction], str | None]:
    """Return a page of the provider's postings for a person, newest event first, and the next page's cursor.

    `since` and `until` are days of Beijing time, both included. Raises ValueError for a cursor not ours.
    """
    found = Transaction.objects.filter(
        provider=provider,
        beneficiary=beneficiary,
        event_at__gte=_start(since),
        event_at__lt=_start_after(until),
    )
    if cursor is not None:
        at, last = _read_cursor(cursor)
        found = found.filter(Q(event_at__lt=at) | Q(event_at=at, pk__lt=last))
    rows = list(found.order_by("-event_at", "-pk")[: PAGE + 1])
    return rows[:PAGE], _cursor(rows[PAGE - 1]) if len(rows) > PAGE else None


def day_totals(*, provider: Provider, day: date) -> dict[str, DayTotal]:
    """Return the provider's totals per kind for postings of a business day."""
    rows = (
        of_day(provider, day)
        .values("kind")
        .annotate(
            n=Count("pk"),
            all=Sum("total"),
            o=Coalesce(Sum("own"), 0),
            s=Coalesce(Sum("shared"), 0),
            c=Sum("cash"),
        )
        .order_by("kind")
    )
    sums = {row["kind"]: DayTotal(row["n"], row["all"], row["o"], row["s"], row["c"]) for row in rows}
    nothing = DayTotal(0, 0, 0, 0, 0)
    return {kind: sums.get(kind, nothing) for kind in (Kind.SETTLEMENT, Kind.REVERSAL)}


def of_day(provider: Provider, day: date) -> QuerySet[Transaction]:
    """Return what was posted for a provider on a business day, Beijing time."""
    posted: QuerySet[Transaction] = Transaction.objects.filter(
        provider=provider, posted_at__gte=_start(day), posted_at__lt=_start_after(day)
    )
    return posted


def is_answered(*, provider: Provider, key: str) -> bool:
    """Tell whether a reply is kept under this key already."""
    return IdempotencyKey.objects.filter(provider=provider, key=key).exists()


def local_time(at: datetime) -> str:
    """Return a time as the API writes it: RFC 3339, Beijing time, microseconds."""
    return at.astimezone(BUREAU_TIME).isoformat(timespec="microseconds")


def _part(entry: Entry) -> dict[str, Any]:
    mandate = entry.mandate
    if mandate is None:
        source, authorizer = "own", None
    else:
        source = mandate.kind
        authorizer = None if source == Mandate.Kind.POOL else mandate.authorizer_mask
    return {
        "source": source,
        "amount": yuan(-entry.amount),
        "authorizer": authorizer,
        "order": entry.line,
    }


def _own_balance_after(settlement: Transaction, taken: Sequence[Entry]) -> str | None:
    """The own account's balance right after the settlement, also when it paid nothing."""
    for entry in taken:
        if entry.mandate_id is None and entry.balance_after is not None:
            return yuan(entry.balance_after)
    own = LedgerAccount.objects.filter(
        owner_id=settlement.beneficiary_id,
        kind=LedgerAccount.Kind.PERSONAL,
        opened_at__lte=settlement.posted_at,
    ).first()
    if own is None:
        return None
    earlier = Entry.objects.filter(account=own, transaction__posted_at__lte=settlement.posted_at).order_by(
        "-seq"
    )
    return yuan(earlier.values_list("balance_after", flat=True).first() or 0)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), BUREAU_TIME)


def _start_after(day: date) -> datetime:
    return _start(day + timedelta(days=1)) if day < date.max else datetime.max.replace(tzinfo=BUREAU_TIME)


def _cursor(row: Transaction) -> str:
    return base64.urlsafe_b64encode(f"{row.event_at.isoformat()} {row.pk}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, last = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode().split(" ")
        found = datetime.fromisoformat(at)
        if found.tzinfo is None:
            raise ValueError(cursor)
        return found.astimezone(UTC), UUID(last)
    except (binascii.Error, OverflowError) as wrong:
        raise ValueError(cursor) from wrong
