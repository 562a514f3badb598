"""A decision on its way: filled in, read as the citizen will read it, confirmed, and safe to send twice."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from accounts.models import User
from binding import services
from binding.admin.case import document_label, two_readers
from binding.admin.forms import ApproveForm, DecisionForm, EscalateForm, ReasonsForm, reasons_for
from binding.models import Application, Reason
from binding.rules import Action, Role, State, actions_for

DECISIONS = (Action.APPROVE, Action.RETURN, Action.REFUSE, Action.ESCALATE)


def blank_forms(application: Application) -> dict[str, DecisionForm]:
    """Return an empty form for every decision that is possible now, by action."""
    possible = [
        action for action in DECISIONS if action in actions_for(State(application.state), Role.REVIEWER)
    ]
    catalogue, documents = list(Reason.objects.all()), _documents(application)
    return {action.value: _form(application, action, None, catalogue, documents) for action in possible}


def filled_form(application: Application, action: Action, data: QueryDict) -> DecisionForm:
    """Return the form of one decision as it was sent."""
    return _form(application, action, data, list(Reason.objects.all()), _documents(application))


def _documents(application: Application) -> dict[str, str]:
    rules = services.policy_of(application)
    current = application.proofs.current().order_by("created_at", "id")
    return {str(proof.pk): document_label(rules, proof.kind) for proof in current}


def _form(
    application: Application,
    action: Action,
    data: QueryDict | None,
    catalogue: list[Reason],
    documents: Mapping[str, str],
) -> DecisionForm:
    common: dict[str, Any] = {"initial": {"version": application.version}, "auto_id": f"{action}_%s"}
    if action == Action.APPROVE:
        return ApproveForm(data, **common)
    if action == Action.ESCALATE:
        return EscalateForm(data, **common)
    fitting = reasons_for(action, application.state, catalogue)
    return ReasonsForm(data, **common, action=action, reasons=fitting, documents=documents)


def letter(application: Application, action: Action, form: DecisionForm, user: User) -> dict[str, Any] | None:
    """Return title, text and SMS the citizen would get for this decision; None when they hear nothing yet."""
    silent = action == Action.ESCALATE and not form.given()
    if silent or (action == Action.APPROVE and two_readers(application, user)):
        return None
    title, body, sms = services.preview(application=application, action=action, reasons=form.given())
    return {"title": title, "body": body, "sms": sms}


def decide(application: Application, action: Action, form: DecisionForm, user: User) -> Application:
    """Make the decision. Raises Refused and PermissionDenied as the service does."""
    data = form.cleaned_data
    common = {"application": application, "actor": user, "version": data["version"], "note": data["note"]}
    if action == Action.APPROVE:
        return services.approve(**common, checks=data["checks"])
    verb = {
        Action.RETURN: services.return_,
        Action.REFUSE: services.refuse,
        Action.ESCALATE: services.escalate,
    }[action]
    return verb(**common, reasons=form.given())


def is_repeat(application: Application, action: Action, form: DecisionForm, user: User) -> bool:
    """Whether this very decision went through a moment ago: a double click, or the page sent again."""
    last = application.events.order_by("at", "id").last()
    # An approval that needs two readers is kept as sent on.
    kept_as = {action, Action.ESCALATE} if action == Action.APPROVE else {action}
    same = last is not None and last.actor_id == user.pk and last.action in kept_as
    return same and application.version - 1 == form.cleaned_data.get("version")
