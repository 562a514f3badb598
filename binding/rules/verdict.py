"""What the machine makes of its checks: accept, turn down or ask a person; and when two must look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from binding.rules.viewing import consent_to_view_needed
from binding.states import Kind, Party
from gongji.policy import Consent, DocumentsAsked, FourEyes, Policy, Relation, ReviewMode


class Checked(models.TextChoices):
    """The machine's checks, in the order a reviewer reads them."""

    GIVER = "giver", _("申请人参保和个人账户")
    RELATIVE = "relative", _("家人参保")
    AREA = "area", _("两地可以共用")
    KINSHIP = "kinship", _("亲属关系")
    GUARDIAN = "guardian", _("未成年人的监护人")
    DUPLICATE = "duplicate", _("没有重复开通")
    LIMIT = "limit", _("申请人的人数上限")
    GIVERS = "givers", _("家人的出钱人数上限")


REASON_OF: Mapping[str, str] = {
    Checked.GIVER: "J04",
    Checked.RELATIVE: "J02",
    Checked.AREA: "J03",
    Checked.DUPLICATE: "J05",
    Checked.LIMIT: "J05",
    Checked.GIVERS: "J05",
}
"""Checks whose "no" the registry or the limit decides; a doubtful kinship is for a person to judge."""


class Verdict(models.TextChoices):
    ACCEPT = "accept"
    TURN_DOWN = "turn_down"
    ENQUEUE = "enqueue"


def verdict(
    mode: ReviewMode, checks: Mapping[str, bool | None], *, four_eyes: bool, consent_certain: bool = True
) -> Verdict:
    """Return what to do with a submitted application, by check code → passed, failed, or unknown (None).

    The registry and the limits may turn it down. It is accepted without a person only where the area
    decides by facts (kinship proven by data) or by commitment (nothing contradicts it), and never on a
    consent of which nobody can tell who gave it.
    """
    if any(checks.get(code) is False for code in REASON_OF):
        return Verdict.TURN_DOWN
    certain = all(checks.get(code) for code in REASON_OF)
    if not certain or four_eyes or not consent_certain or checks.get(Checked.GUARDIAN) is not True:
        return Verdict.ENQUEUE
    kin = checks.get(Checked.KINSHIP)
    enough = kin is True if mode is ReviewMode.FACTS else kin is not False
    return Verdict.ACCEPT if enough and mode is not ReviewMode.STAFF else Verdict.ENQUEUE


def documents_wanted(asked: DocumentsAsked, kinship_proven: bool | None, *, guardian_doubtful: bool) -> bool:
    """Whether documents must be handed in.

    As the area asks; always where data contradict the relation, or the child is somebody else's.
    """
    if guardian_doubtful or kinship_proven is False or asked is DocumentsAsked.ALWAYS:
        return True
    return asked is DocumentsAsked.UNPROVEN and not kinship_proven


def consent_needed(
    policy: Policy, initiator: str, *, relative_is_minor: bool, kind: str = Kind.MUTUAL_AID
) -> bool:
    """Whether the other party must agree before anything opens (design.md §7).

    Who gives money is always asked when the relative applied. Below the area's age the guardian decides:
    that is the applying parent, otherwise a reviewer looks at the guardian's papers. 亲情账户 has a rule of
    its own; there the one who may be a minor is who is looked at.
    """
    if kind == Kind.VIEW:
        return consent_to_view_needed(initiator, subject_is_minor=relative_is_minor)
    if initiator == Party.BENEFICIARY:
        return True
    return policy.beneficiary_consent is Consent.REQUIRED and not relative_is_minor


def guardian_certain(relation: Relation, *, relative_is_minor: bool) -> bool:
    """Whether nobody doubts who decides for the relative: an adult, or the child of the applicant."""
    return not relative_is_minor or relation is Relation.CHILD


@dataclass(frozen=True)
class Signals:
    """What makes a case worth two readers; counts include the case itself, money in 分."""

    relatives_in_12_months: int = 0
    givers_of_relative: int = 0
    givers_of_phone_in_30_days: int = 0
    monthly_cap: int | None = None
    failed_checks: tuple[str, ...] = ()
    untrue_in_12_months: bool = False
    """Whether a promise of the giver's proved untrue: the machine takes none of them for a year."""
    one_clerk: bool = False
    """One clerk saw the documents, entered the application and put down the other one's yes."""


class FourEyesCause(models.TextChoices):
    RELATIVES = "relatives", _("一年内给多位家人开通")
    GIVERS = "givers", _("同一位家人有多位出钱人")
    PHONE = "phone", _("同一手机号多人申请")
    CAP = "cap", _("每月上限较高")
    CHECK = "check", _("机器核对有不符")
    UNTRUE = "untrue", _("一年内有过不实承诺")
    CLERK = "clerk", _("同一位经办核身份、录申请、记家人同意")


def four_eyes(bounds: FourEyes, signals: Signals) -> list[FourEyesCause]:
    """Return why a second pair of eyes must look, too (ux.md §5); empty when one is enough."""
    causes = {
        FourEyesCause.RELATIVES: signals.relatives_in_12_months >= bounds.relatives_in_12_months,
        FourEyesCause.GIVERS: signals.givers_of_relative >= bounds.givers_of_one_relative,
        FourEyesCause.PHONE: signals.givers_of_phone_in_30_days >= bounds.givers_of_one_phone_in_30_days,
        FourEyesCause.CAP: signals.monthly_cap is not None and signals.monthly_cap >= bounds.monthly_cap,
        FourEyesCause.CHECK: bool(signals.failed_checks),
        FourEyesCause.UNTRUE: signals.untrue_in_12_months,
        FourEyesCause.CLERK: signals.one_clerk,
    }
    return [cause for cause, holds in causes.items() if holds]


def two_reviewers(causes: Iterable[FourEyesCause]) -> list[FourEyesCause]:
    """Return which of the causes ask for two reviewers; after a clerk, one reviewer is the second pair."""
    return [cause for cause in causes if cause is not FourEyesCause.CLERK]
