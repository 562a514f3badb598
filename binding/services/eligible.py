"""Who may start an application, from either end: what stands in the way, in words, with another way on."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import Enrollment, EnrollmentStatus, Person, Scheme, User, VerifiedLevel
from accounts.services import current_enrollment
from binding.models import Application, Kind
from binding.rules import Party
from binding.rules.limits import of_authorizer, of_beneficiary
from binding.services.checks import givers_of, is_insured, may_give, places_taken
from binding.services.denials import require_known
from binding.services.pools import require_no_other_pool
from binding.services.ways import require_wallet
from binding.services.wording import limit_sentence
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Channel as Through
from gongji.policy import Level, Policy, Side
from ledger import services as ledger


def starting_rules(
    *,
    person: Person,
    kind: str = Kind.MUTUAL_AID,
    side: Party = Party.AUTHORIZER,
    entrance: str = "",
    at_window: bool = False,
) -> Policy:
    """Return the rules where somebody who wants to start is insured, as they hold for their entrance.

    `side` is which end they would be: giver or relative; of 亲情账户, who is looked at or who looks.
    Raises Refused: `not_insured`, `needs_window`, `suspended`, `no_personal_account` (J04), `pooled_only`
    (单建统筹), `not_open`, `wallet_not_open`, `in_a_pool` (somebody else's), `no_balance` (where the area
    wants one), `limit_reached` (M13), `not_for_relatives`, `level_too_low`, `under_review` (several say they
    do not know this person).
    """
    enrollment = current_enrollment(person)
    _require_insurance(enrollment, kind, side)
    assert enrollment is not None
    rules = policy.for_area(enrollment.area)
    if rules is None or not rules.open:
        raise Refused("not_open", _("本地区网上办理还没有开通。"), _("请到当地医保窗口办理,或打 12393 问。"))
    rules = rules.through(open_entrance(rules, entrance, at_window=at_window))
    require_level(person, rules.levels.apply)
    require_known(person, rules)
    if side == Party.BENEFICIARY:
        _require_relative_may_start(person, rules, kind)
    else:
        _require_giver_may_start(person, rules, kind)
    return rules


def open_entrance(rules: Policy, entrance: str, *, at_window: bool) -> str:
    """Return the entrance if it is one of the area's, "" otherwise; that of windows is closed to the web."""
    found = rules.entrances.get(entrance)
    if found is None or (found.channel is Through.WINDOW and not at_window):
        return ""
    return found.code


def _require_giver_may_start(person: Person, rules: Policy, kind: str) -> None:
    if kind == Kind.WALLET:
        require_wallet(rules)
    elif kind == Kind.MUTUAL_AID:
        require_no_other_pool(person, rules)
    if kind != Kind.VIEW:
        _require_balance(person, rules)
    require_place(person, rules, kind, besides=None)


def _require_relative_may_start(person: Person, rules: Policy, kind: str) -> None:
    if kind == Kind.WALLET or (kind == Kind.MUTUAL_AID and Side.BENEFICIARY not in rules.who_may_initiate):
        raise Refused(
            "not_for_relatives",
            _("按%(area)s的规则,由出钱的家人来申请。") % {"area": rules.name},
            _("请家人登录,点“给家人开通”,再填您的姓名和证件号。您这边会收到消息。"),
        )
    bound = of_beneficiary(kind, rules)
    taken = givers_of(person.pk, kind)
    if bound.is_full(taken):
        text = _("已有 %(taken)d 位家人给您开通,本地最多 %(limit)d 位(%(source)s)。")
        if kind == Kind.VIEW:
            text = _("您已代看 %(taken)d 位家人,本地最多 %(limit)d 位(%(source)s)。")
        words = {"taken": taken, "limit": bound.most, "source": bound.rule.source}
        raise Refused("limit_reached", text % words, _("先解除一位,才能再加。"))


@dataclass(frozen=True)
class WaysIn:
    """What somebody may start where they are insured: give to a relative, or ask one to give."""

    gives: bool
    asks: bool


def ways_in(person: Person) -> WaysIn:
    """Return which ends somebody may start from; other obstacles are told on the way."""
    enrollment = current_enrollment(person)
    rules = policy.for_area(enrollment.area) if enrollment else None
    asks = rules is not None and rules.open and Side.BENEFICIARY in rules.who_may_initiate
    return WaysIn(gives=may_give(enrollment), asks=asks)


def require_level(person: Person, level: Level) -> None:
    """Raise Refused (`level_too_low`) while somebody is not known surely enough for what they want to do."""
    if person.level < VerifiedLevel[level.name]:
        raise Refused(
            "level_too_low",
            _("办这件事,先要多核对一步身份。"),
            _("要做到“%(level)s”。可以在网上办,也可以到窗口。") % {"level": _(level.label)},
        )


def _require_balance(person: Person, rules: Policy) -> None:
    """Raise Refused (`no_balance`) where only somebody with money on the account may bind, as in 昆明."""
    if rules.zero_balance_may_bind or ledger.personal_balance(person):
        return
    raise Refused(
        "no_balance",
        _("您的个人账户余额是 0。按%(area)s的规则,有余额时才能开通。") % {"area": rules.name},
        _("一般每月 %(day)d 日前划入,到账以后再来办。") % {"day": rules.credit_day},
    )


def require_place(person: Person, rules: Policy, kind: str, *, besides: Application | None) -> None:
    """Raise Refused (`limit_reached`) when no place of this kind is left; what is under way counts."""
    taken = places_taken(person.pk, kind, besides=besides, undecided=True)
    if of_authorizer(kind, rules).is_full(taken):
        raise Refused(
            "limit_reached",
            limit_sentence(kind, rules, taken),
            _("正在办的也算在人数里。先解除或撤回一位,再来申请。"),
        )


def person_of(user: User) -> Person:
    """Return whom a login stands for; PermissionDenied before the identity check."""
    if user.person is None:
        raise PermissionDenied("identity not verified")
    return user.person


# ------------------------------------------------------------- insurance
def _require_insurance(enrollment: Enrollment | None, kind: str, side: Party) -> None:
    if kind == Kind.VIEW or side == Party.BENEFICIARY:
        if not is_insured(enrollment):
            raise _not_insured(enrollment)
    elif not may_give(enrollment):
        raise _cannot_give(enrollment)


def _not_insured(enrollment: Enrollment | None) -> Refused:
    if enrollment is not None and enrollment.status == EnrollmentStatus.DECEASED:
        return needs_window()
    return Refused(
        "not_insured", _("您现在没有参加基本医保。"), _("参保生效后就可以办。怎么参保请打 12393。")
    )


def _cannot_give(enrollment: Enrollment | None) -> Refused:
    if enrollment is None or enrollment.status == EnrollmentStatus.ENDED:
        return Refused(
            "not_insured",
            _("家庭共济用的是职工医保个人账户里的钱。您现在没有参加职工医保。"),
            _("家人有职工医保的,可以请家人登录,给您开通。"),
        )
    if enrollment.status == EnrollmentStatus.DECEASED:
        return needs_window()
    if enrollment.status == EnrollmentStatus.SUSPENDED:
        return Refused(
            "suspended",
            _("您的职工医保现在是暂停状态,不能给家人开通。"),
            _("单位补缴或恢复参保以后就可以办,不用重新填。"),
        )
    ways = _("家人有职工医保的,可以请家人登录,给您开通。")
    if enrollment.scheme == Scheme.EMPLOYEE:
        return Refused("pooled_only", _("您的职工医保是单建统筹,没有个人账户。这不是余额用完了。"), ways)
    return Refused(
        "no_personal_account",
        _("您参加的是%(scheme)s,没有个人账户,不能给家人用。") % {"scheme": enrollment.get_scheme_display()},
        ways,
    )


def needs_window() -> Refused:
    """J07: something that is only spoken of face to face."""
    return Refused(
        "needs_window", _("我们需要当面核实一项信息。"), _("请带身份证到当地医保窗口,或打 12393。")
    )
