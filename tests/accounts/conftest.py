"""What the tests of logins share: the file the SMS gateway writes to, read as a telephone would show it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts import gateways
from gongji import outbox


class Phones:
    """Everything that was sent by SMS in this test."""

    def all(self) -> list[dict[str, Any]]:
        """Run what waits in the outbox and return the messages so far."""
        outbox.drain()
        path = Path(settings.SMS_LOG)
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def last_code(self) -> str:
        """The code of the newest message."""
        return self.all()[-1]["code"]


@pytest.fixture
def phones(tmp_path, settings):
    """A file of one's own for the SMS of this test."""
    settings.SMS_LOG = tmp_path / "sms.jsonl"
    gateways.sms_gateway.cache_clear()
    yield Phones()
    gateways.sms_gateway.cache_clear()
