"""Taking back: within ten minutes to a draft again, later for good."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Message
from binding import services
from binding.models import Application
from binding.rules import State
from gongji.errors import Refused
from tests.binding.cases import Case, in_state

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------- undo
def test_within_ten_minutes_a_submission_becomes_a_draft_again_and_the_relative_never_hears():
    case = in_state(State.SUBMITTED)
    draft = services.undo_submit(application=case.application, actor=case.giver)
    assert (draft.state, draft.submitted_at, draft.policy_version) == (State.DRAFT, None, None)
    assert not Message.objects.filter(person=case.relative.person).exists()
    assert case.submit().now().state == State.SUBMITTED


def test_after_ten_minutes_it_is_too_late_to_undo():
    case = in_state(State.SUBMITTED)
    earlier = timezone.now() - timedelta(minutes=10, seconds=1)
    Application.objects.filter(pk=case.application.pk).update(submitted_at=earlier)
    with pytest.raises(Refused, match="too_late"):
        services.undo_submit(application=case.application, actor=case.giver)


def test_an_undone_submission_frees_its_place_for_the_same_relative():
    case = in_state(State.SUBMITTED)
    services.undo_submit(application=case.application, actor=case.giver)
    other = Case(giver=case.giver, relative=case.relative).begin().submit()
    assert other.now().state == State.SUBMITTED


# ------------------------------------------------------------- withdraw
@pytest.mark.parametrize("state", [State.SUBMITTED, State.RETURNED, State.AWAITING_CONSENT])
def test_an_undecided_application_can_be_withdrawn(state):
    case = in_state(state)
    services.withdraw(application=case.application, actor=case.giver)
    assert case.now().state == State.WITHDRAWN
    assert case.now().clock_stopped_at is None
    assert Case(giver=case.giver, relative=case.relative).begin().submit().now().state == State.SUBMITTED


def test_withdrawing_twice_is_refused_with_what_happened():
    case = in_state(State.WITHDRAWN)
    with pytest.raises(Refused) as refused:
        services.withdraw(application=case.application, actor=case.giver)
    assert "已撤回" in str(refused.value.message)
