"""W9 to W12: the receipt, the way of a case, mending it, taking it back, asking for another look."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import citizen
from binding import proofs, services
from binding.forms import AppealForm
from binding.models import Application
from binding.proofs.fields import ProofForm
from binding.receipt import receipt_pdf
from binding.rules import CLOSED, Action, Role, State, actions_for
from binding.views.access import my_application
from gongji.errors import Refused


@dataclass(frozen=True)
class Step:
    """One of the four steps of M5: its label and whether it is done, now, to do or stopped."""

    label: str
    state: str
    at: datetime | None = None


_POSITION = {
    State.SUBMITTED: 1,
    State.IN_REVIEW: 1,
    State.SECOND_REVIEW: 1,
    State.RETURNED: 1,
    State.REFUSED: 1,
    State.AWAITING_CONSENT: 2,
    State.DECLINED: 2,
    State.APPROVED: 4,
}
"""How many of the four steps are done; withdrawn and lapsed cases stop where they were."""


def steps(application: Application) -> list[Step]:
    """Return ① 已收到 ② 审核材料 ③ 家人同意 ④ 开通 as they stand for this application."""
    state = State(application.state)
    done = _POSITION.get(state, 2 if application.decided_at else 1)
    stopped = state in CLOSED and state != State.APPROVED
    times = [application.submitted_at, application.decided_at, None, application.decided_at]
    labels = [_("已收到"), _("审核材料"), _("家人同意"), _("开通")]
    found = []
    for position, (label, at) in enumerate(zip(labels, times, strict=True)):
        mark = "done" if position < done else "todo"
        if position == done:
            mark = "stopped" if stopped else "now"
        found.append(Step(label, mark, at if mark == "done" else None))
    return found


@require_GET
@citizen
def status(request: HttpRequest, number: str) -> HttpResponse:
    """W9 and W10: what was handed in, where it is, by when there is an answer, what to do now."""
    application = my_application(request, number)
    if application.state == State.DRAFT:
        return redirect("binding:check", number=number)
    policy = services.policy_of(application)
    now = timezone.now()
    context: dict[str, Any] = {
        "application": application,
        "policy": policy,
        "steps": steps(application),
        "proofs": [(item, policy.documents[item.kind].label) for item in application.proofs.current()],
        "timeline": services.timeline(application),
        "actions": set(actions_for(State(application.state), Role.INITIATOR)),
        "undo_until": services.undo_until(application),
        "reasons": services.reasons_of(application),
        "may_appeal": services.may_appeal(application, now=now),
        "binding": application.bindings.filter(until=None).first(),
        "overdue": application.apologised_at is not None and application.state not in CLOSED,
    }
    context["can_undo"] = Action.UNDO in context["actions"] and now < context["undo_until"]
    return render(request, "binding/status.html", context)


@require_POST
@citizen
def undo(request: HttpRequest, number: str) -> HttpResponse:
    """Within ten minutes a submission becomes a draft again."""
    application = services.undo_submit(application=my_application(request, number), actor=request.user)
    messages.success(request, _("已收回,可以修改。改好以后请再提交一次。"))
    return redirect("binding:check", number=application.number)


@require_http_methods(["GET", "POST"])
@citizen
def fix(request: HttpRequest, number: str) -> HttpResponse:
    """W11: only the document that was asked for; with the last one the case goes back to review."""
    application = my_application(request, number)
    if application.state != State.RETURNED:
        return redirect("binding:status", number=number)
    asked = services.rejected_proofs(application).first()
    if asked is None:
        services.resubmit(application=application, actor=request.user)
        return redirect("binding:status", number=number)
    policy = services.policy_of(application)
    document = policy.documents[asked.kind]
    form = ProofForm(request.POST or None, request.FILES or None, document=document)
    if request.method == "POST" and form.is_valid():
        try:
            proofs.store(
                application=application, kind=asked.kind, files=form.files_in_order(), actor=request.user
            )
            if not services.rejected_proofs(application).exists():
                services.resubmit(application=application, actor=request.user)
                messages.success(request, _("收到了。补上后 1 个工作日内再看。"))
            return redirect("binding:fix", number=number)
        except Refused as refused:
            form.add_error(None, f"{refused.message}{refused.next_step}")
    context = {
        "application": application,
        "form": form,
        "document": document,
        "reasons": services.reasons_of(application),
        "good": application.proofs.current().exclude(pk=asked.pk).exists(),
    }
    return render(request, "binding/fix.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@citizen
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an undecided application back."""
    application = my_application(request, number)
    if request.method == "POST":
        services.withdraw(application=application, actor=request.user)
        messages.success(request, _("已撤回。想办的时候可以重新申请。"))
        return redirect("binding:status", number=number)
    return render(request, "binding/withdraw.html", {"application": application})


@require_http_methods(["GET", "POST"])
@citizen
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    """W12: ask that another member of staff looks at a refusal; once, within the area's days."""
    application = my_application(request, number)
    form = AppealForm(request.POST or None)
    if form.is_valid():
        services.appeal(application=application, actor=request.user, text=form.cleaned_data["reason"])
        messages.success(request, _("复核申请收到了。由另一位工作人员看。"))
        return redirect("binding:status", number=number)
    context = {"form": form, "back": reverse("binding:status", args=[number]), "button": _("申请复核")}
    return render(request, "binding/question.html", context, status=422 if form.errors else 200)


@require_GET
@citizen
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt as PDF: number, date promised, what was handed in."""
    application = my_application(request, number)
    if application.submitted_at is None:
        return redirect("binding:check", number=number)
    response = HttpResponse(
        receipt_pdf(application, services.policy_of(application)), content_type="application/pdf"
    )
    response["Content-Disposition"] = f'attachment; filename="{number}.pdf"'
    return response
