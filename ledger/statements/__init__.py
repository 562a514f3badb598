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
from ledger.statements.chart import Bar, bars, strips
from ledger.statements.month import Month, Period, Year, period_of
from ledger.statements.pdf import Stamp, pdf_book
from ledger.statements.sheets import csv_sheet, xlsx_book
from ledger.statements.statement import (
    LABELS,
    TITLES,
    Cell,
    Role,
    Statement,
    account_statement,
    use_statement,
)
from ledger.statements.uses import (
    UseKey,
    UseLine,
    UseMonth,
    all_use_lines,
    key_text,
    last_use,
    payers_of,
    read_key,
    use_lines,
    use_month,
    use_months,
)
from ledger.statements.words import KINDS, KINDS_USED

__all__ = [
    "KINDS", "KINDS_USED", "LABELS", "TITLES", "AccountMonth", "Bar", "Cell", "Month", "Period", "Role",
    "Stamp", "Statement", "UseKey", "UseLine", "UseMonth", "Year", "account_lines", "account_month",
    "account_of", "account_statement", "all_account_lines", "all_use_lines", "bars", "csv_sheet",
    "key_text", "last_use", "members_of", "months_of", "payers_of", "pdf_book", "period_of", "read_key",
    "strips", "use_lines", "use_month", "use_months", "use_statement", "xlsx_book",
]  # fmt: skip
