"""What people type on the pages of the ledger."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongji import money
from gongji.forms import AmountField, PlainForm, PlainModelForm
from gongji.templatetags.gongji import mask_name
from ledger.models import Mandate, NoticeChoice
from ledger.services import Offer, Transfer, is_code, wallet

_NOISE = re.compile(r"[\s\-‐-―]")


class CheckForm(PlainForm):
    """The two things that a printed statement asks to be checked with."""

    heading = _("核对单子的真假")
    code = forms.CharField(
        label=_("校验码"),
        help_text=_("20 位数字,印在二维码下面和每页的左下角。空格不用管。"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    total = forms.CharField(
        label=_("单子上的核对金额"),
        help_text=_("就是“期末余额”或“合计”,印在二维码下面,例如 963.50。"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def clean_code(self) -> str:
        """Return the twenty digits; full-width ones, spaces and dashes are fine."""
        code = _NOISE.sub("", unicodedata.normalize("NFKC", self.cleaned_data["code"]))
        if not is_code(code):
            raise forms.ValidationError(_("校验码是 20 位数字,您填的有一位对不上。请照单子再看一遍"))
        return code

    def clean_total(self) -> int:
        """Return the amount in 分; it may be negative, with thousands separators, and 元 behind it."""
        text = unicodedata.normalize("NFKC", self.cleaned_data["total"]).replace("−", "-")
        text = re.sub(r"[\s,元¥]", "", text)  # data
        try:
            fen = money.fen(text.removeprefix("-"))
        except ValueError:
            raise forms.ValidationError(_("请填单子上的金额,例如 963.50")) from None
        return -fen if text.startswith("-") else fen


class NoticeForm(PlainModelForm):
    """What a giver wants to be told."""

    class Meta:
        model = NoticeChoice
        fields = ["each_use", "limits"]
        labels = {
            "each_use": _("家人每用一次,都告诉我"),
            "limits": _("额度用完、余额快用完时,告诉我"),
        }
        help_texts = {
            "each_use": _("发消息和短信。写金额和日期;看的什么、在哪里看,只写家人愿意让您看的。"),
            "limits": _("同一件事一个月最多说一次。"),
        }


class SendForm(PlainForm):
    """How much to send into a relative's wallet. `transfer` is the number of this one transfer."""

    amount = AmountField(error_messages={"required": _("请填写金额,例如 200")})
    transfer = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, mandate: Mandate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mandate = mandate
        name = mask_name(mandate.beneficiary.name)
        self.fields["amount"].label = gettext("转给%(name)s多少钱?") % {"name": name}
        self.fields["amount"].help_text = gettext("单位是元。您的个人账户里,这次最多能转 %(most)s 元。") % {
            "most": money.yuan(wallet.most_to_send(mandate))
        }

    def clean_amount(self) -> int:
        """Return 分, no more than may be sent now."""
        amount: int = self.cleaned_data["amount"]
        refused = wallet.amount_refused(self._mandate, amount)
        if refused is not None:
            raise forms.ValidationError(f"{refused.message}{refused.next_step}")
        return amount


class TransferForm(PlainForm):
    """划拨: how much to move into the household pool. `number` is which transfer of the month it is."""

    heading = _("划钱到家庭共济账户")
    amount = AmountField(label=_("划多少钱(元)"), error_messages={"required": _("请填写金额,例如 500")})
    number = forms.IntegerField(min_value=1, max_value=10_000, widget=forms.HiddenInput)

    def __init__(self, *args: Any, terms: Transfer | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._terms = terms
        self.fields["number"].initial = terms.number if terms else 1
        self.fields["amount"].help_text = _("现在最多划 %(most)s 元。") % {
            "most": money.yuan(terms.movable if terms else 0)
        }

    def clean_amount(self) -> int:
        """Return 分; more than may be moved now is told beside the field."""
        amount: int = self.cleaned_data["amount"]
        if self._terms is not None and not self._terms.reason and amount > self._terms.movable:
            raise forms.ValidationError(
                _("现在最多能划 %(most)s 元,自己账户里要留 %(keep)s 元")
                % {"most": money.yuan(self._terms.movable), "keep": money.yuan(self._terms.keep)}
            )
        return amount


class PremiumForm(PlainForm):
    """Which premium to pay; its value is the Offer."""

    premium = forms.ChoiceField(
        label=_("缴哪一项?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("请选要缴的那一项"), "invalid_choice": _("请从列出的几项里选")},
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offers = {offer.code: offer for offer in offers}
        field = self.fields["premium"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, _offered(offer)) for code, offer in self._offers.items()]
        if len(self._offers) == 1:
            field.initial = next(iter(self._offers))

    def clean_premium(self) -> Offer:
        """Return the offer behind the chosen code."""
        return self._offers[self.cleaned_data["premium"]]


def _offered(offer: Offer) -> str:
    return gettext("%(year)d 年度%(kind)s,%(yuan)s 元") % {
        "year": offer.premium.year,
        "kind": gettext(offer.premium.category.label),
        "yuan": money.yuan(offer.premium.amount),
    }
