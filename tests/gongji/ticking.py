"""A periodic job that only the workers of one test load."""

from datetime import timedelta

from gongji import audit, outbox


@outbox.periodic("test.tick", timedelta(seconds=1))
def tick(period: str) -> None:
    """Leave one effect."""
    audit.record(action="tick", actor=None, reason=period)
