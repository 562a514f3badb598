"""How surely I am known, what that allows here, and the ways to be known better."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import citizen
from accounts.forms import IdentityDocumentForm
from accounts.models import IdentityCheck, Person, Verification
from accounts.services import current_enrollment, phones
from accounts.services.identity import documents, has_level, next_ways
from accounts.views.sessions import next_page
from gongji.errors import Refused
from gongji.policy import Level, Policy, for_area

Method = Verification.Method


@dataclass(frozen=True)
class Act:
    """Something one may want to do, and the level the area asks for it."""

    label: str
    needs: str
    allowed: bool


@require_safe
@citizen
def levels(request: HttpRequest) -> HttpResponse:
    """Say in plain words which level one has, what it allows, and how to reach a higher one."""
    person = request.user.person
    enrollment = current_enrollment(person)
    rules = for_area(enrollment.area) if enrollment else None
    ways = next_ways(person)
    context = {
        "person": person,
        "area": rules.name if rules else "",
        "acts": _acts(person, rules) if rules else [],
        "by_documents": Method.DOCUMENTS in ways or Method.PHOTO in ways,
        "providers": settings.OIDC_PROVIDERS if Method.OIDC in ways else [],
        "by_window": Method.WINDOW in ways,
        "check": person.identity_checks.exclude(status=IdentityCheck.Status.REPLACED)
        .order_by("-created_at")
        .first(),
        "why": "",
        "going_on": next_page(request, "accounts:security") if "next" in request.GET else "",
        "here": _with_next(request, "accounts:levels"),
        "documents_url": _with_next(request, "accounts:documents"),
    }
    if context["check"] is not None and context["check"].status == IdentityCheck.Status.RETURNED:
        context["why"] = documents.WORDS[documents.Why(context["check"].reason)]
    return render(request, "accounts/levels.html", context)


def _with_next(request: HttpRequest, name: str) -> str:
    """Return a page's address that remembers where its reader wants to go afterwards."""
    if "next" not in request.GET:
        return reverse(name)
    return f"{reverse(name)}?{urlencode({'next': next_page(request, 'accounts:levels')})}"


def _acts(person: Person, rules: Policy) -> list[Act]:
    asked: list[tuple[str, Level]] = [
        (_("申请家庭共济"), rules.levels.apply),
        (_("同意家人的申请"), rules.levels.consent),
        (_("代家人看记录"), rules.levels.view),
    ]
    return [Act(label, _(level.label), has_level(person, level)) for label, level in asked]


@require_http_methods(["GET", "HEAD", "POST"])
@citizen
def send_documents(request: HttpRequest) -> HttpResponse:
    """Take the photographs of one's own document; `?for=phone` also changes the phone when they pass."""
    person = request.user.person
    change = phones.waiting_change(request.user) if request.GET.get("for") == "phone" else None
    form = IdentityDocumentForm(
        request.POST if request.method == "POST" else None, request.FILES or None, id_type=person.id_type
    )
    if form.is_valid():
        try:
            documents.submit(user=request.user, sent=form.sent(), change=change)
        except Refused as refused:
            form.add_error(None, f"{refused.message}{refused.next_step}")
        else:
            messages.success(request, _("收到了。工作人员一般 2 个工作日内核对,结果发消息给您。"))
            return redirect(_with_next(request, "accounts:levels"))
    context: dict[str, Any] = {
        "form": form,
        "change": change,
        "back": _with_next(request, "accounts:levels"),
    }
    return render(request, "accounts/documents.html", context, status=422 if form.errors else 200)


@require_POST
@citizen
def withdraw_documents(request: HttpRequest) -> HttpResponse:
    """Take back photographs that nobody has decided on."""
    check = request.user.person.identity_checks.open().first()
    if check is not None:
        documents.withdraw(check=check, user=request.user)
        messages.success(request, _("已收回,照片已删除。"))
    return redirect("accounts:levels")
