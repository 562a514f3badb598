"""How a page gets hold of things: only what this citizen may see, absent otherwise."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from accounts.services import current_enrollment
from binding import services
from binding.models import Application, Binding, Proof
from binding.rules import State
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Policy

DraftView = Callable[Concatenate[HttpRequest, Application, ...], HttpResponse]
NumberView = Callable[Concatenate[HttpRequest, str, ...], HttpResponse]

VERDICTS = {
    "already_applied": "binding/verdicts/already_there.html",
    "already_bound": "binding/verdicts/already_there.html",
    "in_law": "binding/verdicts/in_law.html",
    "limit_reached": "binding/verdicts/limit_reached.html",
    "level_too_low": "binding/verdicts/level_too_low.html",
    "no_personal_account": "binding/verdicts/no_personal_account.html",
    "not_connected": "binding/verdicts/not_connected.html",
    "not_for_relatives": "binding/verdicts/not_for_relatives.html",
    "not_near": "binding/verdicts/not_near.html",
    "not_open": "binding/verdicts/not_open.html",
    "other_province": "binding/verdicts/other_province.html",
    "pooled_only": "binding/verdicts/no_personal_account.html",
    "same_province": "binding/verdicts/same_province.html",
}
"""Refusals with a page of their own; all others share binding/verdict.html."""


def my_application(request: HttpRequest, number: str) -> Application:
    """Return the application this citizen started; 404 for any other."""
    mine = Application.objects.visible_to(request.user).select_related(
        "authorizer", "beneficiary", "policy_version", "consent"
    )
    return get_object_or_404(mine, number=number)


def my_binding(request: HttpRequest, binding_id: UUID) -> Binding:
    """Return a binding of which this citizen is either end; 404 for any other."""
    mine = Binding.objects.visible_to(request.user).select_related("authorizer", "beneficiary", "application")
    return get_object_or_404(mine, pk=binding_id)


def of_draft(view: DraftView) -> NumberView:
    """Hand a view this citizen's draft. Once submitted, looking leads to the case, changing is a 409."""

    @wraps(view)
    def with_draft(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponse:
        application = my_application(request, number)
        if application.state != State.DRAFT and request.method in ("GET", "HEAD"):
            return redirect("binding:status", number=number)
        services.require_draft(application)
        return view(request, application, *args, **kwargs)

    return with_draft


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what a form was sent with, None when the page is only looked at: an empty POST is a POST."""
    return request.POST if request.method == "POST" else None


NOTICES_READ = "notices_read"
"""Session key: versions of the 告知书 agreed to before the first question, by area and kind."""


def notice_read(request: HttpRequest, policy: Policy, kind: str) -> str:
    """Return the version of the 告知书 of `kind` that this citizen agreed to just now, "" for none."""
    return str(request.session.get(NOTICES_READ, {}).get(f"{policy.area}:{kind}", ""))


def remember_notice(request: HttpRequest, policy: Policy, kind: str) -> None:
    """Remember for this session that the 告知书 in force was read and agreed to."""
    read = {f"{policy.area}:{kind}": policy.notice_for(kind).version}
    request.session[NOTICES_READ] = request.session.get(NOTICES_READ, {}) | read


def answer_status(form: Any) -> int:
    """Return 422 for a form that has to be corrected, 200 otherwise."""
    return 422 if form.errors else 200


def question(request: HttpRequest, form: Any, *, back: str, **context: Any) -> HttpResponse:
    """Show one question on a page of its own."""
    page = context | {"form": form, "back": back}
    return render(request, "binding/question.html", page, status=answer_status(form))


def status_words(item: Proof) -> str:
    """A document that our machine has tidied up is, to its sender, simply received."""
    return str(
        Proof.Status.RECEIVED.label if item.status == Proof.Status.CLEAN else item.get_status_display()
    )


def verdict(request: HttpRequest, refused: Refused, **context: Any) -> HttpResponse:
    """Ineligible is a page with another way, not a red field."""
    template = VERDICTS.get(refused.code, "binding/verdict.html")
    rules = context.get("policy") or _rules_at_home(request)
    page = {"application": None} | context | {"refused": refused, "policy": rules}
    return render(request, template, page, status=refused.status if request.method == "POST" else 200)


def _rules_at_home(request: HttpRequest) -> Policy | None:
    """The rules where the citizen is insured, open or not: their windows and their telephone."""
    enrollment = current_enrollment(request.user.person)
    return policy.for_area(enrollment.area) if enrollment else None
