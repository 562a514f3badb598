"""代缴: paying a year's premium from one's own personal account, for a bound relative or for oneself.

A premium is paid once per person, kind and year, whoever pays: its serial is unique per insured person for
ever. After a refund it can be paid again, under the next number. Amounts are 分.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Duty, Enrollment, EnrollmentStatus, Person, Scheme, User
from accounts.services import notify
from gongji import audit, policy
from gongji.errors import Refused
from gongji.money import yuan
from gongji.policy import Category, Policy, Premium
from gongji.templatetags.gongji import mask_name
from ledger.models import Entry, LedgerAccount, Mandate, Transaction
from ledger.models import Premium as Paid
from ledger.services.accounts import clearing_account
from ledger.services.posting import move, reverse
from ledger.services.refusals import LedgerRefused

Kind = Transaction.Kind
BINDS = [Mandate.Kind.MUTUAL_AID, Mandate.Kind.POOL]
"""Somebody for whom one gives money in either way is a relative whose premium one may pay."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A premium that could be paid for somebody, and why not."""

    premium: Premium
    paid_at: datetime | None = None
    """When it was paid; by whom is nobody's business but the payer's and the insured's."""

    @property
    def code(self) -> str:
        """The kind and the year, as forms and serials write them."""
        return f"{self.premium.category}:{self.premium.year}"


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be paid for one person now; without offers, `reason` says why."""

    offers: list[Offer]
    reason: str = ""
    """no_account, not_listed, not_allowed, not_resident, no_season; "" when there is something to pay."""
    season: Premium | None = None
    """The next one that will be collected, where none is now."""


# ------------------------------------------------------------- for whom, and what
def relatives_of(payer: Person) -> list[Mandate]:
    """Return the mandates by which `payer` gives to relatives now, each relative once. One query."""
    live = Mandate.objects.live(timezone.now()).filter(authorizer=payer, kind__in=BINDS)
    found = live.exclude(beneficiary=payer).select_related("beneficiary").order_by("pk")
    return list({mandate.beneficiary_id: mandate for mandate in found}.values())


def offers_for(payer: Person, insured: Person, *, today: date) -> Offers:
    """Return what `payer` can pay for `insured` today (Beijing), and what was paid before. Four queries."""
    account = _account(payer)
    enrollment = Enrollment.objects.current().filter(person=insured).first()
    if account is None:
        return Offers([], "no_account")
    if enrollment is None or not _premiums(enrollment):
        return Offers([], "not_listed")
    listed, allowed = _premiums(enrollment), _allowed(account)
    known = [premium for premium in listed if premium.category in allowed]
    fitting = [premium for premium in known if _concerns(premium.category, enrollment)]
    open_now = [premium for premium in fitting if premium.is_collected_on(today)]
    if not fitting:
        return Offers([], "not_resident" if known else "not_allowed")
    if not open_now:
        later = [premium for premium in fitting if premium.opens > today]
        return Offers([], "no_season", min(later, key=lambda premium: premium.opens, default=None))
    paid = _paid(insured)
    return Offers([Offer(premium, paid.get((premium.category, premium.year))) for premium in open_now])


def _account(person: Person) -> LedgerAccount | None:
    return LedgerAccount.objects.filter(owner=person, kind=LedgerAccount.Kind.PERSONAL).first()


def _premiums(enrollment: Enrollment) -> tuple[Premium, ...]:
    """What the insured person's own area collects."""
    return (policy.for_area(enrollment.area) or policy.load()[policy.NATIONAL]).premiums


def _rules(account: LedgerAccount) -> Policy | None:
    rules = policy.for_area(account.area)
    return rules if rules and rules.open else None


def _allowed(account: LedgerAccount) -> frozenset[Category]:
    rules = _rules(account)
    return rules.allowed - rules.prohibited if rules else frozenset()


def _concerns(category: Category, enrollment: Enrollment) -> bool:
    """Residents pay the residents' premium; the additional insurances are for everybody insured."""
    if enrollment.status != EnrollmentStatus.ACTIVE:
        return False
    return category != Category.PREMIUM_RESIDENT or enrollment.scheme == Scheme.RESIDENT


def premiums_of(insured: Person) -> QuerySet[Transaction]:
    """Return every premium that was paid for a person, refunded ones included."""
    return Transaction.objects.filter(provider=None, beneficiary=insured, kind=Kind.PREMIUM)


def premiums_seen_by(person: Person) -> QuerySet[Paid]:
    """Return the premiums that a person paid or that were paid for them, newest first, with all they tell."""
    paid = Entry.objects.filter(account__owner=person, amount__lt=0, transaction__kind=Kind.PREMIUM)
    mine = Paid.objects.filter(Q(beneficiary=person) | Q(pk__in=paid.values("transaction_id")))
    related = mine.select_related("beneficiary", "reversed")
    return related.prefetch_related("entries__account__owner").order_by("-posted_at", "-id")


def _paid(insured: Person) -> Mapping[tuple[str, int], datetime]:
    """When each kind and year was paid; what was given back in full does not count."""
    found = premiums_of(insured).select_related("reversed").order_by("posted_at")
    return {(row.category, year_of(row)): row.posted_at for row in found if not is_refunded(row)}


def year_of(premium: Transaction) -> int:
    """Return the year that a premium insures."""
    return int(premium.serial.split(":")[1])


def is_refunded(premium: Transaction) -> bool:
    """Whether a premium was given back in full. Wants `reversed` selected."""
    back = getattr(premium, "reversed", None)
    return back is not None and back.reversed == premium.total


# ------------------------------------------------------------- paying
@transaction.atomic
def pay_premium(*, actor: User, insured: Person, category: str, year: int) -> Transaction:
    """Pay a year's premium of `insured` from the actor's personal account and return the transaction.

    For a relative what the area keeps back stays on the account; for oneself all of it may be used.
    Raises PermissionDenied for somebody who is not bound to the actor, Refused: `nothing_to_pay`,
    `already_paid`, `insufficient_balance`.
    """
    payer = _payer(actor, insured)
    offers = offers_for(payer, insured, today=timezone.localdate())
    code = f"{category}:{year}"
    offer = next((offer for offer in offers.offers if offer.code == code), None)
    account = _account(payer)
    if offer is None or account is None:
        raise Refused("nothing_to_pay", _("现在不能代缴这一项。"), _("请回到“代缴保费”,看看能缴什么。"))
    if offer.paid_at is not None:
        raise _already_paid(offer.paid_at)
    try:
        moved = move(
            kind=Kind.PREMIUM,
            serial=_next_serial(insured, code),
            person=insured,
            source=account,
            target=clearing_account(kind=LedgerAccount.Kind.PREMIUM, area=_area_of(insured)),
            amount=offer.premium.amount,
            keep=0 if insured == payer else _kept_back(account),
            category=category,
        )
    except LedgerRefused as refused:
        raise _too_little(account, insured=insured, payer=payer, amount=offer.premium.amount) from refused
    paid = Transaction.objects.get(pk=moved.id)
    if not moved.new:
        raise _already_paid(paid.posted_at)
    audit.record(action="premium.paid", actor=actor, obj=paid, area=account.area)
    _tell(paid, payer, "paid")
    return paid


def _payer(actor: User, insured: Person) -> Person:
    """The actor's person, held: a binding that ends meanwhile waits. PermissionDenied for strangers."""
    if actor.person is None:
        raise PermissionDenied("identity not verified")
    people = Person.objects.filter(pk__in=[actor.person_id, insured.pk]).order_by("pk")
    list(people.select_for_update(no_key=True).values_list("pk", flat=True))
    bound = {mandate.beneficiary_id for mandate in relatives_of(actor.person)}
    if insured != actor.person and insured.pk not in bound:
        raise PermissionDenied("not a relative one gives to")
    return actor.person


def _next_serial(insured: Person, code: str) -> str:
    """premium_resident:2027, after a refund premium_resident:2027:2, and so on."""
    paid_before = premiums_of(insured).filter(category=code.split(":")[0])
    count = sum(f"{row.category}:{year_of(row)}" == code for row in paid_before)
    return f"{code}:{count + 1}" if count else code


def _area_of(insured: Person) -> str:
    return Enrollment.objects.current().get(person=insured).area


def _kept_back(account: LedgerAccount) -> int:
    rules = _rules(account)
    return rules.min_balance if rules else 0


def _already_paid(at: datetime) -> Refused:
    day = timezone.localdate(at)
    return Refused(
        "already_paid",
        _("这一年的已经在 %(year)d年%(month)d月%(day)d日缴过了。")
        % {"year": day.year, "month": day.month, "day": day.day},
        _("不用再缴,您的钱没有动。"),
    )


def _too_little(account: LedgerAccount, *, insured: Person, payer: Person, amount: int) -> Refused:
    keep = 0 if insured == payer else _kept_back(account)
    words = {"have": yuan(account.balance or 0), "keep": yuan(keep), "need": yuan(amount)}
    why = _("您的个人账户有 %(have)s 元,缴这一项要 %(need)s 元,不够。") % words
    if keep:
        why = _("您的个人账户有 %(have)s 元,要留 %(keep)s 元,缴这一项要 %(need)s 元,不够。") % words
    return Refused("insufficient_balance", why, _("到账以后再来,或用别的办法缴。缴费期见本地规则。"))


# ------------------------------------------------------------- giving back
def payer_of(premium: Transaction) -> Person:
    """Return who paid. Wants `entries__account__owner` prefetched."""
    paid = next(entry for entry in premium.entries.all() if entry.amount < 0)
    assert paid.account.owner is not None
    return paid.account.owner


def collected_in(premium: Transaction) -> str:
    """Return the area that collected it. Wants `entries__account` prefetched."""
    return next(entry.account.area for entry in premium.entries.all() if entry.amount > 0)


def refund_until(premium: Transaction) -> datetime:
    """Until when whoever paid may take it back alone: the days of the area that collected it."""
    rules = policy.for_area(collected_in(premium)) or policy.load()[policy.NATIONAL]
    return premium.posted_at + timedelta(days=rules.premium_refund_days)


def refund_days(insured: Person) -> int:
    """Return how many days whoever pays may take a premium back alone, where the insured person lives."""
    return (policy.for_area(_area_of(insured)) or policy.load()[policy.NATIONAL]).premium_refund_days


def refund_premium(*, premium: Transaction, actor: User) -> None:
    """Take a premium back: the payer's right within the area's days, also when the binding ended meanwhile.

    Raises PermissionDenied for anybody else, Refused: `too_late`, `already_refunded`.
    """
    payer = payer_of(premium)
    if actor.person_id != payer.pk:
        raise PermissionDenied("somebody else paid")
    if timezone.now() >= refund_until(premium):
        raise Refused(
            "too_late", _("能自己退的时间已经过了。"), _("请带身份证到当地医保窗口,或打 12393 问。")
        )
    _give_back(premium, actor, payer, reason="")


def refund_by_staff(*, premium: Transaction, actor: User, reason: str) -> None:
    """Give a premium back for a reason that is kept with it; for supervisors of the area that collected it.

    Raises PermissionDenied without the duty, for another area, in one's own case; Refused: `reason_missing`,
    `already_refunded`.
    """
    payer = payer_of(premium)
    if not actor.has_duty(Duty.SUPERVISOR) or not actor.covers(collected_in(premium)):
        raise PermissionDenied("not a supervisor of this area")
    if actor.private_person_id in (payer.pk, premium.beneficiary_id):
        raise PermissionDenied("own case")
    if not reason.strip():
        raise Refused("reason_missing", _("还没有写原因。"), _("请写明为什么退,缴的人会看到。"))
    _give_back(premium, actor, payer, reason=reason.strip())


@transaction.atomic
def _give_back(premium: Transaction, actor: User, payer: Person, *, reason: str) -> None:
    try:
        reverse(
            provider=None,
            original=premium.pk,
            serial=f"refund:{premium.pk}",
            amount=None,
            reason=reason[:200],
            occurred_at=timezone.now(),
        )
    except LedgerRefused as refused:
        raise Refused("already_refunded", _("这一笔已经退过了。"), _("钱在付钱的个人账户里。")) from refused
    audit.record(action="premium.refunded", actor=actor, obj=premium, area=collected_in(premium))
    _tell(premium, payer, "refunded")


# ------------------------------------------------------------- telling
def _tell(premium: Transaction, payer: Person, what: str) -> None:
    """Tell both; one's own premium only oneself."""
    insured = premium.beneficiary
    words = {
        "payer": mask_name(payer.name),
        "relative": mask_name(insured.name),
        "year": str(year_of(premium)),
        "kind": _(Category(premium.category).label),
        "yuan": yuan(premium.total),
    }
    about: list[tuple[Person, str, UUID]] = [(payer, "payer", payer.pk)]
    if insured != payer:
        about.append((insured, "relative", insured.pk))
    for person, side, key in about:
        notify(
            person=person,
            template=f"ledger.premium_{what}_{side}",
            params=words,
            about=str(premium.pk),
            dedup=f"premium_{what}:{premium.pk}:{key}",
        )
