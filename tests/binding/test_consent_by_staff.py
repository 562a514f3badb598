"""Answers that staff hear: called back from 12393, or at the window with the ID seen."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Consent, VerifiedLevel
from binding import services
from binding.models import CallBack, Signature
from binding.rules import State
from binding.rules.letters import Signed
from binding.services.answers import Terms
from gongji import policy
from gongji.errors import Refused
from gongji.models import AuditRow
from ledger import services as ledger
from tests.binding.asking import asked, handed_in
from tests.binding.browse import text
from tests.binding.cases import in_state
from tests.binding.desk import seat
from tests.factories import PAST, make_citizen, make_staff
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

LIST = reverse("admin:binding_callback_changelist")
REGISTERED = CallBack.Line.REGISTERED


def page_of(case, name="answer"):
    return reverse(f"admin:binding_callback_{name}", args=[case.application.pk])


@pytest.fixture
def clerk():
    return make_staff(duties=("clerk",))


@pytest.fixture
def waiting():
    return in_state(State.AWAITING_CONSENT)


def called(case, actor, answer="yes", line=REGISTERED, **more):
    return services.record_call(application=case.application, actor=actor, line=line, answer=answer, **more)


# ------------------------------------------------------------- calls
def test_a_yes_on_the_telephone_opens_what_was_approved(waiting, clerk):
    call = called(waiting, clerk)
    assert waiting.now().state == State.APPROVED and waiting.binding().until is None
    assert waiting.now().consent.how == Consent.How.CALL_BACK
    assert waiting.now().consent.person == waiting.relative.person
    assert call.phone == waiting.relative.person.phone
    assert call.text == services.policy_of(waiting.application).notice_for("mutual_aid").version
    assert waiting.event().actor == clerk


@pytest.mark.parametrize("answer", ["no", "stranger"])
def test_a_no_on_the_telephone_ends_it(waiting, clerk, answer):
    called(waiting, clerk, answer)
    assert waiting.now().state == State.DECLINED
    assert hasattr(waiting.now(), "denial") == (answer == "stranger")


def test_nobody_reached_changes_nothing_and_every_try_is_listed(waiting, clerk):
    for note in ("占线", "没人接"):
        called(waiting, clerk, "nobody", note=note)
    called(waiting, make_staff(), "yes")
    assert [call.answer for call in waiting.application.calls.all()] == ["nobody", "nobody", "yes"]
    assert waiting.now().state == State.APPROVED


def test_only_numbers_that_are_known_are_called(waiting, clerk):
    lines = {number.line for number in services.numbers_of(waiting.application)}
    assert lines == {REGISTERED}, "one number known twice is one number"
    with pytest.raises(Refused, match="no_such_number"):
        called(waiting, clerk, line=CallBack.Line.LOGIN)


def test_the_number_one_logs_in_with_is_known_as_well(waiting):
    waiting.relative.phone = "13912345678"
    waiting.relative.save()
    assert [each.phone for each in services.numbers_of(waiting.now())] == [
        waiting.relative.person.phone, "13912345678",
    ]  # fmt: skip


def test_the_applicants_own_telephone_is_never_called():
    giver = make_citizen("李明")
    case = in_state(State.AWAITING_CONSENT, giver=giver, relative=make_citizen("王小芳", phone=giver.phone))
    assert services.numbers_of(case.application) == []


def test_a_certain_yes_replaces_the_one_on_the_applicants_phone(clerk):
    case = in_state(State.IN_REVIEW)
    services.agree_on_handed_phone(
        application=case.application, actor=case.giver, signed=Signed("name", "王小芳")
    )
    called(case, clerk)
    assert case.now().consent.how == Consent.How.CALL_BACK


def test_calls_are_kept_as_they_were(waiting, clerk):
    call = called(waiting, clerk, "nobody")
    for change in (lambda: CallBack.objects.update(answer="yes"), call.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_who_may_not_record_an_answer(waiting):
    family = make_staff(duties=("clerk",), private_person=waiting.giver.person)
    for actor in (
        make_staff(duties=("auditor",)), make_staff(duties=("clerk",), areas=("990200",)), family,
        waiting.giver, waiting.relative,
    ):  # fmt: skip
        with pytest.raises(PermissionDenied):
            called(waiting, actor)
    type(waiting.application).objects.update(created_by=make_staff(duties=("clerk",)))
    with pytest.raises(PermissionDenied, match="conflict_of_interest"):
        called(waiting, waiting.now().created_by)


def test_what_is_over_is_not_asked_about(clerk):
    case = in_state(State.WITHDRAWN)
    with pytest.raises(Refused, match="not_asked_any_more"):
        called(case, clerk)


def test_a_giver_names_the_total_on_the_telephone(clerk):
    with as_owner():
        ledger.derive_area_rules(policy.load(), PAST)
    case = handed_in(asked())
    clerk = make_staff(duties=("clerk",), areas=("990400",))
    with pytest.raises(Refused, match="total_missing"):
        called(case, clerk)
    assert not case.application.calls.exists()
    called(case, clerk, terms=Terms(authorized=800_00))
    assert case.binding().authorized == 800_00


# ------------------------------------------------------------- the window
def test_who_puts_down_a_givers_yes_is_not_who_decides():
    """Else one pair of hands opens an account whose owner nobody else has heard."""
    case = handed_in(asked(proven=False))
    one, other = (make_staff(areas=("990400",)) for _ in range(2))
    assert case.now().state == State.IN_REVIEW
    services.answer_at_window(
        application=case.application, actor=one, answer="yes", signed=Signed("paper"),
        terms=Terms(authorized=800_00),
    )  # fmt: skip
    with pytest.raises(Refused, match="second_reader"):
        services.claim(application=case.application, actor=one)
    assert services.next_case(actor=one) is None
    assert services.next_case(actor=other) == case.application


def test_who_approved_does_not_put_down_the_givers_yes():
    case = handed_in(asked(proven=False))
    one, other = (make_staff(areas=("990400",)) for _ in range(2))
    assert case.approve(by=one).state == State.AWAITING_CONSENT
    with pytest.raises(PermissionDenied, match="conflict_of_interest"):
        called(case, one, terms=Terms(authorized=800_00))
    called(case, other, "nobody")


def test_a_yes_at_the_window_makes_the_person_known_for_sure(waiting, clerk):
    services.answer_at_window(application=waiting.application, actor=clerk, answer="yes")
    assert waiting.now().consent.how == Consent.How.WINDOW and waiting.now().state == State.APPROVED
    waiting.relative.person.refresh_from_db()
    assert waiting.relative.person.level == VerifiedLevel.WINDOW


def test_a_giver_at_the_window_signs_on_paper():
    with as_owner():
        ledger.derive_area_rules(policy.load(), PAST)
    case = handed_in(asked())
    clerk = make_staff(duties=("clerk",), areas=("990400",))
    said = {"application": case.application, "actor": clerk, "answer": "yes", "terms": Terms(None, 1_00)}
    with pytest.raises(Refused, match="wrong_signature"):
        services.answer_at_window(**said)
    services.answer_at_window(**said, signed=Signed("paper"))
    signed = Signature.objects.get(application=case.application, person=case.giver.person)
    assert signed.how == Signature.How.PAPER and signed.actor == clerk


# ------------------------------------------------------------- the pages
def test_the_list_shows_who_has_not_answered_in_ones_areas(waiting, clerk):
    answered = in_state(State.IN_REVIEW).agree()
    page = text(seat(clerk).get(LIST))
    assert waiting.application.number in page and "王*芳" in page and "王小芳" not in page
    assert answered.application.number not in page
    assert waiting.application.number not in text(seat(make_staff(areas=("990200",))).get(LIST))


def test_a_case_is_found_by_its_whole_number(waiting, clerk):
    desk = seat(clerk)
    found = desk.post(LIST, {"number": f" {waiting.application.number.lower()} "})
    assert found.url == page_of(waiting)
    for wrong in ("GJ-2611-00000000", "", "\x00"):
        assert desk.post(LIST, {"number": wrong}).status_code == 422
    elsewhere = seat(make_staff(duties=("clerk",), areas=("990200",)))
    assert elsewhere.post(LIST, {"number": waiting.application.number}).status_code == 422


def test_a_call_by_the_page_masks_the_number_until_it_is_asked_for(waiting, clerk):
    desk = seat(clerk)
    page = text(desk.get(page_of(waiting)))
    phone = waiting.relative.person.phone
    assert phone not in page and f"{phone[:3]}****{phone[-4:]}" in page
    assert "我不会向您要验证码" in page and "李明给您申请了" in page
    assert phone in text(desk.post(page_of(waiting, "reveal"), {"line": "registered"}))
    seen = AuditRow.objects.filter(actor=str(clerk.pk), object_id=str(waiting.relative.person.pk))
    assert set(seen.values_list("action", flat=True)) == {"person.viewed", "person.reveal"}
    data = {"line": "registered", "read_out": "on", "answer": "yes"}
    page = desk.post(page_of(waiting, "call"), data, follow=True)
    assert "记下了" in text(page) and waiting.now().state == State.APPROVED


def test_what_was_not_read_out_was_not_agreed_to(waiting, clerk):
    desk = seat(clerk)
    page = desk.post(page_of(waiting, "call"), {"line": "registered", "answer": "yes"})
    assert page.status_code == 422 and "请先核对本人、读完上面的话" in text(page)
    page = desk.post(page_of(waiting, "call"), {"line": "registered", "answer": "nobody"}, follow=True)
    assert "没有人接" in text(page) and waiting.now().state == State.AWAITING_CONSENT


def test_the_window_page_wants_the_person_and_the_document(waiting, clerk):
    desk = seat(clerk)
    page = desk.post(page_of(waiting, "window"), {"answer": "yes"})
    assert page.status_code == 422 and "要本人到窗口、看过证件原件" in text(page)
    desk.post(page_of(waiting, "window"), {"answer": "yes", "present": "on"})
    assert waiting.now().consent.how == Consent.How.WINDOW


def test_the_pages_are_for_counter_and_desk_of_the_area_only(waiting):
    names = ["answer", "reveal", "call", "window"]
    foreign = seat(make_staff(duties=("clerk",), areas=("990200",)))
    auditor = seat(make_staff(duties=("auditor",)))
    recused = seat(make_staff(duties=("clerk",), private_person=waiting.giver.person))
    citizen = Client()
    for name in names:
        address = page_of(waiting, name)
        assert {foreign.get(address).status_code, foreign.post(address).status_code} == {404}
        assert {auditor.get(address).status_code, auditor.post(address).status_code} == {403}
        assert {recused.get(address).status_code, recused.post(address).status_code} == {403}
        assert citizen.get(address).status_code == 302
    assert waiting.now().state == State.AWAITING_CONSENT


def test_a_wrong_line_or_answer_is_said_beside_the_field(waiting, clerk):
    desk = seat(clerk)
    for data in (
        {},
        {"line": "login", "answer": "yes", "read_out": "on"},
        {"line": "registered", "answer": "?"},
    ):
        assert desk.post(page_of(waiting, "call"), data).status_code == 422
    assert desk.post(page_of(waiting, "reveal"), {"line": "login"}).status_code == 404
    assert not waiting.application.calls.exists()


# ------------------------------------------------------------- an objection after the opening
@pytest.fixture
def opened():
    """Opened by a reviewer on a yes given on the giver's phone."""
    case = in_state(State.IN_REVIEW)
    services.agree_on_handed_phone(
        application=case.application, actor=case.giver, signed=Signed("name", "王小芳")
    )
    assert case.approve().state == State.APPROVED
    return case


def test_an_objection_on_the_telephone_ends_what_was_opened_on_the_givers_phone(opened, clerk):
    called(opened, clerk, "stranger")
    binding = opened.binding()
    assert binding.until is not None and binding.ended_by == "beneficiary"
    assert binding.ended_why == "objected" and opened.now().denial.applicant == opened.giver.person
    templates = set(opened.giver.person.messages.values_list("template", flat=True))
    assert "binding.ended_giver" in templates


def test_a_yes_on_the_telephone_takes_the_doubt_away(opened, clerk):
    called(opened, clerk)
    assert opened.now().consent.how == Consent.How.CALL_BACK and opened.binding().until is None
    with pytest.raises(Refused, match="not_asked_any_more"):
        called(opened, clerk, "no")


def test_an_opened_case_without_a_doubt_is_not_asked_about(clerk):
    case = in_state(State.APPROVED)
    assert not services.may_object(case.now())
    page = text(seat(clerk).get(page_of(case)))
    assert "不用再问了" in page
