"""App configuration."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BindingConfig(AppConfig):
    name = "binding"
    verbose_name = _("共济办理")
    web_rights = {
        "Event": ("INSERT",),
        "BindingChange": ("INSERT",),
        "PolicyVersion": ("INSERT",),
        "CallBack": ("INSERT",),
        "RecheckDraw": ("INSERT",),
        "Recheck": ("INSERT", "UPDATE"),
        "Signature": ("INSERT",),
        "SignaturePicture": ("INSERT", "DELETE"),
        "WindowVisit": ("INSERT", "UPDATE (ended_at)"),
        "Denial": ("INSERT", "UPDATE (reviewed_at, reviewed_by_id)"),
    }
    """History grows and nothing else (gongji.roles)."""

    def ready(self) -> None:
        """Have the texts of this app's notices and its readiness probe registered."""
        import_module("binding.notices")
        import_module("binding.notices_wish")
        import_module("binding.life_notices")
        import_module("binding.view_notices")
        import_module("binding.probes")
