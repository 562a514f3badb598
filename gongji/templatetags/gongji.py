"""Filters that every template may use: money, masks, Chinese dates, and the list behind an error summary."""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django import template
from django.forms import BaseForm, BoundField
from django.utils import timezone
from django.utils.translation import gettext as _

from gongji import money
from gongji.policy import Relation

register = template.Library()

_MASK = "*"


@register.filter
def yuan(fen: int | None) -> str:
    """Write 分 as 元: 96350 -> "963.50". Nothing (None) stays nothing."""
    return "" if fen is None else money.yuan(fen)


@register.filter
def mask_name(name: str | None) -> str:
    """Hide the middle of a name: 李明 -> 李*, 李小明 -> 李*明, 买买提·艾力 -> 买*力."""
    letters = (name or "").strip()
    if len(letters) < 2:
        return letters
    return letters[0] + _MASK + ("" if len(letters) == 2 else letters[-1])


@register.filter
def ta(number: str | None) -> str:
    """Return 他 or 她 by the sex in an identity number (GB 11643: odd 17th digit = male); 他 without one."""
    told = re.fullmatch(r"[0-9]{17}[0-9X]", number or "")
    return _("她") if told and int(told[0][16]) % 2 == 0 else _("他")


@register.filter
def mask_id(number: str | None) -> str:
    """Show the first and last four of an identity number: 5301…0021; short ones lose all but two."""
    text = (number or "").strip()
    if len(text) < 10:
        return f"…{text[-2:]}" if len(text) > 4 else "…" if text else ""
    return f"{text[:4]}…{text[-4:]}"


@register.filter
def mask_phone(number: str | None) -> str:
    """Show the first three and last four digits of a phone: 138****5678."""
    text = (number or "").strip()
    return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else "****" + text[-2:] if text else ""


@register.filter
def cn_date(day: datetime.date | None) -> str:
    """Write a day as people say it: 11月25日(星期三); the year is added when it is not this year."""
    if day is None:
        return ""
    if isinstance(day, datetime.datetime):
        day = timezone.localtime(day).date()
    weekdays = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))
    text = _("{month}月{day}日({weekday})").format(
        month=day.month, day=day.day, weekday=weekdays[day.weekday()]
    )
    return text if day.year == timezone.localdate().year else _("{year}年").format(year=day.year) + text


@register.filter
def cn_datetime(moment: datetime.datetime | None) -> str:
    """Write a moment in Asia/Shanghai: 11月25日(星期三) 17:30."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{cn_date(local.date())} {local:%H:%M}"


class FormError(NamedTuple):
    """One line of an error summary: where it leads, and what it says (the words beside the field)."""

    anchor: str
    message: str


@register.filter
def error_items(form: BaseForm) -> Iterator[FormError]:
    """Yield each error of a form with the id of the control that mends it (none for the whole form)."""
    for message in form.non_field_errors():
        yield FormError("", message)
    for field in form:
        for message in field.errors:
            yield FormError(_control_id(field), message)


def _control_id(field: BoundField) -> str:
    """Return the id of the first control of a field: of a group of choices that is its first choice."""
    return f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label or field.auto_id


@register.filter
def relation_label(relation: str) -> str:
    """What the relative is to the giver: "parent" -> 父母."""
    return _(Relation(relation).label) if relation else ""


@register.filter
def giver_label(relation: str) -> str:
    """What the giver is to the relative: "parent" -> 子女."""
    return _(Relation(relation).inverse.label) if relation else ""


@register.filter
def item(mapping: Mapping[str, object], key: str) -> object:
    """Look a key up that is itself a variable; None when absent."""
    return mapping.get(key)
