"""Every state × action × role: what the table allows works on real rows, everything else is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction

from binding import services
from binding.models import Application
from binding.rules import TRANSITIONS, Action, Role, State, actions_for, next_state
from binding.rules.letters import Signed
from binding.rules.picture import mermaid
from binding.rules.reasons import REVIEW_CHECKS
from binding.services import system
from gongji.errors import Refused
from tests.binding.cases import NO_PROOF, Case, in_state
from tests.factories import make_citizen

GRID = [(state, action, role) for state in State for action in Action for role in Role]
MACHINE_STEPS = {Action.ACCEPT, Action.ENQUEUE, Action.TURN_DOWN, Action.LAPSE, Action.MOVE_IN}

OF_ITS_OWN = {Action.CALL_OFF, Action.REVOKE}
"""Steps that only an application opened by the machine can take: test_commitment, test_recheck."""


def _allowed(state: State, action: Action, role: Role) -> bool:
    step = TRANSITIONS[action]
    return state in step.sources and (
        role == step.role or (role == Role.SYSTEM and action == Action.ESCALATE)
    )


@pytest.mark.parametrize(("state", "action", "role"), GRID)
def test_the_table_decides_about_every_step(state, action, role):
    if _allowed(state, action, role):
        assert next_state(state, action, role) in TRANSITIONS[action].targets
        return
    with pytest.raises(Refused) as refused:
        next_state(state, action, role)
    assert refused.value.code == "invalid_transition"


def test_every_state_but_the_last_ones_has_a_way_on():
    ends = {State.DECLINED, State.WITHDRAWN, State.LAPSED}
    for state in State:
        assert any(actions_for(state, role) for role in Role) == (state not in ends)


# ------------------------------------------------------------- the same grid through the services
def _do(case: Case, action: Action, role: Role) -> Application | None:
    """Let somebody in a role try an action through its service."""
    application = case.now()
    who = {
        Role.INITIATOR: case.giver,
        Role.OTHER: case.relative,
        Role.REVIEWER: case.second if application.state == State.SECOND_REVIEW else case.reviewer,
    }.get(role)
    version = application.version
    own = {"application": application, "actor": who}
    judged = own | {"version": version}
    return {
        Action.SUBMIT: lambda: services.submit(**own, commitment_name="李明", agreed=True),
        Action.UNDO: lambda: services.undo_submit(**own),
        Action.RESUBMIT: lambda: services.resubmit(**own),
        Action.WITHDRAW: lambda: services.withdraw(**own),
        Action.APPEAL: lambda: services.appeal(**own, text="请再看一遍"),
        Action.CONSENT: lambda: services.consent(**own, how="web"),
        Action.HAND_OVER: lambda: services.agree_on_handed_phone(
            application=application,
            actor=case.giver if role == Role.OTHER else case.reviewer,
            signed=Signed("name", "王小芳"),
        ),
        Action.DECLINE: lambda: services.decline(**own),
        Action.APPROVE: lambda: services.approve(**judged, checks=REVIEW_CHECKS),
        Action.RETURN: lambda: services.return_(**judged, reasons=[NO_PROOF]),
        Action.REFUSE: lambda: services.refuse(**judged, reasons=[NO_PROOF]),
        Action.ESCALATE: lambda: services.escalate(**judged),
        Action.RETRACT: lambda: services.retract(**own),
    }[action]()


def _allowed_by_service(state: State, action: Action, role: Role) -> bool:
    early = action in (Action.CONSENT, Action.HAND_OVER) and role == Role.OTHER and state in (
        State.SUBMITTED, State.IN_REVIEW, State.SECOND_REVIEW, State.RETURNED,
    )  # fmt: skip
    return early or _allowed(state, action, role)


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
def test_services_do_what_the_table_allows_and_nothing_else(state):
    case = in_state(state)
    for action in [action for action in Action if action not in MACHINE_STEPS | OF_ITS_OWN]:
        for role in (Role.INITIATOR, Role.OTHER, Role.REVIEWER):
            with rolled_back():
                _try(case, action, role)


def _try(case: Case, action: Action, role: Role) -> None:
    before, events = case.now(), case.application.events.count()
    if _allowed_by_service(before.state, action, role):
        _prepare(case, action)
        _do(case, action, role)
        assert case.application.events.count() == events + 1, (action, role)
        assert case.event().to_state == case.now().state
        return
    with pytest.raises((Refused, PermissionDenied)):
        _do(case, action, role)
    after = case.now()
    assert (after.state, after.version) == (before.state, before.version), (action, role)
    assert case.application.events.count() == events


@contextmanager
def rolled_back() -> Iterator[None]:
    """Everything inside is undone, so that one case serves every try."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _prepare(case: Case, action: Action) -> None:
    """What a citizen does first: replace the document that was asked for."""
    if action == Action.RESUBMIT:
        for proof in services.rejected_proofs(case.application):
            case.hand_in(proof.kind)


@pytest.mark.django_db
@pytest.mark.parametrize("state", State)
def test_late_and_doubled_jobs_change_nothing_outside_their_state(state):
    case = in_state(state)
    before = case.now()
    system.enqueue(case.application.pk)
    system.lapse(case.application.pk)
    if before.due_at:
        for job in (system.remind, system.escalate_late, system.apologise):
            job(case.application.pk, before.due_at.replace(year=2001))
    after = case.now()
    assert (after.state, after.version) == (before.state, before.version)


@pytest.mark.django_db
def test_a_stranger_may_do_nothing():
    case = in_state(State.IN_REVIEW)
    stranger = make_citizen("赵六")
    for verb in (
        services.withdraw,
        services.undo_submit,
        services.resubmit,
        services.decline,
        services.retract,
    ):
        with pytest.raises(PermissionDenied):
            verb(application=case.application, actor=stranger)


def test_the_picture_in_the_docs_is_the_table():
    picture = (settings.BASE_DIR / "docs" / "application-life.md").read_text()
    assert mermaid() in picture, "run manage.py draw_states and put the result into docs/application-life.md"
