"""Refusing with reasons, and the preview of what the citizen reads."""

import pytest

from accounts.models import Message
from binding import services
from binding.rules import Action, State
from tests.binding.cases import NO_PROOF, in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


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
