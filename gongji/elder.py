"""The size of the page: standard, elder (24 px) or elder extra large (30 px).

One site, one set of URLs: `?elder=0|1|2` on any page sets a cookie, and the server renders
the page in that size from then on. No JavaScript, no second site that grows stale (ux §4.2).
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

COOKIE = "elder"
STANDARD, LARGE, EXTRA_LARGE = 0, 1, 2
_SIZES = {"0": STANDARD, "1": LARGE, "2": EXTRA_LARGE}
_ONE_YEAR = 365 * 24 * 60 * 60


def asked_size(request: HttpRequest) -> int | None:
    """Return the size named in the query string, or None when it names none that exists."""
    return _SIZES.get(request.GET.get(COOKIE, ""))


def page_size(request: HttpRequest) -> int:
    """Return 0, 1 or 2: what this request asks for, else what the cookie remembers."""
    asked = asked_size(request)
    return _SIZES.get(request.COOKIES.get(COOKIE, ""), STANDARD) if asked is None else asked


def remember(response: HttpResponse, size: int) -> None:
    """Keep the chosen size for a year; it says nothing about the person, so it is no personal data."""
    response.set_cookie(
        COOKIE, str(size), max_age=_ONE_YEAR, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


class ElderMiddleware:
    """Remember `?elder=…` of any page, and tell caches that the answer depends on the cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["Cookie"])
        size = asked_size(request)
        if size is not None:
            remember(response, size)
        return response
