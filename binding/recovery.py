"""The letter that asks money back after an untrue promise: how much, when used, where to bring it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from fpdf import FPDF

from binding.models import Application
from binding.paper import new_sheet, paragraph, rows
from binding.services.revocation import Recovery
from gongji.money import yuan
from gongji.templatetags.gongji import mask_name


def recovery_pdf(application: Application, found: Recovery, reasons: list[dict[str, str]]) -> bytes:
    """Return the notice on A4. Of each use it tells day and amount, and no more (个保法 28)."""
    pdf = new_sheet(_("停止共济和退款通知书"), application.number)
    rows(pdf, _lines(application, found), (1, 3))
    for reason in reasons:
        paragraph(pdf, _("原因:%(text)s") % {"text": reason["text"]})
    _how_to_pay_back(pdf, found)
    if found.uses:
        paragraph(pdf, _("按月合计"))
        rows(pdf, [(_("月份"), _("金额(元)")), *_months(found)], (1, 1), headed=True)
        paragraph(pdf, _("逐笔明细"))
        rows(pdf, [(_("日期"), _("种类"), _("金额(元)")), *_uses(found)], (2, 1, 1), headed=True)
    return bytes(pdf.output())


def _lines(application: Application, found: Recovery) -> list[tuple[str, ...]]:
    assert application.authorizer is not None and application.beneficiary is not None
    return [
        (_("受理号"), application.number),
        (_("出钱的人"), mask_name(application.authorizer.name)),
        (_("用钱的家人"), mask_name(application.beneficiary.name)),
        (_("开通"), _moment(found.since)),
        (_("停止"), _moment(found.until)),
        (_("要退回"), _("%(yuan)s 元") % {"yuan": yuan(found.total)}),
    ]


def _how_to_pay_back(pdf: FPDF, found: Recovery) -> None:
    if found.total:
        paragraph(pdf, _("怎么退:带身份证和这份通知,到下面的窗口办。钱回到出钱的人的个人账户。"))
    else:
        paragraph(pdf, _("开通以后没有用过钱,不用退。"))
    if found.window:
        place = f"{found.window.name}({found.window.address},{found.window.hours})"
        paragraph(pdf, _("窗口:%(place)s 电话:%(phone)s") % {"place": place, "phone": found.window.phone})
    paragraph(
        pdf,
        _(
            "不同意这个结果,%(day)s 前可以在“办理进度”里申请复核,由另一位工作人员看;也可以到窗口。"
            "有疑问请打 %(hotline)s。"
        )
        % {"day": _day(found.appeal_until), "hotline": found.hotline},
        space=6,
    )


def _months(found: Recovery) -> list[tuple[str, ...]]:
    return [
        (_("%(year)d年%(month)d月") % {"year": month.year, "month": month.month}, yuan(used))
        for month, used in found.months
    ]


def _uses(found: Recovery) -> list[tuple[str, ...]]:
    return [(_day(use.at), use.kind, yuan(use.amount)) for use in found.uses]


def _day(moment: datetime) -> str:
    """With the year: a letter is read long afterwards."""
    return f"{timezone.localtime(moment):%Y-%m-%d}"


def _moment(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
