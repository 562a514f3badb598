"""Submitting: what it freezes, promises, records, and what it refuses."""

import pytest
from django.utils import timezone

from accounts.models import Consent, Message
from binding import services
from binding.models import PolicyVersion
from binding.rules import State
from gongji.errors import Refused
from gongji.models import AuditRow, OutboxJob
from gongji.policy import Relation
from tests.binding.cases import Case, in_state
from tests.factories import id_number, insure, make_citizen, make_login, make_person, make_staff

pytestmark = pytest.mark.django_db


def _submit(case: Case, **changes):
    arguments = {
        "application": case.application,
        "actor": case.giver,
        "commitment_name": "李明",
        "agreed": True,
    }
    return services.submit(**(arguments | changes))


def test_a_submission_freezes_the_rules_and_promises_a_date(time_machine):
    time_machine.move_to("2026-11-21T10:00:00+08:00", tick=False)
    case = Case().begin().submit()
    application = case.now()
    assert application.state == State.SUBMITTED
    assert timezone.localtime(application.due_at).isoformat() == "2026-11-25T17:30:00+08:00"
    assert application.policy_version == PolicyVersion.objects.get(area="990100")
    assert application.promised_at == application.due_at


def test_a_submission_leaves_an_event_an_audit_row_and_its_jobs():
    case = Case().begin().submit()
    assert (case.event().from_state, case.event().to_state) == (State.DRAFT, State.SUBMITTED)
    assert AuditRow.objects.filter(action="application.submit", object_id=str(case.application.pk)).exists()
    jobs = OutboxJob.objects.filter(ref=str(case.application.pk))
    assert set(jobs.values_list("kind", flat=True)) == {"precheck", "enqueue"}


def test_the_promises_are_kept_with_their_versions():
    case = Case().begin().submit()
    given = Consent.objects.filter(about=case.application.number, person=case.giver.person)
    rules = services.policy_of(case.now())
    assert dict(given.values_list("text", "version")) == {
        "commitment": rules.commitment.version,
        "health_data": rules.health_consent.version,
    }
    assert case.now().commitment_name == "李明"


def test_the_applicant_hears_at_once_the_relative_after_the_undo_time():
    case = Case().begin().submit()
    mine, theirs = (Message.objects.get(person=user.person) for user in (case.giver, case.relative))
    assert case.now().number in mine.body
    assert mine.visible_from <= timezone.now()
    assert theirs.visible_from == services.undo_until(case.now())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"commitment_name": "李月"}, "wrong_signature"),
        ({"commitment_name": ""}, "wrong_signature"),
        ({"agreed": False}, "not_agreed"),
    ],
)
def test_without_ones_own_name_and_agreement_nothing_is_submitted(changes, code):
    case = Case().begin()
    with pytest.raises(Refused) as refused:
        _submit(case, **changes)
    assert refused.value.code == code
    assert case.now().state == State.DRAFT


def test_a_missing_document_or_relative_is_named():
    case = Case().begin()
    case.application.proofs.update(status="replaced")
    with pytest.raises(Refused, match="incomplete"):
        _submit(case)
    empty = services.start_draft(user=case.giver, relation=Relation.CHILD)
    with pytest.raises(Refused, match="incomplete"):
        services.submit(application=empty, actor=case.giver, commitment_name="李明", agreed=True)


def test_a_second_tab_is_told_that_it_was_submitted():
    case = Case().begin().submit()
    with pytest.raises(Refused, match="not_a_draft"):
        _submit(case)
    assert case.application.events.count() == 1


def test_undecided_applications_count_towards_the_limit():
    giver = make_citizen("李明")
    late = Case(giver=giver, relative=make_citizen("赵九")).begin()
    for serial in range(8):
        Case(giver=giver, relative=make_citizen(f"王{serial}")).begin().submit()
    with pytest.raises(Refused, match="limit_reached"):
        _submit(late)


def test_the_same_relative_is_not_submitted_twice_from_two_drafts():
    giver, relative = make_citizen("李明"), make_citizen("王小芳")
    one, other = (Case(giver=giver, relative=relative).begin() for _draft in range(2))
    one.submit()
    with pytest.raises(Refused, match="already_applied"):
        _submit(other)


def test_a_relative_who_has_all_the_givers_allowed_is_accepted_for_checking_all_the_same():
    relative = make_citizen("王小芳", area="990200")
    for serial in range(3):
        in_state(State.APPROVED, giver=make_citizen(f"李{serial}", area="990200"), relative=relative,
                 **_staff("990200"))  # fmt: skip
    fourth = Case(giver=make_citizen("李明", area="990200"), relative=relative).begin().submit()
    assert fourth.now().state == State.SUBMITTED
    fourth.after_undo_time()
    refused = fourth.now()
    assert refused.state == State.REFUSED
    text = services.reasons_of(refused)[0]["text"]
    assert "李0" not in text
    assert "出钱的人" in text


def _staff(area):
    return {"reviewer": make_staff(areas=(area,)), "second": make_staff(areas=(area,))}


def test_an_insurance_that_ended_since_the_draft_stops_the_submission():
    case = Case().begin()
    case.giver.person.enrollments.update(status="ended")
    with pytest.raises(Refused, match="no_personal_account"):
        _submit(case)


def test_a_parent_signs_for_a_child_under_sixteen_and_no_consent_is_asked():
    today = timezone.localdate()
    child = make_person("李小宝", number=id_number(today.replace(year=today.year - 10)))
    insure(child, scheme="390")
    case = Case(relative=make_login(child), relation=Relation.CHILD).begin().submit()
    assert not case.now().consent_required
    assert Consent.objects.filter(text="guardian", person=case.giver.person).exists()
