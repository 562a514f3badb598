"""A calendar month in Asia/Shanghai, as statements and filters use it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone


@dataclass(frozen=True)
class Month:
    """A calendar month in Asia/Shanghai."""

    first: date

    @classmethod
    def parse(cls, text: str, today: date) -> "Month":
        """Read "2026-11"; anything else, and a month after this one, is the month of `today`."""
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            first = today.replace(day=1)
        return cls(min(first, today.replace(day=1)))

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
    def start(self) -> datetime:
        """Its first moment."""
        return timezone.make_aware(datetime.combine(self.first, datetime.min.time()))

    def within(self, field: str) -> Q:
        """Return the condition that a time lies in this month."""
        return Q(**{f"{field}__gte": self.start, f"{field}__lt": self.next.start})
