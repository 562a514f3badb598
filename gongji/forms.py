"""Forms that speak like people.

`PlainForm` and `PlainModelForm` replace Django's stock messages by sentences made from the field's
own label (「请填写手机号」), leave checking to the server, and tell the page whether the label is
the heading. A form that passes its own `error_messages` keeps them.
"""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gongji import money


def _ask(field: forms.Field) -> Any:
    """Choose the verb that fits the control: fill in, choose, upload or tick."""
    if isinstance(field, forms.ImageField):
        return _("请选一张{label}的照片")
    if isinstance(field, forms.FileField):
        return _("请选一个文件:{label}")
    if isinstance(field, forms.BooleanField):
        return _("请勾选“{label}”")
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField | forms.TypedChoiceField):
        return _("请选择{label}")
    return _("请填写{label}")


def _plain_messages(field: forms.Field, label: Any) -> dict[str, Any]:
    """Return our wording for each stock error a field can raise."""
    again = format_lazy(_("{label}看起来不对,请再看一遍"), label=label)
    choose = format_lazy(_("请从列出的几项里选择{label}"), label=label)
    return {
        "required": format_lazy(_ask(field), label=label),
        "incomplete": format_lazy(_ask(field), label=label),
        "invalid": again,
        "invalid_choice": choose,
        "invalid_list": choose,
        "invalid_pk_value": choose,
        "null_characters_not_allowed": again,
        "max_length": format_lazy(
            _("{label}最多 %(limit_value)d 个字,您填了 %(show_value)d 个"), label=label
        ),
        "min_length": format_lazy(
            _("{label}至少 %(limit_value)d 个字,您填了 %(show_value)d 个"), label=label
        ),
        "max_value": format_lazy(_("{label}最多是 %(limit_value)s"), label=label),
        "min_value": format_lazy(_("{label}最少是 %(limit_value)s"), label=label),
        "empty": _("文件是空的。请重新选一个"),
        "missing": format_lazy(_ask(field), label=label),
        "invalid_image": _("打不开这张照片。请重新拍一张"),
    }


def _stock_messages(field: forms.Field) -> dict[str, Any]:
    """Return the messages Django would give this field if nobody said otherwise."""
    messages: dict[str, Any] = {}
    for ancestor in reversed(type(field).__mro__):
        messages.update(getattr(ancestor, "default_error_messages", {}))
    return messages


_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
"""A comma before three digits; any other may be meant as a decimal point: 12,5 is not 125."""


def plain_amount(written: str) -> str:
    """Return an amount of 元 that people wrote (full-width, 1,000.5, 500元) as `money.fen` reads it."""
    return _THOUSANDS.sub("", re.sub(r"[\s元¥]", "", unicodedata.normalize("NFKC", written)))  # data


class AmountField(forms.CharField):
    """An amount of 元 as people write it (full-width, 1,000.5, 500元); its value is 分, None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 14)
        super().__init__(
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **kwargs
        )

    def clean(self, value: Any) -> int | None:
        """Return 分; at least one."""
        text = plain_amount(super().clean(value))
        if not text:
            return None
        try:
            fen = money.fen(text)
        except ValueError:
            raise forms.ValidationError(
                _("金额看起来不对。请用数字,最多两位小数,例如 500 或 500.50")
            ) from None
        if not fen:
            raise forms.ValidationError(_("最少 0.01 元"))
        return fen


class PlainMixin:
    """Plain words for every field; see the module's docstring."""

    use_required_attribute = False
    heading: Any = ""
    """The question of the page, when it is not the label of the only field."""
    asked_by_another_answer: tuple[str, ...] = ()
    """Fields that another answer makes necessary: their labels do not say that they may stay empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            label = field.label or name
            stock = _stock_messages(field)
            own = {code for code, text in field.error_messages.items() if text != stock.get(code)}
            field.error_messages |= {
                code: text for code, text in _plain_messages(field, label).items() if code not in own
            }

    @property
    def label_is_heading(self) -> bool:
        """True when the page asks one question: the label of the only visible field is its heading."""
        return not self.heading and len(self.visible_fields()) == 1  # type: ignore[attr-defined]


class PlainForm(PlainMixin, forms.Form):
    """A form of one question (or a few) whose messages need no translation into plain words."""


class PlainModelForm(PlainMixin, forms.ModelForm):
    """The same for a form drawn from a model."""
