"""A month of what one person used: what was borne by whom. Amounts are 分."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Person
from ledger.models import Entry, Transaction
from ledger.statements.account import PAGE
from ledger.statements.month import Month
from ledger.statements.words import Original, original_of, was_taken_back, what_of


@dataclass(frozen=True)
class UseMonth:
    """A month of what one person used: total = own + shared + cash, reversals taken off."""

    month: Month
    own: int
    shared: int
    cash: int
    count: int

    @property
    def total(self) -> int:
        """Everything the person had to bear."""
        return self.own + self.shared + self.cash


@dataclass(frozen=True)
class UseLine:
    """One settlement or reversal as the patient reads it; reversals are negative."""

    id: UUID
    at: datetime
    what: str
    place: str
    own: int
    shared: int
    cash: int
    payers: tuple[tuple[str, int], ...]
    """(masked name of the giver, 分), in order of use."""
    original: Original | None
    taken_back: bool

    @property
    def key(self) -> str:
        """Its id as text, for the page."""
        return str(self.id)

    @property
    def total(self) -> int:
        """own + shared + cash."""
        return self.own + self.shared + self.cash


@dataclass(frozen=True)
class Payer:
    """What one giver paid for this person in a month."""

    authorizer: UUID
    name: str
    paid: int


def uses_of(person: Person) -> QuerySet[Transaction]:
    """Return what this person was treated for or bought, and what was taken back."""
    kinds = (Transaction.Kind.SETTLEMENT, Transaction.Kind.REVERSAL)
    return Transaction.objects.filter(beneficiary=person, kind__in=kinds)


def use_month(person: Person, month: Month) -> UseMonth:
    """Sum a month of one person's uses; reversals count negative."""
    return use_months(person, month, count=1)[0]


def use_months(person: Person, last: Month, count: int = 12) -> list[UseMonth]:
    """Return `count` months up to `last`, newest first, each summed; one query."""
    months = last.back(count)
    between = Q(posted_at__gte=months[-1].start, posted_at__lt=last.next.start)
    by_month = uses_of(person).filter(between).annotate(month=TruncMonth("posted_at")).values("month")
    rows = by_month.annotate(**_SUMS, count=Count("pk", filter=~_BACK)).order_by("month")
    sums: dict[Month, Mapping[str, Any]] = {Month(row["month"].date()): row for row in rows}
    nothing = dict.fromkeys([*_SUMS, "count"], 0)
    return [_summed(month, sums.get(month, nothing)) for month in months]


_PARTS = ("own", "shared", "cash")
_BACK = Q(kind=Transaction.Kind.REVERSAL)
_SUMS = {f"{part}_paid": Sum(part, filter=~_BACK, default=0) for part in _PARTS} | {
    f"{part}_back": Sum(part, filter=_BACK, default=0) for part in _PARTS
}


def _summed(month: Month, sums: Mapping[str, Any]) -> UseMonth:
    parts = {part: sums[f"{part}_paid"] - sums[f"{part}_back"] for part in _PARTS}
    return UseMonth(month=month, count=sums["count"], **parts)


def payers_of(person: Person, month: Month) -> list[Payer]:
    """Return who paid for this person in a month, the largest part first."""
    rows = (
        Entry.objects.filter(
            month.within("transaction__posted_at"), transaction__beneficiary=person, mandate__isnull=False
        )
        .values("mandate__authorizer", "mandate__authorizer_mask")
        .annotate(paid=-Sum("amount"))
        .order_by("-paid", "mandate__authorizer")
    )
    return [Payer(row["mandate__authorizer"], row["mandate__authorizer_mask"], row["paid"]) for row in rows]


def use_lines(
    person: Person, month: Month, *, payer: UUID | None = None, after: tuple[datetime, UUID] | None = None
) -> tuple[list[UseLine], tuple[datetime, UUID] | None]:
    """Return up to PAGE uses of a month, newest first, and the key of the next page (None = last).

    `payer` keeps those that one giver paid for; `after` continues behind (event time, id): keyset, no OFFSET.
    """
    uses = _uses(person, month)
    if payer:
        uses = uses.filter(pk__in=Entry.objects.filter(mandate__authorizer_id=payer).values("transaction_id"))
    if after:
        uses = uses.filter(Q(event_at__lt=after[0]) | Q(event_at=after[0], pk__lt=after[1]))
    rows = list(uses[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return [_line(use) for use in rows[:PAGE]], (last.event_at, last.pk) if last else None


def all_use_lines(person: Person, month: Month) -> Iterator[UseLine]:
    """Yield every use of a month, newest first, for a download."""
    return map(_line, _uses(person, month).iterator(chunk_size=500))


def _uses(person: Person, month: Month) -> QuerySet[Transaction]:
    uses = uses_of(person).filter(month.within("posted_at"))
    related = uses.select_related("provider", "reverses", "reversed")
    return related.prefetch_related("entries__mandate").order_by("-event_at", "-id")


def _line(use: Transaction) -> UseLine:
    sign = -1 if use.kind == Transaction.Kind.REVERSAL else 1
    shared = [entry for entry in use.entries.all() if entry.mandate is not None]
    return UseLine(
        id=use.pk,
        at=use.event_at,
        what=what_of(use),
        place=use.provider.name if use.provider else "",
        own=sign * use.own,
        shared=sign * use.shared,
        cash=sign * use.cash,
        payers=tuple((entry.mandate.authorizer_mask, -entry.amount) for entry in shared if entry.mandate),
        original=original_of(use),
        taken_back=was_taken_back(use),
    )


def last_use(person: Person) -> Transaction | None:
    """Return the latest settlement of this person."""
    return uses_of(person).filter(kind=Transaction.Kind.SETTLEMENT).order_by("-event_at", "-id").first()
