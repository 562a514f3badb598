"""How a picture of a document leaves: recorded, never cached, of use only to an <img> of our own pages."""

from typing import cast

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from binding.models import ProofPage
from binding.proofs.pictures import thumbnail, watermark
from binding.proofs.services import open_page
from gongji import audit


def own_page(request: HttpRequest, page: ProofPage) -> HttpResponse:
    """Show people a page of their own document; `?small=1` for a thumbnail. The caller has checked."""
    return _picture(_read(request, page, purpose="own"))


def staff_page(request: HttpRequest, page: ProofPage) -> HttpResponse:
    """Show a member of staff a page, their name and the time written across it; `?small=1` for a thumbnail.

    The caller has made sure that this page belongs to a case of theirs.
    """
    jpeg = _read(request, page, purpose="review")
    return _picture(watermark(jpeg, f"{_('审核专用')} {request.user} {timezone.localtime():%Y-%m-%d %H:%M}"))


def _read(request: HttpRequest, page: ProofPage, *, purpose: str) -> bytes:
    """Open a page. The record is written before the bytes leave, and without it they do not."""
    if page.sanitized_at is None:
        raise Http404
    with transaction.atomic():
        area = page.proof.application.area
        reader = cast(User, request.user)
        audit.record(action="proof.read", actor=reader, obj=page, area=area, purpose=purpose)
        jpeg = open_page(page)
    return thumbnail(jpeg) if "small" in request.GET else jpeg


def _picture(jpeg: bytes) -> HttpResponse:
    response = HttpResponse(jpeg, content_type="image/jpeg")
    response["Content-Disposition"] = 'inline; filename="proof.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
