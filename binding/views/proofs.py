"""Pictures of documents, each request checked, recorded and never cached."""

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import citizen
from binding import proofs
from binding.models import ProofPage
from binding.proofs.pictures import thumbnail, watermark
from gongji import audit


@require_GET
@citizen
def page(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """Show a citizen a page of their own document; `?small=1` for a thumbnail."""
    mine = ProofPage.objects.visible_to(request.user).select_related("proof__application")
    found = get_object_or_404(mine, pk=page_id)
    jpeg = _read(request, found, purpose="own")
    return _picture(thumbnail(jpeg) if "small" in request.GET else jpeg)


def staff_page(request: HttpRequest, page: ProofPage) -> HttpResponse:
    """Show a member of staff a page, their name and the time written across it; `?small=1` for a thumbnail.

    The caller has made sure that this page belongs to a case of theirs.
    """
    if page.sanitized_at is None:
        raise Http404
    jpeg = _read(request, page, purpose="review")
    if "small" in request.GET:
        jpeg = thumbnail(jpeg)
    return _picture(watermark(jpeg, f"{_('审核专用')} {request.user} {timezone.localtime():%Y-%m-%d %H:%M}"))


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
