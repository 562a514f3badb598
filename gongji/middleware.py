"""What every request passes: an id, a size limit, no cached private pages, and refusals as pages."""

import ipaddress
import logging
import re
import secrets
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from gongji.errors import Refused
from gongji.tracing import request_id, scope
from gongji.views.errors import file_too_large

__all__ = ["LogLine", "RefusalMiddleware", "RequestContextMiddleware", "client_ip", "request_id"]

Next = Callable[[HttpRequest], HttpResponseBase]
NOWHERE = "0.0.0.0"  # noqa: S104 - stands for an unknown address, nothing listens there


def client_ip(request: HttpRequest) -> str:
    """Return the client's address: the peer, or what the outermost of our own proxies saw.

    Entries of X-Forwarded-For further left were written by the client and prove nothing.
    """
    address = request.META.get("REMOTE_ADDR", "")
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < settings.TRUSTED_PROXIES <= len(seen):
        address = seen[-settings.TRUSTED_PROXIES].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return NOWHERE


class RequestContextMiddleware:
    """Name the request for logs and audit; refuse oversized bodies unread; keep private pages uncached."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = secrets.token_hex(8)
        cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        with scope(name=name, ip=client_ip(request), session=cookie):
            too_large = _body_size(request) > settings.MAX_BODY_BYTES
            response = file_too_large(request) if too_large else self.get_response(request)
        response["X-Request-ID"] = name
        if cookie or settings.SESSION_COOKIE_NAME in response.cookies:
            patch_cache_control(response, no_store=True, private=True)
        return response


class RefusalMiddleware:
    """Show a `Refused` that a view let pass as the 409 page: what happened instead, and what to do."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        context = {
            "code": exception.code,
            "message": exception.message,
            "next_step": exception.next_step,
            "request_id": request_id.get(),
        }
        return render(request, "409.html", context, status=exception.status)


def _body_size(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


class LogLine(logging.Formatter):
    """One line a record: time, level, logger, request id, message; traces indented below it.

    Control characters are escaped, so no input can forge a line. Mobile and ID numbers are masked:
    nothing should log them, and this is for the day when something does.
    """

    _PERSONAL = re.compile(r"(?<![0-9A-Za-z-])(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{15})(?![0-9A-Za-z-])")
    _CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, timezone.get_default_timezone())
        when = f"{at:%FT%T}.{int(record.msecs):03d}{at:%z}"
        head = f"{when} {record.levelname} {record.name} [{request_id.get() or '-'}]"
        lines = [self._clean(record.getMessage()).replace("\n", "\\n")]
        if record.exc_info:
            lines += self._clean(self.formatException(record.exc_info)).splitlines()
        if record.stack_info:
            lines += self._clean(self.formatStack(record.stack_info)).splitlines()
        return f"{head} " + "\n    ".join(lines)

    def _clean(self, text: str) -> str:
        text = self._CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
        return self._PERSONAL.sub(lambda found: f"{found[0][:3]}***{found[0][-2:]}", text)
