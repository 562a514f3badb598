"""A later look at what the machine approved on a promise: drawn by lot, judged by people, two for a no.

Lock order: the recheck, then its application.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from binding.models import Application, Binding, BindingQuerySet, Event, Recheck, RecheckDraw
from binding.rules import Action
from binding.rules.reasons import ReasonGiven
from binding.rules.sampling import drawn, how_many
from binding.services import desk, rows
from binding.services.calling_off import CALLED_OFF
from binding.services.revocation import revoke
from binding.services.rows import policy_of
from binding.services.wording import clock, tell, written
from gongji import audit, policy
from gongji.errors import Refused
from gongji.policy import Policy, Relation

State = Recheck.State


# ------------------------------------------------------------- the draw
def draw_for(day: date) -> int:
    """Draw, area by area, from what the machine opened on a day; return how many were drawn. Once a day."""
    opened = _opened_by_machine(day).order_by().values_list("area", flat=True).distinct()
    return sum(_draw_in(area, day) for area in sorted(set(opened)))


def _opened_by_machine(day: date) -> BindingQuerySet:
    """Bindings that no reviewer decided about; those called off again were never meant to stay."""
    start = timezone.make_aware(datetime.combine(day, time()))
    accepted = Event.objects.filter(action=Action.ACCEPT).values("application")
    found = Binding.objects.filter(since__gte=start, since__lt=start + timedelta(days=1))
    return found.filter(application__in=accepted, application__decided_by=None).exclude(ended_why=CALLED_OFF)


@transaction.atomic
def _draw_in(area: str, day: date) -> int:
    rules = policy.for_area(area)
    if rules is None:
        return 0
    candidates = list(_opened_by_machine(day).filter(area=area).values_list("application_id", flat=True))
    count, seed = how_many(rules.sampling, len(candidates)), secrets.token_hex(16)
    draw, is_new = RecheckDraw.objects.get_or_create(
        area=area, day=day, defaults={"seed": seed, "candidates": len(candidates), "picked": count}
    )
    if not is_new:
        return 0
    due = rows.promised(rules, rules.return_workdays, since=timezone.now())
    picked = [Recheck(application_id=pk, draw=draw, due_at=due) for pk in drawn(candidates, count, draw.seed)]
    Recheck.objects.bulk_create(picked, ignore_conflicts=True)
    audit.record(action="recheck.drawn", actor=None, obj=draw, area=area)
    return len(picked)


# ------------------------------------------------------------- judging
@transaction.atomic
def find_true(*, recheck: Recheck, actor: User, note: str = "") -> Recheck:
    """Say that the commitment is true; of one that was doubted, a second reader may say so, too."""
    row = _judged_by(recheck, actor)
    if row.state == State.DOUBTED:
        _require_other_reader(row, actor)
        row.confirmer = actor
    row.state, row.decided_at, row.note = State.TRUE, timezone.now(), note[:500] or row.note
    row.reviewer = row.reviewer or actor
    return _saved(row, actor, "recheck.true")


@transaction.atomic
def ask_for_document(*, recheck: Recheck, actor: User, kind: str) -> Recheck:
    """Ask the citizen for a document that proves the relation. Raises Refused (`document_not_possible`)."""
    row = _judged_by(recheck, actor, State.WAITING)
    application = row.application
    if kind not in documents_to_ask(application):
        raise Refused("document_not_possible", _("这种材料证明不了这个关系。"), _("请从列出的材料里选。"))
    rules, now = policy_of(application), timezone.now()
    row.state, row.asked_for, row.asked_at = State.ASKED, kind, now
    row.answer_by = rows.promised(rules, rules.return_workdays, since=now)
    row.due_at = rows.promised(rules, rules.return_workdays + rules.recheck_workdays, since=now)
    _tell_what_is_asked(row, rules)
    return _saved(row, actor, "recheck.asked")


def _tell_what_is_asked(row: Recheck, rules: Policy) -> None:
    words = {"document": _(rules.documents[row.asked_for].label), "answer_by": clock(row.answer_by)}
    person = row.application.initiator_person
    once = f":{row.asked_at:%Y%m%d%H%M%S}"
    tell(row.application, person, "recheck_asked", once=once, visible_from=None, **words)


def documents_to_ask(application: Application) -> dict[str, str]:
    """Return the kinds of documents that can prove the relation, with what people call them."""
    rules = policy_of(application)
    choices = rules.proofs.get(Relation(application.relation), ())
    kinds = dict.fromkeys(kind for choice in choices for kind in choice.documents)
    return {kind: _(rules.documents[kind].label) for kind in kinds}


@transaction.atomic
def doubt(*, recheck: Recheck, actor: User, reasons: Sequence[ReasonGiven], note: str = "") -> Recheck:
    """Say that the commitment is untrue: somebody else must confirm it. Raises Refused (`reason_missing`)."""
    row = _judged_by(recheck, actor, State.WAITING, State.ASKED)
    row.reasons = written(row.application, reasons)
    row.state, row.reviewer, row.note = State.DOUBTED, actor, note[:500]
    return _saved(row, actor, "recheck.doubted")


@transaction.atomic
def find_untrue(*, recheck: Recheck, actor: User) -> Recheck:
    """Confirm a doubt: the binding ends at once, both are told, and what was used is asked back.

    Raises Refused: `second_reader` for whoever doubted, `recheck_moved_on`; PermissionDenied.
    """
    row = _judged_by(recheck, actor, State.DOUBTED)
    _require_other_reader(row, actor)
    row.state, row.confirmer, row.decided_at = State.UNTRUE, actor, timezone.now()
    _saved(row, actor, "recheck.untrue")
    revoke(application=row.application, actor=actor, reasons=row.reasons)
    return row


# ------------------------------------------------------------- the citizen's part
def asked_of(application: Application) -> Recheck | None:
    """Return the recheck that asks this application's author for a document now."""
    return Recheck.objects.asking(application).first()


@transaction.atomic
def answer_asked(*, application: Application, actor: User) -> None:
    """The document came in: the recheck goes back to the reviewers. Twice is once."""
    rows.require_initiator(application, actor)
    row = Recheck.objects.asking(application).select_for_update(no_key=True).first()
    if row is not None:
        row.state = State.WAITING
        _saved(row, actor, "recheck.answered")


# ------------------------------------------------------------- shared
def _judged_by(recheck: Recheck, actor: User, *states: str) -> Recheck:
    """Lock a recheck for a reviewer of its area who is no family. Raises Refused (`recheck_moved_on`)."""
    row = _locked(recheck.pk)
    application = row.application
    rows.require_reviewer(application, actor)
    desk.require_no_conflict(application, actor)
    if row.state not in (states or Recheck.OPEN):
        raise Refused(
            "recheck_moved_on",
            _("这件抽查现在是“%(state)s”。") % {"state": row.get_state_display()},
            _("请刷新页面,看看最新情况。"),
        )
    return row


def _locked(pk: UUID) -> Recheck:
    held = Recheck.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related(
        "application__authorizer", "application__beneficiary", "application__policy_version"
    ).get(pk=pk)


def _require_other_reader(row: Recheck, actor: User) -> None:
    if row.reviewer_id == actor.pk:
        raise Refused("second_reader", _("这件您已经看过,要由另一位工作人员确认。"), _("请看下一件。"))


def _saved(row: Recheck, actor: User, action: str) -> Recheck:
    codes = ",".join(str(reason["code"]) for reason in row.reasons)
    row.save()
    audit.record(action=action, actor=actor, obj=row, area=row.application.area, reason=codes[:200])
    return row
