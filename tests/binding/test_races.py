"""Real threads against real rows: whoever comes second is told so, and no count is ever passed."""

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from binding import services
from binding.models import Application, Binding
from binding.rules import State
from binding.rules.reasons import REVIEW_CHECKS
from binding.services import system
from gongji.errors import Refused
from ledger.models import Mandate
from tests.binding.cases import NO_PROOF, Case, in_state
from tests.factories import make_citizen, make_staff

pytestmark = pytest.mark.django_db(transaction=True)


def _codes(results) -> Counter:
    """Count outcomes: refusal codes, "ok", and anything unforeseen by its own name."""
    return Counter(
        result.code if isinstance(result, Refused)
        else repr(result) if isinstance(result, Exception) else "ok"
        for result in results
    )  # fmt: skip


def _approval(case: Case, reviewer):
    version = case.now().version
    return lambda: services.approve(
        application=case.application, actor=reviewer, version=version, checks=REVIEW_CHECKS
    )


def _sixteen_ready_for_the_second_reader(giver, first, second) -> list[Case]:
    cases = []
    for serial in range(16):
        case = Case(giver=giver, relative=make_citizen(f"王{serial}"), reviewer=first, second=second)
        case.begin().submit().after_undo_time().agree().escalate()
        cases.append(case)
        # Out of the count for a moment: a giver can never have more than eight under way by the front door.
        Application.objects.filter(pk=case.application.pk).update(state=State.WITHDRAWN)
    Application.objects.filter(authorizer=giver.person).update(state=State.SECOND_REVIEW)
    return cases


def test_of_sixteen_approvals_at_once_exactly_eight_succeed(in_threads):
    first, second = make_staff(), make_staff()
    cases = _sixteen_ready_for_the_second_reader(make_citizen("李明"), first, second)
    results = in_threads(*(_approval(case, second) for case in cases))
    assert _codes(results) == {"ok": 8, "limit_reached": 8}
    assert Binding.objects.active().count() == Mandate.objects.count() == 8


def test_of_two_reviewers_one_decides_and_the_other_is_told(in_threads):
    case = in_state(State.IN_REVIEW)
    version = case.now().version
    decisions = (
        _approval(case, case.reviewer),
        lambda: services.refuse(
            application=case.application, actor=case.second, version=version, reasons=[NO_PROOF]
        ),
    )
    assert _codes(in_threads(*decisions)) == {"ok": 1, "decided_by_other": 1}
    assert case.application.events.filter(action__in=["approve", "refuse"]).count() == 1


def test_of_two_claims_one_holds_the_case(in_threads):
    case = in_state(State.IN_REVIEW)
    results = in_threads(
        *(
            partial(services.claim, application=case.application, actor=who)
            for who in (case.reviewer, case.second)
        )
    )
    assert _codes(results) == {"ok": 1, "claimed": 1}


def test_reviewers_asking_for_the_next_case_at_once_never_get_the_same(in_threads):
    for _serial in range(3):
        in_state(State.IN_REVIEW)
    given = in_threads(*(partial(services.next_case, actor=make_staff()) for _reviewer in range(3)))
    assert all(isinstance(case, Application) for case in given)
    assert len({case.pk for case in given}) == 3


def test_two_tabs_submit_once(in_threads):
    case = Case().begin()
    results = in_threads(case.submit, case.submit)
    assert _codes(results) == {"ok": 1, "not_a_draft": 1}


def test_two_drafts_for_one_relative_are_submitted_once(in_threads):
    giver, relative = make_citizen("李明"), make_citizen("王小芳")
    one, other = (Case(giver=giver, relative=relative).begin() for _tab in range(2))
    assert _codes(in_threads(one.submit, other.submit)) == {"ok": 1, "already_applied": 1}


def test_the_last_place_is_given_once_at_submission(in_threads):
    giver = make_citizen("李明")
    for serial in range(7):
        Case(giver=giver, relative=make_citizen(f"王{serial}")).begin().submit()
    late = [Case(giver=giver, relative=make_citizen(f"赵{serial}")).begin() for serial in range(4)]
    assert _codes(in_threads(*(case.submit for case in late))) == {"ok": 1, "limit_reached": 3}


def test_withdrawing_and_approving_at_once_leave_one_outcome(in_threads):
    case = in_state(State.IN_REVIEW)
    case.agree()
    results = in_threads(
        _approval(case, case.reviewer),
        lambda: services.withdraw(application=case.application, actor=case.giver),
    )
    assert _codes(results)["ok"] == 1
    approved = case.now().state == State.APPROVED
    assert Binding.objects.active().count() == int(approved)
    assert case.now().state in (State.APPROVED, State.WITHDRAWN)


def test_consent_and_withdrawal_at_once_leave_one_outcome(in_threads):
    case = in_state(State.AWAITING_CONSENT)
    results = in_threads(
        case.agree, lambda: services.withdraw(application=case.application, actor=case.giver)
    )
    assert _codes(results) == {"ok": 1, "invalid_transition": 1}
    assert Binding.objects.active().count() == int(case.now().state == State.APPROVED)


def test_the_same_job_in_two_workers_acts_once(in_threads):
    case = in_state(State.SUBMITTED)
    _make_ten_minutes_older(case)
    jobs = [partial(system.enqueue, case.application.pk)] * 2
    assert _codes(in_threads(*jobs)) == {"ok": 2}
    assert case.application.events.filter(action="enqueue").count() == 1


def _make_ten_minutes_older(case):
    earlier = case.now().submitted_at - timedelta(minutes=10, seconds=1)
    Application.objects.filter(pk=case.application.pk).update(submitted_at=earlier)


def test_ending_from_both_sides_at_once_ends_once(in_threads):
    case = in_state(State.APPROVED)
    binding = case.binding()
    ends = (
        lambda who=who: services.end_binding(binding=binding, actor=who)
        for who in (case.giver, case.relative)
    )
    assert _codes(in_threads(*ends)) == {"ok": 1, "binding_not_active": 1}
    assert binding.changes.filter(what="ended").count() == 1
