"""医保钱包: a giver sends money to a relative in another province, who takes it, or it comes back.

Money on its way lies on the transit account of the giver's area. Each transfer ends once: taking it and
giving it back are posted under one serial. A day's sends have as many serials as the area allows.
When the relation is over, what was not used goes home to the giver's personal account; that account is never
closed, wherever its owner is insured by then, so there is always a home.

Lock order: the transfers, the mandate, accounts by id. Whoever holds a wallet's mandate is alone with the
wallet: settlements and reversals take the mandate before the account. Amounts are 分.
"""

from ledger.services.wallet.closing import close, post_what_is_left
from ledger.services.wallet.ending import decline, return_late, take, take_back
from ledger.services.wallet.reading import Purse, purse_under, purses_of, records_of, waiting_for
from ledger.services.wallet.rows import most_to_send, wallet_rules
from ledger.services.wallet.sending import amount_refused, send, sends_left, why_not_send

__all__ = [
    "Purse", "amount_refused", "close", "decline", "most_to_send", "post_what_is_left", "purse_under",
    "purses_of", "records_of", "return_late", "send", "sends_left", "take", "take_back", "waiting_for",
    "wallet_rules", "why_not_send",
]  # fmt: skip
