"""The working-day clock: promised dates and working time in Asia/Shanghai, with 调休.

The State Council moves working days every November for the year to come. Until that is known a year is an
estimate (`year_is_complete`); the bureau corrects single days with `overrides`, {date: is it a working day}.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
Overrides = Mapping[date, bool]
OfficeHours = tuple[tuple[time, time], ...]

NO_OVERRIDES: Overrides = MappingProxyType({})
OFFICE_HOURS: OfficeHours = ((time(9), time(12)), (time(13, 30), time(17, 30)))
"""When an area says nothing else; the policy key `office_hours`."""

_DAY = timedelta(days=1)
_FAR = 3660
"""Days without reaching the goal after which a calendar is called empty."""


@dataclass(frozen=True)
class _Year:
    holidays: frozenset[date]
    working_weekends: frozenset[date]


@lru_cache(maxsize=64)
def _year(year: int) -> _Year:
    # The working weekend before a New Year is listed with the year that follows.
    calendar = holidays.country_holidays("CN", years=(year, year + 1))
    return _Year(
        holidays=frozenset(day for day in calendar if day.year == year),
        working_weekends=frozenset(day for day in calendar.weekend_workdays if day.year == year),
    )


def year_is_complete(year: int, overrides: Overrides = NO_OVERRIDES) -> bool:
    """Whether the 调休 of `year` is known, from the holiday data or from an override of a weekend."""
    told = any(day.year == year and day.weekday() >= 5 and works for day, works in overrides.items())
    return told or bool(_year(year).working_weekends)


def is_workday(day: date, overrides: Overrides = NO_OVERRIDES) -> bool:
    """Whether offices work on `day`: the override, else the 调休, else Monday to Friday."""
    if day in overrides:
        return overrides[day]
    year = _year(day.year)
    return day in year.working_weekends or (day.weekday() < 5 and day not in year.holidays)


def add_workdays(day: date, workdays: int, overrides: Overrides = NO_OVERRIDES) -> date:
    """Return the n-th working day after `day`; `day` itself does not count. Raises ValueError for n < 1."""
    if workdays < 1:
        raise ValueError("count at least one working day")
    left = workdays
    for _ in range(_FAR):
        day += _DAY
        left -= is_workday(day, overrides)
        if not left:
            return day
    raise ValueError("the calendar has no working days")


def due_at(
    start: datetime,
    workdays: int,
    *,
    overrides: Overrides = NO_OVERRIDES,
    office_hours: OfficeHours = OFFICE_HOURS,
) -> datetime:
    """Return the promised time: office closing of the n-th working day, counted from the next working day.

    Submitted on Saturday 2026-11-21 with 3 working days: Wednesday 2026-11-25 17:30 (ux.md M5).
    """
    last = add_workdays(_local(start).date(), workdays, overrides)
    return datetime.combine(last, office_hours[-1][1], SHANGHAI)


def working_seconds(
    start: datetime,
    end: datetime,
    overrides: Overrides = NO_OVERRIDES,
    office_hours: OfficeHours = OFFICE_HOURS,
) -> int:
    """Return the office seconds between two moments; negative when `end` lies before `start`."""
    start, end = _local(start), _local(end)
    if end < start:
        return -working_seconds(end, start, overrides, office_hours)
    total = timedelta()
    for opens, closes in _spans(start.date(), end.date(), overrides, office_hours):
        total += max(min(closes, end) - max(opens, start), timedelta())
    return int(total.total_seconds())


def add_working_seconds(
    start: datetime,
    seconds: float,
    overrides: Overrides = NO_OVERRIDES,
    office_hours: OfficeHours = OFFICE_HOURS,
) -> datetime:
    """Return the moment when `seconds` of office time after `start` are over; 0 returns `start`."""
    moment, left = _local(start), timedelta(seconds=seconds)
    if left < timedelta():
        raise ValueError("office time runs forward only")
    if not left:
        return moment
    last = moment.date() + timedelta(days=_FAR)
    for opens, closes in _spans(moment.date(), last, overrides, office_hours):
        begin = max(opens, moment)
        if begin + left <= closes:
            return begin + left
        left -= max(closes - begin, timedelta())
    raise ValueError("the calendar has no working days")


def add_working_hours(
    start: datetime,
    hours: float,
    overrides: Overrides = NO_OVERRIDES,
    office_hours: OfficeHours = OFFICE_HOURS,
) -> datetime:
    """Return the moment when `hours` of office time after `start` are over."""
    return add_working_seconds(start, hours * 3600, overrides, office_hours)


def point_at(
    percent: int,
    start: datetime,
    due: datetime,
    *,
    overrides: Overrides = NO_OVERRIDES,
    office_hours: OfficeHours = OFFICE_HOURS,
) -> datetime:
    """Return when `percent` of the office time from `start` to `due` is over; 100 is `due` itself."""
    if percent >= 100:
        return due
    promised = working_seconds(start, due, overrides, office_hours)
    return add_working_seconds(start, promised * percent // 100, overrides, office_hours)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(SHANGHAI)


def _spans(
    first: date, last: date, overrides: Overrides, office_hours: OfficeHours
) -> Iterator[tuple[datetime, datetime]]:
    day = first
    while day <= last:
        if is_workday(day, overrides):
            for opens, closes in office_hours:
                yield datetime.combine(day, opens, SHANGHAI), datetime.combine(day, closes, SHANGHAI)
        day += _DAY
