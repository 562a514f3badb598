"""Texts that people agree to: the 告知书 before the first question, my letters, my own signature."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import citizen
from binding import services
from binding.forms import NoticeForm
from binding.models import Application, SignaturePicture
from binding.services.signatures import open_picture
from binding.views.access import answer_status, remember_notice, sent, verdict
from binding.views.apply import asked, rules_for
from gongji.errors import Refused
from gongji.uploads.serving import own_picture


@require_http_methods(["GET", "POST"])
@citizen
def notice(request: HttpRequest) -> HttpResponse:
    """The 告知书 in full, agreed to before the first question."""
    wanted = asked(request)
    try:
        policy = rules_for(request, wanted)
    except Refused as refused:
        return verdict(request, refused)
    letter = policy.notice_for(wanted.kind)
    form = NoticeForm(sent(request), notice=letter)
    if form.is_valid():
        remember_notice(request, policy, wanted.kind)
        return redirect(f"{reverse('binding:relation')}{wanted.query}")
    back = f"{reverse('binding:new')}{wanted.query}"
    page = {"form": form, "letter": letter, "policy": policy, "back": back}
    return render(request, "binding/notice.html", page, status=answer_status(form))


@require_GET
@citizen
def letters(request: HttpRequest, number: str) -> HttpResponse:
    """Which texts I agreed to, in the words they had then; for either side, as long as the case is kept."""
    user = request.user
    mine = Application.objects.visible_to(user) | Application.objects.invitations_for(user)
    seen = mine.exclude(submitted_at=None).select_related("authorizer", "beneficiary", "policy_version")
    application = get_object_or_404(seen, number=number)
    page = {
        "application": application,
        "agreements": services.agreed_to(application, user.person),
        "applied": application.initiator_person == user.person,
    }
    return render(request, "binding/letters.html", page)


@require_GET
@citizen
def signature(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """Show somebody what they drew; somebody else's is absent."""
    mine = SignaturePicture.objects.visible_to(request.user).select_related("signature__application")
    picture = get_object_or_404(mine, pk=picture_id)
    return own_picture(request, open_picture(picture=picture, actor=request.user, purpose="own"))
