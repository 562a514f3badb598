"""Points in time as others write them: RFC 3339 with an offset (contract §3 and §4)."""

import re
from datetime import UTC, datetime, timedelta

AHEAD = timedelta(minutes=5)
"""How far the clock of a counter may run before ours."""
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


def moment(text: object, *, now: datetime) -> datetime:
    """Return a moment such as 2026-11-21T10:30:00+08:00 in UTC: PostgreSQL does not know every offset.

    Raises ValueError for every other form and type, for a moment to come, and for one before 2000.
    """
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        raise ValueError("a time is RFC 3339 with an offset, such as 2026-11-21T10:30:00+08:00")
    at = datetime.fromisoformat(text.upper())
    if not OLDEST <= at <= now + AHEAD:
        raise ValueError("the time lies in the future or before 2000")
    return at.astimezone(UTC)
