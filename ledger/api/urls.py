"""Addresses of the provider API. Its callers sign every request, so no login and no session is looked at."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from ledger.api import operations
from ledger.api.docs import docs
from ledger.api.problems import Problem, tell


@csrf_exempt
@login_not_required
def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer an unknown address of the API in the API's own way."""
    return tell(Problem("not_found"))


def _in_our_words(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer another method as a problem: the framework would do it in plain text."""

    @wraps(view)
    def worded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        told = tell(Problem("method_not_allowed"))
        told["Allow"] = response["Allow"]
        return told

    return worded


_patterns, _, _namespace = operations.api.urls
for _pattern in _patterns:
    assert _pattern.callback is not None
    _pattern.callback = login_not_required(_in_our_words(_pattern.callback))

app_name = _namespace
urlpatterns = [*_patterns, path("docs", docs, name="docs"), re_path(r"^(?P<rest>.*)$", nothing_here)]
