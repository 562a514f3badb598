"""What both sides are told in each system: in the message centre, and by an SMS without an address."""

import pytest

from accounts.models import Message
from binding import services
from tests.systems.path import binding_of, walk
from tests.systems.rows import over

pytestmark = pytest.mark.django_db


def told(user) -> dict[str, Message]:
    return {message.template: message for message in Message.objects.filter(person=user.person)}


@over()
def test_both_sides_hear_of_the_opening_by_message_and_sms(system):
    path = walk(system).in_force()
    way = "_pool" if system.model == "pool" else ""
    opened, opened_for = told(path.giver), told(path.relative)
    for message in (opened[f"binding.opened{way}"], opened_for[f"binding.opened_for_you{way}"]):
        assert message.title and message.body
        assert message.sms != Message.Sms.NONE
        assert "http" not in message.sms_text and len(message.sms_text) <= 70


@over(lambda system: system.consent)
def test_whoever_has_to_agree_is_asked(system):
    path = walk(system).begin().submit()
    way = "_pool" if system.model == "pool" else ""
    assert f"binding.please_consent{way}" in told(path.relative)


@over(lambda system: not system.at_once)
def test_the_applicant_hears_that_it_came_in_and_by_when(system):
    path = walk(system).begin().submit()
    message = told(path.giver)["binding.submitted"]
    assert path.application.number in message.body and "最晚" in message.body


@over()
def test_both_sides_hear_of_the_end(system):
    path = walk(system).in_force()
    services.end_binding(binding=binding_of(path), actor=path.giver)
    assert any(template.startswith("binding.ended_giver") for template in told(path.giver))
    assert any(template.startswith("binding.ended_relative") for template in told(path.relative))
