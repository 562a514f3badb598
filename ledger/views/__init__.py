"""The pages under /ledger/: balance, history, statements, pay codes."""

from ledger.views.balance import balance, how_to_pay
from ledger.views.history import history, statement_csv

__all__ = ["balance", "history", "how_to_pay", "statement_csv"]
