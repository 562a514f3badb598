"""The questions of the binding pages, one form a page."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import IdType
from binding.forms_signature import SigningForm
from binding.models import Binding, Kind
from binding.rules import Party
from gongji import money
from gongji.forms import AmountField, PlainForm, plain_amount
from gongji.policy import Letter, Policy

IN_LAW = "in_law"
"""The ninth answer to "which relative": not a relation, but a page that says why and what to do."""


class RelationForm(PlainForm):
    """W3: which relative. Only the relations this area knows, and the in-laws many people look for.

    The answer is always what the relative is to the authorizer; a relative who applies reads it the other
    way round.
    """

    relation = forms.ChoiceField(widget=forms.RadioSelect)

    def __init__(self, *args: Any, policy: Policy, kind: str, side: Party, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gives = side == Party.AUTHORIZER
        choices = [
            (relation.value, gettext((relation if gives else relation.inverse).label))
            for relation in policy.relations
        ]
        field = self.fields["relation"]
        assert isinstance(field, forms.ChoiceField)
        field.label = WHO[kind, side]
        field.choices = [*choices, (IN_LAW, _("公婆、岳父母"))]
        field.error_messages["required"] = _("请选一位家人")


WHO = {
    (Kind.MUTUAL_AID, Party.AUTHORIZER): _("您要给哪位家人开通?"),
    (Kind.MUTUAL_AID, Party.BENEFICIARY): _("谁给您出钱?"),
    (Kind.WALLET, Party.AUTHORIZER): _("您要给哪位家人开通?"),
    (Kind.VIEW, Party.AUTHORIZER): _("您想请哪位家人代看?"),
    (Kind.VIEW, Party.BENEFICIARY): _("您要替哪位家人看?"),
}


class RelativeForm(PlainForm):
    """W4: who the relative is, as printed on the relative's own document."""

    heading = _("家人是谁?")
    name = forms.CharField(
        label=_("家人的姓名"),
        max_length=50,
        help_text=_("和证件上一样。有“·”的也要写。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    id_type = forms.ChoiceField(label=_("证件类型"), choices=IdType.choices, initial=IdType.RESIDENT)
    id_number = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        help_text=_("身份证是 18 位。有空格也没关系。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    phone = forms.CharField(
        label=_("家人的手机号"),
        max_length=20,
        required=False,
        help_text=_("用来发短信提醒家人,没有手机可以不填。"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, policy: Policy, kind: str, side: Party, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == Kind.MUTUAL_AID and side == Party.BENEFICIARY:
            self.heading = _("出钱的家人是谁?")
        if policy.phone_required:
            self.fields["phone"].help_text = _("本地规定要填。用来发短信提醒家人,短信里没有网址。")
            self.fields["phone"].required = True
            self.fields["phone"].error_messages["required"] = _("请填写家人的手机号")


class CapForm(PlainForm):
    """W7: no cap, or a cap a month."""

    asked_by_another_answer = ("amount",)
    heading = _("每个月最多让家人用多少?")
    limit = forms.ChoiceField(
        label=_("上限"),
        choices=[("none", _("不设上限")), ("monthly", _("每月有上限"))],
        widget=forms.RadioSelect,
        initial="none",
    )
    amount = forms.CharField(
        label=_("每月上限(元)"),
        required=False,
        max_length=12,
        help_text=_("例如 500 或 500.50。不设上限就不用填。"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_amount(self) -> int | None:
        """Return 分, or None when no amount is wanted."""
        if self.cleaned_data.get("limit") != "monthly":
            return None  # what stands in the box is of no account then
        text = plain_amount(self.cleaned_data["amount"])
        if not text:
            raise forms.ValidationError(_("请填写每月上限,例如 500"))
        try:
            fen = money.fen(text)
        except ValueError as wrong:
            raise forms.ValidationError(_("金额看起来不对。请用数字,最多两位小数,例如 500.50")) from wrong
        if fen <= 0:
            raise forms.ValidationError(_("上限最少 0.01 元。想先停用,请用“暂停”"))
        return fen


class AuthorizedForm(PlainForm):
    """W7 where families share by groups: how much in all, whatever the month."""

    heading = _("一共让家人用多少?")
    authorized = AmountField(
        label=_("授权总额(元)"),
        help_text=_("例如 3000。用完就停,您随时可以加,也可以改小。"),
        error_messages={"required": _("请填写授权总额,例如 3000")},
    )


class SubmitForm(SigningForm):
    """W8: the use of health data, and the promise, signed as the area wants it.

    `notice` is a 告知书 still to be agreed to; `changed` the digest of rules that are not those the draft was
    begun under: what was ticked under still other ones does not count.
    """

    heading = _("核对并提交")
    health = forms.BooleanField(
        label=_("我同意医保部门为办这件事使用我和家人的参保、就医缴费信息(敏感个人信息)")
    )

    def __init__(
        self,
        *args: Any,
        policy: Policy,
        kind: str,
        notice: Letter | None = None,
        changed: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, letter=policy.commitment_for(kind), signing=policy.signature, **kwargs)
        self.changed = changed
        self.fields["health"].error_messages["required"] = _(
            "请勾选“同意使用信息”。不同意就不能网上办,可以去窗口"
        )
        if changed:
            self._ask(
                "changes_seen", _("变化我看过了,按新规则继续办"), _("规则刚刚改了。请看一遍变化,再勾选")
            )
        if notice is not None:
            self._ask("notice_read", notice.closing, _("请看一遍告知书,再勾选"))
        self.order_fields(["changes_seen", "notice_read", "health"])

    def _ask(self, name: str, label: Any, when_missing: Any) -> None:
        self.fields[name] = forms.BooleanField(label=label, error_messages={"required": when_missing})

    def clean(self) -> dict[str, Any]:
        """A tick counts for the rules that stood on the page."""
        cleaned = super().clean()
        if cleaned.get("changes_seen") and self.data.get("rules") != self.changed:
            self.add_error("changes_seen", self.fields["changes_seen"].error_messages["required"])
        return cleaned


class NoticeForm(PlainForm):
    """The 告知书 before the first question."""

    heading = _("请先看告知书")
    agreed = forms.BooleanField()

    def __init__(self, *args: Any, notice: Letter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreed"].label = notice.closing
        self.fields["agreed"].error_messages["required"] = _("看完请勾选。有不明白的,请打 12393")


class AppealForm(PlainForm):
    """W12: why the decision should be looked at again."""

    reason = forms.CharField(
        label=_("您为什么不同意这个结果?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("由另一位工作人员看。写清楚哪里不对就可以,最多 300 字。"),
    )


class PrivacyForm(PlainForm):
    """What the giver, or under 亲情账户 the viewer, may see of each use."""

    privacy = forms.TypedChoiceField(
        label=_("出钱的家人能看到什么?"),
        choices=Binding.Privacy.choices,
        coerce=int,
        widget=forms.RadioSelect,
        help_text=_("药名和病名,任何时候都不会给家人看。"),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == Kind.VIEW:
            self.fields["privacy"].label = _("代看的家人能看到什么?")


class DaysForm(PlainForm):
    """W7 of 亲情账户: for how long one may look."""

    view_days = forms.TypedChoiceField(label=_("看多久?"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["view_days"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(days, _("%(days)d 天") % {"days": days}) for days in policy.view_days]
        field.help_text = _("到期自动停,也可以随时停。到期以后想接着看,再办一次。")
        field.error_messages["required"] = _("请选看多久")
