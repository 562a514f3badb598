"""The other side's yes and no: early, late, once, and only as oneself."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Consent
from binding import services
from binding.rules import Action, State
from gongji.errors import Refused
from tests.binding.cases import in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


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
