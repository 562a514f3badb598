"""What people type on the pages of the ledger."""

import re
import unicodedata

from django import forms
from django.utils.translation import gettext_lazy as _

from gongji import money
from gongji.forms import PlainForm, PlainModelForm
from ledger.models import NoticeChoice
from ledger.services import is_code

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
