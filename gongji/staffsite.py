"""The admin: only for staff whose second factor was proven in this very session."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

SECOND_FACTOR = "second_factor"
"""Session key: the id of the device whose code opened this session."""


class StaffSite(AdminSite):
    """Django's admin with its own way in (accounts.staff_urls): password, then a one-time code."""

    site_header = site_title = _("家庭共济 · 工作台")
    index_title = _("工作台")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff, and a code of the device they own now: a replaced device ends older sessions."""
        user = request.user
        if not (user.is_active and user.is_staff):
            return False
        device = getattr(user, "device", None)
        return device is not None and request.session.get(SECOND_FACTOR) == str(device.pk)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Leave the login to `has_permission`: strangers go to the staff login, not to the citizens'."""
        wrapped = super().admin_view(view, cacheable)
        wrapped.login_required = False
        return wrapped

    @never_cache
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one way in; this address is answered by it already, whoever calls gets sent there."""
        return HttpResponseRedirect(reverse("staff:login"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change the password under our rules."""
        return redirect("staff:password")
