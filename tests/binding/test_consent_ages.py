"""Who decides for whom at which age: the day of the submission counts, not the day of the decision."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from binding import services
from binding.models import Check
from binding.rules import State
from binding.services import system
from gongji import policy
from gongji.policy import Relation
from tests.binding.cases import Case
from tests.factories import id_number, make_citizen, make_staff

pytestmark = pytest.mark.django_db

BEIJING = ZoneInfo("Asia/Shanghai")


def at(*when):
    return datetime(*when, tzinfo=BEIJING)


def case_of(birth, relation=Relation.CHILD, birth_of_giver=date(1980, 1, 1)):
    """A giver and a relative born on a day, in one family by their documents."""
    return Case(
        giver=make_citizen("李明", number=id_number(birth_of_giver)),
        relative=make_citizen("李小宝", number=id_number(birth)),
        reviewer=make_staff(), relation=relation,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("birth", "submitted", "asked"),
    [
        (date(2010, 11, 23), at(2026, 11, 22, 23, 59), False),
        (date(2010, 11, 22), at(2026, 11, 22, 0, 0), True),
        (date(2010, 11, 22), at(2026, 11, 22, 23, 59), True),
        (date(2012, 2, 29), at(2028, 2, 28, 12, 0), False),
        (date(2012, 2, 29), at(2028, 2, 29, 0, 0), True),
        (date(2010, 2, 28), at(2026, 2, 28, 0, 0), True),
    ],
)
def test_from_the_sixteenth_birthday_on_the_relative_is_asked(time_machine, birth, submitted, asked):
    time_machine.move_to(submitted)
    case = case_of(birth).begin().submit()
    assert case.now().consent_required is asked


@pytest.mark.parametrize(
    ("birth", "day", "minor"),
    [
        (date(2012, 2, 29), date(2029, 2, 28), False),
        (date(2013, 2, 28), date(2029, 2, 27), True),
        (date(2012, 2, 29), date(2028, 2, 28), True),
        (date(2012, 2, 29), date(2028, 2, 29), False),
    ],
)
def test_the_twenty_ninth_of_february(birth, day, minor):
    assert policy.for_area("990100").is_minor(birth, day) is minor


def test_a_birthday_while_the_case_runs_changes_nothing(time_machine):
    time_machine.move_to(at(2026, 11, 22, 23, 55))
    case = case_of(date(2010, 11, 23)).begin().submit()
    time_machine.move_to(at(2026, 11, 23, 0, 6))
    system.enqueue(case.application.pk)
    assert not case.now().consent_required
    assert case.application.checks.get(code="guardian").outcome == Check.Outcome.YES
    assert case.now().state in (State.IN_REVIEW, State.APPROVED)


def test_a_grandchild_who_turns_sixteen_over_night_does_not_slip_past_the_guardian(time_machine):
    time_machine.move_to(at(2026, 11, 22, 23, 55))
    case = case_of(date(2010, 11, 23), Relation.GRANDCHILD, date(1950, 1, 1)).begin().submit()
    time_machine.move_to(at(2026, 11, 23, 0, 6))
    system.enqueue(case.application.pk)
    assert case.application.checks.get(code="guardian").outcome == Check.Outcome.UNKNOWN
    assert case.now().state == State.IN_REVIEW


def test_taken_back_and_handed_in_again_the_new_day_counts(time_machine):
    time_machine.move_to(at(2026, 11, 22, 23, 55))
    case = case_of(date(2010, 11, 23)).begin().submit()
    assert not case.now().consent_required
    services.undo_submit(application=case.application, actor=case.giver)
    time_machine.move_to(at(2026, 11, 23, 0, 1))
    case.submit()
    assert case.now().consent_required


def test_nobody_below_sixteen_is_handed_the_phone(time_machine):
    time_machine.move_to(at(2026, 11, 22, 12, 0))
    case = case_of(date(2016, 1, 1)).begin().submit()
    assert not services.may_hand_over(case.now())
