"""The receipt of an application as a PDF, with an embedded Chinese font."""

from io import BytesIO

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from binding.models import Application, Kind
from binding.paper import new_sheet, paragraph, rows
from binding.rules import Party
from binding.rules.viewing import name_of
from gongji.policy import Policy, Relation
from gongji.templatetags.gongji import cn_datetime, mask_id, mask_name

_SIGNATURE_HEIGHT = 25
"""Millimetres."""
_TITLES = {
    Kind.MUTUAL_AID: gettext_lazy("家庭共济申请回执"),
    Kind.VIEW: gettext_lazy("亲情账户申请回执"),
    Kind.WALLET: gettext_lazy("医保钱包申请回执"),
}


def receipt_pdf(application: Application, policy: Policy, signature: bytes | None = None) -> bytes:
    """Return one A4 page: number, people (masked), documents, times, what to do next; what was drawn, if any.

    `signature` is the JPEG of the applicant's own signature.
    """
    pdf = new_sheet(str(_TITLES[Kind(application.kind)]), application.number)
    rows(pdf, _lines(application, policy), (1, 3))
    if signature is not None:
        paragraph(pdf, _("承诺书签名:"))
        pdf.image(BytesIO(signature), h=_SIGNATURE_HEIGHT)
        pdf.ln(4)
    for sentence in _closing():
        paragraph(pdf, sentence)
    return bytes(pdf.output())


def _lines(application: Application, policy: Policy) -> list[tuple[str, ...]]:
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
        *_window(application),
        (_("材料"), documents or _("不需要")),
        (_("提交时间"), cn_datetime(application.submitted_at)),
        (_("最晚答复时间"), cn_datetime(application.promised_at or application.due_at)),
    ]


def _days(application: Application) -> list[tuple[str, ...]]:
    if application.kind != Kind.VIEW:
        return []
    return [(_("看多久"), _("%(days)d 天") % {"days": application.view_days or 0})]


def _window(application: Application) -> list[tuple[str, ...]]:
    """Where and by whom it was taken, when it was handed in at a window."""
    visit = application.visit
    return [(_("办理窗口"), f"{visit.window} {mask_name(visit.clerk.display_name)}")] if visit else []


def _closing() -> list[str]:
    return [
        _("请自己打开医保官网查看进度,或打电话 %(hotline)s。短信里没有网址,也不会向您要验证码。")
        % {"hotline": settings.HOTLINE},
        _("承诺书和规则的版本已随申请保存。"),
    ]
