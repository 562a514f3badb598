"""How long a binding lasts where an area has a time for it, and when it is time to speak of the end."""

from calendar import monthrange
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from binding.states import Kind

BEIJING = ZoneInfo("Asia/Shanghai")
NOTICE = {Kind.VIEW: timedelta(days=7)}
LONG_NOTICE = timedelta(days=30)


def runs_out(*, since: datetime, months: int | None, days: int | None) -> datetime | None:
    """Return the end of something opened `since` for so many days or months; None = open-ended.

    Days are exact. Months run to the end of the same day of a later month in Beijing, or of its last day.
    """
    if days is not None:
        return since + timedelta(days=days)
    if months is None:
        return None
    local = since.astimezone(BEIJING)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return datetime(year, month + 1, day, tzinfo=BEIJING) + timedelta(days=1)


def notice_before(kind: str) -> timedelta:
    """Return how long before the end both sides are reminded, and may renew."""
    return NOTICE.get(Kind(kind), LONG_NOTICE)
