"""The receipt of an application as a PDF, with an embedded Chinese font."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from fpdf import FPDF
from pylopdf_fonts_zh_cn import sans_path

from binding.models import Application, Kind
from binding.rules import Party
from binding.rules.viewing import name_of
from gongji.policy import Policy, Relation
from gongji.templatetags.gongji import cn_datetime, mask_id, mask_name

_FONT = "cjk"
_TITLES = {
    Kind.MUTUAL_AID: gettext_lazy("家庭共济申请回执"),
    Kind.VIEW: gettext_lazy("亲情账户申请回执"),
    Kind.WALLET: gettext_lazy("医保钱包申请回执"),
}


def receipt_pdf(application: Application, policy: Policy) -> bytes:
    """Return one A4 page: number, people (masked), documents, times, what to do next."""
    pdf = FPDF(format="A4")
    pdf.set_title(application.number)
    pdf.set_lang("zh-CN")
    pdf.add_font(_FONT, fname=sans_path())
    pdf.add_page()
    pdf.set_font(_FONT, size=12)
    _paragraph(pdf, settings.BUREAU_NAME)
    pdf.set_font(_FONT, size=20)
    _paragraph(pdf, str(_TITLES[Kind(application.kind)]), space=6)
    pdf.set_font(_FONT, size=12)
    with pdf.table(col_widths=(1, 3), first_row_as_headings=False, line_height=9) as table:
        for label, value in _lines(application, policy):
            row = table.row()
            row.cell(label)
            row.cell(value)
    pdf.ln(6)
    for sentence in _closing():
        _paragraph(pdf, sentence)
    return bytes(pdf.output())


def _lines(application: Application, policy: Policy) -> list[tuple[str, str]]:
    kinds = application.proofs.current().values_list("kind", flat=True)
    documents = "、".join(_(policy.documents[kind].label) for kind in kinds if kind in policy.documents)
    return [
        (_("受理号"), application.number),
        (name_of(application.kind, Party.AUTHORIZER), mask_name(application.authorizer.name)),
        (name_of(application.kind, Party.BENEFICIARY), mask_name(application.beneficiary.name)),
        (_("家人证件"), mask_id(application.other_person.id_number)),
        (_("关系"), _(Relation(application.relation_seen).label)),
        *_days(application),
        (_("管您医保的地方"), policy.name),
        (_("材料"), documents or _("不需要")),
        (_("提交时间"), cn_datetime(application.submitted_at)),
        (_("最晚答复时间"), cn_datetime(application.promised_at or application.due_at)),
    ]


def _days(application: Application) -> list[tuple[str, str]]:
    if application.kind != Kind.VIEW:
        return []
    return [(_("看多久"), _("%(days)d 天") % {"days": application.view_days or 0})]


def _closing() -> list[str]:
    return [
        _("请自己打开医保官网查看进度,或打电话 %(hotline)s。短信里没有网址,也不会向您要验证码。")
        % {"hotline": settings.HOTLINE},
        _("承诺书和规则的版本已随申请保存。"),
    ]


def _paragraph(pdf: FPDF, text: str, space: float = 2) -> None:
    pdf.multi_cell(0, text=text, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(space)
