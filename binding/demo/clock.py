"""Living through the past: services ask `timezone.now()`, and the demo answers with an earlier day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let every `timezone.now()` of the block be `moment`; database clocks and the trail stay true."""
    with patch("django.utils.timezone.now", return_value=moment):
        yield
