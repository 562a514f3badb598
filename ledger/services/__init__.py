"""Everything that may be done with money. Each verb owns its transaction unless it says otherwise."""

from ledger.services.accounts import (
    Available,
    available_to,
    clearing_account,
    month_used,
    month_used_by_binding,
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
from ledger.services.posting import (
    Credit,
    Moved,
    Reply,
    RequestKey,
    Settlement,
    credit,
    forget_nonces,
    import_credits,
    import_reversal,
    import_settlement,
    move,
    quote,
    remember,
    reverse,
    settle,
    use_nonce,
)
from ledger.services.providers import create_provider, rotate_provider_key
from ledger.services.refusals import LedgerRefused
from ledger.services.verification import Finding, Verified, verify

__all__ = [
    "Available", "Credit", "Finding", "LedgerRefused", "Moved", "Reply", "RequestKey", "Settlement", "Verified",
    "available_to", "clearing_account", "create_provider", "credit", "derive_area_rules", "end_mandate",
    "forget_nonces", "import_credits", "import_reversal", "import_settlement", "month_used",
    "month_used_by_binding", "move", "open_account", "open_mandate", "pause_mandate", "personal_balance",
    "quote", "remember", "resume_mandate", "reverse", "revive_mandate", "rotate_provider_key",
    "set_cap", "set_privacy", "settle", "use_nonce", "verify",
]  # fmt: skip
