"""The questions of「先看看能不能办」: where, and then four, one a page."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongji.forms import PlainForm
from gongji.policy import NATIONAL, Policy, load
from gongji.policy.eligibility import Insured, Place, Scheme, Stranger
from gongji.policy.types import Labelled

QUESTIONS = ("scheme", "relation", "place", "insured")
"""In this order, each only when nothing before said no."""

ELSEWHERE = "other"
"""The answer to "where" of somebody whose area is not listed."""

_ASK: Mapping[str, tuple[Any, Any, Any]] = {
    "area": (
        _("您在哪里参加医保"),
        _("看您的医保由哪里管,不看户口和住在哪里。"),
        _("请选您参加医保的地方"),
    ),
    "scheme": (
        _("您参加的是哪种医保"),
        _("单位交的是职工医保。自己按职工标准交的,也是职工医保。"),
        _("请选您参加的医保"),
    ),
    "relation": (_("您想给谁用"), _("选家人是您的什么人。"), _("请选一位家人")),
    "place": (_("家人在哪里参加医保"), "", _("请选家人参加医保的地方")),
    "insured": (
        _("家人参加基本医保了吗"),
        _("职工医保、居民医保(以前叫新农合)都算。"),
        _("请选家人参加了没有"),
    ),
}


class Question(PlainForm):
    """One question with radio buttons; the answers so far travel along as hidden fields of the page."""

    def __init__(self, name: str, choices: list[tuple[str, str]], data: Mapping[str, Any] | None) -> None:
        super().__init__(data)
        label, help_text, missing = _ASK[name]
        self.fields[name] = forms.ChoiceField(
            label=label,
            help_text=help_text,
            choices=choices,
            widget=forms.RadioSelect,
            error_messages={"required": missing, "invalid_choice": missing},
        )


def ask(name: str, *, policy: Policy | None, data: Mapping[str, Any] | None) -> Question:
    """Return the form of question `name`; with `data` it was answered and may show an error."""
    return Question(name, _choices(name, policy), data)


def _choices(name: str, policy: Policy | None) -> list[tuple[str, str]]:
    if name == "area":
        return [*((area.area, area.name) for area in _areas()), (ELSEWHERE, gettext("别的地方"))]
    kinds: dict[str, list[Labelled]] = {
        "scheme": list(Scheme),
        "relation": [*(policy.relations if policy else ()), *Stranger],
        "place": list(Place),
        "insured": list(Insured),
    }
    return [(kind.value, gettext(kind.label)) for kind in kinds[name]]


def _areas() -> list[Policy]:
    # A closed province with cities of its own speaks for nobody; a closed one without stands for itself.
    policies = load().values()
    parents = {policy.parent for policy in policies}
    listed = [policy for policy in policies if policy.open or policy.area not in parents]
    return sorted((policy for policy in listed if policy.area != NATIONAL), key=lambda policy: policy.area)
