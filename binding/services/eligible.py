"""Who may give and who may receive: what stands in the way, in words, with another way on."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import Enrollment, EnrollmentStatus, Person, User
from accounts.services import current_enrollment
from binding.models import Application, Kind
from binding.rules.limits import of_authorizer
from binding.services.checks import active_binding, is_insured, may_give, places_taken
from binding.services.pools import require_no_other_pool
from binding.services.ways import require_wallet, too_far
from binding.services.wording import day, limit_sentence
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Policy
from ledger import services as ledger


# ------------------------------------------------------------- the giver
def giver_policy(*, user: User, kind: str = Kind.MUTUAL_AID) -> Policy:
    """Return the rules of the area that keeps the giver's account, for one way of giving.

    Raises Refused when they cannot give: `not_insured`, `needs_window`, `suspended`,
    `no_personal_account` (J04), `not_open`, `wallet_not_open`, `in_a_pool` (somebody else's), `no_balance`
    (where the area wants one), `limit_reached` (M13).
    """
    person = person_of(user)
    enrollment = current_enrollment(person)
    if not may_give(enrollment):
        raise _cannot_give(enrollment)
    assert enrollment is not None
    rules = policy.for_area(enrollment.area)
    if rules is None or not rules.open:
        raise Refused("not_open", _("本地区网上办理还没有开通。"), _("请到当地医保窗口办理,或打 12393 问。"))
    if kind == Kind.WALLET:
        require_wallet(rules)
    else:
        require_no_other_pool(person, rules)
    _require_balance(person, rules)
    require_place(person, rules, kind, besides=None)
    return rules


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


def _cannot_give(enrollment: Enrollment | None) -> Refused:
    if enrollment is None or enrollment.status == EnrollmentStatus.ENDED:
        return Refused(
            "not_insured",
            _("家庭共济用的是职工医保个人账户里的钱。您现在没有参加职工医保。"),
            _("家人有职工医保的,可以请家人登录,给您开通。"),
        )
    if enrollment.status == EnrollmentStatus.DECEASED:
        return _needs_window()
    if enrollment.status == EnrollmentStatus.SUSPENDED:
        return Refused(
            "suspended",
            _("您的职工医保现在是暂停状态,不能给家人开通。"),
            _("单位补缴或恢复参保以后就可以办,不用重新填。"),
        )
    return Refused(
        "no_personal_account",
        _("您参加的是%(scheme)s,没有个人账户,不能给家人用。") % {"scheme": enrollment.get_scheme_display()},
        _("家人有职工医保的,可以请家人登录,给您开通。"),
    )


def _needs_window() -> Refused:
    return Refused(
        "needs_window", _("我们需要当面核实一项信息。"), _("请带身份证到当地医保窗口,或打 12393。")
    )


# ------------------------------------------------------------- the relative
def cannot_receive(draft: Application, relative: Person, rules: Policy) -> Refused | None:
    """Return what stands in the way of a matched relative; that others give, too, is no reason here."""
    enrollment = current_enrollment(relative)
    if enrollment is not None and enrollment.status == EnrollmentStatus.DECEASED:
        return _needs_window()
    if not is_insured(enrollment):
        return Refused(
            "relative_not_insured",
            _("%(name)s现在没有参加基本医保。") % {"name": draft.entered_name},
            _("参保生效后可以再办。怎么参保请打 12393。您填的内容会保存。"),
        )
    assert enrollment is not None
    return too_far(draft.kind, rules, enrollment.area) or _taken(draft, relative)


def _taken(draft: Application, relative: Person) -> Refused | None:
    same = Application(authorizer_id=draft.authorizer_id, beneficiary=relative, kind=draft.kind)
    bound = active_binding(same)
    if bound is not None:
        return already_bound(bound.since)
    under_way = Application.objects.counted().filter(
        authorizer_id=draft.authorizer_id, beneficiary=relative, kind=draft.kind
    )
    return already_applied() if under_way.exclude(pk=draft.pk).exists() else None


def already_bound(since: datetime) -> Refused:
    """J05: the two are bound already."""
    text = _("已经开通过了,%(since)s起有效。") % {"since": day(since)}
    return Refused("already_bound", text, _("不用再办。"))


def already_applied() -> Refused:
    """The same two have an application under way, perhaps from another tab."""
    return Refused(
        "already_applied", _("给这位家人的申请正在办。"), _("不用再提交。请在“我的共济”里看进度。")
    )
