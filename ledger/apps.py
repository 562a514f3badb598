"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = _("账务")
    web_rights = {
        "*": (),
        "LedgerAccount": ("INSERT", "UPDATE (away_allowed)"),
        "Mandate": ("INSERT", "UPDATE (rank, monthly_cap, authorized, paused_at, privacy, valid_until)"),
        "Nonce": ("DELETE",),
        "PayCode": ("INSERT", "UPDATE (used_at)", "DELETE"),
        "Provider": ("INSERT", "UPDATE (name, suspended_at)"),
        "ProviderKey": ("INSERT", "UPDATE (expires_at)"),
    }
    """What the portal may write by itself (gongji.roles). The rest only the posting functions write."""
