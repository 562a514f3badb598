"""R1: the other side is asked. Consent is given as oneself, never by reading out a code."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import citizen
from accounts.models import Consent
from binding import services
from binding.models import Application
from binding.rules import UNDECIDED, State


@require_http_methods(["GET", "POST"])
@citizen
def invitation(request: HttpRequest, number: str) -> HttpResponse:
    """Show who offers what and what they will see; agree, refuse, or say that one does not know them."""
    asked = Application.objects.invitations_for(request.user)
    asked = asked.select_related("authorizer", "beneficiary", "policy_version", "consent")
    application = get_object_or_404(asked, number=number)
    answer = request.POST.get("answer")
    if answer == "agree":
        return _agree(request, application)
    if answer in ("decline", "stranger"):
        return _decline(request, application, stranger=answer == "stranger")
    state = services.shown_state(application)
    context = {
        "application": application,
        "state": state.label,
        "policy": services.policy_of(application),
        "open": state in UNDECIDED,
        "missing": request.method == "POST",
    }
    return render(request, "binding/invitation.html", context, status=422 if context["missing"] else 200)


def _agree(request: HttpRequest, application: Application) -> HttpResponse:
    """Twice is once: whoever has agreed is not told off for pressing again."""
    if not application.other_party_agreed:
        application = services.consent(application=application, actor=request.user, how=Consent.How.WEB)
        if application.state == State.APPROVED:
            messages.success(request, _("您已同意,已经开通。看病买药出示您自己的医保码。"))
        else:
            messages.success(request, _("您已同意。开通后我们会告诉您。"))
    return redirect("binding:list")


def _decline(request: HttpRequest, application: Application, *, stranger: bool) -> HttpResponse:
    if application.state != State.DECLINED:
        services.decline(application=application, actor=request.user, stranger=stranger)
        messages.success(request, _("您没有同意,这件事到此为止。对方看不到原因。"))
    return redirect("binding:list")
