"""Several relatives in one go: a list of tasks, each its own application, one signature under all."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import citizen
from binding import services
from binding.forms import SubmitForm
from binding.models import Application
from binding.services.several import Outcome
from binding.views.access import answer_status, sent, verdict
from binding.views.apply import next_question
from gongji.errors import Refused
from gongji.policy import Letter

WHY_NOT = "several"
"""Session: why a draft was not handed in, by number, to be read once."""


@require_http_methods(["GET", "POST"])
@citizen
def several(request: HttpRequest) -> HttpResponse:
    """Show who is on the list and what each still needs; take one signature for all that are complete."""
    tasks = services.tasks_of(request.user)
    ready, policy = services.signed_together(tasks)
    form, notice = None, None
    if policy is not None:
        notice = services.notice_to_read(ready[0], policy)
        form = SubmitForm(sent(request), policy=policy, kind=ready[0].kind, notice=notice)
        if form.is_valid():
            try:
                return _hand_in(request, ready, form, notice)
            except Refused as refused:
                if refused.code != "wrong_signature":
                    return verdict(request, refused, policy=policy)
                form.add_error("signature", f"{refused.message}{refused.next_step}")
    elif request.method == "POST":
        return redirect("binding:several")
    why = request.session.pop(WHY_NOT, {}) if request.method == "GET" else {}
    context: dict[str, Any] = {
        "tasks": [(task, next_question(task.draft), why.get(task.draft.number, "")) for task in tasks],
        "ready": ready,
        "policy": policy,
        "form": form,
        "notice": notice,
        "commitment": policy.commitment_for(ready[0].kind) if policy else None,
    }
    return render(request, "binding/several.html", context, status=answer_status(form) if form else 200)


def _hand_in(
    request: HttpRequest, ready: list[Application], form: SubmitForm, notice: Letter | None
) -> HttpResponse:
    outcomes = services.submit_several(
        drafts=ready,
        actor=request.user,
        signed=form.signed,
        agreed=form.cleaned_data["health"],
        notice_version=notice.version if notice else "",
    )
    _tell(request, outcomes)
    all_in = all(outcome.refused is None for outcome in outcomes)
    return redirect("binding:list" if all_in else "binding:several")


def _tell(request: HttpRequest, outcomes: list[Outcome]) -> None:
    handed_in = [outcome for outcome in outcomes if outcome.refused is None]
    if handed_in:
        words = ngettext(
            "%(count)d 位家人的申请提交好了。", "%(count)d 位家人的申请提交好了。", len(handed_in)
        )
        messages.success(request, words % {"count": len(handed_in)})
    refused = {
        outcome.draft.number: f"{outcome.refused.message}{outcome.refused.next_step}"
        for outcome in outcomes
        if outcome.refused is not None
    }
    if refused:
        messages.warning(request, _("有的没有提交成,原因写在下面。已填的都在。"))
        request.session[WHY_NOT] = refused
