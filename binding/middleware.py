"""While the phone is in somebody else's hand, one page is open and no other."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from gongji.pages import is_api

HANDED_OVER = "handed_over"
"""Session: which application the one beside the applicant is reading; see binding.views.handover."""
OPEN_MEANWHILE = {"binding:handed", "binding:give_back"}


class HandedOverMiddleware:
    """Sends every other address back to the page that was handed over, until the phone is given back."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = self.get_response(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Let only the page itself and the way back through."""
        if is_api(request) or not request.COOKIES.get(settings.SESSION_COOKIE_NAME):
            return None
        match = request.resolver_match
        if match is None or match.view_name in OPEN_MEANWHILE or HANDED_OVER not in request.session:
            return None
        return redirect("binding:handed")
