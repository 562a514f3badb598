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


@require_http_methods(["GET", "POST"])
@citizen
def invitation(request: HttpRequest, number: str) -> HttpResponse:
    """Show who offers what and what they will see; agree, refuse, or say that one does not know them."""
    asked = Application.objects.invitations_for(request.user).select_related("authorizer", "beneficiary")
    application = get_object_or_404(asked, number=number)
    answer = request.POST.get("answer")
    if answer == "agree":
        services.consent(application=application, actor=request.user, how=Consent.How.WEB)
        messages.success(request, _("您已同意。开通后我们会告诉您。"))
        return redirect("binding:list")
    if answer in ("decline", "stranger"):
        services.decline(application=application, actor=request.user, stranger=answer == "stranger")
        messages.success(request, _("您没有同意,这件事到此为止。对方看不到原因。"))
        return redirect("binding:list")
    context = {
        "application": application,
        "policy": services.policy_of(application),
        "open": services.can_answer(application),
        "missing": request.method == "POST",
    }
    return render(request, "binding/invitation.html", context, status=422 if context["missing"] else 200)
