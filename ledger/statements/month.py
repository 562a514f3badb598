"""Calendar months and years in Asia/Shanghai, as statements and filters use them."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

EARLIEST = date(2000, 1, 1)
"""Nothing is in the books from before; addresses that ask for it lead here."""

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)


class _Span(ABC):
    """What a month and a year have in common."""

    first: date

    @property
    @abstractmethod
    def following(self) -> date:
        """The day after its last one."""

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following - timedelta(days=1)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.following)

    def within(self, field: str) -> Q:
        """Return the condition that a time lies in it."""
        return Q(**{f"{field}__gte": self.start, f"{field}__lt": self.end})


@dataclass(frozen=True)
class Month(_Span):
    """A calendar month in Asia/Shanghai."""

    first: date

    @classmethod
    def parse(cls, text: str, today: date) -> "Month":
        """Read "2026-11"; anything else, and a month after this one, is the month of `today`."""
        this = today.replace(day=1)
        try:
            first = date.fromisoformat(f"{text}-01") if _MONTH.fullmatch(text) else this
        except ValueError:
            first = this
        return cls(max(min(first, this), EARLIEST))

    @property
    def code(self) -> str:
        """The month as in addresses and file names: 2026-11."""
        return f"{self.first:%Y-%m}"

    @property
    def next(self) -> "Month":
        """The month after."""
        return Month(date(self.first.year + self.first.month // 12, self.first.month % 12 + 1, 1))

    @property
    def previous(self) -> "Month":
        """The month before."""
        year, month = divmod(self.first.year * 12 + self.first.month - 2, 12)
        return Month(date(year, month + 1, 1))

    @property
    def is_earliest(self) -> bool:
        """Whether no month before this one can be shown."""
        return self.first <= EARLIEST

    def back(self, count: int) -> list["Month"]:
        """Return `count` months up to this one, newest first."""
        months = [self]
        while len(months) < count:
            months.append(months[-1].previous)
        return months

    @property
    def following(self) -> date:
        """The first day of the month after."""
        return self.next.first

    @property
    def title(self) -> str:
        """The month in words: 2026年11月."""
        return _("{year}年{month}月").format(year=self.first.year, month=self.first.month)

    def months(self, today: date) -> list["Month"]:
        """Return itself: a month has one."""
        return [self]


@dataclass(frozen=True)
class Year(_Span):
    """A calendar year in Asia/Shanghai."""

    first: date

    @property
    def code(self) -> str:
        """The year as in addresses and file names: 2026."""
        return f"{self.first:%Y}"

    @property
    def following(self) -> date:
        """The first day of the year after."""
        return date(self.first.year + 1, 1, 1)

    @property
    def title(self) -> str:
        """The year in words: 2026年."""
        return _("{year}年").format(year=self.first.year)

    def months(self, today: date) -> list[Month]:
        """Return its months that have begun, the first one first."""
        return [Month(day) for n in range(1, 13) if (day := date(self.first.year, n, 1)) <= today]


Period = Month | Year


def period_of(code: str, today: date) -> Period | None:
    """Read "2026-11" or "2026"; None for anything else, and for what has not begun or was never kept."""
    if _YEAR.fullmatch(code):
        return Year(date(int(code), 1, 1)) if EARLIEST.year <= int(code) <= today.year else None
    month = Month.parse(code, today)
    return month if month.code == code else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
