"""Telling givers what happened to their money, a minute or so after it happened.

Settlement knows nothing of it: a job walks what was posted since the last time. Postings do not become
visible in the order of their times, so the walk stops at a time before which nothing can appear any more
(`_horizon`). Each message has a key that says what it is about, so walking twice tells nothing twice.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person
from accounts.services import notify
from gongji.money import yuan
from gongji.policy import for_area
from gongji.templatetags.gongji import mask_name
from ledger.models import Entry, LedgerAccount, Mandate, MonthUse, NoticeChoice, NoticeMark, Transaction
from ledger.rules import month_of
from ledger.statements.words import SEES_PLACE, SEES_TYPE, seen_as

LOW = 10_00
"""分; below it a visit to the pharmacy is likely to need cash."""
SKEW = timedelta(minutes=10)
"""Ids are made by the web hosts' clocks, posting times by the database's. Signatures allow five minutes."""
AT_ONCE = 20_000
"""Postings looked at in one run, so that a run after a long stop stays within a job's time."""
_SHARED = [Mandate.Kind.MUTUAL_AID, Mandate.Kind.POOL]


# ------------------------------------------------------------- what somebody wants to be told
def notice_choice(person: Person) -> NoticeChoice:
    """Return what a person chose; limits and nothing else when they never chose."""
    return NoticeChoice.objects.filter(person=person).first() or NoticeChoice(person=person)


def choose_notices(*, person: Person, each_use: bool, limits: bool) -> NoticeChoice:
    """Keep what a person wants to be told from now on."""
    choice, _new = NoticeChoice.objects.update_or_create(
        person=person, defaults={"each_use": each_use, "limits": limits}
    )
    return choice


# ------------------------------------------------------------- the walk
@transaction.atomic
def tell_new_uses() -> int:
    """Tell givers of what was posted since the last call; return how many messages were new.

    The first call only marks where to begin: nobody is told of the past. Mark and messages are written in
    one transaction; of two calls at once the second waits and finds nothing left.
    """
    began, number, oldest = _clock()
    NoticeMark.objects.bulk_create([NoticeMark(told_until=began)], ignore_conflicts=True)
    mark = NoticeMark.objects.select_for_update().get()
    until = _horizon(mark, began, number, oldest)
    if until is None or until <= mark.told_until:
        mark.save(update_fields=["waiting_until", "waiting_xid"])
        return 0
    until = _not_too_many(mark.told_until, until)
    told = tell_uses_between(since=mark.told_until, until=until)
    mark.told_until = until
    mark.save(update_fields=["told_until", "waiting_until", "waiting_xid"])
    return told


def tell_uses_between(*, since: datetime, until: datetime) -> int:
    """Tell givers of everything posted after `since` and no later than `until`; return the new messages.

    In the caller's transaction. What was told before is not told again.
    """
    return sum(
        new for walk in (_uses, _caps_reached, _totals_reached, _low_balances) for new in walk(since, until)
    )


def _clock() -> tuple[datetime, int, int]:
    """Return when this transaction began, its number, and the oldest number that still runs.

    A posting takes its number (it locks accounts) before it reads its time, and ours is younger than our
    beginning. So whatever bears a time before our beginning has a smaller number than we.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp(), pg_current_xact_id()::text::bigint")
        began, number = cursor.fetchone()
        # A statement of its own: its snapshot is taken after we have our number.
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        oldest: int = cursor.fetchone()[0]
    return began, number, oldest


def _horizon(mark: NoticeMark, began: datetime, number: int, oldest: int) -> datetime | None:
    """Return a time up to which everything that was posted can be seen; None when there is none yet.

    While somebody older than us works, our beginning waits in the mark until all of them have ended;
    it is not replaced before, or a busy database would wait for ever. Numbers that begin again (a restored
    database) end the waiting.
    """
    if oldest >= number:
        mark.waiting_until = mark.waiting_xid = None
        return began
    waiting, waiting_for = mark.waiting_until, mark.waiting_xid
    if waiting_for is not None and oldest < waiting_for <= number:
        return None
    mark.waiting_until, mark.waiting_xid = began, number
    return waiting if waiting_for is not None and waiting_for <= oldest else None


def _not_too_many(since: datetime, until: datetime) -> datetime:
    """Return the end of this run's share; the next run goes on from there."""
    times = _postings(since, until).order_by("posted_at").values_list("posted_at", flat=True)
    return next(iter(times[AT_ONCE : AT_ONCE + 1]), until)


def _postings(since: datetime, until: datetime) -> QuerySet[Transaction]:
    """What was posted in a span, found by the primary key: ids begin with their time."""
    return Transaction.objects.filter(
        id__gte=_first_id(since - SKEW),
        id__lt=_first_id(until + SKEW),
        posted_at__gt=since,
        posted_at__lte=until,
    )


def _first_id(moment: datetime) -> UUID:
    """Return the smallest UUID version 7 of a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


# ------------------------------------------------------------- each use
def _uses(since: datetime, until: datetime) -> Iterator[bool]:
    """Tell those who asked for it of each use and of what came back."""
    legs = Entry.objects.filter(
        transaction__in=_postings(since, until),
        mandate__kind__in=_SHARED,
        mandate__authorizer__notice_choice__each_use=True,
    ).exclude(mandate__authorizer=F("mandate__beneficiary"))
    related = legs.select_related(
        "transaction__provider", "mandate__authorizer", "mandate__beneficiary", "account"
    )
    for leg in related.order_by("transaction__posted_at", "transaction_id", "line"):
        yield _tell_use(leg)


def _tell_use(leg: Entry) -> bool:
    mandate, record = leg.mandate, leg.transaction
    assert mandate is not None
    exact = mandate.privacy >= SEES_PLACE
    what = seen_as(record, mandate.privacy) if mandate.privacy >= SEES_TYPE else _("家庭共济")
    if exact and record.provider:
        what = f"{what},{record.provider.name}"
    local = timezone.localtime(record.posted_at)
    return _tell(
        mandate.authorizer,
        "ledger.used" if leg.amount < 0 else "ledger.given_back",
        f"use:{record.pk}:{leg.line}",
        relative=mask_name(mandate.beneficiary.name),
        amount=yuan(abs(leg.amount)),
        left=yuan(leg.balance_after or 0),
        what=what,
        date=_day(local.date()),
        when=_day(local.date()) + (f" {local:%H:%M}" if exact else ""),
        account=_named(leg.account),
    )


# ------------------------------------------------------------- limits
def _caps_reached(since: datetime, until: datetime) -> Iterator[bool]:
    """Tell both sides of caps that were used up, once a month each."""
    month = month_of(until)
    touched = Entry.objects.filter(transaction__in=_postings(since, until), amount__lt=0)
    full = MonthUse.objects.filter(
        month=month,
        mandate__in=touched.exclude(mandate=None).values("mandate_id"),
        mandate__kind__in=_SHARED,
        used__gte=F("mandate__monthly_cap"),
    ).exclude(mandate__authorizer=F("mandate__beneficiary"))
    for use in full.select_related(
        "mandate__authorizer__notice_choice", "mandate__beneficiary__notice_choice"
    ).order_by("mandate_id"):
        cap, back = use.mandate.monthly_cap or 0, _day(_next(month))
        yield from _tell_both(use.mandate, "cap_reached", f"{month:%Y-%m}", cap, date=back)


def _totals_reached(since: datetime, until: datetime) -> Iterator[bool]:
    """Tell both sides of an authorized total that was used up; a total does not come back by itself."""
    touched = Entry.objects.filter(transaction__in=_postings(since, until), amount__lt=0)
    full = (
        Mandate.objects.filter(
            pk__in=touched.exclude(mandate=None).values("mandate_id"),
            kind__in=_SHARED,
            authorized__isnull=False,
        )
        .annotate(used_in_all=Sum("months__used"))
        .filter(used_in_all__gte=F("authorized"))
        .select_related("authorizer__notice_choice", "beneficiary__notice_choice")
    )
    for mandate in full.order_by("pk"):
        yield from _tell_both(mandate, "total_reached", f"{mandate.authorized}", mandate.authorized or 0)


def _tell_both(mandate: Mandate, template: str, key: str, amount: int, **words: str) -> Iterator[bool]:
    """Tell the giver and the relative, if they want to know, that something was used up."""
    for person, side in ((mandate.authorizer, "giver"), (mandate.beneficiary, "relative")):
        if _wants_limits(person):
            yield _tell(
                person,
                f"ledger.{template}_{side}",
                f"{template}:{side}:{mandate.pk}:{key}",
                relative=mask_name(mandate.beneficiary.name),
                giver=mandate.authorizer_mask,
                amount=yuan(amount),
                **words,
            )


def _low_balances(since: datetime, until: datetime) -> Iterator[bool]:
    """Tell givers whose account has little or nothing left for others, once a month each."""
    month = month_of(until)
    touched = Entry.objects.filter(transaction__in=_postings(since, until), amount__lt=0, seq__isnull=False)
    giving = Mandate.objects.live(until).filter(kind__in=_SHARED, paused_at=None)
    accounts = LedgerAccount.objects.filter(
        Q(pk__in=touched.values("account_id")),
        kind__in=[LedgerAccount.Kind.PERSONAL, LedgerAccount.Kind.POOL],
        pk__in=giving.values("account_id"),
    )
    for account in accounts.select_related("owner__notice_choice").order_by("pk"):
        left = (account.balance or 0) - _kept_back(account)
        if left < LOW and account.owner is not None and _wants_limits(account.owner):
            state = "low" if left > 0 else "out"
            yield _tell(
                account.owner,
                f"ledger.balance_{state}",
                f"{state}:{account.pk}:{month:%Y-%m}",
                left=yuan(account.balance or 0),
                amount=yuan(LOW),
                account=_named(account),
            )


def _kept_back(account: LedgerAccount) -> int:
    """Return what must stay on a personal account, in 分."""
    area = for_area(account.area)
    return area.min_balance if area and account.kind == LedgerAccount.Kind.PERSONAL else 0


def _wants_limits(person: Person) -> bool:
    choice: NoticeChoice | None = getattr(person, "notice_choice", None)
    return choice is None or choice.limits


# ------------------------------------------------------------- saying it
def _tell(person: Person, template: str, key: str, **words: str) -> bool:
    message = notify(
        person=person, template=template, params={"hotline": settings.HOTLINE} | words, dedup=f"ledger:{key}"
    )
    return message is not None


def _named(account: LedgerAccount) -> str:
    return _("家庭共济账户") if account.kind == LedgerAccount.Kind.POOL else _("个人账户")


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _day(day: date) -> str:
    return _("{month}月{day}日").format(month=day.month, day=day.day)
