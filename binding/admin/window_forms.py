"""What a clerk fills in for the citizen before them: who it is, what they apply for, their signature."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import identity_problem
from accounts.models import IdType, User
from accounts.rules import normalise_id
from binding.drawings import BadDrawing, read_drawing
from binding.forms_signature import SignaturePad
from binding.models import Application, Kind, WindowVisit
from binding.rules import Party
from binding.rules.letters import Signed
from binding.services.window import windows_of
from gongji.forms import AmountField, PlainForm
from gongji.policy import Model, Policy, Relation
from gongji.templatetags.gongji import yuan
from gongji.uploads import decoder
from gongji.uploads.checks import SENTENCES
from gongji.uploads.fields import PageField
from gongji.uploads.kinds import HEAD, recognise

WISHES = {
    f"{Kind.MUTUAL_AID}:{Party.AUTHORIZER}": _("家庭共济:本人出钱,家人用"),
    f"{Kind.MUTUAL_AID}:{Party.BENEFICIARY}": _("家庭共济:家人出钱,本人用"),
    f"{Kind.VIEW}:{Party.AUTHORIZER}": _("亲情账户:请家人代看本人的"),
    f"{Kind.VIEW}:{Party.BENEFICIARY}": _("亲情账户:本人替家人看"),
    f"{Kind.WALLET}:{Party.AUTHORIZER}": _("医保钱包:转钱给外省的家人"),
}
"""Kind and end, as one choice."""


def _typed(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)


class DocumentMixin(forms.Form):
    """Type and number of the original in the clerk's hand."""

    def clean(self) -> dict[str, Any]:
        """Say what is wrong with the form of the number, before anybody is looked up."""
        cleaned = super().clean() or {}
        if cleaned.get("id_type") and cleaned.get("id_number"):
            cleaned["id_number"] = normalise_id(cleaned["id_type"], cleaned["id_number"])
            if problem := identity_problem(cleaned["id_type"], cleaned["id_number"]):
                self.add_error("id_number", problem)
        return cleaned


class VisitForm(PlainForm, DocumentMixin):
    """Who stands there. By POST only; the row of the trail is written before anything is shown."""

    name = _typed(_("姓名"), max_length=50, help_text=_("照着原件写,有“·”的也要写。"))
    id_type = forms.ChoiceField(label=_("证件类型"), choices=IdType.choices, initial=IdType.RESIDENT)
    id_number = _typed(_("证件号码"), max_length=40)
    purpose = forms.ChoiceField(label=_("来办什么"), choices=WindowVisit.Purpose.choices)
    window = forms.ChoiceField(label=_("窗口"))
    originals = forms.BooleanField(
        label=_("原件已核对:本人在场,和证件照片是同一个人,姓名、号码和原件一致"),
        error_messages={"required": _("先核对原件,再勾选。没有原件的,请本人带来再办")},
    )

    def __init__(self, *args: Any, clerk: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["window"]
        assert isinstance(field, forms.ChoiceField)
        names = windows_of(clerk)
        field.choices = [(name, name) for name in names]
        field.initial = names[0]


class EntryForm(PlainForm, DocumentMixin):
    """Everything a clerk asks of an applicant, on one page."""

    asked_by_another_answer = ("amount", "days")
    wish = forms.ChoiceField(label=_("办什么"), choices=list(WISHES.items()))
    relation = forms.ChoiceField(label=_("这位家人是本人的什么人"))
    name = _typed(_("家人的姓名"), max_length=50)
    id_type = forms.ChoiceField(label=_("家人的证件类型"), choices=IdType.choices, initial=IdType.RESIDENT)
    id_number = _typed(_("家人的证件号码"), max_length=40)
    phone = _typed(_("家人的手机号"), max_length=20, required=False)
    amount = AmountField(label=_("每月上限(元)"), required=False, help_text=_("不设上限就空着。"))
    days = forms.TypedChoiceField(
        label=_("代看多久"), coerce=int, required=False, help_text=_("亲情账户才填。")
    )

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        field = self.fields["relation"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(relation.value, gettext(relation.label)) for relation in policy.relations]
        days = self.fields["days"]
        assert isinstance(days, forms.ChoiceField)
        days.choices = [(count, gettext("%(days)d 天") % {"days": count}) for count in policy.view_days]
        if policy.model is Model.POOL:
            del self.fields["amount"]
        elif policy.model is Model.GROUP:
            self.fields["amount"].label = _("授权总额(元)")
            self.fields["amount"].help_text = _("本人出钱时要填,用完就停。")

    def clean(self) -> dict[str, Any]:
        """Take the choice apart; the relation kept is always what the relative is to the authorizer."""
        cleaned = super().clean()
        if "wish" in cleaned and "relation" in cleaned:
            cleaned["kind"], side = cleaned["wish"].split(":")
            cleaned["side"] = Party(side)
            relation = Relation(cleaned["relation"])
            cleaned["as_kept"] = relation if side == Party.AUTHORIZER else relation.inverse
            gives = cleaned["wish"] == f"{Kind.MUTUAL_AID}:{Party.AUTHORIZER}"
            if cleaned["kind"] == Kind.VIEW and not cleaned.get("days"):
                self.add_error("days", _("请选代看多久"))
            if gives and self.policy.model is Model.GROUP and not cleaned.get("amount"):
                self.add_error("amount", _("请填写授权总额,例如 3000"))
        return cleaned


def entry_initial(draft: Application) -> dict[str, Any]:
    """Return what is kept of a draft, as the form asks it."""
    relation = Relation(draft.relation) if draft.relation else None
    if relation and draft.initiator == Party.BENEFICIARY:
        relation = relation.inverse
    amount = draft.authorized or draft.monthly_cap
    return {
        "wish": f"{draft.kind}:{draft.initiator}",
        "relation": relation,
        "name": draft.entered_name,
        "id_type": draft.entered_id_type,
        "id_number": draft.entered_id_number,
        "phone": draft.entered_phone,
        "amount": yuan(amount) if amount else "",
        "days": draft.view_days,
    }


PAPER, DRAWN = "paper", "drawn"


class HandInForm(PlainForm):
    """The promise, read out and signed: on paper, or with a finger on the tablet; the relative's own yes."""

    asked_by_another_answer = ("scan", "total")
    agreed = forms.BooleanField(
        label=_("告知书、承诺书和信息使用同意书已经给本人看过或读过,本人同意"),
        error_messages={"required": _("请先给本人看或者读,本人同意了再勾选")},
    )
    how = forms.ChoiceField(
        label=_("怎么签的"),
        choices=[(PAPER, _("在纸质申请表上签了字")), (DRAWN, _("在平板上手写"))],
        initial=PAPER,
        widget=forms.RadioSelect,
    )
    scan = PageField(label=_("签好字的申请表"), help_text=_("拍照或扫描,四个角都要在。"), required=False)
    drawing = forms.CharField(widget=SignaturePad, required=False, strip=False, label=_("手写签名"))
    beside = forms.BooleanField(
        label=_("家人也在场:原件已核对,是本人,亲口说同意"),
        required=False,
        help_text=_(
            "家人不在场就不勾,家人以后自己回答。由您一个人核身份、录申请、记同意的,开通前由同事再看。"
        ),
    )
    total = AmountField(label=_("家人答应一共最多出多少(元)"), required=False)

    def __init__(self, *args: Any, asks_other: bool, asks_total: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks_total = asks_total
        if not asks_other:
            del self.fields["beside"]
        if not asks_total:
            del self.fields["total"]

    def clean(self) -> dict[str, Any]:
        """The signature belongs to the way that was chosen; the picture kept of it is made by us."""
        cleaned = super().clean() or {}
        if cleaned.get("how") == PAPER and "scan" not in self.errors:
            self._read_scan(cleaned)
        elif cleaned.get("how") == DRAWN:
            self._read_drawing(cleaned)
        if self.asks_total and cleaned.get("beside") and not cleaned.get("total"):
            self.add_error("total", _("家人在场同意的,请填写总额,例如 3000"))
        return cleaned

    def _read_scan(self, cleaned: dict[str, Any]) -> None:
        sent = cleaned.get("scan")
        if sent is None:
            self.add_error("scan", _("请拍下或扫描签好字的申请表"))
            return
        data = sent.file.read()
        try:
            pages = decoder.clean(data, recognise(data[:HEAD]) or "")
        except decoder.Unusable as unusable:
            self.add_error("scan", SENTENCES.get(unusable.code, SENTENCES["unreadable"]))
        except OSError:
            self.add_error("scan", SENTENCES["unreadable"])
        else:
            cleaned["picture"] = pages[0].jpeg

    def _read_drawing(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("drawing"):
            self.add_error("how", _("还没有在平板上签字。不方便手写的,请用纸质申请表"))
            return
        try:
            cleaned["picture"] = read_drawing(cleaned["drawing"])
        except BadDrawing as bad:
            self.add_error("how", bad.words)

    def signed(self, name: str) -> Signed:
        """Return how the applicant signed, of a valid form."""
        return Signed(self.cleaned_data["how"], name, self.cleaned_data["picture"])


class ObjectionForm(PlainForm):
    """Why a refusal should be looked at again, in the citizen's words."""

    text = forms.CharField(
        label=_("本人为什么不同意这个结果"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("照本人说的写,最多 300 字。由另一位工作人员看。"),
    )
