"""Answers to what went wrong: plain words, what is kept, a request number, a telephone number.

The pages of 400, 413, 500 and 503 touch neither database nor session, so that they still come
when those are what broke. Under `/api/` the same status is told as `application/problem+json`.
"""

import logging
import sys

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from gongji.elder import page_size
from gongji.tracing import request_id

logger = logging.getLogger(__name__)

_API = "/api/"
_RETRY_SECONDS = 60


def _page(request: HttpRequest, status: int, template: str, **context: object) -> HttpResponse:
    """Render a page that needs no database: the request is not handed to the template."""
    context |= {
        "bureau": settings.BUREAU_NAME,
        "hotline": settings.HOTLINE,
        "elder": page_size(request),
        "request_id": request_id.get(""),
    }
    return HttpResponse(render_to_string(template, context), status=status)


def _framed_page(request: HttpRequest, status: int, template: str, **context: object) -> HttpResponse:
    """Render an error page inside the usual frame (header, navigation, footer)."""
    context["request_id"] = request_id.get("")
    return HttpResponse(render_to_string(template, context, request=request), status=status)


def _problem(status: int, code: str, detail: str) -> JsonResponse:
    """Answer a program: RFC 9457."""
    body = {"status": status, "code": code, "detail": detail, "request_id": request_id.get("")}
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: a request no page of ours would send; 413 when it was only too large."""
    if isinstance(exception, RequestDataTooBig):
        return file_too_large(request)
    if isinstance(exception, SessionInterrupted) and _is_outage(exception.__context__):
        return unavailable(request)
    if request.path.startswith(_API):
        return _problem(400, "bad_request", _("这个请求我们看不懂"))
    return _page(request, 400, "400.html")


def _is_outage(error: BaseException | None) -> bool:
    """Whether it began with a database that is away: Django calls a session unsaved then a deleted one."""
    while error is not None and not isinstance(error, OperationalError | InterfaceError):
        error = error.__context__
    return error is not None


def file_too_large(request: HttpRequest) -> HttpResponse:
    """413: more bytes than we take."""
    if request.path.startswith(_API):
        return _problem(413, "too_large", _("发来的内容太大"))
    return _page(request, 413, "413.html")


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the page exists, this login may not use it."""
    if request.path.startswith(_API):
        return _problem(403, "forbidden", _("这个账号没有这项权限"))
    return _framed_page(request, 403, "403.html")


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form carried no valid token, most often because the page was open for long."""
    logger.info("csrf_failure reason=%s", reason)
    return _framed_page(request, 403, "403.html", stale=True)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: absent, or not yours; nobody can tell which."""
    if request.path.startswith(_API):
        return _problem(404, "not_found", _("没有找到"))
    return _framed_page(request, 404, "404.html")


def too_many_requests(request: HttpRequest, retry_after: int, message: str = "") -> HttpResponse:
    """429 with Retry-After (seconds) and the waiting time in words."""
    minutes = -(-retry_after // 60)
    response = _framed_page(request, 429, "429.html", message=message, minutes=minutes)
    response["Retry-After"] = str(retry_after)
    return response


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: something we depend on is away; nothing was changed."""
    if request.path.startswith(_API):
        response: HttpResponse = _problem(503, "unavailable", _("服务暂时不可用,请稍后再试"))
    else:
        response = _page(request, 503, "503.html")
    response["Retry-After"] = str(_RETRY_SECONDS)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our mistake. When the database is away it is 503, because trying again helps."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(request)
    if request.path.startswith(_API):
        return _problem(500, "internal_error", _("我们这边出了错,已经记录"))
    return _page(request, 500, "500.html")
