"""What a reviewer fills in: a decision with its reasons, and a search that never reaches an address bar."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from binding.models import Reason
from binding.rules import Action, State
from binding.rules.reasons import REVIEW_CHECKS, ReasonGiven, placeholders
from gongji.forms import PlainForm

CHECK_LABELS = {
    "complete": _("清楚完整"),
    "match": _("人和号一致"),
    "proves": _("能证明所选关系"),
}
HINTS = {
    "内容": _("哪里看不清(如:户号)"),
    "部分": _("缺了哪里(如:右下角)"),
    "证件上": _("证件上写的"),
    "填写的": _("申请里填的"),
    "实际材料": _("传成了什么(如:身份证)"),
}
DOUBTFUL = "J08"
_GAP = re.compile(r"\{(\w+)\}")


def _note(label: Any, **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    return forms.CharField(label=label, max_length=500, widget=widget, **options)


class SearchForm(PlainForm):
    """Find a case by number, name, or the last four of an identity number. By POST only."""

    q = forms.CharField(
        label=_("受理号、姓名或证件后 4 位"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
    )


class RevealForm(PlainForm):
    """Show one full number: the document's to compare it, the phone's to call. The purpose is kept."""

    who = forms.ChoiceField(choices=[("authorizer", _("出钱的人")), ("beneficiary", _("用钱的家人"))])
    purpose = forms.ChoiceField(choices=[("review", _("审核核对")), ("contact", _("联系当事人"))])


class DecisionForm(PlainForm):
    """What every decision carries: which state of the case the reviewer saw, and a note for colleagues."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    note = _note(_("内部备注(群众看不到)"), required=False)

    def given(self) -> list[ReasonGiven]:
        """Return the chosen reasons with their document and words."""
        return []

    def typed(self) -> list[str]:
        """Return in lines what was filled in, valid or not: nothing typed is lost when the case is gone."""
        note = str(self.data.get(self.add_prefix("note"), "")).strip()
        return [note] if note else []


class ApproveForm(DecisionForm):
    """Three ticks: what the reviewer looked at."""

    checks = forms.MultipleChoiceField(
        label=_("检查"),
        choices=[(code, CHECK_LABELS[code]) for code in REVIEW_CHECKS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("三项都核对过才能通过。有一项不行,请退回或不予通过。")},
    )
    field_order = ("version", "checks", "note")

    def clean_checks(self) -> list[str]:
        """All three, or the case is not decided."""
        ticked = self.cleaned_data["checks"]
        if set(ticked) != set(REVIEW_CHECKS):
            raise forms.ValidationError(self.fields["checks"].error_messages["required"])
        return list(ticked)


class EscalateForm(DecisionForm):
    """Ask a second reader, and say what to look at."""

    note = _note(_("请复核的同事看什么(群众看不到)"))
    doubtful = forms.BooleanField(label=_("材料存疑:用中性的话告诉群众最晚哪天答复"), required=False)
    field_order = ("version", "note", "doubtful")

    def given(self) -> list[ReasonGiven]:
        """Doubtful documents are the one reason the citizen hears of at this point."""
        return [ReasonGiven(DOUBTFUL)] if self.cleaned_data["doubtful"] else []


@dataclass(frozen=True)
class ReasonRow:
    """One line of the catalogue as the page draws it."""

    sentence: str
    tick: BoundField
    extra: list[BoundField]


class ReasonsForm(DecisionForm):
    """Return or refuse: one or more reasons of the catalogue, each with the words it leaves open."""

    def __init__(
        self,
        *args: Any,
        action: Action,
        reasons: Iterable[Reason],
        documents: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        self.action, self.reasons = action, list(reasons)
        super().__init__(*args, **kwargs)
        for reason in self.reasons:
            self._add(reason, documents)
        self.order_fields([*(name for name in self.fields if name != "note"), "note"])

    def _add(self, reason: Reason, documents: Mapping[str, str]) -> None:
        name = f"reason_{reason.code}"
        self.fields[name] = forms.BooleanField(label=f"{reason.code} {reason.label}", required=False)
        if documents and self._names_a_document(reason):
            # With one document there is nothing to choose; with more, none is chosen unseen.
            choices = (
                list(documents.items()) if len(documents) == 1 else [("", _("请选")), *documents.items()]
            )
            self.fields[f"{name}_proof"] = forms.ChoiceField(
                label=_("哪份材料"), choices=choices, required=False
            )
        for word in placeholders(reason.sentence):
            self.fields[f"{name}_{word}"] = forms.CharField(
                label=HINTS.get(word, word),
                required=False,
                max_length=40,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    @staticmethod
    def _names_a_document(reason: Reason) -> bool:
        return "{材料}" in reason.sentence

    def rows(self) -> list[ReasonRow]:
        """Return the catalogue with its fields, for the page."""
        return [
            ReasonRow(
                _GAP.sub(r"〔\1〕", reason.sentence),
                self[f"reason_{reason.code}"],
                [self[name] for name in self.fields if name.startswith(f"reason_{reason.code}_")],
            )
            for reason in self.reasons
        ]

    def clean(self) -> dict[str, Any]:
        """At least one reason, and the document it is about: a citizen must learn why."""
        cleaned = super().clean() or self.cleaned_data
        if not self._chosen():
            raise forms.ValidationError(_("请至少选一条理由,群众要知道为什么。"))
        for reason in self._chosen():
            field = f"reason_{reason.code}_proof"
            if field in self.fields and not cleaned.get(field) and field not in self.errors:
                self.add_error(field, _("请选是哪份材料"))
        return cleaned

    def _chosen(self) -> list[Reason]:
        return [reason for reason in self.reasons if self.cleaned_data.get(f"reason_{reason.code}")]

    def given(self) -> list[ReasonGiven]:
        """Return the chosen reasons with their document and words."""
        return [self._given(reason) for reason in self._chosen()]

    def _given(self, reason: Reason) -> ReasonGiven:
        name = f"reason_{reason.code}"
        proof = self.cleaned_data.get(f"{name}_proof")
        words = {word: self.cleaned_data[f"{name}_{word}"] for word in placeholders(reason.sentence)}
        return ReasonGiven(code=reason.code, proof_id=UUID(proof) if proof else None, params=words)

    def typed(self) -> list[str]:
        """Each ticked reason with the words filled in, then the note."""
        lines = [self._line(row) for row in self.rows() if row.tick.value()]
        return [*lines, *super().typed()]

    @staticmethod
    def _line(row: ReasonRow) -> str:
        words = [str(field.value()) for field in row.extra if field.value() and "_proof" not in field.name]
        return " · ".join([str(row.tick.label), *words])


def reasons_for(action: Action, state: str, catalogue: Iterable[Reason]) -> list[Reason]:
    """Return the reasons that fit a decision: a return asks for what can be mended, doubt takes two."""
    active = [reason for reason in catalogue if reason.active and reason.fix != Reason.Fix.RECHECK]
    if action == Action.RETURN:
        return [reason for reason in active if reason.fix == Reason.Fix.YES]
    two = state == State.SECOND_REVIEW
    fitting = [reason for reason in active if two or reason.fix != Reason.Fix.REVIEW]
    return sorted(fitting, key=lambda reason: reason.fix == Reason.Fix.YES)
