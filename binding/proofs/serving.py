"""How a picture of a document leaves: recorded, and only to whom it concerns."""

from typing import cast

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import User
from binding.models import ProofPage
from gongji import audit
from gongji.uploads.services import open_page
from gongji.uploads.serving import own_picture, staff_picture


def own_page(request: HttpRequest, page: ProofPage) -> HttpResponse:
    """Show people a page of their own document; `?small=1` for a thumbnail. The caller has checked."""
    return own_picture(request, _read(request, page, purpose="own"))


def staff_page(request: HttpRequest, page: ProofPage) -> HttpResponse:
    """Show a member of staff a page, their name and the time written across it; `?small=1` for a thumbnail.

    The caller has made sure that this page belongs to a case of theirs.
    """
    return staff_picture(request, _read(request, page, purpose="review"))


def _read(request: HttpRequest, page: ProofPage, *, purpose: str) -> bytes:
    """Open a page. The record is written before the bytes leave, and without it they do not."""
    if page.sanitized_at is None:
        raise Http404
    with transaction.atomic():
        area = page.proof.application.area
        reader = cast(User, request.user)
        audit.record(action="proof.read", actor=reader, obj=page, area=area, purpose=purpose)
        return open_page(page)
