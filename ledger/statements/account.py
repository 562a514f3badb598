"""A month of a personal account: what came in, what went out, and by whom it was used. Amounts are 分."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from accounts.models import Person
from gongji.templatetags.gongji import mask_name
from ledger.models import Entry, LedgerAccount, Mandate, Transaction
from ledger.statements.month import Month
from ledger.statements.words import SEES_PLACE, Original, original_of, seen_as, was_taken_back

PAGE = 50
Row = Mapping[str, Any]
"""A month's sums as the database returns them."""


# ------------------------------------------------------------- sums
@dataclass(frozen=True)
class AccountMonth:
    """A month of a personal account: opening + came_in - went_out = closing."""

    month: Month
    opening: int
    credited: int
    returned: int
    own_use: int
    family_use: int
    closing: int
    last_balance: int

    @property
    def came_in(self) -> int:
        """Credits and money that came back."""
        return self.credited + self.returned

    @property
    def went_out(self) -> int:
        """What was paid from the account, for oneself and for relatives."""
        return self.own_use + self.family_use

    @property
    def adds_up(self) -> bool:
        """Whether the sums lead to the balance that the books hold; shown on the page."""
        return self.closing == self.last_balance


def account_of(person: Person) -> LedgerAccount | None:
    """Return the personal account, None for people who have none (居民医保, 单建统筹)."""
    return LedgerAccount.objects.filter(owner=person, kind=LedgerAccount.Kind.PERSONAL).first()


def account_month(account: LedgerAccount, month: Month) -> AccountMonth:
    """Sum one month of an account."""
    return months_of(account, month, count=1)[0]


def months_of(account: LedgerAccount, last: Month, count: int = 12) -> list[AccountMonth]:
    """Return `count` months up to `last`, newest first, each summed; at most three queries in all."""
    months = last.back(count)
    moved = {Month(row["month"].date()): row for row in _moved(account, months[-1], last)}
    edges = _edges(account, moved.values())
    balance = _opening(account, months[-1], edges)
    found = []
    for month in reversed(months):
        found.append(_summed(month, balance, moved.get(month), edges))
        balance = found[-1].last_balance
    return found[::-1]


_REVERSAL = Q(transaction__kind=Transaction.Kind.REVERSAL)
_SUMS = {
    "credited": Sum("amount", filter=Q(transaction__kind__in=Transaction.CREDITS), default=0),
    "returned": Sum("amount", filter=_REVERSAL, default=0),
    "own_use": -Sum("amount", filter=Q(amount__lt=0, mandate=None) & ~_REVERSAL, default=0),
    "family_use": -Sum("amount", filter=Q(amount__lt=0, mandate__isnull=False) & ~_REVERSAL, default=0),
}


def _moved(account: LedgerAccount, first: Month, last: Month) -> Iterable[Row]:
    """The sums of each month in which anything was posted, with its first and last entry."""
    between = Q(transaction__posted_at__gte=first.start, transaction__posted_at__lt=last.next.start)
    by_month = Entry.objects.filter(between, account=account).annotate(
        month=TruncMonth("transaction__posted_at")
    )
    return by_month.values("month").annotate(**_SUMS, first=Min("seq"), last=Max("seq")).order_by("month")


def _edges(account: LedgerAccount, moved: Iterable[Row]) -> dict[int, tuple[int, int]]:
    """The stored balance before and after the first and last entries of months."""
    wanted = {row[edge] for row in moved for edge in ("first", "last")}
    rows = Entry.objects.filter(account=account, seq__in=wanted).values_list("seq", "amount", "balance_after")
    return {seq or 0: ((after or 0) - amount, after or 0) for seq, amount, after in rows}


def _opening(account: LedgerAccount, first: Month, edges: dict[int, tuple[int, int]]) -> int:
    """The stored balance before the first month: the oldest entry inside tells it, else the last before."""
    if edges:
        return edges[min(edges)][0]
    earlier = Entry.objects.filter(account=account, transaction__posted_at__lt=first.start).order_by("-seq")
    return earlier.values_list("balance_after", flat=True).first() or 0


def _summed(month: Month, balance: int, moved: Row | None, edges: dict[int, tuple[int, int]]) -> AccountMonth:
    """One month, from the stored balance before it; without entries nothing moved."""
    sums = {name: moved[name] if moved else 0 for name in _SUMS}
    opening = edges[moved["first"]][0] if moved else balance
    last = edges[moved["last"]][1] if moved else balance
    closing = opening + sums["credited"] + sums["returned"] - sums["own_use"] - sums["family_use"]
    return AccountMonth(month=month, opening=opening, closing=closing, last_balance=last, **sums)


# ------------------------------------------------------------- lines
@dataclass(frozen=True)
class AccountLine:
    """One entry as the account's owner may read it: of a relative's use no more than the relative allows."""

    id: UUID
    at: datetime
    timed: bool
    """Whether the time of day may be shown, or only the day."""
    who: str
    what: str
    place: str
    amount: int
    balance: int
    original: Original | None
    taken_back: bool


def account_lines(
    account: LedgerAccount, month: Month, *, member: UUID | None = None, below: int | None = None
) -> tuple[list[AccountLine], int | None]:
    """Return up to PAGE lines of a month, newest first, and the key of the next page (None = last).

    `member` keeps the uses of one relative; `below` continues below that sequence number (keyset, no OFFSET).
    """
    entries = _entries(account, month)
    if member:
        entries = entries.filter(mandate__beneficiary_id=member)
    if below:
        entries = entries.filter(seq__lt=below)
    rows = list(entries[: PAGE + 1])
    return [_line(entry) for entry in rows[:PAGE]], rows[PAGE - 1].seq if len(rows) > PAGE else None


def all_account_lines(account: LedgerAccount, month: Month) -> Iterator[AccountLine]:
    """Yield every line of a month, newest first, for a download."""
    return map(_line, _entries(account, month).iterator(chunk_size=500))


def _entries(account: LedgerAccount, month: Month) -> QuerySet[Entry]:
    entries = Entry.objects.filter(month.within("transaction__posted_at"), account=account)
    return entries.select_related(
        "transaction__provider",
        "transaction__reverses",
        "transaction__reversed",
        "mandate__beneficiary",
    ).order_by("-seq")


def _line(entry: Entry) -> AccountLine:
    record, mandate = entry.transaction, entry.mandate
    level = mandate.privacy if mandate else SEES_PLACE
    return AccountLine(
        id=record.pk,
        at=record.posted_at,
        timed=level >= SEES_PLACE,
        who=_who(mandate),
        what=seen_as(record, level),
        place=record.provider.name if record.provider and level >= SEES_PLACE else "",
        amount=entry.amount,
        balance=entry.balance_after or 0,
        original=original_of(record),
        taken_back=was_taken_back(record),
    )


def _who(mandate: Mandate | None) -> str:
    return mask_name(mandate.beneficiary.name) if mandate else _("本人")


# ------------------------------------------------------------- members
@dataclass(frozen=True)
class Member:
    """What one relative used of an account in a month."""

    person: Person
    used: int


def members_of(account: LedgerAccount, month: Month) -> list[Member]:
    """Return what each relative used of the account in a month, the largest first."""
    rows = (
        Entry.objects.filter(month.within("transaction__posted_at"), account=account, mandate__isnull=False)
        .values("mandate__beneficiary")
        .annotate(used=-Sum("amount"))
        .order_by("-used", "mandate__beneficiary")
    )
    people = Person.objects.in_bulk([row["mandate__beneficiary"] for row in rows])
    return [Member(people[row["mandate__beneficiary"]], row["used"]) for row in rows]
