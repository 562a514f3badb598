"""What every login page shares: where to go next, beginning a session, answers to haste."""

import time
from typing import Any

from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.middleware import BEGAN, SEEN
from accounts.models import User
from accounts.services import sessions
from accounts.services.codes import TooSoon
from gongji.middleware import client_ip

_BACKEND = "accounts.backends.LoginBackend"
_SYSTEMS = (
    ("MicroMessenger", _("微信")),
    ("HarmonyOS", _("鸿蒙手机")),
    ("Android", _("安卓手机")),
    ("iPhone", _("苹果手机")),
    ("iPad", _("平板电脑")),
    ("Windows", _("Windows 电脑")),
    ("Macintosh", _("苹果电脑")),
    ("Linux", _("电脑")),
)


def next_page(request: HttpRequest, default: str) -> str:
    """Return the local path of `next`, or the page named `default`: nobody is sent to another site."""
    target = request.GET.get("next", "")
    if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return resolve_url(default)


def begin(request: HttpRequest, user: User) -> None:
    """Log a user in under a new session id and note the browser."""
    auth.login(request, user, backend=_BACKEND)
    # Also when the visitor was logged in as the same user: an id known before the login must not survive it.
    request.session.cycle_key()
    request.session[BEGAN] = request.session[SEEN] = int(time.time())
    sessions.begin(
        user=user,
        session_key=request.session.session_key or "",
        device=device_name(request.headers.get("User-Agent", "")),
        ip=client_ip(request),
    )


def finish(request: HttpRequest) -> None:
    """Log out and forget the session."""
    sessions.end(session_key=request.session.session_key or "")
    auth.logout(request)


def device_name(agent: str) -> str:
    """Return a rough everyday name of a browser's device."""
    return next((str(name) for sign, name in _SYSTEMS if sign in agent), str(_("其他设备")))


def too_soon(request: HttpRequest, refused: TooSoon, template: str, context: dict[str, Any]) -> HttpResponse:
    """Show the same page again with the waiting time: 429 and Retry-After."""
    response = render(request, template, context | {"refused": refused}, status=refused.status)
    response["Retry-After"] = str(refused.seconds)
    return response
