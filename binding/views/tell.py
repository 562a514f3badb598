"""“开通后告诉我”: from the page that says the two areas are not connected yet."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import citizen
from binding.models import Application
from binding.services.wishes import wish_to_be_told
from binding.views.access import of_draft


@require_POST
@citizen
@of_draft
def tell_me(request: HttpRequest, draft: Application) -> HttpResponse:
    """Remember the wish; the draft stays where it is."""
    wish_to_be_told(application=draft, actor=request.user)
    messages.success(request, _("记下了。两地之间开通以后,我们发消息告诉您。"))
    return redirect("binding:list")
