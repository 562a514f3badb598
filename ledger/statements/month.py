"""A calendar month in Asia/Shanghai, as statements and filters use it."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

EARLIEST = date(2000, 1, 1)
"""Nothing is in the books from before; addresses that ask for it lead here."""

_CODE = re.compile(r"[0-9]{4}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True)
class Month:
    """A calendar month in Asia/Shanghai."""

    first: date

    @classmethod
    def parse(cls, text: str, today: date) -> "Month":
        """Read "2026-11"; anything else, and a month after this one, is the month of `today`."""
        this = today.replace(day=1)
        try:
            first = date.fromisoformat(f"{text}-01") if _CODE.fullmatch(text) else this
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
    def start(self) -> datetime:
        """Its first moment."""
        return timezone.make_aware(datetime.combine(self.first, datetime.min.time()))

    def within(self, field: str) -> Q:
        """Return the condition that a time lies in this month."""
        return Q(**{f"{field}__gte": self.start, f"{field}__lt": self.next.start})
