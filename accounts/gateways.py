"""Ways out to the telephone network. A gateway is one small class; the shipped one writes to a file."""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.wording import SMS_LENGTH, has_address
from gongji.breaker import Breaker, Resting


class NotSent(Exception):
    """The gateway certainly did not take the message: it may be tried again."""


class Unknown(Exception):
    """The gateway may have taken the message (a time-out after sending): repeating could double it."""


@dataclass(frozen=True, slots=True)
class Sms:
    """One text message. `reference` is the same for every attempt, so that a gateway can refuse a double."""

    phone: str
    template: str
    text: str
    reference: str
    code: str | None = None
    """The one-time code inside the text, for gateways that take parameters instead of text."""


class SmsGateway(Protocol):
    """What an adapter implements. `send` returns within `timeout` seconds."""

    timeout: float

    def send(self, sms: Sms) -> None:
        """Hand over one message. Raises NotSent or Unknown."""

    def was_sent(self, reference: str) -> bool | None:
        """Whether a message with this reference was taken; None when the gateway cannot tell."""


class FileSmsGateway:
    """Appends one JSON line per message to settings.SMS_LOG: for demonstrations and tests."""

    timeout = 1.0

    def send(self, sms: Sms) -> None:
        """Append the line in one write: O_APPEND keeps the lines of several workers whole."""
        line = {
            "at": timezone.localtime().isoformat(timespec="milliseconds"),
            "phone": sms.phone,
            "template": sms.template,
            "text": sms.text,
        }
        if sms.code is not None:
            line["code"] = sms.code
        path = Path(settings.SMS_LOG)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise NotSent(type(error).__name__) from error
        try:
            os.write(descriptor, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        except OSError as error:
            raise NotSent(type(error).__name__) from error
        finally:
            os.close(descriptor)

    def was_sent(self, reference: str) -> bool | None:
        """A file keeps no references."""
        return None


class GuardedGateway:
    """A gateway behind a breaker, which sees every text before it leaves."""

    def __init__(self, gateway: SmsGateway, breaker: Breaker | None = None) -> None:
        self.gateway, self.breaker = gateway, breaker or Breaker()
        self.timeout = gateway.timeout

    def send(self, sms: Sms) -> None:
        """Send unless the gateway rests. Raises NotSent, Unknown; ValueError for a forbidden text."""
        if len(sms.text) > SMS_LENGTH or has_address(sms.text):
            raise ValueError("an SMS has at most 70 characters and no address")
        try:
            with self.breaker.watching(NotSent, Unknown):
                self.gateway.send(sms)
        except Resting:
            raise NotSent("resting") from None

    def was_sent(self, reference: str) -> bool | None:
        """Ask the gateway."""
        return self.gateway.was_sent(reference)


@cache
def sms_gateway() -> GuardedGateway:
    """Return this process's gateway, as named by settings.SMS_GATEWAY, behind its breaker."""
    return GuardedGateway(import_string(settings.SMS_GATEWAY)())
