"""Who may not decide, and which cases two must read."""

import pytest
from django.core.exceptions import PermissionDenied

from binding import services
from binding.models import Application
from binding.rules import State
from binding.rules.reasons import ReasonGiven
from gongji.errors import Refused
from tests.binding.cases import in_state
from tests.factories import insure, make_citizen, make_login, make_person, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


def _claim(case, actor):
    return services.claim(application=case.application, actor=actor)


# ------------------------------------------------------------- recusal
def test_nobody_decides_a_case_of_their_own(case):
    own = make_person("张审本人")
    insure(own)
    staff = make_staff(private_person=own)
    Application.objects.filter(pk=case.application.pk).update(beneficiary=own)
    with pytest.raises(PermissionDenied, match="conflict_of_interest"):
        _claim(case, staff)
    with pytest.raises(PermissionDenied, match="conflict_of_interest"):
        case.approve(by=staff)


def test_nobody_decides_a_case_of_their_household(case):
    own = make_person("张审本人")
    household = insure(own, household="H-2").household_index
    case.relative.person.enrollments.update(household_index=household)
    with pytest.raises(PermissionDenied, match="conflict_of_interest"):
        case.refuse(by=make_staff(private_person=own))


def test_nobody_decides_a_case_of_somebody_they_are_bound_to():
    bound = in_state(State.APPROVED)
    theirs = in_state(State.IN_REVIEW, giver=bound.relative)
    reviewer = make_staff(private_person=bound.giver.person)
    with pytest.raises(PermissionDenied, match="conflict_of_interest"):
        theirs.approve(by=reviewer)


# ------------------------------------------------------------- second reading
def test_the_second_reader_is_another_one(case):
    case.escalate()
    assert case.now().state == State.SECOND_REVIEW
    with pytest.raises(Refused, match="second_reader"):
        case.approve(by=case.reviewer)
    assert case.approve(by=case.second).state == State.AWAITING_CONSENT


def test_a_fifth_relative_within_a_year_is_read_twice():
    giver = make_citizen("李明")
    for serial in range(4):
        in_state(State.APPROVED, giver=giver, relative=make_citizen(f"王{serial}"))
    fifth = in_state(State.IN_REVIEW, giver=giver, relative=make_citizen("王五"))
    assert fifth.approve().state == State.SECOND_REVIEW
    event = fifth.event()
    assert (event.actor, event.reasons[0]["code"]) == (fifth.reviewer, "relatives")
    assert fifth.approve(by=fifth.second).state == State.AWAITING_CONSENT


def test_a_failed_machine_check_is_read_twice():
    giver, other = make_person("李明"), make_person("李小红")
    insure(giver, household="H", relation_to_head="02")
    insure(other, household="H", relation_to_head="31")
    case = in_state(State.IN_REVIEW, giver=make_login(giver), relative=make_login(other))
    assert case.application.checks.get(code="kinship").outcome == "no"
    assert case.approve().state == State.SECOND_REVIEW


def test_doubtful_documents_are_refused_by_two_only(case):
    doubt = [ReasonGiven("J08")]
    arguments = {"application": case.application, "reasons": doubt}
    with pytest.raises(Refused, match="four_eyes"):
        services.refuse(**arguments, actor=case.reviewer, version=case.now().version)
    services.escalate(**arguments, actor=case.reviewer, version=case.now().version)
    told = case.giver.person.messages.get(template="binding.second_reading")
    assert "进一步核实" in told.body
    assert "疑" not in told.body
    refused = services.refuse(**arguments, actor=case.second, version=case.now().version)
    assert refused.state == State.REFUSED


def test_a_case_stands_in_one_queue_only(case):
    for step in (case.escalate, lambda: case.return_(by=case.second)):
        queued = Application.objects.queue().filter(pk=case.application.pk)
        assert queued.count() == 1
        step()
    assert not Application.objects.queue().filter(pk=case.application.pk).exists()


def test_the_queue_needs_one_query_however_long(django_assert_num_queries):
    for _serial in range(3):
        in_state(State.IN_REVIEW)
    reviewer = make_staff()
    with django_assert_num_queries(1):
        assert len(Application.objects.reviewable_by(reviewer).queue()) == 3
