"""The pages under /ledger/: balance, history, statements, pay codes."""

from ledger.views.balance import balance, how_to_pay
from ledger.views.check import check
from ledger.views.history import history
from ledger.views.order import order
from ledger.views.paycode import paycode, relatives_paycode
from ledger.views.pool import pool, transfer, transferred
from ledger.views.premiums import premium_for, premium_receipt, premium_refund, premiums
from ledger.views.reminders import notices
from ledger.views.statements import statement, statement_file
from ledger.views.wallet import wallet, wallet_back, wallet_decline, wallet_send, wallet_take

__all__ = [
    "balance",
    "check",
    "history",
    "how_to_pay",
    "notices",
    "order",
    "paycode",
    "pool",
    "premium_for",
    "premium_receipt",
    "premium_refund",
    "premiums",
    "relatives_paycode",
    "statement",
    "statement_file",
    "transfer",
    "transferred",
    "wallet",
    "wallet_back",
    "wallet_decline",
    "wallet_send",
    "wallet_take",
]
