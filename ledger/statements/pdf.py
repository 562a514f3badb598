"""A statement on paper: A4, Chinese font embedded, rare characters too, pages numbered, with a check code."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pylopdf_fonts_jp
import pylopdf_fonts_zh_cn
import pylopdf_fonts_zh_tw
import segno
from django.conf import settings
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fpdf import FPDF

from gongji.errors import Refused
from gongji.money import yuan
from gongji.templatetags.gongji import mask_id
from ledger.statements.statement import Cell, Role, Statement, Table, words_of

MOST_LINES = 5_000
"""More than a hundred pages are no use on paper; sheets take more."""

FONTS = {
    "sc": pylopdf_fonts_zh_cn.sans_path(),
    "tc": pylopdf_fonts_zh_tw.sans_path(),
    "jp": pylopdf_fonts_jp.sans_path(),
}
"""Tried in this order for each character; the first has the whole 通用规范汉字表 and Extension A."""
_MAIN = "sc"
_LINE = 5.2
_BODY = {Role.ACCOUNT: (32, 20, 34, 46, 28, 30), Role.USED: (29, 22, 36, 21, 21, 21, 18, 22)}
_SIDE = (46, 36, 36, 36, 36)


@dataclass(frozen=True)
class Stamp:
    """What an issued statement bears so that somebody else can check it."""

    code: str
    """In groups of digits."""
    issued: str
    address: str
    """Where it is checked; the code is in the QR code beside it, never a total."""
    qr: str


def pdf_book(statement: Statement, stamp: Stamp) -> bytes:
    """Return a statement as a PDF. Raises Refused beyond MOST_LINES."""
    if len(statement.lines.rows) > MOST_LINES:
        raise Refused(
            "statement_too_long",
            _("这段时间的记录太多,纸上印不下。"),
            _("请下载 Excel,或一个月一个月地下载。"),
        )
    paper = _Paper(statement, stamp)
    paper.add_page()
    paper.summary()
    for table in (statement.by_month, statement.by_member):
        paper.print_table(table, _SIDE[: len(table.heads)])
    paper.print_table(statement.lines, _BODY[statement.role])
    paper.footnotes()
    return bytes(paper.output())


@cache
def _glyphs(path: Path) -> frozenset[int]:
    """Return the characters that a font can draw."""
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


class _Paper(FPDF):
    """The pages of one statement."""

    def __init__(self, statement: Statement, stamp: Stamp) -> None:
        super().__init__(format="A4")
        self.statement, self.stamp = statement, stamp
        self.lacking: dict[str, str] = {}
        self.set_title(f"{statement.title} {statement.period.title}")
        self.set_author(settings.BUREAU_NAME)
        self.set_lang("zh-CN")
        self.set_margins(10, 12)
        self.set_auto_page_break(True, margin=22)
        self.add_font(_MAIN, fname=FONTS[_MAIN])

    # --------------------------------------------------------- every page
    def header(self) -> None:
        self.set_font(_MAIN, size=9)
        self.set_text_color(80)
        self.cell(95, 5, self.drawable(settings.BUREAU_NAME))
        head = f"{self.statement.title} · {self.statement.period.title}"
        self.cell(95, 5, head, align="R", new_x="LMARGIN", new_y="NEXT")
        self.line(10, self.get_y() + 1, 200, self.get_y() + 1)
        self.ln(4)
        self.set_text_color(0)

    def footer(self) -> None:
        self.set_y(-16)
        self.set_font(_MAIN, size=9)
        self.set_text_color(80)
        self.line(10, self.get_y() - 1, 200, self.get_y() - 1)
        self.cell(120, 6, _("校验码 %(code)s") % {"code": self.stamp.code})
        page = _("第 %(page)s 页/共 %(pages)s 页") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(70, 6, page, align="R")
        self.set_text_color(0)

    # --------------------------------------------------------- the first page
    def summary(self) -> None:
        """Who, when, the sums, and how to check them."""
        statement = self.statement
        self.set_font(size=18)
        self.cell(0, 10, statement.title, new_x="LMARGIN", new_y="NEXT")
        self.set_font(size=10.5)
        top = self.get_y()
        facts = [
            (_("期间"), _period_words(statement)),
            (_("姓名"), statement.person.name),
            (_("证件号码"), mask_id(statement.person.id_number)),
            (_("出具时间"), self.stamp.issued),
            (_("明细"), _("%(count)s 笔") % {"count": len(statement.lines.rows)}),
        ]
        facts += [(_("%(label)s(元)") % {"label": item.label}, yuan(item.fen)) for item in statement.figures]
        for label, value in facts:
            self.cell(38, 6.4, label)
            self.cell(70, 6.4, self.drawable(value), new_x="LMARGIN", new_y="NEXT")
        bottom = self.get_y()
        self._check_box(top)
        self.set_y(max(bottom, self.get_y()) + 1)
        self.set_font(size=9)
        self.multi_cell(0, 5, self._promise(), align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def _check_box(self, top: float) -> None:
        picture = io.BytesIO()
        segno.make(self.stamp.qr, error="m").save(picture, kind="png", scale=6, border=2)
        self.rect(124, top, 76, 62)
        self.image(picture, x=147, y=top + 1, w=30, alt_text=_("校验用的二维码"))
        self.set_xy(126, top + 32)
        self.set_font(size=11)
        self.multi_cell(72, 6, self.stamp.code, align="C", new_x="LEFT", new_y="NEXT")
        figure = self.statement.control_figure
        self.set_font(size=9)
        words = _("真假请在 %(address)s 核对:输入上面的校验码和%(label)s %(yuan)s 元。") % {
            "address": self.stamp.address,
            "label": figure.label,
            "yuan": yuan(figure.fen),
        }
        self.multi_cell(72, 4.6, words, align="L", new_x="LMARGIN", new_y="NEXT")
        self.set_y(top + 63)

    def _promise(self) -> str:
        if not self.statement.adds_up:
            return _("这份单子的合计和账上对不上,我们正在查,请不要拿它作证明。")
        if self.statement.role is Role.USED:
            return _("自己账户、家人共济、现金三项相加等于合计;退费记作负数。按入账月份统计。")
        return _(
            "期初余额加转入或退回,减去支出,等于期末余额,和账上一致。家人的使用只写家人愿意让您看的内容。"
        )

    # --------------------------------------------------------- tables
    def print_table(self, table: Table, widths: Sequence[float]) -> None:
        """Print a table; its heads come again on every page."""
        if self.will_page_break(4 * _LINE):
            self.add_page()
        self.set_font(size=11)
        self.cell(0, 7, table.title, new_x="LMARGIN", new_y="NEXT")
        self._heads(table, widths)
        for number, row in enumerate(table.rows, 1):
            cells = [self._lines(cell, width) for cell, width in zip(row, widths, strict=True)]
            height = max(map(len, cells)) * _LINE
            if self.will_page_break(height):
                self.add_page()
                self._heads(table, widths)
            self._row(row, cells, widths, height, strong=table.summed and number == len(table.rows))
        if not table.rows:
            self.cell(0, 7, _("没有记录。"), new_x="LMARGIN", new_y="NEXT")
        self.ln(4)

    def _heads(self, table: Table, widths: Sequence[float]) -> None:
        self.set_font(size=9)
        self.set_fill_color(232, 240, 248)
        for (head, right), width in zip(table.labelled_heads(), widths, strict=True):
            self.cell(width, 6.4, head, fill=True, align="R" if right else "L")
        self.ln(6.4)

    def _lines(self, cell: Cell, width: float) -> list[str]:
        """Return the lines that a cell takes in a column."""
        text = self.drawable(words_of(cell))
        if self.get_string_width(text) <= width - 2:
            return [text]
        found = self.multi_cell(width, _LINE, text, dry_run=True, output="LINES", align="L")
        assert isinstance(found, list)
        return found

    def _row(
        self,
        row: Sequence[Cell],
        cells: list[list[str]],
        widths: Sequence[float],
        height: float,
        *,
        strong: bool,
    ) -> None:
        left, top = self.get_x(), self.get_y()
        self.set_draw_color(0 if strong else 205)
        self.line(left, top, left + sum(widths), top)
        self.set_draw_color(0)
        for cell, lines, width in zip(row, cells, widths, strict=True):
            for number, text in enumerate(lines):
                self.set_xy(left, top + number * _LINE)
                self.cell(width, _LINE, text, align="R" if isinstance(cell, int) else "L")
            left += width
        self.set_xy(self.l_margin, top + height)

    # --------------------------------------------------------- characters
    def drawable(self, text: str) -> str:
        """Return a text that our fonts can draw; a character that none has becomes its number in a box."""
        return "".join(map(self._drawable, text))

    def _drawable(self, character: str) -> str:
        name = next((name for name, path in FONTS.items() if ord(character) in _glyphs(path)), "")
        if name and name != _MAIN and name not in self.fonts:
            self.add_font(name, fname=FONTS[name])
            self.set_fallback_fonts([known for known in FONTS if known in self.fonts and known != _MAIN])
        if not name and character.isprintable():
            self.lacking[character] = f"□(U+{ord(character):04X})"
        return self.lacking.get(character, character if name else " ")

    def footnotes(self) -> None:
        """Say which characters could not be drawn."""
        if not self.lacking:
            return
        self.set_font(size=9)
        marks = "、".join(self.lacking.values())
        words = _("%(marks)s:我们的字库里没有这个字,印的是它的国际编码。以身份证上的字为准。")
        self.multi_cell(0, 5, words % {"marks": marks}, new_x="LMARGIN", new_y="NEXT")


def _period_words(statement: Statement) -> str:
    return f"{statement.period.title}({statement.period.first:%Y-%m-%d} — {statement.until:%Y-%m-%d})"
