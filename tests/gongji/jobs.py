"""Handlers that the workers of test_celery load; their effect is a row of the audit trail."""

import time
from pathlib import Path

from gongji import audit, outbox


@outbox.handler("test.note")
def note(ref: str) -> None:
    """Leave one effect."""
    audit.record(action="test", actor=None, reason=ref)


@outbox.handler("test.hold", queue="evidence")
def hold(ref: str) -> None:
    """Leave one effect, say so by a file, and go on only when that file is taken away."""
    audit.record(action="test", actor=None, reason=ref)
    flag = Path(ref)
    if not flag.with_suffix(".seen").exists():
        flag.touch()
        flag.with_suffix(".seen").touch()
    deadline = time.monotonic() + 30
    while flag.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
