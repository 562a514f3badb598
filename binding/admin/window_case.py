"""Later help at the window: where a case stands, its receipt, what can be done about it, printed records."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from binding import services
from binding.admin.queue import state_words
from binding.admin.window_at import At
from binding.admin.window_forms import ObjectionForm
from binding.models import Application, Binding
from binding.receipt import receipt_pdf
from binding.rules import Action, Party, Role, State, actions_for
from binding.services import window
from gongji.errors import Refused
from gongji.templatetags.gongji import mask_name
from ledger import services as ledger
from ledger import statements as books
from ledger.statements import Role as Side
from ledger.statements import Statement


# ------------------------------------------------------------- a case
def case(at: At, case: UUID) -> HttpResponse:
    """How it stands: decided on the spot, or by when; what the citizen takes home; what can be done now."""
    application = at.case(case)
    if application.state == State.DRAFT:
        return at.go_on(application)
    return _case_page(at, application, ObjectionForm())


def _case_page(at: At, application: Application, objection: ObjectionForm) -> HttpResponse:
    state = services.shown_state(application)
    can = actions_for(state, Role.INITIATOR)
    return at.draw(
        "case",
        status=422 if objection.errors else 200,
        title=application.number,
        application=application,
        state=state,
        words=state_words(application) if state == application.state else _("正在审核"),
        other=mask_name(application.other_person.name) if application.other_person else "",
        reasons=services.reasons_of(application) if state in (State.RETURNED, State.REFUSED) else [],
        two_by_rule=application.state == State.IN_REVIEW and window.entered_alone(application),
        asks_other=application.consent_required and application.consent_id is None,
        may_withdraw=Action.WITHDRAW in can,
        may_resubmit=Action.RESUBMIT in can,
        still_wanted=Action.RESUBMIT in can and services.rejected_proofs(application).exists(),
        may_object=state == State.REFUSED and services.may_appeal(application, now=timezone.now()),
        objection=objection,
        events=services.timeline(application),
    )


def receipt(at: At, case: UUID) -> HttpResponse:
    """The receipt to print: number, what was handed in, by when there is an answer, who took it."""
    application = at.case(case)
    if application.submitted_at is None:
        raise Http404
    pdf = receipt_pdf(application, services.policy_of(application))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{application.number}.pdf"'
    return response


VERBS: dict[str, tuple[Callable[..., Any], Any]] = {
    "withdraw": (services.withdraw, gettext_lazy("已撤回。")),
    "resubmit": (services.resubmit, gettext_lazy("补齐了,交上去了。")),
    "discard": (services.discard_draft, gettext_lazy("草稿删掉了。")),
}


def act(at: At, case: UUID, action: str) -> HttpResponse:
    """Withdraw, hand in again, object, throw a draft away: as the citizen says, kept as done here."""
    application = at.case(case)
    if not at.is_sent:
        return at.go("case", application.pk)
    if action == "object":
        return _object(at, application)
    if action not in VERBS:
        raise Http404
    verb, words = VERBS[action]
    try:
        verb(application=application, actor=at.clerk)
    except Refused as refused:
        return at.refuse(refused, application)
    messages.success(at.request, words)
    return at.go("visit") if action == "discard" else at.go("case", application.pk)


def _object(at: At, application: Application) -> HttpResponse:
    form = ObjectionForm(at.request.POST)
    if not form.is_valid():
        return _case_page(at, application, form)
    try:
        services.appeal(application=application, actor=at.clerk, text=form.cleaned_data["text"])
    except Refused as refused:
        return at.refuse(refused, application)
    messages.success(at.request, _("复核申请记下了,由另一位工作人员看。"))
    return at.go("case", application.pk)


# ------------------------------------------------------------- a binding
BINDING_VERBS: dict[str, tuple[Callable[..., Any], Any, tuple[Party, ...]]] = {
    "pause": (services.pause, gettext_lazy("已暂停。"), (Party.AUTHORIZER,)),
    "resume": (services.resume, gettext_lazy("已恢复。"), (Party.AUTHORIZER,)),
    "end": (
        services.end_binding,
        gettext_lazy("已解除,双方都会收到消息。"),
        (Party.AUTHORIZER, Party.BENEFICIARY),
    ),
}


def binding_act(at: At, binding: UUID, action: str) -> HttpResponse:
    """Pause, resume or end a binding for the end that stands here; what follows is read out first."""
    found = at.binding(binding)
    if action not in BINDING_VERBS:
        raise Http404
    verb, words, ends = BINDING_VERBS[action]
    party = _end_of(at, found)
    if party not in ends or found.until is not None:
        raise Http404
    if not at.is_sent:
        other = found.beneficiary if party == Party.AUTHORIZER else found.authorizer
        return at.draw(
            "binding_act",
            title=_ASK[action] % {"name": mask_name(other.name)},
            binding=found,
            action=action,
            gives=party == Party.AUTHORIZER,
            used=ledger.month_used(found.pk, timezone.localdate()),
        )
    verb(binding=found, actor=at.clerk)
    messages.success(at.request, words)
    return at.go("visit")


_ASK = {
    "pause": gettext_lazy("暂停%(name)s的使用?"),
    "resume": gettext_lazy("恢复%(name)s的使用?"),
    "end": gettext_lazy("解除和%(name)s的绑定?"),
}


def _end_of(at: At, found: Binding) -> Party:
    return Party.AUTHORIZER if found.authorizer_id == at.visit.person_id else Party.BENEFICIARY


# ------------------------------------------------------------- printed records
MONTHS = 6


def statements(at: At) -> HttpResponse:
    """Which records can be printed: months and years, of the account and of what was used."""
    today = timezone.localdate()
    account = books.account_of(at.visit.person)
    this = today.year * 12 + today.month - 1
    months = [f"{number // 12}-{number % 12 + 1:02}" for number in range(this, this - MONTHS, -1)]
    codes = [*months, str(today.year), str(today.year - 1)]
    roles = [Side.ACCOUNT, Side.USED] if account else [Side.USED]
    return at.draw(
        "statements",
        title=_("打印使用记录"),
        rows=[
            (books.TITLES[role], [(code, at.url("statement", role.value, code)) for code in codes])
            for role in roles
        ],
    )


def statement(at: At, role: str, code: str) -> HttpResponse:
    """A month or a year as PDF with its check code; the look is kept first, and the citizen sees it."""
    found = _statement(at, role, code)
    window.record_printing(visit=at.visit, what=window.STATEMENT)
    check_page = at.request.build_absolute_uri(reverse("ledger:check"))
    pdf = books.pdf_book(found, ledger.stamp_of(found, check_page=check_page))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="gongji-{role}-{code}.pdf"'
    return response


def _statement(at: At, role: str, code: str) -> Statement:
    period = books.period_of(code, timezone.localdate())
    account = books.account_of(at.visit.person)
    if period is None or role not in list(Side) or (role == Side.ACCOUNT and account is None):
        raise Http404
    if role == Side.ACCOUNT and account is not None:
        return books.account_statement(account, period)
    return books.use_statement(at.visit.person, period)
