"""App configuration."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class GongjiConfig(AppConfig):
    name = "gongji"
    verbose_name = _("公共基础")
    web_rights = {"AuditRow": ("INSERT",), "AuditSeal": ("INSERT",)}
    """The trail grows and nothing else (gongji.roles)."""

    def ready(self) -> None:
        """Register the system checks."""
        from gongji import checks  # noqa: F401


class StaffAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our own site: second factor, areas, the review desk as first page."""

    default = False
    default_site = "gongji.staffsite.StaffSite"
