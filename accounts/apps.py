"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("人员与登录")

    def ready(self) -> None:
        """Register this app's notices, in every process."""
        from accounts import notices  # noqa: F401
