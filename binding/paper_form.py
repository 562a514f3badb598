"""The application form for people who sign on paper: what was entered, what is promised, a line to sign."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from fpdf import FPDF
from pylopdf_fonts_zh_cn import sans_path

from binding.models import Application, WindowVisit
from binding.rules import Party
from gongji.policy import Letter, Policy, Relation
from gongji.templatetags.gongji import cn_date, mask_id, mask_name, yuan

_FONT = "cjk"


def paper_form_pdf(application: Application, policy: Policy, visit: WindowVisit) -> bytes:
    """Return the form on A4 with the texts it stands under; numbers are masked: paper is carried about."""
    pdf = FPDF(format="A4")
    pdf.set_title(application.number)
    pdf.set_lang("zh-CN")
    pdf.add_font(_FONT, fname=sans_path())
    pdf.add_page()
    _line(pdf, settings.BUREAU_NAME, 11)
    _line(pdf, _("%(kind)s申请表") % {"kind": application.get_kind_display()}, 18, after=4)
    pdf.set_font(_FONT, size=11)
    with pdf.table(col_widths=(1, 3), first_row_as_headings=False, line_height=8) as table:
        for label, value in _lines(application, visit):
            row = table.row()
            row.cell(label)
            row.cell(value)
    pdf.ln(4)
    for letter in (policy.commitment_for(application.kind), policy.health_consent):
        _letter(pdf, letter)
    _line(pdf, _("以上内容是我本人的意思,已经看过或听过,愿意遵守。"), 11, after=10)
    _line(pdf, _("申请人签名:____________________        日期:____年____月____日"), 12, after=8)
    if application.consent_required:
        _line(pdf, _("家人签名(在场时):____________________        日期:____年____月____日"), 12)
    return bytes(pdf.output())


def _lines(application: Application, visit: WindowVisit) -> list[tuple[str, str]]:
    relation = Relation(application.relation)
    other = relation if application.initiator == Party.AUTHORIZER else relation.inverse
    lines = [
        (_("受理号"), application.number),
        (_("申请人"), f"{visit.person.name}  {mask_id(visit.person.id_number)}"),
        (
            _("家人"),
            f"{application.entered_name}({_(other.label)})  {mask_id(application.entered_id_number)}",
        ),
    ]
    if application.authorized:
        lines.append((_("授权总额"), _("%(yuan)s 元") % {"yuan": yuan(application.authorized)}))
    elif application.monthly_cap:
        lines.append((_("每月上限"), _("%(yuan)s 元") % {"yuan": yuan(application.monthly_cap)}))
    today = cn_date(timezone.localdate())
    return [*lines, (_("窗口"), f"{visit.window}  {mask_name(visit.clerk.display_name)}  {today}")]


def _letter(pdf: FPDF, letter: Letter) -> None:
    _line(pdf, f"{letter.title}({letter.version})", 11)
    for number, clause in enumerate(letter.clauses, start=1):
        _line(pdf, f"{number}. {clause}", 9.5, after=1)
    _line(pdf, letter.closing, 9.5, after=4)


def _line(pdf: FPDF, text: str, size: float, after: float = 2) -> None:
    pdf.set_font(_FONT, size=size)
    pdf.multi_cell(0, text=text, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(after)
