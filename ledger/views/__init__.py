"""The pages under /ledger/: balance, history, statements, pay codes."""

from ledger.views.balance import balance, how_to_pay
from ledger.views.check import check
from ledger.views.history import history
from ledger.views.notices import notices
from ledger.views.statements import statement, statement_file

__all__ = ["balance", "check", "history", "how_to_pay", "notices", "statement", "statement_file"]
