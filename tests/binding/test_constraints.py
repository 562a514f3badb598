"""What the database itself refuses, whoever writes: each constraint by its name, around the ORM's checks."""

from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from binding.models import Application, Binding, BindingChange, Check, Event, PolicyVersion, Proof
from binding.rules import State
from tests.binding.cases import Case, in_state

pytestmark = pytest.mark.django_db


def _refuses(constraint: str, rows, **changes) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        rows.update(**changes)


def _rows(state: State):
    return Application.objects.filter(pk=in_state(state).application.pk)


@pytest.mark.parametrize(
    ("constraint", "state", "changes"),
    [
        ("application_state_known", State.DRAFT, {"state": "granted"}),
        ("application_submitted_is_complete", State.SUBMITTED, {"beneficiary": None}),
        ("application_submitted_is_complete", State.SUBMITTED, {"submitted_at": None}),
        ("application_submitted_is_complete", State.SUBMITTED, {"relation": ""}),
        ("application_submitted_is_complete", State.IN_REVIEW, {"policy_version": None}),
        ("application_submitted_is_complete", State.DRAFT, {"state": State.SUBMITTED}),
        ("application_approved_with_consent", State.APPROVED, {"consent": None}),
        ("application_approved_with_consent", State.AWAITING_CONSENT, {"state": State.APPROVED}),
        ("application_initiator_is_an_end", State.DRAFT, {"initiator": "staff"}),
        ("application_clock_stops_when_returned", State.RETURNED, {"clock_stopped_at": None}),
        ("application_clock_stops_when_returned", State.IN_REVIEW, {"clock_stopped_at": timezone.now()}),
        ("application_claim_whole", State.IN_REVIEW, {"claimed_until": timezone.now()}),
        ("application_decided_has_time", State.REFUSED, {"decided_at": None}),
        ("application_decided_has_time", State.APPROVED, {"decided_at": None}),
        ("application_in_review_has_date", State.IN_REVIEW, {"due_at": None}),
        ("application_cap_positive", State.DRAFT, {"monthly_cap": 0}),
    ],
)
def test_an_application_cannot_contradict_its_state(constraint, state, changes):
    _refuses(constraint, _rows(state), **changes)


def test_nobody_applies_for_themselves():
    case = in_state(State.DRAFT)
    rows = Application.objects.filter(pk=case.application.pk)
    _refuses("application_two_people", rows, beneficiary=case.giver.person)


def test_only_what_is_in_review_is_claimed():
    case = in_state(State.SUBMITTED)
    rows = Application.objects.filter(pk=case.application.pk)
    _refuses(
        "application_claimed_only_in_review", rows, claimed_by=case.reviewer, claimed_until=timezone.now()
    )


def test_two_people_have_one_open_application():
    case = in_state(State.SUBMITTED)
    late = Case(giver=case.giver)
    late.begin().submit()
    rows = Application.objects.filter(pk=late.application.pk)
    _refuses("application_one_open_per_pair", rows, beneficiary=case.relative.person)


def test_numbers_are_unique():
    one, other = in_state(State.DRAFT), in_state(State.DRAFT)
    rows = Application.objects.filter(pk=other.application.pk)
    _refuses("binding_application_number", rows, number=one.application.number)


# ------------------------------------------------------------- bindings
@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("binding_end_has_author", {"until": timezone.now()}),
        ("binding_end_has_author", {"ended_by": "staff"}),
        ("binding_cap_positive", {"monthly_cap": -1}),
    ],
)
def test_a_binding_cannot_contradict_itself(constraint, changes):
    case = in_state(State.APPROVED)
    _refuses(constraint, Binding.objects.filter(pk=case.binding().pk), **changes)


def test_a_binding_joins_two_people():
    case = in_state(State.APPROVED)
    rows = Binding.objects.filter(pk=case.binding().pk)
    _refuses("binding_two_people", rows, beneficiary=case.giver.person)


def test_two_people_are_bound_once():
    case = in_state(State.APPROVED)
    binding = case.binding()
    binding.pk = uuid4()
    with pytest.raises(IntegrityError, match="binding_one_active_per_pair"), transaction.atomic():
        binding.save(force_insert=True)


# ------------------------------------------------------------- documents and checks
def test_one_current_document_of_a_kind():
    case = in_state(State.DRAFT)
    with pytest.raises(IntegrityError, match="proof_one_current_per_kind"), transaction.atomic():
        Proof.objects.create(
            application=case.application, kind="marriage_certificate", uploaded_by=case.giver
        )


def test_one_row_of_a_check():
    case = in_state(State.IN_REVIEW)
    with pytest.raises(IntegrityError, match="check_one_per_code"), transaction.atomic():
        Check.objects.create(application=case.application, code="kinship", outcome="yes", source="x")


# ------------------------------------------------------------- history
@pytest.mark.owner
@pytest.mark.parametrize("model", [Event, BindingChange, PolicyVersion])
def test_history_is_added_to_and_never_changed(model):
    in_state(State.APPROVED)
    field = {Event: {"note": "x"}, BindingChange: {"party": "staff"}, PolicyVersion: {"canonical": "{}"}}[
        model
    ]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no foreign key check
    for attempt in (
        lambda: model.objects.update(**field),
        lambda: model.objects.all()._raw_delete("default"),
        lambda: connection.cursor().execute(f"TRUNCATE {table} CASCADE"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()
    assert model.objects.exists()


def test_people_and_applications_are_not_deleted_with_their_history():
    case = in_state(State.IN_REVIEW)
    for row in (case.application, case.giver.person):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.delete()


def test_the_queue_and_the_deadlines_have_their_indexes():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'binding_application'")
        names = {name for (name,) in cursor.fetchall()}
    assert {"application_queue", "application_deadline"} <= names
