"""R1: the other side is asked. Consent is given as oneself, never by reading out a code."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import citizen
from binding import services
from binding.forms_answer import ConfirmForm
from binding.models import Application, Kind
from binding.rules import UNDECIDED, State
from binding.views.access import answer_status, verdict
from gongji.errors import Refused
from gongji.policy import Policy

ANSWERS = ("agree", "decline", "stranger")
MENDED_HERE = {"wrong_signature": "signature", "total_missing": "authorized"}
"""Refusals that stand beside their field."""


@require_http_methods(["GET", "POST"])
@citizen
def invitation(request: HttpRequest, number: str) -> HttpResponse:
    """Show who offers or asks for what; agree, refuse, or say that one does not know them."""
    asked = Application.objects.invitations_for(request.user)
    asked = asked.select_related("authorizer", "beneficiary", "policy_version", "consent")
    application = get_object_or_404(asked, number=number)
    policy = services.policy_of(application)
    answer = request.POST.get("answer")
    form = _form(request, application, policy)
    if answer in ("decline", "stranger"):
        return _decline(request, application, stranger=answer == "stranger")
    if answer == "agree" and (form is None or form.is_valid()):
        try:
            return _agree(request, application, form)
        except Refused as refused:
            if refused.code not in MENDED_HERE or form is None:
                return verdict(request, refused, policy=policy)
            form.add_error(MENDED_HERE[refused.code], f"{refused.message}{refused.next_step}")
    return _page(request, application, policy, form)


def _form(request: HttpRequest, application: Application, policy: Policy) -> ConfirmForm | None:
    """What a giver who confirms says along with the yes; a relative only presses the button."""
    if not services.confirms_as_giver(application) or application.other_party_agreed:
        return None
    filled_in = request.POST if request.POST.get("answer") == "agree" else None
    return ConfirmForm(filled_in, policy=policy, kind=application.kind)


def _page(
    request: HttpRequest, application: Application, policy: Policy, form: ConfirmForm | None
) -> HttpResponse:
    state = services.shown_state(application)
    missing = request.method == "POST" and request.POST.get("answer") not in ANSWERS
    context: dict[str, Any] = {
        "application": application,
        "state": state.label,
        "policy": policy,
        "open": state in UNDECIDED,
        "missing": missing,
        "form": form,
        "letter": policy.commitment_for(application.kind),
    }
    status = 422 if missing else answer_status(form) if form else 200
    return render(request, "binding/invitation.html", context, status=status)


def _agree(request: HttpRequest, application: Application, form: ConfirmForm | None) -> HttpResponse:
    """Twice is once: whoever has agreed is not told off for pressing again."""
    if not services.certainly_agreed(application):
        said: dict[str, Any] = form.terms | {"signed": form.signed} if form else {}
        application = services.consent(application=application, actor=request.user, **said)
        messages.success(request, _agreed_words(application))
    return redirect("binding:list")


def _agreed_words(application: Application) -> str:
    if application.state != State.APPROVED:
        return _("您已同意。开通后我们会告诉您。")
    if application.kind == Kind.VIEW:
        return _("您已同意,亲情账户开通了。随时可以停。")
    if services.confirms_as_giver(application):
        return _("您已同意,已经开通。您随时可以暂停、改金额或解除。")
    return _("您已同意,已经开通。看病买药出示您自己的医保码。")


def _decline(request: HttpRequest, application: Application, *, stranger: bool) -> HttpResponse:
    if application.state != State.DECLINED:
        services.decline(application=application, actor=request.user, stranger=stranger)
        messages.success(request, _("您没有同意,这件事到此为止。对方看不到原因。"))
    return redirect("binding:list")
