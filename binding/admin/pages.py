"""What the pages of cases add to those of the staff: a word when a case is one's own family's."""

from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from gongji.staffsite import PagesAdmin, View


class CaseAdmin(PagesAdmin):
    """One's own entries and family stay closed, and it is said why."""

    recused = "binding/application/recused"
    """The page for whoever must leave a case to others."""

    def _guarded(self, view: View) -> View:
        inside = super()._guarded(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return inside(request, *args, **kwargs)
            except PermissionDenied as denied:
                if denied.args != ("conflict_of_interest",):
                    raise
                return self._drawn(request, self.recused, 403, {"title": _("这件请别人办")})

        return guarded
