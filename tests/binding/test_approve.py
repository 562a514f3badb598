"""Approving: what it opens, when it counts, and what stops it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import EnrollmentStatus, Message
from binding import services
from binding.models import Binding, Event, Proof
from binding.rules import Action, State
from binding.rules.reasons import REVIEW_CHECKS
from gongji.errors import Refused
from gongji.models import AuditRow
from ledger.models import Mandate
from tests.binding.cases import in_state
from tests.factories import make_person, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


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


def test_a_reviewer_of_another_area_decides_nothing(case):
    with pytest.raises(PermissionDenied):
        case.approve(by=make_staff(areas=("990200",)))
    assert Event.objects.filter(application=case.application, action=Action.APPROVE).count() == 0
