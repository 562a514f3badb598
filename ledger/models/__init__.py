"""The money: accounts, mandates and rules; providers and their keys; the books."""

from ledger.models.accounts import AreaRule, LedgerAccount, Mandate, MonthUse
from ledger.models.books import SERIAL_LENGTH, Entry, ReversedTotal, Transaction, new_id
from ledger.models.paycodes import PayCode
from ledger.models.providers import IdempotencyKey, Miss, Nonce, Provider, ProviderKey

__all__ = [
    "SERIAL_LENGTH", "AreaRule", "Entry", "IdempotencyKey", "LedgerAccount", "Mandate", "Miss", "MonthUse",
    "Nonce", "PayCode", "Provider", "ProviderKey", "ReversedTotal", "Transaction", "new_id",
]  # fmt: skip
