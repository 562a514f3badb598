"""Claim, renew, put back, next case: who works on what."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Duty
from binding import services
from binding.models import Application
from binding.rules import State
from gongji.errors import Refused
from gongji.models import AuditRow
from tests.binding.cases import in_state
from tests.factories import insure, make_citizen, make_person, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


def _claim(case, actor):
    return services.claim(application=case.application, actor=actor)


def test_a_claim_lasts_fifteen_minutes_and_is_recorded(case):
    claimed = _claim(case, case.reviewer)
    assert claimed.claimed_by == case.reviewer
    assert timedelta(minutes=14) < claimed.claimed_until - timezone.now() <= timedelta(minutes=15)
    assert AuditRow.objects.filter(action="application.claim", actor=str(case.reviewer.pk)).exists()


def test_a_claimed_case_is_refused_to_others_by_name(case):
    _claim(case, case.reviewer)
    with pytest.raises(Refused, match="claimed") as refused:
        _claim(case, case.second)
    assert "张审" in str(refused.value.message)


def test_a_claim_that_ran_out_is_taken_over_and_its_holder_comes_too_late(case):
    _claim(case, case.reviewer)
    Application.objects.filter(pk=case.application.pk).update(claimed_until=timezone.now())
    assert _claim(case, case.second).claimed_by == case.second
    with pytest.raises(Refused, match="decided_by_other"):
        services.renew_claim(application=case.application, actor=case.reviewer)
    with pytest.raises(Refused, match="decided_by_other"):
        case.approve()


def test_work_renews_a_claim(case):
    _claim(case, case.reviewer)
    soon = timezone.now() + timedelta(minutes=1)
    Application.objects.filter(pk=case.application.pk).update(claimed_until=soon)
    assert services.renew_claim(application=case.application, actor=case.reviewer).claimed_until > soon


def test_a_case_put_back_is_free_for_others(case):
    _claim(case, case.reviewer)
    services.put_back(application=case.application, actor=case.reviewer)
    assert _claim(case, case.second).claimed_by == case.second


def test_putting_back_what_another_holds_changes_nothing(case):
    _claim(case, case.reviewer)
    services.put_back(application=case.application, actor=case.second)
    assert case.now().claimed_by == case.reviewer


@pytest.mark.parametrize("state", [State.SUBMITTED, State.RETURNED, State.APPROVED, State.WITHDRAWN])
def test_only_what_waits_for_a_reviewer_can_be_claimed(state):
    with pytest.raises(Refused, match="decided_by_other"):
        _claim(in_state(state), make_staff())


def test_another_areas_reviewer_and_other_duties_are_not_allowed(case):
    for stranger in (make_staff(areas=("990200",)), make_staff(duties=(Duty.AUDITOR,)), make_citizen("赵六")):
        with pytest.raises(PermissionDenied):
            _claim(case, stranger)


def test_a_province_reviewer_covers_its_cities(case):
    assert _claim(case, make_staff(areas=("990000",))).claimed_by is not None


# ------------------------------------------------------------- the next case
def test_the_next_case_is_the_one_due_soonest_that_nobody_holds():
    first, second, third = (in_state(State.IN_REVIEW) for _case in range(3))
    now = timezone.now()
    for case, days in ((first, 2), (second, 1), (third, 3)):
        Application.objects.filter(pk=case.application.pk).update(due_at=now + timedelta(days=days))
    one, other = make_staff(), make_staff()
    assert services.next_case(actor=one) == second.application
    assert services.next_case(actor=other) == first.application


def test_an_unclaimed_case_past_half_its_time_comes_first():
    early, raised = in_state(State.IN_REVIEW), in_state(State.IN_REVIEW)
    Application.objects.filter(pk=raised.application.pk).update(
        raised=True, due_at=timezone.now() + timedelta(days=9)
    )
    assert services.next_case(actor=early.reviewer) == raised.application


def test_no_next_case_outside_ones_areas_nor_of_ones_own_family(case):
    assert services.next_case(actor=make_staff(areas=("990200",))) is None
    reviewer = make_staff(private_person=make_person("李亲"))
    insure(reviewer.private_person, household="H-1")
    case.giver.person.enrollments.update(
        household_index=reviewer.private_person.enrollments.get(current=True).household_index
    )
    assert services.next_case(actor=reviewer) is None


def test_the_first_reader_is_not_offered_the_second_reading(case):
    case.escalate()
    assert services.next_case(actor=case.reviewer) is None
    assert services.next_case(actor=case.second) == case.application
