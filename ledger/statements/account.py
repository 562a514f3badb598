"""A month of a personal account: what came in, what went out, and by whom it was used. Amounts are 分."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from accounts.models import Person
from gongji.prepared import Prepared
from gongji.templatetags.gongji import mask_name
from ledger.models import Entry, LedgerAccount, Transaction
from ledger.statements.month import Month, Period
from ledger.statements.words import SEES_PLACE, Original, kinds_of, original_of, seen_as, was_taken_back

PAGE = 50
SUMMED = 4096
"""Years of accounts whose sums a process remembers."""
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
    moved_in: int
    own_use: int
    family_use: int
    moved_out: int
    own_back: int
    """The part of `returned` that went back for the owner's own uses."""
    closing: int
    last_balance: int

    @property
    def came_in(self) -> int:
        """Credits, money that came back, and transfers from other accounts."""
        return self.credited + self.returned + self.moved_in

    @property
    def went_out(self) -> int:
        """What was paid from the account, for oneself and for relatives, and what was transferred away."""
        return self.own_use + self.family_use + self.moved_out

    @property
    def own_net(self) -> int:
        """What the owner used, what came back for it taken off."""
        return self.own_use - self.own_back

    @property
    def adds_up(self) -> bool:
        """Whether the sums lead to the balance that the books hold; shown on the page."""
        return self.closing == self.last_balance


def account_of(person: Person) -> LedgerAccount | None:
    """Return the personal account, None for people who have none (居民医保, 单建统筹)."""
    return _personal_accounts.first(owner=person.pk)


_personal_accounts = Prepared(
    lambda owner: LedgerAccount.objects.filter(owner=owner, kind=LedgerAccount.Kind.PERSONAL)
)


def _head(account: LedgerAccount) -> bytes:
    """Return the end of the account's chain: it stands for all that was ever posted to it.

    Nothing posted is changed later, so what was summed for a head stays right, and the next posting is
    another head.
    """
    return bytes(account.head or b"")


def account_month(account: LedgerAccount, month: Month) -> AccountMonth:
    """Sum one month of an account."""
    return months_of(account, month, count=1)[0]


def months_of(account: LedgerAccount, last: Month, count: int = 12) -> Sequence[AccountMonth]:
    """Return `count` months up to `last`, newest first, each summed; at most three queries in all."""
    return _months(account.pk, _head(account), last, count)


@lru_cache(maxsize=SUMMED)
def _months(account: int, _head: bytes, last: Month, count: int) -> tuple[AccountMonth, ...]:
    months = last.back(count)
    moved = {Month(row["month"].date()): row for row in _moved(account, months[-1], last)}
    edges = _edges(account, moved.values())
    balance = _opening(account, months[-1], edges)
    found = []
    for month in reversed(months):
        found.append(_summed(month, balance, moved.get(month), edges))
        balance = found[-1].last_balance
    return tuple(found[::-1])


class Flow(Enum):
    """Why an entry moved the account; every entry has exactly one."""

    CREDITED = "credited"
    RETURNED = "returned"
    MOVED_IN = "moved_in"
    OWN_USE = "own_use"
    FAMILY_USE = "family_use"
    MOVED_OUT = "moved_out"


USES = [Transaction.Kind.SETTLEMENT, Transaction.Kind.PREMIUM]
"""What somebody is treated, supplied or insured for; a reversal takes back one of these."""
_IN, _OUT = Q(amount__gt=0), Q(amount__lt=0)
_CREDIT = Q(transaction__kind__in=Transaction.CREDITS)
_BACK = Q(transaction__kind=Transaction.Kind.REVERSAL)
_USE = Q(transaction__kind__in=USES)
_OWN = Q(transaction__beneficiary=F("account__owner"))
_SUMS = {
    "credited": Sum("amount", filter=_CREDIT, default=0),
    "returned": Sum("amount", filter=_BACK, default=0),
    "moved_in": Sum("amount", filter=_IN & ~_CREDIT & ~_BACK, default=0),
    "own_use": -Sum("amount", filter=_OUT & _USE & _OWN, default=0),
    "family_use": -Sum("amount", filter=_OUT & _USE & ~_OWN, default=0),
    "moved_out": -Sum("amount", filter=_OUT & ~_USE & ~_BACK & ~_CREDIT, default=0),
    "own_back": Sum("amount", filter=_BACK & _OWN, default=0),
}


def flow_of(entry: Entry, owner: UUID | None) -> Flow:
    """Return why an entry moved its owner's account; `_SUMS` says the same to the database."""
    record = entry.transaction
    if record.kind in Transaction.CREDITS:
        return Flow.CREDITED
    if record.kind == Transaction.Kind.REVERSAL:
        return Flow.RETURNED
    if entry.amount > 0:
        return Flow.MOVED_IN
    if record.kind not in USES:
        return Flow.MOVED_OUT
    return Flow.OWN_USE if record.beneficiary_id == owner else Flow.FAMILY_USE


def _moved(account: int, first: Month, last: Month) -> Iterable[Row]:
    """The sums of each month in which anything was posted, with its first and last entry."""
    between = Q(transaction__posted_at__gte=first.start, transaction__posted_at__lt=last.end)
    by_month = Entry.objects.filter(between, account=account).annotate(
        month=TruncMonth("transaction__posted_at")
    )
    return by_month.values("month").annotate(**_SUMS, first=Min("seq"), last=Max("seq")).order_by("month")


def _edges(account: int, moved: Iterable[Row]) -> dict[int, tuple[int, int]]:
    """The stored balance before and after the first and last entries of months."""
    wanted = {row[edge] for row in moved for edge in ("first", "last")}
    rows = Entry.objects.filter(account=account, seq__in=wanted).values_list("seq", "amount", "balance_after")
    return {seq or 0: ((after or 0) - amount, after or 0) for seq, amount, after in rows}


def _opening(account: int, first: Month, edges: dict[int, tuple[int, int]]) -> int:
    """The stored balance before the first month: the oldest entry inside tells it, else the last before."""
    if edges:
        return edges[min(edges)][0]
    return balance_before(account, first)


def _summed(month: Month, balance: int, moved: Row | None, edges: dict[int, tuple[int, int]]) -> AccountMonth:
    """One month, from the stored balance before it; without entries nothing moved."""
    sums = {name: moved[name] if moved else 0 for name in _SUMS}
    opening = edges[moved["first"]][0] if moved else balance
    last = edges[moved["last"]][1] if moved else balance
    came = sums["credited"] + sums["returned"] + sums["moved_in"]
    closing = opening + came - sums["own_use"] - sums["family_use"] - sums["moved_out"]
    return AccountMonth(month=month, opening=opening, closing=closing, last_balance=last, **sums)


def balance_before(account: LedgerAccount | int, period: Period) -> int:
    """Return the stored balance of an account at the end of what was posted before a period."""
    earlier = Entry.objects.filter(account=account, transaction__posted_at__lt=period.start).order_by("-seq")
    return earlier.values_list("balance_after", flat=True).first() or 0


# ------------------------------------------------------------- lines
@dataclass(frozen=True)
class AccountLine:
    """One entry as the account's owner may read it: of a relative's use no more than the relative allows."""

    id: UUID
    at: datetime
    timed: bool
    """Whether the time of day may be shown, or only the day."""
    flow: Flow
    member: UUID | None
    """The relative who used it or got it; None when it was the owner."""
    who: str
    what: str
    place: str
    amount: int
    balance: int
    original: Original | None
    taken_back: bool


def account_lines(
    account: LedgerAccount,
    month: Month,
    *,
    member: UUID | None = None,
    kind: str = "",
    below: int | None = None,
) -> tuple[list[AccountLine], int | None]:
    """Return up to PAGE lines of a month, newest first, and the key of the next page (None = last).

    `member` keeps what one relative used, `kind` one of `words.KINDS`; `below` continues below that
    sequence number (keyset, no OFFSET).
    """
    if member or kind or below:
        entries = _entries(account, month).order_by("-seq")
        if member:
            entries = entries.filter(transaction__beneficiary_id=member)
        if kind:
            entries = entries.filter(transaction__kind__in=kinds_of(kind))
        if below:
            entries = entries.filter(seq__lt=below)
        rows = list(entries[: PAGE + 1])
    else:
        rows = _newest(account=account.pk, start=month.start, end=month.end)
    lines = [_line(entry, account.owner_id) for entry in rows[:PAGE]]
    return lines, rows[PAGE - 1].seq if len(rows) > PAGE else None


def all_account_lines(
    account: LedgerAccount, period: Period, *, most: int | None = None
) -> Iterator[AccountLine]:
    """Yield every line of a month or year, oldest first, for a statement; no more than `most`."""
    entries = _entries(account, period).order_by("seq")[:most]
    return (_line(entry, account.owner_id) for entry in entries.iterator(chunk_size=500))


def _entries(account: LedgerAccount, period: Period) -> QuerySet[Entry]:
    return _between(account.pk, period.start, period.end)


def _between(account: Any, start: Any, end: Any) -> QuerySet[Entry]:
    entries = Entry.objects.filter(
        transaction__posted_at__gte=start, transaction__posted_at__lt=end, account=account
    )
    return entries.select_related(
        "transaction__provider",
        "transaction__reverses",
        "transaction__reversed",
        "transaction__beneficiary",
        "mandate",
    )


_newest = Prepared(lambda account, start, end: _between(account, start, end).order_by("-seq")[: PAGE + 1])


def _line(entry: Entry, owner: UUID | None) -> AccountLine:
    record, mandate = entry.transaction, entry.mandate
    level = mandate.privacy if mandate else SEES_PLACE
    mine = record.beneficiary_id == owner
    return AccountLine(
        id=record.pk,
        at=record.posted_at,
        timed=level >= SEES_PLACE,
        flow=flow_of(entry, owner),
        member=None if mine else record.beneficiary_id,
        who=_("本人") if mine else mask_name(record.beneficiary.name),
        what=seen_as(record, level),
        place=record.provider.name if record.provider and level >= SEES_PLACE else "",
        amount=entry.amount,
        balance=entry.balance_after or 0,
        original=original_of(record),
        taken_back=was_taken_back(record),
    )


# ------------------------------------------------------------- members
@dataclass(frozen=True)
class Member:
    """What one relative used of an account in a month, and in the twelve months up to it."""

    person: UUID
    name: str
    """Masked, as pages and statements show it."""
    used: int
    count: int
    """Uses and reversals in the month; 0 for those who used it in earlier months only."""
    year_used: int


def members_of(account: LedgerAccount, month: Month) -> list[Member]:
    """Return what each relative used of the account, reversals taken off; the month's largest first."""
    rows = _member_sums(account.pk, _head(account), month)
    people = Person.objects.in_bulk([row["member"] for row in rows]) if rows else {}
    return [Member(row["member"], mask_name(people[row["member"]].name), **_numbers(row)) for row in rows]


def _numbers(row: Row) -> dict[str, int]:
    return {name: row[name] for name in ("used", "count", "year_used")}


@lru_cache(maxsize=SUMMED)
def _member_sums(account: int, _head: bytes, month: Month) -> list[Row]:
    first, inside = month.back(12)[-1], month.within("transaction__posted_at")
    rows = (
        Entry.objects.filter(
            _USE | _BACK,
            ~_OWN,
            transaction__posted_at__gte=first.start,
            transaction__posted_at__lt=month.end,
            account=account,
        )
        .values(member=F("transaction__beneficiary"))
        .annotate(
            used=-Sum("amount", filter=inside, default=0),
            count=Count("amount", filter=inside),
            year_used=-Sum("amount"),
        )
        .order_by("-used", "-year_used", "member")
    )
    return list(rows)
