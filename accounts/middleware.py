"""Logged-in sessions end: after a pause, after a day's work, and at once for a login that was disabled."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import resolve, reverse

from accounts.services import sessions
from gongji.pages import is_api

BEGAN, SEEN = "session_began", "session_seen"
"""Seconds since the epoch, in the session."""
WRITE_EVERY = 30
"""Seconds: writing the session on every page would double its cost for half a minute of exactness."""


class SessionPolicyMiddleware:
    """Ends idle and old sessions; keeps staff and citizen pages apart."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _has_session(request) and request.user.is_authenticated:
            if _has_ended(request):
                sessions.end(session_key=request.session.session_key or "")
                logout(request)
            else:
                _note(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Tell staff that citizens' pages need a citizen's login."""
        if not _has_session(request) or not request.user.is_staff:
            return None
        match = request.resolver_match or resolve(request.path_info)
        if "admin" in match.namespaces or "staff" in match.namespaces:
            return None
        if not getattr(view, "login_required", True) or getattr(view, "staff_too", False):
            return None
        return render(request, "accounts/staff_here.html", status=403)


class LoginMiddleware(LoginRequiredMiddleware):
    """Every page asks for a login unless it says otherwise; the admin's pages ask for the staff's."""

    def process_view(
        self, request: HttpRequest, view_func: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Leave the API to its own authentication."""
        return None if is_api(request) else super().process_view(request, view_func, args, kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseBase:
        if request.resolver_match and "admin" in request.resolver_match.namespaces:
            return redirect_to_login(request.get_full_path(), reverse("staff:login"))
        return super().handle_no_permission(request, view_func)


def _has_session(request: HttpRequest) -> bool:
    return not is_api(request) and bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME))


def _has_ended(request: HttpRequest) -> bool:
    staff = request.user.is_staff
    idle = settings.STAFF_IDLE if staff else settings.CITIZEN_IDLE
    absolute = settings.STAFF_ABSOLUTE if staff else settings.CITIZEN_ABSOLUTE
    now = time.time()
    began = request.session.get(BEGAN, now)
    seen = request.session.get(SEEN, now)
    return now - seen > idle.total_seconds() or now - began > absolute.total_seconds()


def _note(request: HttpRequest) -> None:
    now = int(time.time())
    request.session.setdefault(BEGAN, now)
    if now - request.session.get(SEEN, 0) >= WRITE_EVERY:
        request.session[SEEN] = now
        sessions.touch(session_key=request.session.session_key or "")
