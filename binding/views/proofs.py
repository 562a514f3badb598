"""Pictures of documents, each request checked, recorded and never cached."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import Duty
from binding import proofs
from binding.models import ProofPage
from binding.models.evidence import ProofPageQuerySet
from binding.proofs.pictures import thumbnail, watermark
from binding.views.access import citizen
from gongji import audit


@require_GET
@citizen
def page(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """Show a citizen a page of their own document; `?small=1` for a thumbnail."""
    found = get_object_or_404(_with_application(ProofPage.objects.visible_to(request.user)), pk=page_id)
    jpeg = _read(request, found, purpose="own")
    return _picture(thumbnail(jpeg) if "small" in request.GET else jpeg)


@require_GET
def staff_page(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """Show a member of staff a page of their areas' cases, their name and the time across it."""
    user = request.user
    if not user.has_duty(Duty.REVIEWER, Duty.SUPERVISOR):
        raise PermissionDenied
    found = get_object_or_404(_with_application(ProofPage.objects.reviewable_by(user)), pk=page_id)
    jpeg = _read(request, found, purpose="review")
    if "small" in request.GET:
        jpeg = thumbnail(jpeg)
    text = f"{_('审核专用')} {user} {timezone.localtime():%Y-%m-%d %H:%M}"
    return _picture(watermark(jpeg, text))


def _with_application(pages: ProofPageQuerySet) -> ProofPageQuerySet:
    return pages.select_related("proof__application")


def _read(request: HttpRequest, page: ProofPage, *, purpose: str) -> bytes:
    """Open a page. The record is written before the bytes leave, and without it they do not."""
    with transaction.atomic():
        area = page.proof.application.area
        audit.record(action="proof.read", actor=request.user, obj=page, area=area, purpose=purpose)
        return proofs.open_page(page)


def _picture(jpeg: bytes) -> HttpResponse:
    """Answer with a picture that only an <img> of our own pages can use."""
    response = HttpResponse(jpeg, content_type="image/jpeg")
    response["Content-Disposition"] = 'inline; filename="proof.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
