"""Within five minutes a decision is taken back, and no citizen ever saw it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Message
from binding import services
from binding.models import Binding, Proof
from binding.rules import Action, State
from gongji.errors import Refused
from ledger.models import Mandate
from tests.binding.cases import in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


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
