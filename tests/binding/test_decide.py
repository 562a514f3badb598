"""Approve, return, resubmit, refuse, retract, appeal: each works, refuses, records, and is safe twice."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Consent, EnrollmentStatus, Message
from binding import services
from binding.models import Application, Binding, Event, Proof
from binding.rules import Action, State
from binding.rules.reasons import REVIEW_CHECKS, ReasonGiven
from gongji.errors import Refused
from gongji.models import AuditRow
from ledger.models import Mandate
from tests.binding.cases import NO_PROOF, Case, in_state
from tests.factories import make_person, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


# ------------------------------------------------------------- approve
def test_with_consent_given_before_approval_opens_binding_and_mandate_together(case):
    approved = case.agree().approve()
    assert approved.state == State.APPROVED
    binding, mandate = Binding.objects.get(), Mandate.objects.get()
    assert mandate.binding_id == binding.pk
    assert (mandate.authorizer, mandate.beneficiary) == (case.giver.person, case.relative.person)


def test_what_a_reviewer_opened_holds_from_the_end_of_the_undo_time(case):
    approved = case.agree().approve()
    valid_from = approved.decided_at + timedelta(minutes=5)
    assert case.binding().since == valid_from
    assert Mandate.objects.get().valid_from == valid_from
    opened = Message.objects.filter(template__in=["binding.opened", "binding.opened_for_you"])
    assert set(opened.values_list("visible_from", flat=True)) == {valid_from}
    assert set(opened.values_list("person", flat=True)) == {case.giver.person.pk, case.relative.person.pk}


def test_without_consent_nothing_opens_and_both_are_told_to_wait(case):
    waiting = case.approve()
    assert waiting.state == State.AWAITING_CONSENT
    assert not Binding.objects.exists()
    assert waiting.deadline_at - timezone.now() > timedelta(days=14, hours=23)
    assert case.giver.person.messages.filter(template="binding.approved_waiting").exists()


def test_approving_writes_event_and_audit_row(case):
    case.approve()
    assert (case.event().action, case.event().actor) == (Action.APPROVE, case.reviewer)
    assert AuditRow.objects.filter(action="application.approve", actor=str(case.reviewer.pk)).exists()


def test_approving_twice_is_once(case):
    version = case.now().version
    arguments = {"application": case.application, "actor": case.reviewer, "version": version}
    services.approve(**arguments, checks=REVIEW_CHECKS)
    with pytest.raises(Refused) as refused:
        services.approve(**arguments, checks=REVIEW_CHECKS)
    assert refused.value.code == "decided_by_other"
    assert str(refused.value.message) == "该申请已由其他人员办理"
    assert "等家人同意" in str(refused.value.next_step)


def test_all_three_checks_must_be_ticked(case):
    with pytest.raises(Refused, match="checks_missing"):
        services.approve(
            application=case.application, actor=case.reviewer, version=case.now().version, checks=["match"]
        )


@pytest.mark.parametrize("status", [Proof.Status.RECEIVED, Proof.Status.UNREADABLE])
def test_evidence_nobody_can_have_seen_is_not_approved(case, status):
    case.application.proofs.update(status=status)
    with pytest.raises(Refused, match="evidence_not_ready"):
        case.approve()


def test_an_insurance_that_ended_meanwhile_stops_the_approval(case):
    case.relative.person.enrollments.update(status=EnrollmentStatus.ENDED)
    with pytest.raises(Refused, match="insurance_changed"):
        case.approve()
    assert case.now().state == State.IN_REVIEW


def test_the_limit_is_counted_again_at_approval(case):
    for serial in range(8):
        _bind(case, serial)
    with pytest.raises(Refused, match="limit_reached"):
        case.approve()


def _bind(case, serial):
    return Binding.objects.create(
        kind="mutual_aid",
        relation="child",
        authorizer=case.giver.person,
        beneficiary=make_person(f"王{serial}"),
        application=case.application,
        area="990100",
        since=timezone.now(),
    )


# ------------------------------------------------------------- return, resubmit
def test_returning_stops_the_clock_and_asks_for_that_document_only(case):
    good = case.hand_in("household_booklet")
    asked = case.application.proofs.get(kind="marriage_certificate")
    services.return_(
        application=case.application, actor=case.reviewer, version=case.now().version,
        reasons=[ReasonGiven("B01", proof_id=asked.pk, params={"内容": "登记日期"})],
    )  # fmt: skip
    returned = case.now()
    assert returned.clock_stopped_at is not None
    assert list(services.rejected_proofs(returned)) == [asked]
    good.refresh_from_db()
    assert good.status == Proof.Status.ACCEPTED
    assert services.reasons_of(returned)[0]["text"] == "结婚证反光,登记日期看不清。请关闪光灯重拍。"


def test_the_applicant_reads_the_reason_after_the_reviewers_undo_time(case):
    case.return_()
    message = case.giver.person.messages.get(template="binding.returned")
    assert "户号看不清" in message.body
    assert message.visible_from > timezone.now() + timedelta(minutes=4)


def test_a_return_needs_a_reason_of_the_catalogue(case):
    arguments = {"application": case.application, "actor": case.reviewer, "version": case.now().version}
    for reasons in ([], [ReasonGiven("B99")]):
        with pytest.raises(Refused, match="reason_missing"):
            services.return_(**arguments, reasons=reasons)


def test_a_returned_case_waits_for_the_document(case):
    case.return_()
    with pytest.raises(Refused, match="documents_missing"):
        services.resubmit(application=case.application, actor=case.giver)
    case.hand_in("marriage_certificate")
    again = services.resubmit(application=case.application, actor=case.giver)
    assert (again.state, again.clock_stopped_at) == (State.IN_REVIEW, None)


def test_after_the_document_came_the_area_promises_its_second_look(case, time_machine):
    case.return_()
    time_machine.move_to("2026-12-01T10:00:00+08:00", tick=False)
    case.hand_in("marriage_certificate")
    again = services.resubmit(application=case.application, actor=case.giver)
    assert timezone.localtime(again.due_at).isoformat() == "2026-12-02T17:30:00+08:00"


# ------------------------------------------------------------- refuse
def test_a_refusal_says_why_and_what_next(case):
    refused = case.refuse()
    assert refused.state == State.REFUSED
    message = case.giver.person.messages.get(template="binding.refused")
    assert "您选的是“配偶”" in message.body
    assert "30 日内申请复核" in message.body
    assert not case.relative.person.messages.filter(template="binding.refused").exists()


def test_the_preview_is_what_the_citizen_will_read(case):
    title, body, sms = services.preview(
        application=case.application, action=Action.REFUSE, reasons=[NO_PROOF]
    )
    case.refuse()
    message = case.giver.person.messages.get(template="binding.refused")
    assert (message.title, message.body, message.sms_text) == (title, body, sms)


@pytest.mark.parametrize("action", [Action.APPROVE, Action.RETURN, Action.ESCALATE])
def test_every_decision_can_be_previewed_and_nothing_is_written(case, action):
    before = Message.objects.count()
    title, body, sms = services.preview(application=case.application, action=action, reasons=[NO_PROOF])
    assert title and body and sms
    assert Message.objects.count() == before
    assert case.now().version == case.application.version


# ------------------------------------------------------------- retract
@pytest.mark.parametrize("decision", ["approve", "refuse", "return_"])
def test_within_five_minutes_a_decision_is_taken_back_unseen(case, decision):
    getattr(case.agree(), decision)()
    services.retract(application=case.application, actor=case.reviewer)
    back = case.now()
    assert (back.state, back.claimed_by, back.decided_at) == (State.IN_REVIEW, case.reviewer, None)
    assert not Message.objects.filter(about=back.number, visible_from__gt=timezone.now()).exists()
    assert not Binding.objects.active().exists()
    assert not Mandate.objects.live(timezone.now() + timedelta(minutes=6)).exists()
    assert case.application.proofs.get().status == Proof.Status.CLEAN


def test_a_retracted_approval_can_be_given_again(case):
    case.agree().approve()
    services.retract(application=case.application, actor=case.reviewer)
    assert case.approve().state == State.APPROVED
    assert case.application.bindings.count() == 2
    assert Binding.objects.active().count() == 1


def test_waiting_for_consent_can_be_taken_back_too(case):
    case.approve()
    assert services.retract(application=case.application, actor=case.reviewer).state == State.IN_REVIEW
    assert not case.relative.person.messages.filter(visible_from__gt=timezone.now()).exists()


def test_after_five_minutes_a_decision_stands(case, time_machine):
    case.refuse()
    time_machine.move_to(timezone.now() + timedelta(minutes=5, seconds=1))
    with pytest.raises(Refused, match="too_late"):
        services.retract(application=case.application, actor=case.reviewer)


def test_only_the_one_who_decided_takes_back(case):
    case.refuse()
    with pytest.raises(Refused, match="not_your_decision"):
        services.retract(application=case.application, actor=case.second)


@pytest.mark.parametrize("decision", ["approve", "refuse", "return_"])
def test_citizens_see_a_decision_when_it_can_no_longer_be_taken_back(case, decision, time_machine):
    decided = getattr(case.agree(), decision)()
    assert services.shown_state(decided) == State.IN_REVIEW
    assert not Binding.objects.visible_to(case.giver).exists()
    time_machine.move_to(timezone.now() + timedelta(minutes=5, seconds=1))
    assert services.shown_state(decided) == decided.state
    assert Binding.objects.visible_to(case.giver).exists() == (decision == "approve")


def test_the_past_that_citizens_read_has_no_decision_that_was_taken_back(case, time_machine):
    case.refuse()
    assert [event.action for event in services.timeline(case.now())] == [Action.SUBMIT, Action.ENQUEUE]
    services.retract(application=case.application, actor=case.reviewer)
    case.return_()
    time_machine.move_to(timezone.now() + timedelta(minutes=6))
    read = [event.action for event in services.timeline(case.now())]
    assert read == [Action.SUBMIT, Action.ENQUEUE, Action.RETURN]


def test_an_opening_by_consent_is_hidden_as_long_as_the_approval_can_be_taken_back(case):
    case.approve()
    case.agree()
    assert case.now().state == State.APPROVED
    assert services.shown_state(case.now()) == State.IN_REVIEW


# ------------------------------------------------------------- consent, decline
def test_consent_opens_what_was_approved(time_machine):
    case = in_state(State.AWAITING_CONSENT)
    time_machine.move_to(timezone.now() + timedelta(minutes=6))
    case.agree()
    assert case.now().state == State.APPROVED
    assert case.now().consent.person == case.relative.person
    assert case.binding().since <= timezone.now()


def test_consent_within_the_reviewers_undo_time_opens_from_its_end():
    case = in_state(State.AWAITING_CONSENT)
    case.agree()
    assert case.binding().since == case.now().decided_at + timedelta(minutes=5)


def test_consent_before_the_approval_changes_no_state_and_is_recorded_once(case):
    case.agree().agree()
    assert case.now().state == State.IN_REVIEW
    assert case.application.events.filter(action=Action.CONSENT).count() == 1
    assert Consent.objects.filter(about=case.application.number, text="mutual_aid").count() == 1


def test_consent_to_a_submission_that_was_taken_back_does_not_count():
    case = in_state(State.SUBMITTED)
    case.agree()
    services.undo_submit(application=case.application, actor=case.giver)
    case.submit().after_undo_time()
    assert not case.now().other_party_agreed
    assert case.approve().state == State.AWAITING_CONSENT


def test_only_the_one_who_was_asked_may_answer(case):
    for other in (case.giver, case.reviewer):
        with pytest.raises(PermissionDenied):
            services.consent(application=case.application, actor=other, how="web")


def test_a_no_is_final_and_its_reason_stays_untold(case):
    services.decline(application=case.application, actor=case.relative, stranger=True)
    assert case.now().state == State.DECLINED
    told = case.giver.person.messages.get(template="binding.declined")
    assert "不便说明" in told.body
    assert "不认识" not in told.body
    with pytest.raises(Refused, match="invalid_transition"):
        services.appeal(application=case.application, actor=case.giver, text="为什么")


def test_one_may_change_a_yes_to_a_no_until_it_is_decided(case):
    case.agree()
    services.decline(application=case.application, actor=case.relative)
    assert case.now().state == State.DECLINED


# ------------------------------------------------------------- appeal
def test_an_appeal_is_read_by_somebody_else():
    case = in_state(State.REFUSED)
    appealed = services.appeal(application=case.application, actor=case.giver, text="材料是对的")
    assert appealed.state == State.SECOND_REVIEW
    assert case.event().note == "材料是对的"
    with pytest.raises(Refused, match="second_reader"):
        case.approve(by=case.reviewer)
    assert case.approve(by=case.second).state == State.AWAITING_CONSENT


def test_an_appeal_never_opens_anything_without_consent():
    case = in_state(State.REFUSED)
    services.appeal(application=case.application, actor=case.giver, text="材料是对的")
    case.approve(by=case.second)
    assert not Binding.objects.exists()


def test_the_refuser_stays_out_even_after_the_second_reader_asked_for_a_document():
    case = in_state(State.REFUSED)
    services.appeal(application=case.application, actor=case.giver, text="材料是对的")
    case.return_(by=case.second)
    case.hand_in("marriage_certificate")
    services.resubmit(application=case.application, actor=case.giver)
    with pytest.raises(Refused, match="second_reader"):
        case.approve(by=case.reviewer)


def test_one_appeal_only():
    case = in_state(State.REFUSED)
    services.appeal(application=case.application, actor=case.giver, text="材料是对的")
    case.refuse(by=case.second)
    with pytest.raises(Refused, match="already_appealed"):
        services.appeal(application=case.application, actor=case.giver, text="再看")


def test_an_appeal_after_thirty_days_is_too_late():
    case = in_state(State.REFUSED)
    long_ago = timezone.now() - timedelta(days=30, seconds=1)
    Application.objects.filter(pk=case.application.pk).update(decided_at=long_ago)
    with pytest.raises(Refused, match="too_late"):
        services.appeal(application=case.application, actor=case.giver, text="再看")


def test_an_appeal_beside_a_new_application_is_refused():
    case = in_state(State.REFUSED)
    Case(giver=case.giver, relative=case.relative).begin().submit()
    with pytest.raises(Refused, match="already_applied"):
        services.appeal(application=case.application, actor=case.giver, text="再看")


# ------------------------------------------------------------- the other area, the same reviewer
def test_a_reviewer_of_another_area_decides_nothing(case):
    with pytest.raises(PermissionDenied):
        case.approve(by=make_staff(areas=("990200",)))
    assert Event.objects.filter(application=case.application, action=Action.APPROVE).count() == 0
