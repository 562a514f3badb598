"""A month of a personal account: what came in, what went out, and by whom it was used. Amounts are 分."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Person
from gongji.policy import Category
from gongji.templatetags.gongji import mask_name
from ledger.models import Entry, LedgerAccount, Transaction
from ledger.statements.month import Month

PAGE = 50
SEES_TYPE, SEES_PLACE = 1, 2
"""Privacy levels of a binding, as the relative chose them (binding.models.Binding.Privacy)."""


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


@dataclass(frozen=True)
class AccountLine:
    """One entry as the account's owner may read it: of a relative's use no more than the relative allows."""

    at: datetime
    who: str
    what: str
    place: str
    amount: int
    balance: int


def account_of(person: Person) -> LedgerAccount | None:
    """Return the personal account, None for people who have none (居民医保, 单建统筹)."""
    return LedgerAccount.objects.filter(owner=person, kind=LedgerAccount.Kind.PERSONAL).first()


def account_month(account: LedgerAccount, month: Month) -> AccountMonth:
    """Sum a month of an account in two queries."""
    entries = Entry.objects.filter(month.within("transaction__posted_at"), account=account)
    reversal = Q(transaction__kind=Transaction.Kind.REVERSAL)
    sums = entries.aggregate(
        credited=Sum("amount", filter=Q(transaction__kind__in=Transaction.CREDITS), default=0),
        returned=Sum("amount", filter=reversal, default=0),
        own_use=Sum("amount", filter=Q(amount__lt=0, mandate=None) & ~reversal, default=0),
        family_use=Sum("amount", filter=Q(amount__lt=0, mandate__isnull=False) & ~reversal, default=0),
    )
    opening, last = _balances_around(account, month)
    return AccountMonth(
        month=month,
        opening=opening,
        credited=sums["credited"],
        returned=sums["returned"],
        own_use=-sums["own_use"],
        family_use=-sums["family_use"],
        closing=opening + sum(sums.values()),
        last_balance=last,
    )


def _balances_around(account: LedgerAccount, month: Month) -> tuple[int, int]:
    """Return the stored balances before the month's first entry and after its last."""
    before = Entry.objects.filter(account=account).order_by("-seq").values_list("balance_after", flat=True)
    opening = before.filter(transaction__posted_at__lt=month.start).first() or 0
    last = before.filter(transaction__posted_at__lt=month.next.start).first()
    return opening, opening if last is None else last


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
        "transaction", "transaction__provider", "mandate", "mandate__beneficiary"
    ).order_by("-seq")


def _line(entry: Entry) -> AccountLine:
    record, mandate = entry.transaction, entry.mandate
    level = SEES_PLACE if mandate is None else mandate.privacy
    return AccountLine(
        at=record.posted_at,
        who=mask_name(mandate.beneficiary.name) if mandate else _("本人"),
        what=what_of(record) if level >= SEES_TYPE else _("家庭共济"),
        place=record.provider.name if record.provider and level >= SEES_PLACE else "",
        amount=entry.amount,
        balance=entry.balance_after or 0,
    )


def what_of(record: Transaction) -> str:
    """Return what a transaction was, in words: 普通门诊; 退费:普通门诊; 每月划入."""
    if not record.category:
        return str(record.get_kind_display())
    category = _(Category(record.category).label)
    if record.kind == Transaction.Kind.REVERSAL:
        return _("退费:%(category)s") % {"category": category}
    return category


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


def months_of(account: LedgerAccount, last: Month, count: int = 12) -> list[AccountMonth]:
    """Return `count` months up to `last`, newest first, each summed."""
    months = [last]
    while len(months) < count:
        months.append(months[-1].previous)
    return [account_month(account, month) for month in months]
