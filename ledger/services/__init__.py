"""Everything that may be done with money. Each verb owns its transaction unless it says otherwise."""

from ledger.services.accounts import (
    Available,
    available_to,
    clearing_account,
    month_used,
    open_account,
    personal_balance,
)
from ledger.services.area_rules import derive_area_rules
from ledger.services.mandates import (
    end_mandate,
    open_mandate,
    pause_mandate,
    resume_mandate,
    revive_mandate,
    set_cap,
    set_privacy,
)

__all__ = [
    "Available", "available_to", "clearing_account", "derive_area_rules", "end_mandate", "month_used",
    "open_account", "open_mandate", "pause_mandate", "personal_balance", "resume_mandate",
    "revive_mandate", "set_cap", "set_privacy",
]  # fmt: skip
