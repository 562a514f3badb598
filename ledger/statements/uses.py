"""What one person used, month by month: what was borne by whom. Amounts are 分."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Max, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import Person
from gongji.templatetags.gongji import mask_name
from ledger.models import Entry, Transaction
from ledger.statements.account import PAGE, USES
from ledger.statements.month import Month, Period
from ledger.statements.words import (
    KINDS,
    SEES_PLACE,
    Original,
    kinds_of,
    original_of,
    seen_as,
    was_taken_back,
)


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


class Payment(NamedTuple):
    """What one giver paid for a use; negative when it went back."""

    giver: UUID
    name: str
    paid: int


@dataclass(frozen=True)
class UseLine:
    """One settlement, premium or reversal as the patient reads it; reversals are negative."""

    id: UUID
    at: datetime
    posted_at: datetime
    what: str
    place: str
    """"" where the reader may not know it."""
    own: int
    shared: int
    cash: int
    payers: tuple[Payment, ...]
    """In order of use, names masked."""
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
    """What one giver paid for this person in a month, and in the twelve months up to it."""

    authorizer: UUID
    name: str
    paid: int
    count: int
    """Uses and reversals in the month; 0 for those who paid in earlier months only."""
    year_paid: int


UseKey = tuple[datetime, UUID]
"""Where a page of uses ends: event time and id of its last line."""

_KINDS = [*USES, Transaction.Kind.REVERSAL]


def uses_of(person: Person) -> QuerySet[Transaction]:
    """Return what this person was treated or insured for or bought, and what was taken back."""
    return Transaction.objects.filter(beneficiary=person, kind__in=_KINDS)


def use_month(person: Person, month: Month) -> UseMonth:
    """Sum a month of one person's uses; reversals count negative."""
    return use_months(person, month, count=1)[0]


def use_months(person: Person, last: Month, count: int = 12) -> list[UseMonth]:
    """Return `count` months up to `last`, newest first, each summed; one query."""
    months = last.back(count)
    between = Q(posted_at__gte=months[-1].start, posted_at__lt=last.end)
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
    """Return who paid for this person, reversals taken off, the month's largest part first.

    A giver is who allowed it, or, for a premium, whose account it was.
    """
    first, inside = month.back(12)[-1], month.within("transaction__posted_at")
    rows = (
        Entry.objects.filter(
            Q(mandate__isnull=False) | Q(seq__isnull=False) & ~Q(account__owner=person),
            transaction__beneficiary=person,
            transaction__kind__in=_KINDS,
            transaction__posted_at__gte=first.start,
            transaction__posted_at__lt=month.end,
        )
        .values(payer=Coalesce("mandate__authorizer", "account__owner"))
        .annotate(
            mask=Max("mandate__authorizer_mask"),
            paid=-Sum("amount", filter=inside, default=0),
            count=Count("amount", filter=inside),
            year_paid=-Sum("amount"),
        )
        .order_by("-paid", "-year_paid", "payer")
    )
    unnamed = [row["payer"] for row in rows if not row["mask"]]
    people = Person.objects.in_bulk(unnamed) if unnamed else {}
    return [
        Payer(
            authorizer=row["payer"],
            name=row["mask"] or mask_name(people[row["payer"]].name),
            paid=row["paid"],
            count=row["count"],
            year_paid=row["year_paid"],
        )
        for row in rows
    ]


def use_lines(
    person: Person,
    month: Month,
    *,
    payer: UUID | None = None,
    kind: str = "",
    after: UseKey | None = None,
    level: int = SEES_PLACE,
) -> tuple[list[UseLine], UseKey | None]:
    """Return up to PAGE uses of a month, newest first, and the key of the next page (None = last).

    `payer` keeps those that one giver paid for, `kind` one of `words.KINDS`; `after` continues behind
    (event time, id): keyset, no OFFSET. `level` is how much the reader may know (see `words.seen_as`):
    the patient everything, whoever looks on their behalf what the patient allows.
    """
    uses = _uses(person, month).order_by("-event_at", "-id")
    if payer:
        paid = Q(mandate__authorizer_id=payer) | Q(mandate=None, account__owner_id=payer)
        mine = Entry.objects.filter(paid, transaction__beneficiary=person)
        uses = uses.filter(pk__in=mine.values("transaction_id"))
    if kind:
        uses = uses.filter(kind__in=kinds_of(kind))
    if after:
        uses = uses.filter(Q(event_at__lt=after[0]) | Q(event_at=after[0], pk__lt=after[1]))
    rows = list(uses[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return [_line(use, level) for use in rows[:PAGE]], (last.event_at, last.pk) if last else None


def key_text(key: UseKey | None) -> str:
    """Write the key of the next page as addresses do; "" when there is none."""
    return f"{key[0].isoformat()}~{key[1]}" if key else ""


def read_key(text: str) -> UseKey | None:
    """Read the key of a page of uses; a mangled one starts from the top."""
    moment, _, number = text.partition("~")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(number)
    except (ValueError, OverflowError):
        return None


def all_use_lines(person: Person, period: Period, *, most: int | None = None) -> Iterator[UseLine]:
    """Yield every use of a month or year, oldest first, for a statement; no more than `most`."""
    uses = _uses(person, period).order_by("event_at", "id")[:most]
    return map(_line, uses.iterator(chunk_size=500))


def _uses(person: Person, period: Period) -> QuerySet[Transaction]:
    uses = uses_of(person).filter(period.within("posted_at"))
    legs = Entry.objects.select_related("mandate", "account__owner").order_by("line")
    return uses.select_related("provider", "reverses", "reversed").prefetch_related(Prefetch("entries", legs))


def _line(use: Transaction, level: int = SEES_PLACE) -> UseLine:
    sign = -1 if use.kind == Transaction.Kind.REVERSAL else 1
    return UseLine(
        id=use.pk,
        at=use.event_at,
        posted_at=use.posted_at,
        what=seen_as(use, level, unnamed=str(KINDS["settlement"][0])),
        place=use.provider.name if use.provider and level >= SEES_PLACE else "",
        own=sign * use.own,
        shared=sign * use.shared,
        cash=sign * use.cash,
        payers=tuple(payment for leg in use.entries.all() if (payment := _payment(leg, use))),
        original=original_of(use),
        taken_back=was_taken_back(use),
    )


def _payment(leg: Entry, use: Transaction) -> Payment | None:
    """Return what a leg says about a giver; None for one's own account and for the other side."""
    if leg.mandate is not None:
        return Payment(leg.mandate.authorizer_id, leg.mandate.authorizer_mask, -leg.amount)
    owner = leg.account.owner
    if owner is None or owner.pk == use.beneficiary_id:
        return None
    return Payment(owner.pk, mask_name(owner.name), -leg.amount)


def last_use(person: Person) -> Transaction | None:
    """Return the latest settlement of this person."""
    return uses_of(person).filter(kind=Transaction.Kind.SETTLEMENT).order_by("-event_at", "-id").first()
