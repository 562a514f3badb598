"""Decisions at the desk: filled in, read as the citizen will read them, confirmed, taken back."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from accounts.models import Message
from binding import services
from binding.models import Application, Check, Event, Proof, Reason
from binding.rules import Action, State
from binding.rules.verdict import Checked
from tests.binding.desk import QUEUE, TICKS, address, approval, claimed, reasons, seat, waiting
from tests.factories import make_citizen, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return seat(make_staff())


@pytest.fixture
def case(desk):
    return claimed(waiting(relative=make_citizen("王小芳")), desk)


def text(page):
    return unescape(page.content.decode())


def decide(client, case, action, data, confirm="queue"):
    return client.post(address(case, "decide", action), data | ({"confirm": confirm} if confirm else {}))


# ------------------------------------------------------------- approve
def test_an_approval_shows_first_what_the_citizen_will_read_and_changes_nothing(desk, case):
    case.agree()
    page = decide(desk, case, "approve", approval(case), confirm="")
    assert page.status_code == 200 and case.now().state == State.IN_REVIEW
    letter = page.context["letter"]
    assert letter["title"] and letter["body"] and letter["sms"]
    assert letter["title"] in text(page) and letter["sms"] in text(page)


def test_what_was_previewed_is_what_is_sent(desk, case):
    case.agree()
    letter = decide(desk, case, "approve", approval(case), confirm="").context["letter"]
    decide(desk, case, "approve", approval(case))
    sent = Message.objects.filter(person=case.giver.person).latest("created_at")
    assert (sent.title, sent.body, sent.sms_text) == (letter["title"], letter["body"], letter["sms"])


def test_a_confirmed_approval_opens_the_binding_and_leads_back_to_the_queue(desk, case):
    case.agree()
    page = decide(desk, case, "approve", approval(case))
    assert page.url == QUEUE and case.now().state == State.APPROVED
    assert "已办:通过。现在的状态:已通过" in text(desk.get(QUEUE))


def test_without_the_relatives_consent_an_approval_waits_for_it(desk, case):
    decide(desk, case, "approve", approval(case))
    assert case.now().state == State.AWAITING_CONSENT


def test_confirming_with_next_opens_the_next_case(desk, case):
    other = waiting()
    assert decide(desk, case, "approve", approval(case), confirm="next").url == address(other, "review")


@pytest.mark.parametrize("ticks", [[], TICKS[:2], [*TICKS, "forged"]])
def test_an_approval_needs_all_three_ticks(desk, case, ticks):
    page = decide(desk, case, "approve", approval(case, checks=ticks))
    assert page.status_code == 422 and case.now().state == State.IN_REVIEW
    assert 'role="alert"' in text(page)


def test_extra_fields_of_the_model_change_nothing(desk, case):
    forged = {"state": "approved", "area": "990200", "decided_by": "1", "monthly_cap": "1"}
    decide(desk, case, "approve", approval(case, **forged), confirm="")
    now = case.now()
    assert (now.state, now.area, now.decided_by, now.monthly_cap) == (State.IN_REVIEW, "990100", None, None)


def test_a_failed_check_sends_the_approval_to_a_second_reader(desk, case):
    case.application.checks.filter(code=Checked.KINSHIP).update(outcome=Check.Outcome.NO)
    page = decide(desk, case, "approve", approval(case), confirm="")
    assert "接着由另一位工作人员复核" in text(page) and page.context["letter"] is None
    decide(desk, case, "approve", approval(case))
    assert case.now().state == State.SECOND_REVIEW
    again = desk.post(address(case, "claim"))
    assert again.status_code == 409 and "复核要由另一位工作人员办" in text(again)
    second = seat(make_staff())
    claimed(case, second)
    decide(second, case, "approve", approval(case))
    assert case.now().state == State.AWAITING_CONSENT


# ------------------------------------------------------------- return and refuse
def test_a_return_previews_the_sentences_with_the_document_and_the_words(desk, case):
    page = decide(desk, case, "return", reasons(case, "B01", reason_B01_内容="户号"), confirm="")
    body = page.context["letter"]["body"]
    assert "反光,户号看不清。请关闪光灯重拍。" in body and body.splitlines()[0] in text(page)


def test_a_confirmed_return_asks_for_that_document_only(desk, case):
    data = reasons(case, "B01")
    decide(desk, case, "return", data)
    assert case.now().state == State.RETURNED
    rejected = case.application.proofs.current().filter(status=Proof.Status.REJECTED)
    assert [str(proof.pk) for proof in rejected] == [data["reason_B01_proof"]]


def test_the_confirmation_carries_everything_that_was_filled_in(desk, case):
    page = decide(
        desk, case, "return", reasons(case, "B01", reason_B01_内容="户号", note="给同事"), confirm=""
    )
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text(page)))
    hidden.pop("csrfmiddlewaretoken")
    decide(desk, case, "return", hidden)
    event = case.event()
    assert [reason["code"] for reason in event.reasons] == ["B01"] and event.note == "给同事"
    assert "户号看不清" in event.reasons[0]["text"]


def test_going_back_to_change_something_keeps_what_was_typed(desk, case):
    page = decide(desk, case, "return", reasons(case, "B01", note="给同事", edit="1"), confirm="")
    assert page.status_code == 200 and "给同事" in text(page)
    assert page.context["opened"] == "return" and case.now().state == State.IN_REVIEW


def test_several_documents_must_be_told_apart(desk, case):
    case.hand_in("other_document")
    data = reasons(case, "B01") | {"reason_B01_proof": ""}
    page = decide(desk, case, "return", data)
    assert page.status_code == 422 and "请选是哪份材料" in text(page)


def test_a_document_of_another_case_is_not_accepted(desk, case):
    foreign = waiting().application.proofs.current().first()
    page = decide(desk, case, "return", reasons(case, "B01") | {"reason_B01_proof": str(foreign.pk)})
    assert page.status_code == 422
    foreign.refresh_from_db()
    assert foreign.status == Proof.Status.CLEAN


@pytest.mark.parametrize("action", ["return", "refuse"])
def test_no_reason_no_decision(desk, case, action):
    page = decide(desk, case, action, {"version": case.now().version, "note": "就是不行"})
    assert page.status_code == 422 and "请至少选一条理由" in text(page)
    assert "就是不行" in text(page) and case.now().state == State.IN_REVIEW


def test_a_return_offers_only_what_can_be_mended_and_doubt_needs_two(desk, case):
    forms = desk.get(address(case, "review")).context["forms"]
    assert {reason.code[0] for reason in forms["return"].reasons} == {"B"}
    assert "J08" not in [reason.code for reason in forms["refuse"].reasons]


def test_a_retired_reason_is_offered_to_nobody(desk, case):
    Reason.objects.filter(code="B06").update(active=False)
    assert "reason_B06" not in text(desk.get(address(case, "review")))
    assert decide(desk, case, "return", reasons(case, "B06")).status_code == 422


def test_a_refusal_tells_the_reason_and_the_way_to_appeal(desk, case):
    page = decide(desk, case, "refuse", reasons(case, "J02"), confirm="")
    assert "王*芳现在没有参加基本医保" in page.context["letter"]["body"]
    decide(desk, case, "refuse", reasons(case, "J02"))
    assert case.now().state == State.REFUSED


def test_a_citizens_name_with_markup_stays_text(desk):
    case = claimed(waiting(relative=make_citizen("<b>王</b>")), desk)
    assert b"<b>\xe7\x8e\x8b</b>" not in desk.get(address(case, "review")).content


# ------------------------------------------------------------- escalate
def test_escalating_needs_a_word_for_the_colleague(desk, case):
    page = decide(desk, case, "escalate", {"version": case.now().version, "note": ""})
    assert page.status_code == 422 and case.now().state == State.IN_REVIEW


def test_an_escalated_case_goes_on_silently_unless_doubt_is_named(desk, case):
    data = {"version": case.now().version, "note": "公章看着不对"}
    assert decide(desk, case, "escalate", data, confirm="").context["letter"] is None
    doubtful = decide(desk, case, "escalate", data | {"doubtful": "on"}, confirm="")
    assert "需要进一步核实" in doubtful.context["letter"]["body"]
    decide(desk, case, "escalate", data | {"doubtful": "on"})
    assert case.now().state == State.SECOND_REVIEW and case.event().note == "公章看着不对"


def test_a_second_review_cannot_be_sent_on_again(desk, case):
    decide(desk, case, "escalate", {"version": case.now().version, "note": "请看"})
    second = seat(make_staff())
    claimed(case, second)
    assert "escalate" not in second.get(address(case, "review")).context["forms"]
    page = decide(second, case, "escalate", {"version": case.now().version, "note": "再看"})
    assert page.status_code == 409


# ------------------------------------------------------------- take back
@pytest.mark.parametrize("action", ["approve", "return", "refuse"])
def test_a_decision_is_taken_back_within_five_minutes_and_no_message_leaves(desk, case, action):
    data = approval(case) if action == "approve" else reasons(case, "B01")
    before = Message.objects.filter(person=case.giver.person).count()
    decide(desk, case, action, data)
    assert "撤销这个决定" in text(desk.get(QUEUE)) and "撤销我的决定" in text(
        desk.get(address(case, "review"))
    )
    assert desk.post(address(case, "retract")).url == address(case, "review")
    assert case.now().state == State.IN_REVIEW
    assert Message.objects.filter(person=case.giver.person).count() == before


def test_after_five_minutes_the_decision_stands(desk, case, monkeypatch, settings):
    decide(desk, case, "refuse", reasons(case, "J02"))
    settings.REVIEWER_UNDO_MINUTES = 0
    assert "撤销我的决定" not in text(desk.get(address(case, "review")))
    assert "撤销这个决定" not in text(desk.get(QUEUE))
    page = desk.post(address(case, "retract"))
    assert page.status_code == 409 and case.now().state == State.REFUSED


def test_nobody_takes_back_what_another_decided(desk, case):
    decide(desk, case, "refuse", reasons(case, "J02"))
    page = seat(make_staff()).post(address(case, "retract"))
    assert page.status_code == 409 and "这个决定不是您做的" in text(page)


# ------------------------------------------------------------- two hands, stale pages, double clicks
def expired(case):
    """The claim of a page that lay open too long."""
    Application.objects.filter(pk=case.application.pk).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


@pytest.mark.parametrize("confirm", ["", "queue"])
def test_the_second_of_two_reviewers_comes_too_late_and_loses_nothing_typed(desk, case, confirm):
    late = reasons(case, "B01", reason_B01_内容="户号", note="请看第二页")
    expired(case)
    faster = seat(make_staff())
    claimed(case, faster)
    decide(faster, case, "refuse", reasons(case, "J02"))
    page = decide(desk, case, "return", late, confirm=confirm)
    assert page.status_code == 409
    shown = text(page)
    for words in ("该申请已由其他人员办理", "不予通过", "B01 模糊或反光 · 户号", "请看第二页"):
        assert words in shown
    assert case.now().state == State.REFUSED
    assert Event.objects.filter(application=case.application, action=Action.RETURN).count() == 0


def test_a_stale_version_is_refused_and_shows_what_was_typed(desk, case):
    data = approval(case, note="看过了") | {"version": case.now().version - 1}
    page = decide(desk, case, "approve", data)
    assert page.status_code == 409 and "看过了" in text(page)
    assert case.now().state == State.IN_REVIEW


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_a_version_that_is_none_is_a_stale_one(desk, case, version):
    page = decide(desk, case, "approve", approval(case) | {"version": version})
    assert page.status_code in (409, 422) and case.now().state == State.IN_REVIEW


def test_even_a_bad_form_for_a_case_that_is_gone_says_it_is_gone(desk, case):
    data = {"version": case.now().version, "note": "没选理由"}
    expired(case)
    faster = seat(make_staff())
    claimed(case, faster)
    page = decide(desk, case, "return", data)
    assert page.status_code == 409 and "没选理由" in text(page)


def test_another_decision_from_a_page_left_open_is_told_that_it_did_not_count(desk, case):
    case.agree()
    left_open = reasons(case, "B01", reason_B01_内容="户号")
    decide(desk, case, "approve", approval(case))
    page = decide(desk, case, "return", left_open)
    assert page.status_code == 409 and case.now().state == State.APPROVED


def test_a_double_click_decides_once_and_is_no_error(desk, case):
    data = approval(case)
    for _click in range(2):
        page = decide(desk, case, "approve", data)
        assert page.status_code == 302
    assert Event.objects.filter(application=case.application, action=Action.APPROVE).count() == 1


def test_a_page_that_lay_open_past_its_claim_still_counts_when_nobody_took_the_case(desk, case):
    data = approval(case)
    expired(case)
    page = decide(desk, case, "approve", data, confirm="")
    assert page.status_code == 200
    assert case.now().claimed_until > timezone.now()


def test_a_case_the_citizen_withdrew_meanwhile_is_said_to_be_gone(desk, case):
    data = approval(case)
    services.withdraw(application=case.application, actor=case.giver)
    page = decide(desk, case, "approve", data)
    assert page.status_code == 409 and "申请人撤回" in text(page)
