"""A sheet of A4 as our PDFs use it: the bureau's name, a title, rows, sentences; a Chinese font inside."""

from collections.abc import Iterable

from django.conf import settings
from fpdf import FPDF
from fpdf.enums import WrapMode
from fpdf.fonts import FontFace
from pylopdf_fonts_zh_cn import sans_path

_FONT = "cjk"
_SIZE = 12
_LEADING = 1.45


def new_sheet(title: str, name: str) -> FPDF:
    """Return a document whose first page says who wrote it and what it is; `name` is the file's own title."""
    pdf = FPDF(format="A4")
    pdf.set_title(name)
    pdf.set_lang("zh-CN")
    pdf.add_font(_FONT, fname=sans_path())
    pdf.add_page()
    pdf.set_font(_FONT, size=_SIZE)
    paragraph(pdf, settings.BUREAU_NAME)
    pdf.set_font(_FONT, size=20)
    paragraph(pdf, title, space=6)
    pdf.set_font(_FONT, size=_SIZE)
    return pdf


def rows(
    pdf: FPDF, lines: Iterable[tuple[str, ...]], widths: tuple[int, ...], *, headed: bool = False
) -> None:
    """Write a table; with `headed` its first row is repeated on every page."""
    plain = FontFace(fill_color=(232, 241, 251))  # the font has no bold cut
    with pdf.table(
        col_widths=widths, first_row_as_headings=headed, headings_style=plain, line_height=9
    ) as table:
        for line in lines:
            row = table.row()
            for value in line:
                row.cell(value)
    pdf.ln(6)


def paragraph(pdf: FPDF, text: str, space: float = 2) -> None:
    """Write a paragraph and leave room after it."""
    pdf.multi_cell(
        0, pdf.font_size * _LEADING, text=text, wrapmode=WrapMode.CHAR, new_x="LMARGIN", new_y="NEXT"
    )
    pdf.ln(space)
