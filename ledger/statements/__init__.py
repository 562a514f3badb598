"""Reading the books for people. Nothing here writes; amounts are 分, months those of Asia/Shanghai."""

from ledger.statements.account import (
    AccountMonth,
    account_lines,
    account_month,
    account_of,
    all_account_lines,
    members_of,
    months_of,
)
from ledger.statements.chart import bars
from ledger.statements.month import Month
from ledger.statements.sheets import account_sheet, use_sheet
from ledger.statements.uses import all_use_lines, last_use, payers_of, use_lines, use_month, use_months

__all__ = [
    "AccountMonth", "Month", "account_lines", "account_month", "account_of", "account_sheet",
    "all_account_lines", "all_use_lines", "bars", "last_use", "members_of", "months_of", "payers_of",
    "use_lines", "use_month", "use_months", "use_sheet",
]  # fmt: skip
