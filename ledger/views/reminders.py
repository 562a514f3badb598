"""What I want to be told about the money I give."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import citizen
from ledger import services
from ledger.forms import NoticeForm


@require_http_methods(["GET", "POST"])
@citizen
def notices(request: HttpRequest) -> HttpResponse:
    """Switch notices of uses and of limits on and off."""
    person = request.user.person
    sent = request.POST if request.method == "POST" else None  # no box ticked is an answer too
    form = NoticeForm(sent, instance=services.notice_choice(person))
    if form.is_valid():
        services.choose_notices(
            person=person, each_use=form.cleaned_data["each_use"], limits=form.cleaned_data["limits"]
        )
        messages.success(request, _("提醒设置改好了,现在起生效。"))
        return redirect("binding:list")
    return render(request, "ledger/notices.html", {"form": form})
