"""The money: accounts, mandates and rules; providers and their keys; the books."""

from ledger.models.accounts import AreaRule, LedgerAccount, Mandate, MonthUse
from ledger.models.books import SERIAL_LENGTH, Entry, ReversedTotal, Transaction, new_id
from ledger.models.notices import NoticeChoice, NoticeMark
from ledger.models.paycodes import PayCode
from ledger.models.premiums import Premium
from ledger.models.providers import IdempotencyKey, Miss, Nonce, Provider, ProviderKey
from ledger.models.seals import LedgerSeal, Verification, VerifiedAccount
from ledger.models.statements import IssuedStatement
from ledger.models.wallet import WalletTransfer

__all__ = [
    "SERIAL_LENGTH", "AreaRule", "Entry", "IdempotencyKey", "IssuedStatement", "LedgerAccount",
    "LedgerSeal", "Mandate", "Miss", "MonthUse", "Nonce", "NoticeChoice", "NoticeMark", "PayCode",
    "Premium", "Provider", "ProviderKey", "ReversedTotal", "Transaction", "Verification",
    "VerifiedAccount", "WalletTransfer", "new_id",
]  # fmt: skip
