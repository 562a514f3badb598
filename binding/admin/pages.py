"""What the pages of cases share: addresses behind the duty, and a word when it is one's own family's."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from gongji.staffsite import DutyAdmin

View = Callable[..., HttpResponse]


class CaseAdmin(DutyAdmin):
    """Screens of our own instead of Django's change pages, which stay unreachable."""

    folder: str
    """Where the templates lie, below templates/admin/binding/."""
    prefix: str
    """What the names of the addresses begin with."""
    recused = "application/recused"
    """The page for whoever must leave a case to others."""

    def case_urls(self, routes: dict[str, tuple[str, View]]) -> list[URLPattern]:
        """Return the addresses of `routes`: name → (route, view), every view behind the duty."""
        return [
            path(route, self.admin_site.admin_view(self._guarded(view)), name=f"{self.prefix}_{name}")
            for name, (route, view) in routes.items()
        ]

    def _guarded(self, view: View) -> View:
        """Let nobody in without the duty; one's own entries and family stay closed, and it is said why."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except PermissionDenied as denied:
                if denied.args != ("conflict_of_interest",):
                    raise
                return self._drawn(request, self.recused, 403, {"title": _("这件请别人办")})

        return guarded

    def _draw(self, request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
        return self._drawn(request, f"{self.folder}/{name}", status, context)

    def _drawn(self, request: HttpRequest, name: str, status: int, context: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, f"admin/binding/{name}.html", context, status=status)
