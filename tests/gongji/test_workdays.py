"""Promised dates as people count them, around the holidays of 2025 to 2027."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji import workdays
from gongji.workdays import SHANGHAI

moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1)).map(
    lambda at: at.replace(tzinfo=SHANGHAI)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_a_case_of_saturday_is_promised_for_wednesday_evening():
    assert workdays.due_at(at("2026-11-21 10:00"), 3) == at("2026-11-25 17:30")


def test_the_day_of_submission_never_counts():
    assert workdays.due_at(at("2026-11-23 08:00"), 1) == at("2026-11-24 17:30")
    assert workdays.due_at(at("2026-11-23 23:59"), 1) == at("2026-11-24 17:30")


def test_the_day_of_submission_is_the_one_in_shanghai():
    late_sunday_in_utc = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert workdays.due_at(late_sunday_in_utc, 1) == at("2026-11-24 17:30")


def test_national_day_week_is_skipped_and_the_saturday_after_it_works():
    assert workdays.due_at(at("2026-09-30 15:00"), 1) == at("2026-10-08 17:30")
    assert workdays.due_at(at("2026-09-30 15:00"), 3) == at("2026-10-10 17:30")


def test_the_sunday_worked_in_advance_counts():
    assert workdays.due_at(at("2026-09-18 15:00"), 1) == at("2026-09-20 17:30")


def test_spring_festival_is_skipped_and_the_saturdays_around_it_work():
    assert workdays.due_at(at("2026-02-13 10:00"), 1) == at("2026-02-14 17:30")
    assert workdays.due_at(at("2026-02-13 10:00"), 2) == at("2026-02-24 17:30")
    assert workdays.due_at(at("2026-02-26 10:00"), 2) == at("2026-02-28 17:30")


def test_an_override_wins_over_everything_known():
    overrides = {date(2026, 11, 24): False, date(2026, 11, 28): True}
    assert workdays.due_at(at("2026-11-23 10:00"), 1, overrides=overrides) == at("2026-11-25 17:30")
    assert workdays.is_workday(date(2026, 11, 28), overrides)


def test_an_area_may_close_later():
    office = ((time(10), time(14)), (time(16), time(20)))
    assert workdays.due_at(at("2026-11-21 10:00"), 1, office_hours=office) == at("2026-11-23 20:00")


def test_a_year_whose_moved_days_are_not_announced_is_an_estimate():
    assert workdays.year_is_complete(2025)
    assert workdays.year_is_complete(2026)
    assert not workdays.year_is_complete(2027)


def test_a_year_becomes_complete_when_the_bureau_enters_a_working_weekend():
    assert workdays.year_is_complete(2027, {date(2027, 2, 20): True})
    assert not workdays.year_is_complete(2027, {date(2027, 2, 22): False})


def test_lunch_nights_and_weekends_are_no_working_time():
    assert workdays.working_seconds(at("2026-11-20 11:00"), at("2026-11-20 14:30")) == 2 * 3600
    assert workdays.working_seconds(at("2026-11-20 17:00"), at("2026-11-23 09:30")) == 3600


def test_working_time_backwards_is_negative():
    assert workdays.working_seconds(at("2026-11-23 10:00"), at("2026-11-23 09:00")) == -3600


def test_the_middle_of_the_promise_falls_into_office_hours():
    start, due = at("2026-11-21 10:00"), at("2026-11-25 17:30")
    assert workdays.point_at(50, start, due) == at("2026-11-24 14:00")
    assert workdays.point_at(100, start, due) == due


def test_hours_run_over_the_weekend():
    assert workdays.add_working_hours(at("2026-11-20 17:00"), 1) == at("2026-11-23 09:30")


def test_a_moment_without_time_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        workdays.due_at(datetime(2026, 11, 21), 1)


def test_a_calendar_without_working_days_is_refused_instead_of_searched_for_ever():
    class Never(dict):
        def __contains__(self, day):
            return True

        def __getitem__(self, day):
            return False

    with pytest.raises(ValueError, match="no working days"):
        workdays.add_workdays(date(2026, 11, 21), 1, Never())


@given(start=moments, days=st.integers(1, 30))
def test_a_promise_is_a_working_evening_with_exactly_that_many_days_before_it(start, days):
    due = workdays.due_at(start, days)
    between = (start.date() + timedelta(days=n) for n in range(1, (due.date() - start.date()).days + 1))
    assert workdays.is_workday(due.date())
    assert sum(map(workdays.is_workday, between)) == days


@given(start=moments, seconds=st.integers(1, 10**6))
def test_adding_working_time_and_measuring_it_agree(start, seconds):
    end = workdays.add_working_seconds(start, seconds)
    assert workdays.working_seconds(start, end) == seconds
