"""How a page gets hold of things: only what this citizen may see, absent otherwise."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from binding import services
from binding.models import Application, Binding
from gongji.errors import Refused

VERDICTS = {
    "in_law",
    "limit_reached",
    "no_personal_account",
    "not_open",
    "other_province",
    "not_connected",
    "already_bound",
}
"""Refusals with a page of their own; all others share binding/verdict.html."""


def my_application(request: HttpRequest, number: str) -> Application:
    """Return the application this citizen started; 404 for any other."""
    mine = Application.objects.visible_to(request.user).select_related(
        "authorizer", "beneficiary", "policy_version"
    )
    return get_object_or_404(mine, number=number)


def my_draft(request: HttpRequest, number: str) -> Application:
    """Return a draft of this citizen; Refused (409) once it has been submitted."""
    application = my_application(request, number)
    services.require_draft(application)
    return application


def my_binding(request: HttpRequest, binding_id: UUID) -> Binding:
    """Return a binding of which this citizen is either end; 404 for any other."""
    mine = Binding.objects.visible_to(request.user).select_related("authorizer", "beneficiary", "application")
    return get_object_or_404(mine, pk=binding_id)


def verdict(request: HttpRequest, refused: Refused, **context: Any) -> HttpResponse:
    """Ineligible is a page with another way, not a red field."""
    template = f"binding/verdicts/{refused.code}.html" if refused.code in VERDICTS else "binding/verdict.html"
    return render(request, template, context | {"refused": refused})
