"""First login: who are you? Matched with the registry; every way of failing says what to do."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms import IdentityForm
from accounts.services import identity
from accounts.services.codes import TooSoon
from accounts.services.identity import Failure
from accounts.views.sessions import begin, next_page, too_soon

_PAGE = "accounts/verify.html"


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for name and number and match them. Unknown number and other name are answered alike."""
    going_on = next_page(request, "binding:list")
    if request.user.person_id is not None:
        return redirect(going_on)
    form = IdentityForm(request.POST or None)
    context = {"form": form, "providers": settings.OIDC_PROVIDERS, "going_on": going_on}
    try:
        if request.method == "POST" and form.is_valid():
            return _match(request, form, context)
        identity.refuse_after_failures(user=request.user)
    except TooSoon as refused:
        return too_soon(request, refused, _PAGE, context)
    return render(request, _PAGE, context, status=422 if form.errors else 200)


def _match(request: HttpRequest, form: IdentityForm, context: dict[str, Any]) -> HttpResponse:
    data = form.cleaned_data
    outcome = identity.verify_identity(
        user=request.user, id_type=data["id_type"], id_number=data["id_number"], name=data["name"]
    )
    if outcome.failure is Failure.NO_MATCH:
        form.add_error("name", _("姓名和号码对不上。请看看是不是曾用名或生僻字"))
        return render(request, _PAGE, context, status=422)
    if outcome.failure is not None:
        return render(request, "accounts/verify_stopped.html", {"why": outcome.failure.value}, status=409)
    if outcome.user.pk != request.user.pk:
        begin(request, outcome.user)
    return redirect(context["going_on"])
