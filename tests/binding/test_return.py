"""Returning a case for a document, and handing it in again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from binding import services
from binding.models import Proof
from binding.rules import State
from binding.rules.reasons import ReasonGiven
from gongji.errors import Refused
from tests.binding.cases import in_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return in_state(State.IN_REVIEW)


def test_returning_stops_the_clock_and_asks_for_that_document_only(case):
    good = case.hand_in("household_booklet")
    asked = case.application.proofs.get(kind="marriage_certificate")
    services.return_(
        application=case.application, actor=case.reviewer, version=case.now().version,
        reasons=[ReasonGiven("B01", proof_id=asked.pk, params={"内容": "登记日期"})],
    )  # fmt: skip
    returned = case.now()
    assert returned.clock_stopped_at is not None
    assert list(services.rejected_proofs(returned)) == [asked]
    good.refresh_from_db()
    assert good.status == Proof.Status.ACCEPTED
    assert services.reasons_of(returned)[0]["text"] == "结婚证反光,登记日期看不清。请关闪光灯重拍。"


def test_the_applicant_reads_the_reason_after_the_reviewers_undo_time(case):
    case.return_()
    message = case.giver.person.messages.get(template="binding.returned")
    assert "户号看不清" in message.body
    assert message.visible_from > timezone.now() + timedelta(minutes=4)


def test_a_return_needs_a_reason_of_the_catalogue(case):
    arguments = {"application": case.application, "actor": case.reviewer, "version": case.now().version}
    for reasons in ([], [ReasonGiven("B99")]):
        with pytest.raises(Refused, match="reason_missing"):
            services.return_(**arguments, reasons=reasons)


def test_a_returned_case_waits_for_the_document(case):
    case.return_()
    with pytest.raises(Refused, match="documents_missing"):
        services.resubmit(application=case.application, actor=case.giver)
    case.hand_in("marriage_certificate")
    again = services.resubmit(application=case.application, actor=case.giver)
    assert (again.state, again.clock_stopped_at) == (State.IN_REVIEW, None)


def test_after_the_document_came_the_area_promises_its_second_look(case, time_machine):
    case.return_()
    time_machine.move_to("2026-12-01T10:00:00+08:00", tick=False)
    case.hand_in("marriage_certificate")
    again = services.resubmit(application=case.application, actor=case.giver)
    assert timezone.localtime(again.due_at).isoformat() == "2026-12-02T17:30:00+08:00"
