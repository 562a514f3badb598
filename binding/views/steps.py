"""The way of a case in four steps (M5): ① 已收到 ② 审核材料 ③ 家人同意 ④ 开通."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from binding.models import Application
from binding.rules import CLOSED, WITH_REVIEWER, State

_BEFORE_DECISION = {State.SUBMITTED, *WITH_REVIEWER, State.RETURNED}


@dataclass(frozen=True)
class Step:
    """One of the steps: its label and whether it is done, now, todo or stopped."""

    label: str
    state: str
    at: datetime | None = None
    note: str = ""


def steps(application: Application, state: State, *, was_open: bool = False) -> list[Step]:
    """Return the four steps of an application that citizens see in `state`.

    `was_open`: it came to its end after the last step, called off or found untrue.
    """
    found = [
        Step(_("已收到"), "done", application.submitted_at),
        _review(application, state),
        _consent(application, state),
        Step(_("开通"), *_done_at(application.decided_at if state == State.APPROVED else None)),
    ]
    if was_open:
        done = [replace(step, state="done") for step in found[:-1]]
        return [*done, replace(found[-1], state="stopped", at=None)]
    if state in CLOSED and state != State.APPROVED:
        return _stopped(found, at_consent=state == State.DECLINED)
    return found


def _review(application: Application, state: State) -> Step:
    label = _("审核材料")
    if state in _BEFORE_DECISION:
        return Step(label, "now", note=_("等您补材料") if state == State.RETURNED else "")
    return Step(label, *_done_at(application.decided_at))


def _consent(application: Application, state: State) -> Step:
    label = _("家人同意")
    if not application.consent_required:
        done = "done" if state == State.APPROVED else "todo"
        return Step(label, done, note=_("这件不用家人先同意"))
    if application.consent is not None:
        return Step(label, "done", application.consent.at)
    return Step(label, "now" if state == State.AWAITING_CONSENT else "todo")


def _done_at(moment: datetime | None) -> tuple[str, datetime | None]:
    return ("done", moment) if moment else ("todo", None)


def _stopped(found: list[Step], *, at_consent: bool) -> list[Step]:
    """Mark where a case came to its end: a decline at the consent, else the first step that is not done."""
    first_open = next((place for place, step in enumerate(found) if step.state != "done"), len(found) - 1)
    place = 2 if at_consent else first_open
    halted = replace(found[place], state="stopped", at=None)
    return [*found[:place], halted, *found[place + 1 :]]
