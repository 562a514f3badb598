"""Waiting for something to become true, instead of sleeping and hoping."""

import time
from collections.abc import Callable


def eventually(
    condition: Callable[[], object], what: str, seconds: float = 60, detail: Callable[[], str] = str
) -> None:
    """Wait for a condition; fail with its name and with what `detail` says by then."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}; {detail()}"
        time.sleep(0.05)
