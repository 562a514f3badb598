"""W9, W10, W12: the receipt, the way of a case, taking it back, asking for another look."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import citizen
from accounts.services import contact_phone
from binding import services
from binding.forms import AppealForm
from binding.models import Application, Channel, Proof
from binding.receipt import receipt_pdf
from binding.rules import CLOSED, UNDECIDED, WITH_REVIEWER, Action, Role, State, actions_for
from binding.services.signatures import open_picture
from binding.views.access import my_application, question, sent, status_words
from binding.views.steps import steps
from gongji.errors import Refused
from gongji.policy import Policy


@require_GET
@citizen
def status(request: HttpRequest, number: str) -> HttpResponse:
    """What was handed in, where it is, by when there is an answer, what to do now."""
    application = my_application(request, number)
    if application.state == State.DRAFT:
        return redirect("binding:check", number=number)
    if application.submitted_at is None:
        messages.info(request, _("这份草稿已经不在了。想办的时候可以重新申请。"))
        return redirect("binding:list")
    if application.channel == Channel.IMPORT:
        return redirect("binding:detail", application.bindings.get().pk)
    policy, state = services.policy_of(application), services.shown_state(application)
    called_off = _called_off(application, state)
    recovery = services.recovery_of(application) if state not in UNDECIDED else None
    context = {
        "application": application,
        "state": state,
        "policy": policy,
        "steps": steps(application, state, was_open=bool(called_off or recovery)),
        "documents": _documents(application, policy, state),
        "known": services.told_of_kinship(application),
        "timeline": services.timeline(application),
        "reasons": services.reasons_of(application),
        "phone": contact_phone(request.user.person),
        "binding": application.bindings.filter(until=None, since__lte=timezone.now()).first(),
        "overdue": application.apologised_at is not None and state in WITH_REVIEWER,
        "signature": services.signature_of(application, request.user.person),
        "called_off": called_off,
        "asked": services.asked_of(application) if state == State.APPROVED else None,
        "recovery": recovery,
    }
    return render(request, "binding/status.html", context | _what_one_can_do(application, state))


def _called_off(application: Application, state: State) -> str:
    """Say what was used of what was opened at once and called off; "" for any other case."""
    if state != State.WITHDRAWN or application.decided_at is None:
        return ""
    ended = application.bindings.order_by("since").last()
    return services.used_words(ended) if ended else ""


def _documents(application: Application, policy: Policy, state: State) -> list[dict[str, Any]]:
    """Each document with its own status and, where it must be sent again, the page for it."""
    rows = []
    for item in application.proofs.current().prefetch_related("pages"):
        known = policy.documents.get(item.kind)
        judged = state == application.state or item.status == Proof.Status.UNREADABLE
        again = judged and item.status in (Proof.Status.REJECTED, Proof.Status.UNREADABLE)
        rows.append(
            {
                "label": _(known.label) if known else item.kind,
                "status": status_words(item) if judged else Proof.Status.RECEIVED.label,
                "again": again and state in UNDECIDED,
                "pages": [page for page in item.pages.all() if page.sanitized_at],
            }
        )
    return rows


def _what_one_can_do(application: Application, state: State) -> dict[str, Any]:
    now, actions = timezone.now(), actions_for(state, Role.INITIATOR)
    undo_until = services.undo_until(application)
    can_undo = Action.UNDO in actions and now < undo_until
    call_off_until = services.call_off_until(application)
    return {
        "actions": actions,
        "undo_until": undo_until,
        "can_undo": can_undo,
        "call_off_until": call_off_until if call_off_until and now < call_off_until else None,
        "can_start_again": state in CLOSED and state != State.APPROVED,
        "can_hand_over": services.may_hand_over(application),
        "can_withdraw": Action.WITHDRAW in actions and not can_undo,
        "may_appeal": state == State.REFUSED and services.may_appeal(application, now=now),
        "appeal_until": services.appeal_until(application),
    }


@require_POST
@citizen
def undo(request: HttpRequest, number: str) -> HttpResponse:
    """Within ten minutes a submission becomes a draft again; pressed twice it is one."""
    application = my_application(request, number)
    if application.state != State.DRAFT:
        services.undo_submit(application=application, actor=request.user)
        messages.success(request, _("已收回,可以修改。改好以后请再提交一次。"))
    return redirect("binding:check", number=number)


@require_POST
@citizen
def call_off(request: HttpRequest, number: str) -> HttpResponse:
    """Within ten minutes what opened at once ends as if it had not been asked for; twice is once."""
    application = my_application(request, number)
    if application.state != State.WITHDRAWN:
        services.call_off(application=application, actor=request.user)
        messages.success(request, _("已撤销,家人不能再用了。"))
    return redirect("binding:status", number=number)


@require_http_methods(["GET", "POST"])
@citizen
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an undecided application back; pressed twice it is withdrawn once."""
    application = my_application(request, number)
    if application.state in (State.DRAFT, State.WITHDRAWN):
        return redirect("binding:status", number=number)
    if Action.WITHDRAW not in actions_for(State(application.state), Role.INITIATOR):
        raise Refused(
            "invalid_transition",
            _("这件申请已经办结,是“%(state)s”,不能再撤回。") % {"state": application.get_state_display()},
            _("已经开通的,可以在“家人详情”里解除。"),
        )
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
    if application.state == State.SECOND_REVIEW and application.appealed_at:
        return redirect("binding:status", number=number)
    form = AppealForm(sent(request))
    if form.is_valid():
        services.appeal(application=application, actor=request.user, text=form.cleaned_data["reason"])
        messages.success(request, _("复核申请收到了。由另一位工作人员看。"))
        return redirect("binding:status", number=number)
    _require_may_appeal(application)
    return question(request, form, back=reverse("binding:status", args=[number]), button=_("申请复核"))


def _require_may_appeal(application: Application) -> None:
    """Say at once, not after the writing, that it is too late or nothing to appeal."""
    if not services.may_appeal(application, now=timezone.now()):
        raise Refused(
            "too_late",
            _("这件申请现在不能申请复核。"),
            _("没有通过的申请,可以在期限内申请一次。也可以换一份材料,重新申请。"),
        )


@require_GET
@citizen
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt as PDF: number, date promised, what was handed in."""
    application = my_application(request, number)
    if application.submitted_at is None:
        return redirect("binding:status", number=number)
    pdf = receipt_pdf(application, services.policy_of(application), _drawn(request, application))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{number}.pdf"'
    return response


def _drawn(request: HttpRequest, application: Application) -> bytes | None:
    """What its author drew under the promise, while it is kept."""
    signature = services.signature_of(application, request.user.person)
    picture = getattr(signature, "picture", None)
    return open_picture(picture=picture, actor=request.user, purpose="receipt") if picture else None
