"""What staff fill in when they heard somebody's answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from binding import services
from binding.models import Application, CallBack
from binding.services.answers import Terms
from gongji.forms import AmountField, PlainForm
from gongji.policy import Model, Policy

FACE_TO_FACE = [choice for choice in CallBack.Answer.choices if choice[0] != CallBack.Answer.NOBODY]


class CaseForm(PlainForm):
    """Find a case by its whole number. By POST only."""

    number = forms.CharField(
        label=_("受理号"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "GJ-2611-00038216"}),
    )

    def clean_number(self) -> str:
        """As it is written on the receipt; small letters and blanks do no harm."""
        return "".join(str(self.cleaned_data["number"]).split()).upper()


class AnswerForm(PlainForm):
    """An answer and, of somebody who gives the money, how much at most."""

    answer = forms.ChoiceField(label=_("本人怎么说"), widget=forms.RadioSelect, choices=FACE_TO_FACE)
    monthly_cap = AmountField(label=_("每月上限(元),不设就不填"), required=False)
    authorized = AmountField(label=_("授权总额(元)"), required=False)

    def __init__(self, *args: Any, application: Application, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gives = services.confirms_as_giver(application)
        self.total = gives and policy.model is Model.GROUP
        if not self.total:
            del self.fields["authorized"]
        if not (gives and policy.model is Model.PAIRWISE):
            del self.fields["monthly_cap"]

    def clean(self) -> dict[str, Any]:
        """A yes where families share by groups needs the total."""
        cleaned = super().clean() or self.cleaned_data
        agreed = cleaned.get("answer") == CallBack.Answer.YES
        if agreed and self.total and "authorized" not in self.errors and not cleaned.get("authorized"):
            self.add_error("authorized", _("请写本人说的金额,例如 3000"))
        return cleaned

    @property
    def terms(self) -> Terms:
        """What the giver said, in 分."""
        return Terms(self.cleaned_data.get("monthly_cap"), self.cleaned_data.get("authorized"))


class CallForm(AnswerForm):
    """A call back from 12393: to which registered number, and what was said."""

    line = forms.ChoiceField(label=_("打了哪个号码"), widget=forms.RadioSelect)
    read_out = forms.BooleanField(
        label=_("核对了本人姓名和证件后 4 位,上面的话读完了(没人接可以不勾)"), required=False
    )
    note = forms.CharField(label=_("备注(群众看不到)"), max_length=200, required=False)

    def __init__(self, *args: Any, application: Application, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, application=application, policy=policy, **kwargs)
        numbers = services.numbers_of(application)
        line, answer = self.fields["line"], self.fields["answer"]
        assert isinstance(line, forms.ChoiceField) and isinstance(answer, forms.ChoiceField)
        line.choices = [(number.line, number.line.label) for number in numbers]
        answer.choices = CallBack.Answer.choices
        if len(numbers) == 1:
            line.initial = numbers[0].line
        self.order_fields(["line", "read_out", "answer", "monthly_cap", "authorized", "note"])

    def clean(self) -> dict[str, Any]:
        """Whoever answered has heard the whole text."""
        cleaned = super().clean()
        reached = cleaned.get("answer") not in (None, "", CallBack.Answer.NOBODY)
        if reached and not cleaned.get("read_out"):
            self.add_error("read_out", _("请先核对本人、读完上面的话,再记回答"))
        return cleaned


class WindowForm(AnswerForm):
    """An answer at the window: the person stands there, and the original of the ID was seen."""

    present = forms.BooleanField(
        label=_("本人在窗口,身份证原件我看过,人和证一致"),
        error_messages={"required": _("要本人到窗口、看过证件原件,才能记")},
    )
    paper = forms.BooleanField(label=_("承诺书本人在纸上签过名,已收好"), required=False)

    def __init__(self, *args: Any, application: Application, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, application=application, policy=policy, **kwargs)
        self.gives = services.confirms_as_giver(application)
        if not self.gives:
            del self.fields["paper"]
        self.order_fields(["present", "answer", "monthly_cap", "authorized", "paper"])

    def clean(self) -> dict[str, Any]:
        """A giver's yes is signed."""
        cleaned = super().clean()
        if self.gives and cleaned.get("answer") == CallBack.Answer.YES and not cleaned.get("paper"):
            self.add_error("paper", _("本人同意的,请本人先在承诺书上签名"))
        return cleaned
