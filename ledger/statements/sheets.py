"""Statements as CSV for a spreadsheet: UTF-8 with BOM, and no cell that a spreadsheet would compute."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person
from gongji.money import yuan
from ledger.models import LedgerAccount
from ledger.statements.account import account_month, all_account_lines
from ledger.statements.month import Month
from ledger.statements.uses import all_use_lines, use_month

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"


def account_sheet(account: LedgerAccount, month: Month) -> str:
    """Return a month of an account: opening, in, out, closing, then every line. Amounts in 元."""
    summary = account_month(account, month)
    head = [
        [_("月份"), month.code],
        [_("期初余额"), yuan(summary.opening)],
        [_("转入或退回"), yuan(summary.came_in)],
        [_("支出"), yuan(summary.went_out)],
        [_("期末余额"), yuan(summary.closing)],
        [_("时间"), _("家人"), _("类型"), _("地点"), _("收支(元)"), _("余额(元)")],
    ]
    lines = (
        [
            _at(line.at) if line.timed else _day(line.at),
            _text(line.who),
            _text(line.what),
            _text(line.place),
            yuan(line.amount),
            yuan(line.balance),
        ]
        for line in all_account_lines(account, month)
    )
    return _write(head, lines)


def use_sheet(person: Person, month: Month) -> str:
    """Return a month of one person's uses: the sums, then every line. Amounts in 元."""
    summary = use_month(person, month)
    head = [
        [_("月份"), month.code],
        [_("自己账户"), yuan(summary.own)],
        [_("家人共济"), yuan(summary.shared)],
        [_("现金"), yuan(summary.cash)],
        [_("合计"), yuan(summary.total)],
        [
            _("时间"),
            _("类型"),
            _("地点"),
            _("合计(元)"),
            _("自己账户(元)"),
            _("家人共济(元)"),
            _("现金(元)"),
            _("谁出的钱"),
        ],
    ]
    lines = (
        [
            _at(line.at),
            _text(line.what),
            _text(line.place),
            *map(yuan, (line.total, line.own, line.shared, line.cash)),
            _text("、".join(name for name, paid in line.payers)),
        ]
        for line in all_use_lines(person, month)
    )
    return _write(head, lines)


def _write(head: Iterable[list[str]], lines: Iterable[list[str]]) -> str:
    sheet = io.StringIO()
    sheet.write(_BOM)
    writer = csv.writer(sheet)
    writer.writerows(head)
    writer.writerows(lines)
    return sheet.getvalue()


def _at(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d}"


def _text(cell: str) -> str:
    """Names and places come from outside: an apostrophe keeps a spreadsheet from reading a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
