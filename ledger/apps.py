"""App configuration."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = _("账务")
    web_rights = {
        "*": (),
        "IssuedStatement": ("INSERT",),
        "LedgerAccount": ("INSERT", "UPDATE (area, away_allowed)"),
        "LedgerSeal": ("INSERT",),
        "Mandate": ("INSERT", "UPDATE (rank, monthly_cap, authorized, paused_at, privacy, valid_until)"),
        "Miss": ("INSERT", "DELETE"),
        "Nonce": ("DELETE",),
        "NoticeChoice": ("INSERT", "UPDATE (each_use, limits)"),
        "NoticeMark": ("INSERT", "UPDATE (told_until, waiting_until, waiting_xid)"),
        "PayCode": ("INSERT", "UPDATE (used_at)", "DELETE"),
        "Provider": ("INSERT", "UPDATE (name, suspended_at, closed_until)"),
        "ProviderKey": ("INSERT", "UPDATE (expires_at)"),
        "Verification": ("INSERT", "UPDATE"),
        "VerifiedAccount": ("INSERT", "UPDATE"),
        "WalletTransfer": ("INSERT", "UPDATE (state, why, ended_at, ending_id)"),
    }
    """What the portal may write by itself (gongji.roles). The rest only the posting functions write."""

    def ready(self) -> None:
        """Have the texts of this app's notices registered."""
        import_module("ledger.notices")
        import_module("ledger.probes")
        import_module("ledger.sharing_notices")
        import_module("ledger.paycode_notices")
        import_module("ledger.wallet_notices")
