"""What a reviewer fills in about a promise that was drawn for a later look."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from binding.admin.forms import ReasonsForm
from binding.models import Application, Reason
from binding.rules import Action
from gongji.forms import PlainForm


class NoteForm(PlainForm):
    """True, or true after all: a note for colleagues, if there is something to say."""

    note = forms.CharField(
        label=_("内部备注(群众看不到)"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )


class AskForm(PlainForm):
    """Which document the citizen should send."""

    kind = forms.ChoiceField(label=_("请群众交哪一种"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, documents: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(documents.items())
        field.error_messages["required"] = _("请选一种材料")


def untrue_form(application: Application, data: QueryDict | None) -> ReasonsForm:
    """Return the form of a doubt: the reasons that may be given for an untrue promise."""
    return ReasonsForm(
        data,
        initial={"version": application.version},
        auto_id="doubt_%s",
        action=Action.REVOKE,
        reasons=_fitting(Reason.objects.filter(active=True)),
        documents={},
    )


def _fitting(catalogue: Iterable[Reason]) -> list[Reason]:
    """Those made for it, and "not near enough a relative", which is untrue whoever says it."""
    return sorted(
        (reason for reason in catalogue if reason.fix == Reason.Fix.RECHECK or reason.code == _TOO_FAR),
        key=lambda reason: reason.order,
        reverse=True,
    )


_TOO_FAR = "J01"
