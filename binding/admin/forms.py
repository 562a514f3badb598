"""What a reviewer fills in: a decision with its reasons, and a search that never reaches an address bar."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from binding.models import Application, Reason
from binding.rules import Action
from binding.rules.reasons import REVIEW_CHECKS, ReasonGiven, placeholders
from gongji.forms import PlainForm
from gongji.policy import Policy

CHECK_LABELS = {
    "complete": _("清楚完整"),
    "match": _("人和号一致"),
    "proves": _("能证明所选关系"),
}
FIXABLE = (Reason.Fix.YES,)


class SearchForm(PlainForm):
    """Find a waiting case by number, name, or the last four of an identity number. By POST only."""

    q = forms.CharField(label=_("受理号、姓名或证件后 4 位"), max_length=40)


class RevealForm(PlainForm):
    """Show one full number, for a purpose that is kept."""

    who = forms.ChoiceField(choices=[("authorizer", _("出钱的人")), ("beneficiary", _("用钱的家人"))])
    purpose = forms.ChoiceField(
        label=_("用途"), choices=[("review", _("审核核对")), ("contact", _("联系当事人"))]
    )


class ApproveForm(PlainForm):
    """Three ticks and a version: what the reviewer looked at, and which state of the case."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    checks = forms.MultipleChoiceField(
        label=_("检查"),
        choices=[(code, CHECK_LABELS[code]) for code in REVIEW_CHECKS],
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label=_("内部备注(群众看不到)"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_checks(self) -> list[str]:
        """All three, or the case is not decided."""
        ticked = self.cleaned_data["checks"]
        if set(ticked) != set(REVIEW_CHECKS):
            raise forms.ValidationError(_("三项都核对过才能通过。有一项不行,请退回或不予通过。"))
        return list(ticked)


@dataclass(frozen=True)
class ReasonRow:
    """One line of the catalogue as the page draws it."""

    reason: Reason
    tick: BoundField
    proof: BoundField | None
    words: list[BoundField]


class ReasonsForm(PlainForm):
    """Return or refuse: one or more reasons of the catalogue, each with the words it leaves open."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("补充一句(群众看得到)"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        action: Action,
        application: Application,
        policy: Policy,
        reasons: Iterable[Reason],
        **kwargs: Any,
    ) -> None:
        self.action = action
        self.reasons = [reason for reason in reasons if _fits(reason, action)]
        super().__init__(*args, **kwargs)
        documents = [
            (str(proof.pk), policy.documents[proof.kind].label) for proof in application.proofs.current()
        ]
        for reason in self.reasons:
            self._add(reason, documents)

    def _add(self, reason: Reason, documents: list[tuple[str, str]]) -> None:
        name = f"reason_{reason.code}"
        self.fields[name] = forms.BooleanField(label=f"{reason.code} {reason.label}", required=False)
        if documents and "{材料}" in reason.sentence:
            self.fields[f"{name}_proof"] = forms.ChoiceField(
                label=_("哪份材料"), choices=documents, required=False
            )
        for word in placeholders(reason.sentence):
            self.fields[f"{name}_{word}"] = forms.CharField(label=word, required=False, max_length=40)

    def rows(self) -> list[ReasonRow]:
        """Return the catalogue with its fields, for the page."""
        return [
            ReasonRow(
                reason,
                self[f"reason_{reason.code}"],
                self[f"reason_{reason.code}_proof"] if f"reason_{reason.code}_proof" in self.fields else None,
                [self[f"reason_{reason.code}_{word}"] for word in placeholders(reason.sentence)],
            )
            for reason in self.reasons
        ]

    def clean(self) -> dict[str, Any]:
        """At least one reason: a citizen must learn why."""
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(f"reason_{reason.code}") for reason in self.reasons):
            raise forms.ValidationError(_("请至少选一条理由,群众要知道为什么。"))
        return cleaned

    def given(self) -> list[ReasonGiven]:
        """Return the chosen reasons with their document and words."""
        return [self._given(reason) for reason in self.reasons if self.cleaned_data[f"reason_{reason.code}"]]

    def _given(self, reason: Reason) -> ReasonGiven:
        name = f"reason_{reason.code}"
        proof = self.cleaned_data.get(f"{name}_proof")
        words = {word: self.cleaned_data[f"{name}_{word}"] for word in placeholders(reason.sentence)}
        return ReasonGiven(code=reason.code, proof_id=UUID(proof) if proof else None, params=words)


def _fits(reason: Reason, action: Action) -> bool:
    """A return asks for something that can be mended; a refusal may give any reason."""
    return reason.active and (action != Action.RETURN or reason.fix in FIXABLE)
