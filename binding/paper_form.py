"""The application form for people who sign on paper: what was entered, what is promised, a line to sign."""

from django.utils import timezone
from django.utils.translation import gettext as _
from fpdf import FPDF

from binding.models import Application, WindowVisit
from binding.paper import new_sheet, paragraph, rows
from binding.rules import Party
from gongji.policy import Letter, Policy, Relation
from gongji.templatetags.gongji import cn_date, mask_id, mask_name, yuan


def paper_form_pdf(
    application: Application, policy: Policy, visit: WindowVisit, *, other_signs: bool
) -> bytes:
    """Return the form on A4 with the texts it stands under; numbers are masked: paper is carried about.

    `other_signs`: the other one may agree on the same paper.
    """
    title = _("%(kind)s申请表") % {"kind": application.get_kind_display()}
    pdf = new_sheet(title, application.number)
    rows(pdf, _lines(application, visit), (1, 3))
    for letter in (policy.commitment_for(application.kind), policy.health_consent):
        _letter(pdf, letter)
    paragraph(pdf, _("以上是我本人的意思,已经看过或听过,愿意遵守。"), space=10)
    paragraph(pdf, _("申请人签名:__________________    日期:____年____月____日"), space=8)
    if other_signs:
        paragraph(pdf, _("家人签名(在场时):______________    日期:____年____月____日"))
    return bytes(pdf.output())


def _lines(application: Application, visit: WindowVisit) -> list[tuple[str, ...]]:
    relation = Relation(application.relation)
    other = relation if application.initiator == Party.AUTHORIZER else relation.inverse
    today = cn_date(timezone.localdate())
    return [
        (_("受理号"), application.number),
        (_("申请人"), f"{visit.person.name} {mask_id(visit.person.id_number)}"),
        (_("家人"), f"{application.entered_name}({_(other.label)}) {mask_id(application.entered_id_number)}"),
        *_amount(application),
        (_("办理窗口"), f"{visit.window} {mask_name(visit.clerk.display_name)} {today}"),
    ]


def _amount(application: Application) -> list[tuple[str, ...]]:
    if application.authorized:
        return [(_("授权总额"), _("%(yuan)s 元") % {"yuan": yuan(application.authorized)})]
    if application.monthly_cap:
        return [(_("每月上限"), _("%(yuan)s 元") % {"yuan": yuan(application.monthly_cap)})]
    return []


def _letter(pdf: FPDF, letter: Letter) -> None:
    paragraph(pdf, f"{letter.title}({letter.version})")
    for number, clause in enumerate(letter.clauses, start=1):
        paragraph(pdf, f"{number}. {clause}", space=1)
    paragraph(pdf, letter.closing, space=4)
