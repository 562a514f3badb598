"""What may happen to an application, and by whom: pure rules, no query, no clock, no settings.

The buttons, the admin, the tests and the picture in docs/ are all derived from TRANSITIONS.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from binding.states import CLOSED, UNDECIDED, WITH_REVIEWER, Action, Party, Role, State
from gongji.errors import Refused

__all__ = [
    "CLOSED", "TRANSITIONS", "UNDECIDED", "WITH_REVIEWER", "Action", "Party", "Role", "State", "Transition",
    "actions_for", "next_state",
]  # fmt: skip


@dataclass(frozen=True)
class Transition:
    """From any of `sources`, `role` may move an application to one of `targets`."""

    sources: tuple[State, ...]
    targets: tuple[State, ...]
    role: Role


_OPENED = (State.APPROVED, State.AWAITING_CONSENT)

TRANSITIONS: Mapping[Action, Transition] = {
    Action.SUBMIT: Transition((State.DRAFT,), (State.SUBMITTED,), Role.INITIATOR),
    Action.UNDO: Transition((State.SUBMITTED,), (State.DRAFT,), Role.INITIATOR),
    Action.ACCEPT: Transition((State.SUBMITTED,), _OPENED, Role.SYSTEM),
    Action.ENQUEUE: Transition((State.SUBMITTED,), (State.IN_REVIEW,), Role.SYSTEM),
    Action.TURN_DOWN: Transition((State.SUBMITTED,), (State.REFUSED,), Role.SYSTEM),
    Action.RETURN: Transition(WITH_REVIEWER, (State.RETURNED,), Role.REVIEWER),
    Action.RESUBMIT: Transition((State.RETURNED,), (State.IN_REVIEW,), Role.INITIATOR),
    Action.ESCALATE: Transition((State.IN_REVIEW,), (State.SECOND_REVIEW,), Role.REVIEWER),
    Action.APPROVE: Transition(WITH_REVIEWER, _OPENED, Role.REVIEWER),
    Action.REFUSE: Transition(WITH_REVIEWER, (State.REFUSED,), Role.REVIEWER),
    Action.CONSENT: Transition((State.AWAITING_CONSENT,), (State.APPROVED,), Role.OTHER),
    Action.HAND_OVER: Transition((State.AWAITING_CONSENT,), (State.IN_REVIEW,), Role.OTHER),
    Action.DECLINE: Transition(UNDECIDED, (State.DECLINED,), Role.OTHER),
    Action.RETRACT: Transition(
        (State.APPROVED, State.AWAITING_CONSENT, State.REFUSED, State.RETURNED),
        (State.IN_REVIEW,),
        Role.REVIEWER,
    ),
    Action.WITHDRAW: Transition(UNDECIDED, (State.WITHDRAWN,), Role.INITIATOR),
    Action.LAPSE: Transition(
        (State.DRAFT, State.RETURNED, State.AWAITING_CONSENT), (State.LAPSED,), Role.SYSTEM
    ),
    Action.APPEAL: Transition((State.REFUSED,), (State.SECOND_REVIEW,), Role.INITIATOR),
    # What opened at once can be called off as long as any submission can be taken back.
    Action.CALL_OFF: Transition((State.APPROVED,), (State.WITHDRAWN,), Role.INITIATOR),
    # What the machine approved on a promise, and two people found untrue; an appeal is possible.
    Action.REVOKE: Transition((State.APPROVED,), (State.REFUSED,), Role.REVIEWER),
    # What a bureau brings along from its former system begins where it ends.
    Action.MOVE_IN: Transition((), (State.APPROVED,), Role.SYSTEM),
}

SYSTEM_MAY_ALSO = {Action.ESCALATE}
"""Four-eyes cases are sent to a second reader by the system as well as by a reviewer."""


def next_state(state: State, action: Action, role: Role, *, awaits_consent: bool = False) -> State:
    """Return the state after `action`, for an application in `state` acted on by `role`.

    `awaits_consent` says whether the other party still has to agree; it decides between the two
    targets of accept and approve. Raises Refused (`invalid_transition`) when the table has no such step.
    """
    step = TRANSITIONS[action]
    allowed = role == step.role or (role == Role.SYSTEM and action in SYSTEM_MAY_ALSO)
    if not allowed or state not in step.sources:
        raise Refused(
            "invalid_transition",
            _("这件申请现在是“%(state)s”,不能“%(action)s”。")
            % {"state": state.label, "action": action.label},
            _("请刷新页面,看看最新进度。"),
        )
    if len(step.targets) == 1:
        return step.targets[0]
    return State.AWAITING_CONSENT if awaits_consent else State.APPROVED


def actions_for(state: State, role: Role) -> list[Action]:
    """Return what `role` may do now, in the order of the table: the buttons of a page."""
    return [action for action, step in TRANSITIONS.items() if step.role == role and state in step.sources]
