"""The one who is asked, once their number and name matched: what stands in the way, and in whose words.

Whoever applies learns nothing of the other's balance, number of relatives or kind of account.
"""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Enrollment, EnrollmentStatus, Person
from accounts.services import current_enrollment
from binding.models import Application, Kind
from binding.rules import Party
from binding.services.checks import active_binding, is_insured, may_give
from binding.services.eligible import needs_window
from binding.services.ways import too_far
from binding.services.wording import day
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Policy, Relation, Side

Hindrance = Callable[[Application, Enrollment | None, Policy], Refused | None]


def cannot_take_part(draft: Application, other: Person, rules: Policy) -> Refused | None:
    """Return what stands in the way of a matched person as the other end of a draft.

    That a relative has other givers is no reason here. `rules` are those of the draft so far; an
    authorizer who is asked brings those of their own area.
    """
    enrollment = current_enrollment(other)
    if enrollment is not None and enrollment.status == EnrollmentStatus.DECEASED:
        return needs_window()
    if refusal := _hindrance(draft)(draft, enrollment, rules):
        return refusal
    return _taken(draft, other)


def _hindrance(draft: Application) -> Hindrance:
    """Return what to ask of the other end: it depends on the kind, and on which end that is."""
    asks_relative = draft.initiator == Party.AUTHORIZER
    if draft.kind == Kind.VIEW:
        return _viewer if asks_relative else _looked_at
    return _relative if asks_relative else _giver


def _viewer(_draft: Application, _enrollment: Enrollment | None, _rules: Policy) -> Refused | None:
    """To look takes no insurance of one's own."""
    return None


def _looked_at(draft: Application, enrollment: Enrollment | None, _rules: Policy) -> Refused | None:
    theirs = policy.for_area(enrollment.area) if enrollment else None
    if theirs is not None and theirs.open:
        return None
    return Refused(
        "looked_at_elsewhere",
        _("%(name)s参保的地方,还没有开通网上办理。") % {"name": draft.entered_name},
        _("请到家人参保地的医保窗口办,或打 12393 问。"),
    )


def _relative(draft: Application, enrollment: Enrollment | None, rules: Policy) -> Refused | None:
    if not is_insured(enrollment):
        return Refused(
            "relative_not_insured",
            _("%(name)s现在没有参加基本医保。") % {"name": draft.entered_name},
            _("参保生效后可以再办。怎么参保请打 12393。您填的内容会保存。"),
        )
    assert enrollment is not None
    return too_far(draft.kind, rules, enrollment.area, own_area=draft.area)


def _giver(draft: Application, enrollment: Enrollment | None, _rules: Policy) -> Refused | None:
    theirs = policy.for_area(enrollment.area) if enrollment else None
    if not may_give(enrollment) or theirs is None or not theirs.open:
        return Refused(
            "giver_cannot",
            _("%(name)s现在不能在网上给家人开通。") % {"name": draft.entered_name},
            _("请家人自己登录看看是什么原因,或打 12393。您填的内容会保存。"),
        )
    if Side.BENEFICIARY not in theirs.who_may_initiate:
        return Refused(
            "not_for_relatives",
            _("按%(area)s的规则,由出钱的家人来申请。") % {"area": theirs.name},
            _("请家人登录,点“给家人开通”,再填您的姓名和证件号。您这边会收到消息。"),
        )
    if draft.relation and Relation(draft.relation) not in theirs.relations:
        return Refused(
            "relation_not_allowed",
            _("按%(area)s的规则,这样的关系不能共用。") % {"area": theirs.name},
            _("可以共用的家人,在“本地规则”里能看到。"),
        )
    assert draft.beneficiary is not None and enrollment is not None
    own = current_enrollment(draft.beneficiary)
    return too_far(draft.kind, theirs, own.area, own_area=enrollment.area) if own else None


def _taken(draft: Application, other: Person) -> Refused | None:
    pair = {draft.initiator: draft.initiator_person, draft.other_side: other}
    same = Application(kind=draft.kind, renews_id=draft.renews_id, **pair)
    bound = active_binding(same)
    if bound is not None:
        return already_bound(bound.since)
    under_way = Application.objects.counted().filter(kind=draft.kind, **pair)
    return already_applied() if under_way.exclude(pk=draft.pk).exists() else None


def already_bound(since: datetime) -> Refused:
    """J05: the two are bound already."""
    text = _("已经开通过了,%(since)s起有效。") % {"since": day(since)}
    return Refused("already_bound", text, _("不用再办。"))


def already_applied() -> Refused:
    """The same two have an application under way, perhaps from another tab, perhaps the other's."""
    return Refused("already_applied", _("两位的申请正在办。"), _("不用再提交。请在“我的共济”里看进度。"))
