"""Reasons, which a supervisor may reword, and published rules, which nobody may."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Duty
from binding.models import PolicyVersion, Reason
from gongji import audit
from gongji.forms import PlainModelForm
from gongji.staffsite import DutyAdmin

_GAP = re.compile(r"\{[^\W\d_]{1,8}\}")


class ReasonForm(PlainModelForm):
    """A citizen's sentence with gaps in braces; a broken brace would break every decision that uses it."""

    class Meta:
        model = Reason
        fields = ("label", "sentence", "active", "order")
        labels = {"active": _("还在用"), "order": _("排序")}
        widgets = {"sentence": forms.Textarea(attrs={"rows": 3, "cols": 70})}

    def clean_sentence(self) -> str:
        """Only plain gaps such as {材料}: no formats, no attributes, no lonely braces."""
        sentence = self.cleaned_data["sentence"]
        if re.search(r"[{}]", _GAP.sub("", sentence)):
            raise forms.ValidationError(_("花括号里只能写一个词,例如 {材料}。请成对使用。"))
        return sentence


@admin.register(Reason)
class ReasonAdmin(DutyAdmin):
    """理由库: the supervisor's words; codes stay."""

    changed_by = (Duty.SUPERVISOR,)
    menu_name = _("理由库")
    menu_order = 10
    form = ReasonForm
    list_display = ("code", "label", "sentence", "mends", "in_use")
    fields = ("code", "label", "sentence", "mends", "active", "order")
    readonly_fields = ("code", "mends")

    @admin.display(description=_("能不能补"))
    def mends(self, reason: Reason) -> str:
        """Whether the citizen can mend it."""
        return reason.get_fix_display()

    @admin.display(description=_("还在用"), boolean=True)
    def in_use(self, reason: Reason) -> bool:
        """Whether reviewers are offered it."""
        return reason.active

    def save_model(self, request: HttpRequest, obj: Reason, form: Any, change: bool) -> None:
        """Keep a trace of who reworded what; events hold the sentences as they were given."""
        old = form.initial
        changes = {name: (old.get(name), form.cleaned_data[name]) for name in form.changed_data}
        audit.record(action="reason.changed", actor=request.user, obj=obj, changes=changes)
        super().save_model(request, obj, form, change)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(DutyAdmin):
    """规则版本: what was in force, read only."""

    seen_by = (Duty.SUPERVISOR, Duty.AUDITOR, Duty.ADMIN)
    menu_order = 20
    list_display = ("area", "digest", "published_at")
    ordering = ("area", "-published_at")
    show_full_result_count = False
