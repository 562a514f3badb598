"""What the machine does by itself: check, accept, turn down, queue, remind, apologise, let lapse."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import EnrollmentStatus
from binding import services
from binding.models import Application, Binding
from binding.rules import Action, State
from binding.services import system
from gongji import outbox
from gongji.models import OutboxJob
from gongji.policy import Relation
from tests.binding.cases import Case, in_state
from tests.factories import id_number, insure, make_citizen, make_login, make_person

pytestmark = pytest.mark.django_db


def _proven_child(area="990100", age=30) -> Case:
    """A giver and a grown child whom the household register proves."""
    giver = make_person("李明")
    child = make_person(
        "李小红", number=id_number(timezone.localdate().replace(day=1, year=timezone.localdate().year - age))
    )
    insure(giver, area, household="H-7", relation_to_head="02")
    insure(child, area, household="H-7", relation_to_head="31", scheme="390")
    return Case(giver=make_login(giver), relative=make_login(child), relation=Relation.CHILD)


# ------------------------------------------------------------- precheck
def test_the_checks_are_there_at_once_with_source_and_time():
    case = in_state(State.SUBMITTED)
    system.precheck(case.application.pk)
    checks = {check.code: check for check in case.application.checks.all()}
    assert checks["relative"].outcome == "yes"
    assert checks["relative"].source == "test"
    assert checks["kinship"].outcome == "unknown"
    assert case.now().state == State.SUBMITTED


def test_checking_twice_keeps_one_row_a_check():
    case = in_state(State.SUBMITTED)
    for _run in range(2):
        system.precheck(case.application.pk)
    assert case.application.checks.count() == 8


# ------------------------------------------------------------- after the undo time
def test_nothing_is_decided_while_the_applicant_may_still_undo():
    case = _proven_child().begin().submit()
    system.enqueue(case.application.pk)
    assert case.now().state == State.SUBMITTED


def test_a_proven_relation_is_accepted_without_a_person_and_waits_for_consent():
    case = _proven_child().begin().submit().after_undo_time()
    assert case.now().state == State.AWAITING_CONSENT
    assert case.event().actor is None
    assert case.agree().now().state == State.APPROVED
    assert case.binding().since <= timezone.now()


def test_a_proven_relation_with_early_consent_opens_at_once():
    case = _proven_child().begin().submit().agree().after_undo_time()
    assert case.now().state == State.APPROVED
    assert case.binding().since <= timezone.now()


def test_a_child_under_sixteen_of_the_applicant_opens_without_its_consent():
    case = _proven_child(age=10).begin().submit().after_undo_time()
    assert case.now().state == State.APPROVED


def test_an_unproven_relation_goes_to_the_desk_with_its_clock_jobs():
    case = in_state(State.IN_REVIEW)
    assert case.event().action == Action.ENQUEUE
    waiting = OutboxJob.objects.filter(ref__startswith=str(case.application.pk), next_at__gt=timezone.now())
    assert {"remind", "escalate", "apologise"} <= set(waiting.values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("status", "code"),
    [(EnrollmentStatus.ENDED, "J02"), (EnrollmentStatus.DECEASED, "J07")],
)
def test_the_registrys_no_turns_an_application_down(status, code):
    relative = make_person("王小芳")
    insure(relative, scheme="390")
    case = Case(relative=make_login(relative)).begin().submit()
    relative.enrollments.update(status=status)
    case.after_undo_time()
    assert case.now().state == State.REFUSED
    reasons = services.reasons_of(case.now())
    assert [reason["code"] for reason in reasons] == [code]
    assert "故" not in reasons[0]["text"]


def test_a_givers_stopped_insurance_is_settled_at_a_window():
    case = in_state(State.SUBMITTED)
    case.giver.person.enrollments.update(status=EnrollmentStatus.SUSPENDED)
    case.after_undo_time()
    assert [reason["code"] for reason in services.reasons_of(case.now())] == ["J07"]


def test_the_real_queue_runs_the_jobs_of_a_submission():
    case = _proven_child().begin().submit()
    outbox.drain()
    assert case.application.checks.exists()
    OutboxJob.objects.filter(kind="enqueue").update(next_at=timezone.now())
    Application.objects.filter(pk=case.application.pk).update(
        submitted_at=timezone.now() - timedelta(minutes=11)
    )
    outbox.drain()
    assert case.now().state == State.AWAITING_CONSENT
    assert not OutboxJob.objects.filter(state="dead").exists()


# ------------------------------------------------------------- the promised time
@pytest.fixture
def promised(time_machine):
    """A case of Saturday with three working days: due on Wednesday at 17:30."""
    time_machine.move_to("2026-11-21T10:00:00+08:00", tick=False)
    return in_state(State.IN_REVIEW)


def _jobs(case):
    jobs = OutboxJob.objects.filter(ref__startswith=f"{case.application.pk}@")
    return {job.kind: timezone.localtime(job.next_at) for job in jobs}


def test_the_clock_jobs_stand_at_their_share_of_the_working_time(promised):
    times = _jobs(promised)
    assert times["remind"].isoformat() == "2026-11-24T14:00:00+08:00"
    assert times["apologise"].isoformat() == "2026-11-25T17:30:00+08:00"
    assert times["remind"] < times["escalate"] < times["apologise"]


def test_at_half_time_an_unclaimed_case_rises_and_a_claimed_one_does_not(promised):
    due = promised.now().due_at
    services.claim(application=promised.application, actor=promised.reviewer)
    system.remind(promised.application.pk, due)
    assert not promised.now().raised
    services.put_back(application=promised.application, actor=promised.reviewer)
    system.remind(promised.application.pk, due)
    assert promised.now().raised


def test_near_the_end_the_supervisors_see_it(promised):
    system.escalate_late(promised.application.pk, promised.now().due_at)
    assert promised.now().escalated


def test_a_broken_promise_is_apologised_for_with_a_new_date_once(promised, time_machine):
    due = promised.now().due_at
    time_machine.move_to(due, tick=False)
    for _double in range(2):
        system.apologise(promised.application.pk, due)
    late = promised.now()
    assert timezone.localtime(late.due_at).isoformat() == "2026-11-26T17:30:00+08:00"
    message = promised.giver.person.messages.get(template="binding.late")
    assert message.body == "原定11月25日。已转给主管,新的时间是 11月26日 17:30。您不用重新提交。"


def test_every_new_date_is_watched_over_again(promised, time_machine):
    for _day in range(2):
        due = promised.now().due_at
        time_machine.move_to(due, tick=False)
        system.apologise(promised.application.pk, due)
    assert promised.giver.person.messages.filter(template="binding.late").count() == 2


def test_jobs_of_a_promise_that_was_replaced_do_nothing(promised, time_machine):
    old = promised.now().due_at
    promised.return_()
    time_machine.move_to("2026-11-25T17:30:00+08:00", tick=False)
    system.apologise(promised.application.pk, old)
    promised.hand_in("marriage_certificate")
    services.resubmit(application=promised.application, actor=promised.giver)
    system.apologise(promised.application.pk, old)
    assert promised.now().apologised_at is None


# ------------------------------------------------------------- deadlines
@pytest.mark.parametrize(
    ("state", "days"), [(State.DRAFT, 31), (State.RETURNED, 20), (State.AWAITING_CONSENT, 16)]
)
def test_what_lies_too_long_lapses_through_the_daily_job(state, days, time_machine):
    case = in_state(state)
    time_machine.move_to(timezone.now() + timedelta(days=days), tick=False)
    assert system.post_lapses(timezone.now()) == 1
    assert system.post_lapses(timezone.now()) == 0
    outbox.drain()
    assert case.now().state == State.LAPSED
    assert not Binding.objects.exists()


@pytest.mark.parametrize("state", [State.DRAFT, State.RETURNED, State.AWAITING_CONSENT])
def test_nothing_lapses_early(state, time_machine):
    case = in_state(state)
    time_machine.move_to(case.now().deadline_at - timedelta(seconds=1), tick=False)
    system.lapse(case.application.pk)
    assert case.now().state == state


def test_a_document_that_came_in_time_keeps_the_case_alive(time_machine):
    case = in_state(State.RETURNED)
    deadline = case.now().deadline_at
    case.hand_in("marriage_certificate")
    services.resubmit(application=case.application, actor=case.giver)
    time_machine.move_to(deadline + timedelta(days=1), tick=False)
    system.lapse(case.application.pk)
    assert case.now().state == State.IN_REVIEW


def test_a_relative_told_in_a_notice_area_is_not_asked():
    giver = make_citizen("李明", area="360100")
    case = Case(giver=giver, relative=make_citizen("王小芳", area="360100"), relation=Relation.SPOUSE)
    case.begin().submit().after_undo_time()
    assert case.now().state == State.APPROVED
    told = case.relative.person.messages.get(template="binding.opened_for_you")
    assert "随时可以退出" in told.body
