"""What a clerk does for the citizen before them: who stands there, what they apply for, what they take home.

Everything else goes by the same verbs as online: `rows.acts_for` lets a clerk use them for whom they serve.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Duty, EnrollmentStatus, Person, User
from accounts.services import current_enrollment, find_person
from accounts.services.identity import verified_at_window
from binding.models import Application, Channel, RelativeLookup, Signature, WindowVisit
from binding.rules import Party
from binding.rules.letters import Signed
from binding.rules.verdict import FourEyesCause, consent_needed
from binding.services import rows
from binding.services.answers import (
    How,
    Terms,
    confirms_as_giver,
    record_yes,
    require_way,
    sign,
    total_missing,
)
from binding.services.checks import four_eyes_causes, is_minor
from binding.services.drafts import start_draft
from binding.services.family import require_no_family
from binding.services.rows import policy_of
from binding.services.submission import submit
from gongji import audit, policy
from gongji.errors import Refused
from gongji.policy import Channel as Through
from gongji.policy import Policy, Relation, reach

MISSES = (30, timedelta(hours=1))
"""How often a clerk may type a name and number that are not those of one person of their areas."""


# ------------------------------------------------------------- who stands there
def begin_visit(
    *, clerk: User, name: str, id_type: str, id_number: str, purpose: str, window: str
) -> WindowVisit:
    """Begin to serve a citizen whose original document the clerk has in hand; ends the visit before.

    The citizen is known by the highest level from now on. Raises Refused: `not_matched` (one answer for an
    unknown number, another name and another area), `deceased`, `too_many_lookups`; PermissionDenied for
    anybody but clerks, and for oneself and one's family (`conflict_of_interest`).
    """
    if not clerk.has_duty(Duty.CLERK):
        raise PermissionDenied("not a clerk")
    person = _found(clerk, id_type=id_type, id_number=id_number, name=name)
    require_no_family(clerk, person)
    enrollment = current_enrollment(person)
    if enrollment is not None and enrollment.status == EnrollmentStatus.DECEASED:
        raise Refused("deceased", _("参保登记里这位已经去世。"), _("请先按流程核实登记,这里不能替本人办理。"))
    with transaction.atomic():
        return _begin(WindowVisit(clerk=clerk, person=person, window=window, purpose=purpose))


def _begin(visit: WindowVisit) -> WindowVisit:
    now = timezone.now()
    User.objects.select_for_update(no_key=True).get(pk=visit.clerk_id)
    WindowVisit.objects.filter(clerk=visit.clerk, ended_at=None).update(ended_at=now)
    visit.began_at = visit.originals_seen_at = now
    visit.save(force_insert=True)
    verified_at_window(person=visit.person, clerk=visit.clerk)
    _look(visit, "window.visit", visit.get_purpose_display())
    return visit


def _found(clerk: User, *, id_type: str, id_number: str, name: str) -> Person:
    """Find a person of the clerk's areas; a miss is kept, and counted against who only tries numbers."""
    _refuse_after_misses(clerk)
    person = find_person(id_type=id_type, id_number=id_number, name=name)
    if person is not None and Person.objects.in_areas_of(clerk).filter(pk=person.pk).exists():
        return person
    with transaction.atomic():
        RelativeLookup.objects.create(user=clerk)
        audit.record(action="window.visit", actor=clerk, result="not_matched")
    raise Refused(
        "not_matched",
        _("没有查到:姓名和号码对不上,或者不在您负责的地区参保。"),
        _("请照着原件再填一遍,看看有没有曾用名、生僻字。"),
    )


def _refuse_after_misses(clerk: User) -> None:
    times, window = MISSES
    since = timezone.now() - window
    if RelativeLookup.objects.filter(user=clerk, at__gt=since).count() >= times:
        raise Refused(
            "too_many_lookups", _("查不到的次数太多,先停一停。"), _("请过一小时再查,或请主管来看。")
        )


def end_visit(*, visit: WindowVisit) -> None:
    """Say goodbye: from now on the clerk can do nothing more for this person. Twice is once."""
    WindowVisit.objects.filter(pk=visit.pk, ended_at=None).update(ended_at=timezone.now())


def rules_at(visit: WindowVisit) -> Policy:
    """Return the rules where the citizen is insured, as they hold at a window.

    Raises Refused (`not_open`) where the area has none.
    """
    enrollment = current_enrollment(visit.person)
    rules = policy.for_area(enrollment.area) if enrollment else None
    if rules is None:
        raise Refused("not_open", _("这个地区还没有开通。"), _("规则上线以后再办。"))
    return rules.through(entrance_of(rules))


def windows_of(clerk: User) -> list[str]:
    """Return the names of the windows in a clerk's areas; where none is listed, what every window is."""
    names = [
        place.name
        for code, rules in sorted(policy.load().items())
        if any(code.startswith(reach(own)) for own in clerk.areas)
        for place in rules.windows
    ]
    return list(dict.fromkeys(names)) or [_("医保窗口")]


def entrance_of(rules: Policy) -> str:
    """Return the code of an area's own entrance for windows, "" where nothing differs there."""
    return next(
        (entrance.code for entrance in rules.entrances.values() if entrance.channel is Through.WINDOW), ""
    )


# ------------------------------------------------------------- what they apply for
@transaction.atomic
def start_at_window(
    *, visit: WindowVisit, kind: str, side: Party, relation: Relation | None = None
) -> Application:
    """Begin an application of the citizen as one end. Raises as `start_draft`."""
    require_open(visit)
    draft = start_draft(
        user=visit.clerk,
        person=visit.person,
        kind=kind,
        side=side,
        relation=relation,
        entrance=entrance_of(rules_at(visit)),
    )
    return _entered_at(draft, visit)


def _entered_at(draft: Application, visit: WindowVisit) -> Application:
    draft.channel, draft.visit, draft.created_by = Channel.WINDOW, visit, visit.clerk
    draft.save(update_fields=["channel", "visit", "created_by"])
    return draft


def asks_other(draft: Application) -> bool:
    """Whether the other one must agree before anything opens; who is there may do it at once."""
    relative = draft.beneficiary
    if relative is None:
        return False
    rules = policy_of(draft)
    minor = is_minor(relative, rules, timezone.localdate())
    return consent_needed(rules, draft.initiator, relative_is_minor=minor)


def asks_total(draft: Application) -> bool:
    """Whether the other one would have to name how much they give in all."""
    return confirms_as_giver(draft) and total_missing(draft, Terms())


def entered_alone(application: Application) -> bool:
    """Whether one clerk did it all, so that a colleague looks before anything opens."""
    return FourEyesCause.CLERK in four_eyes_causes(application, timezone.now())


@dataclass(frozen=True)
class Beside:
    """The yes of the other one, beside the applicant, with their own document in the clerk's hand."""

    signed: Signed | None = None
    terms: Terms | None = None


@transaction.atomic
def submit_at_window(
    *,
    application: Application,
    visit: WindowVisit,
    agreed: bool,
    signed: Signed,
    notice_version: str = "",
    beside: Beside | None = None,
) -> Application:
    """Hand in what was entered, signed on paper or on the tablet; `beside` records the other one's yes, too.

    Where one clerk did it all, a colleague looks before anything opens. Raises as `submit` and `record_yes`.
    """
    require_open(visit)
    draft = rows.locked(application)
    rows.require_initiator(draft, visit.clerk)
    row = submit(
        application=_entered_at(draft, visit),
        actor=visit.clerk,
        agreed=agreed,
        signed=signed,
        notice_version=notice_version,
    )
    if signed.how == Signature.How.PAPER:
        audit.record(action="window.paper_form", actor=visit.clerk, obj=row, area=row.area)
    return _agreed_beside(row, visit.clerk, beside) if beside and row.consent_required else row


def _agreed_beside(row: Application, clerk: User, beside: Beside) -> Application:
    other = row.other_person
    assert other is not None
    require_way(policy_of(row), How.WINDOW)
    verified_at_window(person=other, clerk=clerk)
    audit.record(action="consent.window", actor=clerk, obj=row, area=row.area, result="yes")
    if confirms_as_giver(row):
        sign(row, clerk, Signature.What.COMMITMENT, beside.signed or Signed(Signature.How.PAPER))
    return record_yes(row, actor=clerk, how=How.WINDOW, terms=beside.terms)


# ------------------------------------------------------------- what they take home
FORM, STATEMENT = "form_printed", "statement_printed"
_PRINTED = {FORM: gettext_lazy("打印申请表"), STATEMENT: gettext_lazy("打印使用记录")}


def record_printing(*, visit: WindowVisit, what: str) -> None:
    """Keep that the citizen's record was read to print it, before it is; they see it among the looks."""
    require_open(visit)
    _look(visit, f"window.{what}", str(_PRINTED[what]))


def require_open(visit: WindowVisit) -> None:
    """Raise Refused (`visit_over`) when the citizen has left."""
    if not WindowVisit.objects.with_person(visit.clerk, visit.person_id).filter(pk=visit.pk).exists():
        raise Refused("visit_over", _("这位群众的办理已经结束。"), _("要继续办,请重新核对原件,再查一次。"))


def _look(visit: WindowVisit, action: str, what: str) -> None:
    enrollment = current_enrollment(visit.person)
    audit.record(
        action=action,
        actor=visit.clerk,
        obj=visit.person,
        area=enrollment.area if enrollment else "",
        purpose=_("窗口:%(what)s") % {"what": what},
    )
