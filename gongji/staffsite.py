"""The admin: only for staff whose second factor was proven in this very session."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

SECOND_FACTOR = "second_factor"
"""Session key: the id of the device whose code opened this session."""
MENU = 4
"""Entries in sight; the rest are behind one more click (ux.md §5)."""


class DutyAdmin(ModelAdmin):
    """A screen that is opened by duties (accounts.Duty); Django's table of permissions is not used."""

    actions = None
    seen_by: tuple[str, ...] = ()
    changed_by: tuple[str, ...] = ()
    menu_name: Any = ""
    menu_order = 50

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Head the list with its name in the menu instead of Django's “select … to change”."""
        title = self.menu_name or self.model._meta.verbose_name_plural
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """A filter that no query can hold (a NUL, a year of forty digits) is a wrong filter like others."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as wrong:
            raise IncorrectLookupParameters from wrong

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_duty(*self.seen_by, *self.changed_by)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_duty(*self.changed_by)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the screen offers as a filter: other columns may be sealed, and addresses are logged."""
        offered = {item if isinstance(item, str) else item[0] for item in self._column_filters(request)}
        return lookup.partition("__")[0] in offered and super().lookup_allowed(lookup, value, request)

    def _column_filters(self, request: HttpRequest) -> list[Any]:
        filters = [item for item in self.get_list_filter(request) if isinstance(item, str | tuple)]
        return [*filters, self.date_hierarchy] if self.date_hierarchy else filters


View = Callable[..., HttpResponse]


class PagesAdmin(DutyAdmin):
    """Screens of our own instead of Django's list and change pages, which stay unreachable."""

    folder: str
    """Where the templates lie, below templates/admin/."""
    prefix: str
    """What the names of the addresses begin with."""

    def page_urls(self, routes: dict[str, tuple[str, View]]) -> list[URLPattern]:
        """Return the addresses of `routes`: name → (route, view), every view behind the duty."""
        return [
            path(route, self.admin_site.admin_view(self._guarded(view)), name=f"{self.prefix}_{name}")
            for name, (route, view) in routes.items()
        ]

    def _guarded(self, view: View) -> View:
        """Let nobody in without the duty."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    def _draw(self, request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
        return self._drawn(request, f"{self.folder}/{name}", status, context)

    def _drawn(self, request: HttpRequest, name: str, status: int, context: dict[str, Any]) -> HttpResponse:
        context = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, f"admin/{name}.html", context, status=status)


class StaffSite(AdminSite):
    """Django's admin with its own way in (accounts.staff_urls): password, then a one-time code."""

    site_header = site_title = _("家庭共济 · 工作台")
    index_title = _("工作台")
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Give every page the few entries this member of staff may open."""
        menu = self.menu(request)
        return {**super().each_context(request), "menu": menu[:MENU], "menu_more": menu[MENU:]}

    def menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return the screens of one's duties, the daily work first."""
        if not self.has_permission(request):
            return []
        screens = [
            screen
            for screen in self._registry.values()
            if isinstance(screen, DutyAdmin) and screen.has_module_permission(request)
        ]
        return [_entry(screen, request.path) for screen in sorted(screens, key=lambda each: each.menu_order)]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """No list of tables: the menu replaces it, and building it would cost two queries a page."""
        return []

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the daily work: nobody needs a list of tables."""
        menu = self.menu(request)
        return redirect(menu[0]["url"]) if menu else super().index(request, extra_context)

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One app's list of tables is no page of ours."""
        return redirect("admin:index")

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff, and a code of the device they own now: a replaced device ends older sessions."""
        user = request.user
        if not (user.is_active and user.is_staff):
            return False
        device = getattr(user, "device", None)
        return device is not None and request.session.get(SECOND_FACTOR) == str(device.pk)

    @never_cache
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way in; this address is answered by it already, whoever calls gets sent there."""
        return HttpResponseRedirect(reverse("staff:login"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change the password under our rules."""
        return redirect("staff:password")


def _entry(screen: DutyAdmin, path: str) -> dict[str, Any]:
    model = screen.model._meta
    url = reverse(f"admin:{model.app_label}_{model.model_name}_changelist")
    name = screen.menu_name or model.verbose_name_plural
    return {"name": name, "url": url, "current": path.startswith(url)}
