"""Everything that may be done with money. Each verb owns its transaction unless it says otherwise."""

from ledger.services.accounts import (
    Available,
    available_to,
    clearing_account,
    month_used,
    month_used_by_binding,
    open_account,
    personal_balance,
    used_in_all,
    used_under,
)
from ledger.services.area_rules import derive_area_rules
from ledger.services.audit_summary import Summary, summary
from ledger.services.groups import move_giver
from ledger.services.mandates import (
    Opening,
    end_mandate,
    open_mandate,
    open_mandates,
    pause_mandate,
    resume_mandate,
    revive_mandate,
    set_authorized,
    set_cap,
    set_privacy,
)
from ledger.services.misses import forget_misses, note_miss
from ledger.services.moving import rehome
from ledger.services.paycodes import forget_codes
from ledger.services.pools import (
    Pool,
    other_pool_of,
    pool_lines,
    pool_of,
    pools_of_people,
    pools_to_wind_up,
    wind_up,
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
from ledger.services.premiums import (
    Offer,
    Offers,
    collected_in,
    is_refunded,
    offers_for,
    pay_premium,
    payer_of,
    premiums_of,
    premiums_seen_by,
    refund_by_staff,
    refund_days,
    refund_premium,
    refund_until,
    relatives_of,
    year_of,
)
from ledger.services.providers import (
    create_auditor_key,
    create_provider,
    resume_provider,
    revoke_key,
    rotate_provider_key,
    suspend_provider,
)
from ledger.services.refusals import LedgerRefused
from ledger.services.sealing import publish_anew, published_file, seal_books, unsealed_for
from ledger.services.statements import check_statement, grouped, is_code, issue_statement, stamp_of
from ledger.services.transfers import Transfer, transfer_in, transfer_now
from ledger.services.use_notices import choose_notices, notice_choice, tell_new_uses, tell_uses_between
from ledger.services.uses import Use, used_by_month, uses_under
from ledger.services.verification import Finding, Verified, verify
from ledger.services.verification_night import (
    begin_verification,
    record_verification,
    verify_new,
    verify_slices,
)

__all__ = [
    "Available", "Credit", "Finding", "LedgerRefused", "Moved", "Offer", "Offers", "Opening", "Pool",
    "Reply", "RequestKey", "Settlement", "Summary", "Transfer", "Use", "Verified", "available_to",
    "begin_verification", "check_statement", "choose_notices", "clearing_account", "collected_in",
    "create_auditor_key", "create_provider", "credit", "derive_area_rules", "end_mandate", "forget_codes",
    "forget_misses", "forget_nonces", "grouped", "import_credits", "import_reversal", "import_settlement",
    "is_code", "is_refunded", "issue_statement", "month_used", "month_used_by_binding", "move",
    "move_giver", "note_miss", "notice_choice", "offers_for", "open_account", "open_mandate",
    "open_mandates", "other_pool_of", "pause_mandate", "pay_premium", "payer_of", "personal_balance",
    "pool_lines", "pool_of", "pools_of_people", "pools_to_wind_up", "premiums_of", "premiums_seen_by",
    "publish_anew", "published_file", "quote", "record_verification", "refund_by_staff", "refund_days",
    "refund_premium", "refund_until", "rehome", "relatives_of", "remember", "resume_mandate",
    "resume_provider", "reverse", "revive_mandate", "revoke_key", "rotate_provider_key", "seal_books",
    "set_authorized", "set_cap", "set_privacy", "settle", "stamp_of", "summary", "suspend_provider",
    "tell_new_uses", "tell_uses_between", "transfer_in", "transfer_now", "unsealed_for", "use_nonce",
    "used_by_month", "used_in_all", "used_under", "uses_under", "verify", "verify_new", "verify_slices",
    "wind_up", "year_of",
]  # fmt: skip
