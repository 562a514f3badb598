"""Middleware of the pages. The provider API has no sessions, cookies or chosen sizes, and passes it by.

What guards the API stays in front of both: transport security, the host check, the size of bodies, request
ids; and its own authentication verifies the signature of every request.
"""

from typing import Any

from csp import middleware as csp
from csp.constants import HEADER
from csp.utils import build_policy
from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.utils.functional import cached_property

from gongji import elder


def is_api(request: HttpRequest) -> bool:
    """Whether a request is for the provider API, which knows no logins; its description is a page."""
    return request.path_info.startswith("/api/") and not request.path_info.endswith("/docs")


class PagesOnly:
    """Mixed into a middleware: requests of the API pass it by."""

    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if is_api(request):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class ContentSecurityMiddleware(PagesOnly, csp.CSPMiddleware):
    """Says what a page may load; the API answers with data. No page of ours asks for a policy of its own."""

    @cached_property
    def policy(self) -> str:
        """The header's text."""
        return build_policy()

    def process_request(self, request: HttpRequest) -> None:
        """Make no nonce: our pages have no inline script."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Set the header."""
        response.headers.setdefault(HEADER, self.policy)
        return response


class ElderMiddleware(PagesOnly, elder.ElderMiddleware):
    """Remembers the size of the page."""


class SessionMiddleware(PagesOnly, sessions.SessionMiddleware):
    """Opens the browser's session."""


class AuthenticationMiddleware(PagesOnly, auth.AuthenticationMiddleware):
    """Knows whose session it is."""


class MessageMiddleware(PagesOnly, messages.MessageMiddleware):
    """Carries a sentence to the next page."""
