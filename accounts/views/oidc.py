"""Logging in with another identity service, and proving oneself with it once more."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import oidc
from accounts.models import User
from accounts.services.identity.oidc import Stopped, enter
from accounts.views.sessions import begin, next_page
from gongji.oidc import Provider

logger = logging.getLogger(__name__)
_NEXT = "oidc_next"
"""Session: where to go afterwards."""


def _service(code: str) -> Provider:
    service = oidc.provider(code)
    if service is None:
        raise Http404
    return service


@login_not_required
@require_GET
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Send the browser to the identity service."""
    service = _service(code)
    request.session[_NEXT] = next_page(request, "binding:list")
    try:
        return oidc.leave(
            request, service, request.build_absolute_uri(reverse("accounts:oidc_back", args=[code]))
        )
    except oidc.Away as away:
        return _stopped(request, service, "away", away)


@login_not_required
@require_GET
def back(request: HttpRequest, code: str) -> HttpResponse:
    """Take who comes back: match with the registry and let in, or say on a plain page why not."""
    service = _service(code)
    if request.GET.get("error") == "access_denied":
        messages.info(request, _("没有用{name}登录。可以用手机号登录。").format(name=service.name))
        return redirect("accounts:login")
    try:
        known = oidc.come_back(request, service)
    except oidc.Away as away:
        return _stopped(request, service, "away", away)
    except oidc.NotProved as wrong:
        return _stopped(request, service, "not_proved", wrong)
    present = _present(request)
    entered = enter(known=known, user=present, session_key=request.session.session_key or "")
    if entered.user is None:
        return _stopped(request, service, entered.stopped or Stopped.UNKNOWN)
    going_on = request.session.pop(_NEXT, None) or reverse("binding:list")
    if present is None or present.pk != entered.user.pk:
        begin(request, entered.user)
    return redirect(going_on)


def _present(request: HttpRequest) -> User | None:
    """Return the citizen who is logged in here."""
    user = request.user
    return user if isinstance(user, User) and user.is_active and not user.is_staff else None


_STATUS = {"away": 503, "not_proved": 400}


def _stopped(
    request: HttpRequest, service: Provider, why: str, error: Exception | None = None
) -> HttpResponse:
    if error is not None:
        logger.warning("oidc %s: %s %s", service.code, why, error)
    context = {"service": service, "why": why}
    return render(request, "accounts/oidc_stopped.html", context, status=_STATUS.get(why, 409))
