"""The texts of notices: a registry that every app fills from its notices.py and `services.notify` reads."""

import logging
import re
from collections.abc import Mapping
from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

SMS_LENGTH = 70
"""Characters of one SMS in UCS-2, signature included."""
_ADDRESS = re.compile(r"https?:|www\.|//|[a-z0-9-]+\.(?:cn|com|net|org|gov|top|xyz|vip|cc)\b", re.IGNORECASE)
FALLBACK = _("您有一条新消息。请自己打开医保官网或小程序查看,或打12393。本短信不含网址。")


class Notice(NamedTuple):
    """One notice with {placeholders}: title and body of the portal message, and its SMS without signature."""

    title: str | Promise
    body: str | Promise
    sms: str | Promise = ""


class Text(NamedTuple):
    """A notice with its data filled in; `sms` is signed, or empty."""

    title: str
    body: str
    sms: str


_notices: dict[str, Notice] = {}


def register(notices: Mapping[str, Notice]) -> None:
    """Add an app's notices. Raises ValueError when a name is taken by another text."""
    for name, notice in notices.items():
        if _notices.setdefault(name, notice) is not notice:
            raise ValueError(f"two notices are called {name}")


def registered() -> dict[str, Notice]:
    """Return every notice by name."""
    return dict(_notices)


def render(template: str, params: Mapping[str, str]) -> Text:
    """Fill in a notice. Raises KeyError for an unknown template or a missing parameter."""
    notice = _notices[template]
    title, body, sms = (str(text).format(**params) for text in notice)
    return Text(title, body, signed(sms) if sms else "")


def signed(text: str) -> str:
    """Return an SMS with the bureau's signature; a text that may not go out is replaced by the plain one.

    Too long or with an address is a mistake of ours; the person still has to learn that there is something.
    """
    sms = f"【{settings.SMS_SIGNATURE}】{text}"
    if len(sms) <= SMS_LENGTH and not has_address(sms):
        return sms
    logger.error("an SMS of %d characters was replaced by the plain one", len(sms))
    return f"【{settings.SMS_SIGNATURE}】{FALLBACK}"


def has_address(text: str) -> bool:
    """Whether a text holds anything a phone would make a link of; ours never do; what does is a fake."""
    return bool(_ADDRESS.search(text))
