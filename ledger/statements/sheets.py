"""Statements for spreadsheets. CSV: UTF-8 with BOM. XLSX: typed. No cell of either would be computed."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from gongji.money import yuan
from gongji.templatetags.gongji import mask_id
from ledger.statements.statement import Cell, Statement, Table, words_of

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"
_WIDTH = 14


def csv_sheet(statement: Statement) -> str:
    """Return a statement as CSV: the sums, then a block for each table. Amounts in 元."""
    sheet = io.StringIO()
    sheet.write(_BOM)
    csv.writer(sheet).writerows(_csv_rows(statement))
    return sheet.getvalue()


def _csv_rows(statement: Statement) -> Iterator[list[str]]:
    yield [statement.title, statement.period.title]
    for figure in statement.figures:
        yield [figure.label, yuan(figure.fen)]
    for table in (statement.by_month, statement.by_member, statement.lines):
        yield []
        yield [table.title]
        yield list(table.heads)
        for row in table.rows:
            yield [_plain(cell) for cell in row]


def _plain(cell: Cell) -> str:
    return harmless(cell) if isinstance(cell, str) else words_of(cell)


def harmless(text: str) -> str:
    """Names and places come from outside: an apostrophe keeps a spreadsheet from reading a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


# ------------------------------------------------------------- XLSX
def xlsx_book(statement: Statement) -> bytes:
    """Return a statement as a workbook: sums, months and people on the first sheet, every line on the second.

    Amounts are numbers of 元 with two places, times are times, everything else is text and stays text.
    """
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        write = _Writer(book)
        first = book.add_worksheet(_("合计"))
        for number, row in enumerate(_headings(statement)):
            write.row(first, number, row)
        below = number + 2
        for table in (statement.by_month, statement.by_member):
            below = write.table(first, below, table) + 1
        lines = book.add_worksheet(_("明细"))
        write.table(lines, 0, statement.lines, titled=False)
        lines.freeze_panes(1, 0)
        lines.autofilter(0, 0, max(len(statement.lines.rows), 1), len(statement.lines.heads) - 1)
    return file.getvalue()


def _headings(statement: Statement) -> Iterator[Sequence[Cell]]:
    yield (settings.BUREAU_NAME,)
    yield (statement.title,)
    yield (_("期间"), statement.period.title)
    yield (_("姓名"), statement.person.name)
    yield (_("证件号码"), mask_id(statement.person.id_number))
    for figure in statement.figures:
        yield (_("%(label)s(元)") % {"label": figure.label}, figure.fen)


class _Writer:
    """Writes each kind of cell in its own type and format."""

    def __init__(self, book: Workbook) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.sum = book.add_format({"bold": True, "num_format": "#,##0.00", "top": 1})
        self.money = book.add_format({"num_format": "#,##0.00"})
        self.text = book.add_format({"num_format": "@"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})

    def table(self, sheet: Worksheet, top: int, table: Table, *, titled: bool = True) -> int:
        """Write a table from row `top` on; return the first row below it."""
        if titled:
            sheet.write_string(top, 0, table.title, self.head)
            top += 1
        for column, head in enumerate(table.heads):
            sheet.write_string(top, column, head, self.head)
            sheet.set_column(column, column, _WIDTH + 6 * (column in (0, 3)))
        for number, row in enumerate(table.rows, 1):
            last = table.summed and number == len(table.rows)
            self.row(sheet, top + number, row, self.sum if last else None)
        return top + len(table.rows) + 1

    def row(self, sheet: Worksheet, number: int, row: Sequence[Cell], style: Any = None) -> None:
        """Write one row, every cell in its own type."""
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell / 100, style or self.money)
            elif isinstance(cell, datetime):
                sheet.write_datetime(number, column, cell, self.time)
            elif isinstance(cell, date):
                sheet.write_datetime(number, column, cell, self.day)
            else:
                sheet.write_string(number, column, cell, style or self.text)
