"""A refusal is looked at again: once, in time, by somebody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from binding import services
from binding.models import Application, Binding
from binding.rules import State
from gongji.errors import Refused
from tests.binding.cases import Case, in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


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
