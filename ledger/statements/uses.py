"""A month of what one person used: what was borne by whom. Amounts are 分."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from accounts.models import Person
from ledger.models import Entry, Transaction
from ledger.statements.account import PAGE, what_of
from ledger.statements.month import Month


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

    at: datetime
    what: str
    place: str
    own: int
    shared: int
    cash: int
    payers: tuple[tuple[str, int], ...]
    """(masked name of the giver, 分), in order of use."""

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
    """Sum a month of one person's uses in one query; reversals count negative."""
    uses = uses_of(person).filter(month.within("posted_at"))
    back = Q(kind=Transaction.Kind.REVERSAL)
    sums = uses.aggregate(
        # Before the plain names: an aggregate hides the column of its own name from those that follow.
        **{f"{name}_back": Sum(name, filter=back, default=0) for name in ("own", "shared", "cash")},
        **{name: Sum(name, filter=~back, default=0) for name in ("own", "shared", "cash")},
    )
    parts = {name: sums[name] - sums[f"{name}_back"] for name in ("own", "shared", "cash")}
    return UseMonth(month=month, count=uses.filter(~back).count(), **parts)


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
    return uses.select_related("provider").prefetch_related("entries__mandate").order_by("-event_at", "-id")


def _line(use: Transaction) -> UseLine:
    sign = -1 if use.kind == Transaction.Kind.REVERSAL else 1
    shared = [entry for entry in use.entries.all() if entry.mandate is not None]
    return UseLine(
        at=use.event_at,
        what=what_of(use),
        place=use.provider.name if use.provider else "",
        own=sign * use.own,
        shared=sign * use.shared,
        cash=sign * use.cash,
        payers=tuple((entry.mandate.authorizer_mask, -entry.amount) for entry in shared if entry.mandate),
    )


def last_use(person: Person) -> Transaction | None:
    """Return the latest settlement of this person."""
    return uses_of(person).filter(kind=Transaction.Kind.SETTLEMENT).order_by("-event_at", "-id").first()
