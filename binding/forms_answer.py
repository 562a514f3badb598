"""What the one who was asked fills in: the giver who confirms, and the relative with the phone in hand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from binding.forms import CapForm
from binding.forms_signature import SigningForm
from binding.models import Kind
from gongji.forms import AmountField
from gongji.policy import Model, Policy


class ConfirmForm(SigningForm, CapForm):
    """A giver's yes to a relative who applied: how much at most, and the promise.

    A cap a month where money goes from one to another, the total where families share by groups; what a
    household pool or a wallet holds needs no limit.
    """

    asked_by_another_answer: tuple[str, ...] = ("amount", "signature")
    heading = _("同意以前,请选好")
    authorized = AmountField(
        label=_("一共让家人用多少(元)"),
        help_text=_("例如 3000。用完就停,您随时可以加,也可以改小。"),
        error_messages={"required": _("请填写授权总额,例如 3000")},
    )

    def __init__(self, *args: Any, policy: Policy, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, letter=policy.commitment_for(kind), signing=policy.signature, **kwargs)
        shared = kind == Kind.MUTUAL_AID
        if not (shared and policy.model is Model.GROUP):
            del self.fields["authorized"]
        if not (shared and policy.model is Model.PAIRWISE):
            del self.fields["limit"], self.fields["amount"]
        self.order_fields(["limit", "amount", "authorized"])

    @property
    def terms(self) -> dict[str, int | None]:
        """What was chosen, in 分, as the service takes it."""
        return {
            "monthly_cap": self.cleaned_data.get("amount"),
            "authorized": self.cleaned_data.get("authorized"),
        }


class HandedForm(SigningForm):
    """The relative's own answer on the applicant's phone: the end of their number, and their name."""

    heading = _("同意以前,请您自己填")
    tail = forms.CharField(
        label=_("您自己证件号的最后 4 位"),
        max_length=8,
        help_text=_("看您自己的身份证。最后一位是字母 X 的也要写。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, policy: Policy, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, letter=policy.notice_for(kind), signing=policy.signature, **kwargs)
        if "signature" in self.fields:
            self.fields["signature"].help_text = _("写了姓名,就是您本人同意上面说的。")
        self.order_fields(["tail"])
