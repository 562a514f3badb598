"""What the machine does by itself. Every verb may come late, twice or out of order: it looks, then acts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import EnrollmentStatus, Person
from accounts.services import current_enrollment
from binding.models import Application
from binding.rules import UNDECIDED, WITH_REVIEWER, Action, Party, Role, State
from binding.rules.verdict import REASON_OF, Checked, Verdict, verdict
from binding.rules.viewing import review_mode_for
from binding.services import kinship, rows
from binding.services.answers import certainly_agreed
from binding.services.checks import four_eyes_causes, is_minor, run_checks, subject_of
from binding.services.decisions import ask_for_consent, tell_refused
from binding.services.opening import awaits_consent, open_binding, require_room
from binding.services.rows import policy_of, undo_until
from binding.services.wording import day, machine_reasons, tell
from gongji import audit, outbox
from gongji.errors import Refused
from gongji.policy import ReviewMode


# ------------------------------------------------------------- after the submission
def precheck(application_id: UUID | str) -> None:
    """Ask the registers and our own books, keep the answers, and open what waits for nobody.

    Call it outside a transaction: other people's registers may take seconds.
    """
    people = Application.objects.select_related("authorizer", "beneficiary", "policy_version")
    kinship.look(people.get(pk=application_id))
    with transaction.atomic():
        row = rows.locked(application_id)
        if row.state in UNDECIDED and not open_at_once(row):
            run_checks(row)


def open_at_once(row: Application) -> bool:
    """Open a submission that nobody has to agree to or to look at, within its undo time; whether it was so.

    Not before every register has answered. Call it in a transaction that holds the application's row. Its
    applicant may call it off (`call_off`).
    """
    heard = kinship.kept(row)
    if row.state != State.SUBMITTED or awaits_consent(row) or heard is None or heard.incomplete:
        return False
    rows.hold_people(row.authorizer_id, row.beneficiary_id)
    outcome, _checks = _outcome(row)
    return outcome == Verdict.ACCEPT and _has_room(row) and _accept(row)


@transaction.atomic
def enqueue(application_id: UUID | str) -> None:
    """When the undo time is over: accept, turn down, or queue for a reviewer, by fresh checks."""
    row = rows.locked(application_id)
    if row.state != State.SUBMITTED or timezone.now() < undo_until(row):
        return
    rows.hold_people(row.authorizer_id, row.beneficiary_id)
    outcome, checks = _outcome(row)
    if outcome == Verdict.ACCEPT and not _has_room(row):
        outcome, checks = Verdict.TURN_DOWN, {Checked.LIMIT: False}
    if outcome == Verdict.ACCEPT:
        _accept(row)
    elif outcome == Verdict.TURN_DOWN:
        _turn_down(row, checks)
    else:
        rows.step(row, Action.ENQUEUE, Role.SYSTEM, actor=None)
        assert row.submitted_at is not None
        rows.start_clock(row, policy_of(row), since=row.submitted_at)


def _outcome(row: Application) -> tuple[Verdict, Mapping[str, bool | None]]:
    """Check everything anew; the people are held."""
    checks = run_checks(row)
    causes = four_eyes_causes(row, timezone.now())
    found = verdict(
        _who_decides(row),
        checks,
        four_eyes=bool(causes),
        consent_certain=row.consent is None or certainly_agreed(row),
    )
    return found, checks


def _who_decides(row: Application) -> ReviewMode:
    rules = policy_of(row)
    minor = is_minor(subject_of(row), rules, timezone.localdate())
    return review_mode_for(row.kind, rules.review_mode, subject_is_minor=minor)


def _has_room(row: Application) -> bool:
    try:
        require_room(row)
    except Refused:
        return False
    return True


def _accept(row: Application) -> bool:
    now, waiting = timezone.now(), awaits_consent(row)
    until = now + timedelta(days=policy_of(row).consent_days)
    rows.step(
        row, Action.ACCEPT, Role.SYSTEM, actor=None, awaits_consent=waiting, decided_at=now,
        deadline_at=until if waiting else None,
    )  # fmt: skip
    if waiting:
        ask_for_consent(row)
    else:
        open_binding(row, actor=None)
    return True


def _turn_down(row: Application, checks: Mapping[str, bool | None]) -> None:
    given = machine_reasons(row, _codes(row, checks))
    rows.step(row, Action.TURN_DOWN, Role.SYSTEM, actor=None, reasons=given, decided_at=timezone.now())
    tell_refused(row, given)


def _codes(row: Application, checks: Mapping[str, bool | None]) -> set[str]:
    """The reasons behind failed checks. A death, a stop or another's account is spoken of face to face."""
    codes = {REASON_OF[code] for code in REASON_OF if checks.get(code) is False}
    if "J04" in codes and (row.initiator == Party.BENEFICIARY or _is_delicate(row.authorizer)):
        codes = codes - {"J04"} | {"J07"}
    if "J02" in codes and _is_delicate(row.beneficiary):
        codes = codes - {"J02"} | {"J07"}
    return codes


def _is_delicate(person: Person | None) -> bool:
    enrollment = current_enrollment(person) if person else None
    if enrollment is None:
        return False
    return enrollment.status == EnrollmentStatus.DECEASED or (
        enrollment.personal_account and enrollment.status != EnrollmentStatus.ACTIVE
    )


# ------------------------------------------------------------- the promised time
@transaction.atomic
def remind(application_id: UUID | str, due: datetime) -> None:
    """At half the promised time: a case nobody holds rises in the queue."""
    row = _still_promised(application_id, due)
    if row is not None and row.claimed_by_id is None and not row.raised:
        row.raised = True
        row.save(update_fields=["raised"])
        audit.record(action="application.raised", actor=None, obj=row, area=row.area)


@transaction.atomic
def escalate_late(application_id: UUID | str, due: datetime) -> None:
    """At four fifths: the supervisors' list shows it."""
    row = _still_promised(application_id, due)
    if row is not None and not row.escalated:
        row.raised = row.escalated = True
        row.save(update_fields=["raised", "escalated"])
        audit.record(action="application.nearly_late", actor=None, obj=row, area=row.area)


@transaction.atomic
def apologise(application_id: UUID | str, due: datetime) -> None:
    """At the promised time without a decision: say sorry and name a new date, one working day on (M5b)."""
    row = _still_promised(application_id, due)
    if row is None:
        return
    now, rules = timezone.now(), policy_of(row)
    row.due_at = rows.promised(rules, 1, since=max(now, due))
    row.apologised_at, row.raised, row.escalated = now, True, True
    row.save(update_fields=["due_at", "apologised_at", "raised", "escalated"])
    audit.record(action="application.late", actor=None, obj=row, area=row.area)
    tell(row, row.initiator_person, "late", once=f":{due:%Y%m%d}", before=day(due))
    rows.start_clock(row, rules, since=now)


def _still_promised(application_id: UUID | str, due: datetime) -> Application | None:
    """Return the locked case if a reviewer still owes an answer by exactly this time."""
    row = rows.locked(application_id)
    return row if row.state in WITH_REVIEWER and row.due_at == due else None


# ------------------------------------------------------------- deadlines
def post_lapses(now: datetime) -> int:
    """Post a job for every application whose deadline is over; return how many."""
    overdue = Application.objects.past_deadline(now).values_list("pk", "deadline_at")
    with transaction.atomic():
        posted = [outbox.post("lapse", pk, dedup=f"lapse:{pk}:{deadline}") for pk, deadline in overdue]
    return sum(job is not None for job in posted)


@transaction.atomic
def lapse(application_id: UUID | str) -> None:
    """End what its author or the other side left lying: drafts, missing documents, unanswered invitations."""
    row = rows.locked(application_id)
    if row.deadline_at is None or row.deadline_at > timezone.now():
        return
    was = State(row.state)
    rows.step(row, Action.LAPSE, Role.SYSTEM, actor=None)
    if was == State.RETURNED:
        tell(row, row.initiator_person, "lapsed_documents")
    elif was == State.AWAITING_CONSENT:
        tell(row, row.initiator_person, "lapsed_consent")
