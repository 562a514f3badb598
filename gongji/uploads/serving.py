"""How a kept picture leaves: never cached, of use only to an <img> of our own pages."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from gongji.uploads.pictures import thumbnail, watermark


def own_picture(request: HttpRequest, jpeg: bytes) -> HttpResponse:
    """Answer with a picture to the person it belongs to; `?small=1` for a thumbnail."""
    return _picture(_sized(request, jpeg))


def staff_picture(request: HttpRequest, jpeg: bytes) -> HttpResponse:
    """The same for a member of staff, their name and the time written across it."""
    line = f"{_('审核专用')} {request.user} {timezone.localtime():%Y-%m-%d %H:%M}"
    return _picture(watermark(_sized(request, jpeg), line))


def _sized(request: HttpRequest, jpeg: bytes) -> bytes:
    return thumbnail(jpeg) if "small" in request.GET else jpeg


def _picture(jpeg: bytes) -> HttpResponse:
    response = HttpResponse(jpeg, content_type="image/jpeg")
    response["Content-Disposition"] = 'inline; filename="proof.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
