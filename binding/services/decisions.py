"""The reviewer's verbs. Each takes the version the reviewer saw; the second of two always comes too late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import wording as notices
from accounts.models import User
from binding.models import Application, Event, Proof
from binding.rules import UNDECIDED, Action, Role, State, next_state
from binding.rules.reasons import REVIEW_CHECKS, ReasonGiven
from binding.rules.verdict import two_reviewers
from binding.services import desk, rows, wording
from binding.services.checks import four_eyes_causes
from binding.services.opening import (
    awaits_consent,
    close_retracted,
    open_binding,
    opening_words,
    require_room,
)
from binding.services.rows import policy_of
from binding.services.wording import paragraph, tell, written
from gongji.errors import Refused

DOUBTFUL = "J08"
"""材料存疑: only two readers together may refuse for it."""
DECISIONS = (Action.APPROVE, Action.REFUSE, Action.RETURN)
OUTCOMES = (State.APPROVED, State.AWAITING_CONSENT, State.REFUSED, State.RETURNED)

Json = list[dict[str, Any]]


# ------------------------------------------------------------- approve
@transaction.atomic
def approve(
    *, application: Application, actor: User, version: int, checks: Sequence[str], note: str = ""
) -> Application:
    """Approve a case; opens the binding, or waits for the other party's consent.

    A four-eyes case that nobody else has read goes to a second reader instead: look at the state returned.
    Raises Refused: `decided_by_other`, `second_reader`, `checks_missing`, `evidence_not_ready`,
    `already_bound`, `limit_reached`, `givers_reached`, `insurance_changed`; PermissionDenied.
    """
    row = desk.take(application, actor, version)
    next_state(State(row.state), Action.APPROVE, Role.REVIEWER)
    _require_checked(row, checks)
    require_room(row)
    causes = two_reviewers(four_eyes_causes(row, timezone.now()))
    if causes and not desk.first_readers(row) - {actor.pk}:
        reasons = [{"code": cause.value, "label": str(cause.label), "text": ""} for cause in causes]
        rows.step(row, Action.ESCALATE, Role.SYSTEM, actor=actor, reasons=reasons, note=note)
        return row
    return _approved(row, actor, note)


def _require_checked(row: Application, checks: Sequence[str]) -> None:
    if not set(REVIEW_CHECKS) <= set(checks):
        raise Refused("checks_missing", _("三项检查还没有全部勾选。"), _("请看完材料,逐项勾选,再按“通过”。"))
    unseen = row.proofs.current().filter(status__in=[Proof.Status.RECEIVED, Proof.Status.UNREADABLE])
    if unseen.exists():
        raise Refused(
            "evidence_not_ready", _("还有材料没整理好,或者打不开。"), _("请稍后再看,或退回补材料。")
        )


def _approved(row: Application, actor: User, note: str) -> Application:
    now, waiting = timezone.now(), awaits_consent(row)
    row.proofs.current().filter(status=Proof.Status.CLEAN).update(status=Proof.Status.ACCEPTED)
    days = policy_of(row).consent_days
    rows.step(
        row, Action.APPROVE, Role.REVIEWER, actor=actor, awaits_consent=waiting, note=note, decided_at=now,
        decided_by=actor, deadline_at=now + timedelta(days=days) if waiting else None,
    )  # fmt: skip
    if waiting:
        ask_for_consent(row, visible_from=_stands_from(now))
    else:
        open_binding(row, actor=actor)
    return row


def ask_for_consent(row: Application, *, visible_from: datetime | None = None) -> None:
    """Tell both sides that only the other's consent is missing (B07)."""
    tell(row, row.initiator_person, "approved_waiting", visible_from=visible_from)
    tell(row, row.other_person, "please_consent", visible_from=visible_from)


def _stands_from(decided: datetime) -> datetime:
    """When a decision can no longer be taken back by its reviewer: what citizens read waits until then."""
    return decided + timedelta(minutes=settings.REVIEWER_UNDO_MINUTES)


# ------------------------------------------------------------- return, refuse, escalate
@transaction.atomic
def return_(
    *, application: Application, actor: User, version: int, reasons: Sequence[ReasonGiven], note: str = ""
) -> Application:
    """Ask for documents again; the clock stops until they come. Raises as `approve`, and `reason_missing`."""
    row = desk.take(application, actor, version)
    next_state(State(row.state), Action.RETURN, Role.REVIEWER)
    given = written(row, reasons)
    now = timezone.now()
    _judge_documents(row, reasons)
    rows.step(
        row, Action.RETURN, Role.REVIEWER, actor=actor, reasons=given, note=note,
        deadline_at=_return_deadline(row, now),
    )  # fmt: skip
    tell(row, row.initiator_person, "returned", visible_from=_stands_from(now), text=paragraph(given))
    return row


def _return_deadline(row: Application, now: datetime) -> datetime:
    rules = policy_of(row)
    return rows.promised(rules, rules.return_workdays, since=now)


def _judge_documents(row: Application, reasons: Sequence[ReasonGiven]) -> None:
    """The documents named in a reason are asked for again; the others are good and need not be sent twice."""
    for reason in reasons:
        if reason.proof_id is not None:
            wrong = row.proofs.current().filter(pk=reason.proof_id)
            wrong.update(status=Proof.Status.REJECTED, problem=reason.code)
    row.proofs.current().filter(status=Proof.Status.CLEAN).update(status=Proof.Status.ACCEPTED)


@transaction.atomic
def refuse(
    *, application: Application, actor: User, version: int, reasons: Sequence[ReasonGiven], note: str = ""
) -> Application:
    """Refuse a case, with reasons from the catalogue; the applicant may appeal once.

    Raises as `return_`, and `four_eyes` when doubtful documents (J08) are named before a second reading.
    """
    row = desk.take(application, actor, version)
    next_state(State(row.state), Action.REFUSE, Role.REVIEWER)
    _require_two_for_doubt(row, reasons)
    given = written(row, reasons)
    now = timezone.now()
    rows.step(
        row, Action.REFUSE, Role.REVIEWER, actor=actor, reasons=given, note=note, decided_at=now,
        decided_by=actor,
    )  # fmt: skip
    tell_refused(row, given, visible_from=_stands_from(now))
    return row


def tell_refused(row: Application, given: Json, *, visible_from: datetime | None = None) -> None:
    """M8: what the reason is and the two ways on."""
    tell(row, row.initiator_person, "refused", visible_from=visible_from, **_refused_words(row, given))


def _refused_words(row: Application, given: Json) -> dict[str, str]:
    return {"text": paragraph(given), "appeal_days": str(policy_of(row).appeal_days)}


def _require_two_for_doubt(row: Application, reasons: Sequence[ReasonGiven]) -> None:
    if row.state == State.IN_REVIEW and any(reason.code == DOUBTFUL for reason in reasons):
        raise Refused("four_eyes", _("“材料存疑”要由两位工作人员看。"), _("请用“转复核”。"))


@transaction.atomic
def escalate(
    *,
    application: Application,
    actor: User,
    version: int,
    reasons: Sequence[ReasonGiven] = (),
    note: str = "",
) -> Application:
    """Send a case to a second reader. With J08 the applicant is told, in neutral words, by when."""
    row = desk.take(application, actor, version)
    given = written(row, reasons) if reasons else []
    rows.step(row, Action.ESCALATE, Role.REVIEWER, actor=actor, reasons=given, note=note)
    if any(reason.code == DOUBTFUL for reason in reasons):
        tell(row, row.initiator_person, "second_reading", text=paragraph(given))
    return row


# ------------------------------------------------------------- take a decision back
@transaction.atomic
def retract(*, application: Application, actor: User) -> Application:
    """Take one's own decision back within five minutes: nobody has read it, nothing was paid under it.

    Raises Refused: `not_your_decision`, `too_late`, `invalid_transition`.
    """
    row = rows.locked(application)
    rows.require_reviewer(row, actor)
    desk.require_no_conflict(row, actor)
    next_state(State(row.state), Action.RETRACT, Role.REVIEWER)
    _require_retractable(row, actor)
    rows.hold_people(row.authorizer_id, row.beneficiary_id)
    _require_no_later_application(row)
    close_retracted(row, actor=actor)
    wording.take_back_messages(row)
    judged = [Proof.Status.ACCEPTED, Proof.Status.REJECTED]
    row.proofs.current().filter(status__in=judged).update(status=Proof.Status.CLEAN, problem="")
    rows.step(
        row, Action.RETRACT, Role.REVIEWER, actor=actor, decided_at=None, decided_by=None, claimed_by=actor,
        claimed_until=timezone.now() + desk.CLAIM,
    )  # fmt: skip
    return row


def last_decision(application: Application) -> Event | None:
    """Return the latest approval, refusal or return by a reviewer."""
    return application.events.filter(action__in=DECISIONS).order_by("at", "id").last()


def shown_state(application: Application) -> State:
    """Return the state that citizens see: a decision stays hidden while its reviewer can take it back."""
    state = State(application.state)
    decided = application.decided_at if application.decided_by_id else None
    if state == State.RETURNED:
        decided = application.clock_stopped_at
    fresh = decided is not None and timezone.now() < _stands_from(decided)
    return State.IN_REVIEW if fresh and state in OUTCOMES else state


def timeline(application: Application) -> list[Event]:
    """Return what citizens read of the past, oldest first; decisions once they stand, none taken back."""
    now, shown = timezone.now(), list[Event]()
    for event in application.events.select_related("actor"):
        if event.action == Action.RETRACT:
            undone = max(i for i, earlier in enumerate(shown) if earlier.action in DECISIONS)
            del shown[undone]
        else:
            shown.append(event)
    return [event for event in shown if event.action not in DECISIONS or now >= _stands_from(event.at)]


def retractable_until(application: Application, actor: User) -> datetime | None:
    """Until when this reviewer may take the latest decision back; None when not theirs or too late."""
    decision = last_decision(application)
    if decision is None or decision.actor_id != actor.pk or decision.to_state != application.state:
        return None
    until = _stands_from(decision.at)
    return until if timezone.now() < until else None


def _require_retractable(row: Application, actor: User) -> None:
    decision = last_decision(row)
    if decision is None or decision.actor_id != actor.pk:
        raise Refused("not_your_decision", _("这个决定不是您做的。"), _("请做决定的人自己撤销。"))
    if timezone.now() >= _stands_from(decision.at):
        raise Refused("too_late", _("能撤销的时间已经过了,群众已经收到通知。"), _("要改正,请转给主管处理。"))


def _require_no_later_application(row: Application) -> None:
    same = Application.objects.filter(
        authorizer_id=row.authorizer_id, beneficiary_id=row.beneficiary_id, kind=row.kind, state__in=UNDECIDED
    )
    if same.exclude(pk=row.pk).exists():
        raise Refused("too_late", _("申请人已经重新提交了一份。"), _("请办理新的那一份。"))


# ------------------------------------------------------------- what the citizen will read
def preview(
    *, application: Application, action: Action, reasons: Sequence[ReasonGiven] = ()
) -> tuple[str, str, str]:
    """Return title, text and SMS of what the applicant would get for a decision; writes nothing."""
    given = written(application, reasons) if reasons else []
    words = wording.facts(application) | {"text": paragraph(given)}
    if action == Action.RETURN:
        template = "returned"
        words["deadline"] = wording.day(_return_deadline(application, timezone.now()))
    elif action == Action.REFUSE:
        template, words = "refused", words | _refused_words(application, given)
    elif action == Action.ESCALATE:
        template = "second_reading"
    elif awaits_consent(application):
        template = "approved_waiting"
        days = timedelta(days=policy_of(application).consent_days)
        words["deadline"] = wording.day(timezone.now() + days)
    else:
        template, words = "opened", words | opening_words(application, _stands_from(timezone.now()))
    text = notices.render(wording.template_of(application, template), words)
    return text.title, text.body, text.sms
