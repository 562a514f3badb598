"""W9 to W12: where a case is, by when there is an answer, mending, taking back, another look."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from binding import services
from binding.models import Application, Proof
from binding.rules import CLOSED, State
from binding.rules.reasons import ReasonGiven
from tests.binding.browse import ask, at, photo, standing, text
from tests.binding.cases import Case, in_state
from tests.factories import login_citizen

pytestmark = pytest.mark.django_db

SUBMITTED = [state for state in State if state not in (State.DRAFT, State.LAPSED)]


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"


@pytest.fixture
def case(client):
    def begin(state):
        found = standing(in_state(state))
        login_citizen(client, found.giver)
        return found

    return begin


def page_of(client, case, name="status"):
    return client.get(reverse(f"binding:{name}", args=[case.application.number]))


HEADLINES = {
    State.SUBMITTED: "提交好了",
    State.IN_REVIEW: "正在审核",
    State.SECOND_REVIEW: "正在复核",
    State.RETURNED: "还差一份材料",
    State.AWAITING_CONSENT: "材料合格,只等王*芳同意",
    State.APPROVED: "已经开通",
    State.REFUSED: "这次没有通过",
    State.DECLINED: "家人没有同意",
    State.WITHDRAWN: "您已撤回",
}


@pytest.mark.parametrize("state", SUBMITTED)
def test_every_state_has_its_words_its_four_steps_and_few_queries(
    client, case, state, django_assert_max_num_queries
):
    found = case(state)
    with django_assert_max_num_queries(14):
        page = page_of(client, found)
    assert HEADLINES[state] in text(page)
    assert page.content.decode().count('class="step step-') == 4
    assert ("step-stopped" in page.content.decode()) == (state in CLOSED and state != State.APPROVED)
    assert found.application.number in text(page) and "结婚证" in text(page)


def test_in_review_says_the_promised_moment_and_why_that_day(client, case):
    found = case(State.IN_REVIEW)
    page = text(page_of(client, found))
    assert "最晚" in page and "前告诉您结果。" in page
    assert "从下一个工作日算起 3 个工作日。" in page
    assert "结果会发短信到 139****" in page and "短信里没有网址" in page


def test_when_late_it_says_sorry_with_a_new_time(client, case):
    found = case(State.IN_REVIEW)
    later = timezone.now() + timedelta(days=1)
    Application.objects.filter(pk=found.application.pk).update(apologised_at=timezone.now(), due_at=later)
    page = text(page_of(client, found))
    assert "我们晚了,对不起。" in page and "新的时间是" in page and "您不用重新提交。" in page


@pytest.mark.parametrize("state", [State.RETURNED, State.REFUSED, State.APPROVED, State.AWAITING_CONSENT])
def test_a_decision_its_reviewer_may_still_take_back_is_not_shown(client, state):
    found = in_state(state)
    login_citizen(client, found.giver)
    page = text(page_of(client, found))
    assert "正在审核" in page and "要重传" not in page and "原因" not in page
    assert "正在审核" in text(client.get("/bindings/"))
    assert page_of(client, found, "fix").url == reverse("binding:status", args=[found.application.number])


# ------------------------------------------------------------- taking back
def test_within_ten_minutes_a_submission_is_a_draft_again_twice_is_once(client, case):
    found = case(State.SUBMITTED)
    for _ in range(2):
        page = ask(client, "undo", found.application.number)
        assert at(page).endswith("/check/") and page.status_code == 200
    assert found.now().state == State.DRAFT
    assert found.now().events.filter(action="undo").count() == 1


def test_after_ten_minutes_it_is_too_late_to_change_and_the_page_says_what_else(client, case):
    found = case(State.SUBMITTED)
    Application.objects.update(submitted_at=timezone.now() - timedelta(minutes=11))
    assert "收回修改" not in text(page_of(client, found)) and "撤回申请" in text(page_of(client, found))
    page = ask(client, "undo", found.application.number)
    assert page.status_code == 409 and "您可以撤回" in text(page)


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.RETURNED, State.AWAITING_CONSENT])
def test_until_it_is_decided_an_application_can_be_withdrawn(client, case, state):
    found = case(state)
    assert "要撤回这件申请吗" in text(page_of(client, found, "withdraw"))
    assert found.now().state == state
    for _ in range(2):
        page = ask(client, "withdraw", found.application.number)
        assert "您已撤回" in text(page)
    assert found.now().state == State.WITHDRAWN


def test_what_is_decided_cannot_be_withdrawn(client, case):
    found = case(State.APPROVED)
    for page in (page_of(client, found, "withdraw"), ask(client, "withdraw", found.application.number)):
        assert page.status_code == 409 and "不能再撤回" in text(page)


# ------------------------------------------------------------- W11
def test_only_the_bad_document_is_asked_for_and_sent_again(client, case):
    found = case(State.RETURNED)
    page = page_of(client, found, "fix")
    assert "请拍结婚证" in text(page) and "请关闪光灯重拍" in text(page) and "怎么拍:" in text(page)
    url = reverse("binding:fix", args=[found.application.number])
    assert client.post(url).status_code == 422
    done = client.post(url, {"inside": photo()}, follow=True)
    assert at(done) == reverse("binding:status", args=[found.application.number])
    assert "收到了。1 个工作日内再看。" in text(done)
    assert found.now().state == State.IN_REVIEW


def test_looking_at_the_fix_page_hands_nothing_in(client, case):
    found = case(State.RETURNED)
    found.application.proofs.update(status=Proof.Status.ACCEPTED)
    assert "补好了,就交上去" in text(page_of(client, found, "fix"))
    assert found.now().state == State.RETURNED
    ask(client, "fix", found.application.number)
    assert found.now().state == State.IN_REVIEW


def test_another_kind_of_document_may_stand_for_the_one_asked_for(client, case):
    found = case(State.RETURNED)
    url = reverse("binding:fix", args=[found.application.number])
    assert "也可以换一种证明" in text(client.get(url))
    booklet = {"first": photo(width=640), "authorizer": photo(width=641), "beneficiary": photo(width=642)}
    client.post(f"{url}?kind=household_booklet", booklet)
    assert found.now().state == State.IN_REVIEW
    assert list(found.application.proofs.current().values_list("kind", flat=True)) == ["household_booklet"]
    assert client.get(f"{url}?kind=\x00'").status_code in (302, 404)


def test_a_reason_without_a_document_is_answered_by_handing_in_again(client):
    found = in_state(State.IN_REVIEW)
    services.return_(
        application=found.application, actor=found.reviewer, version=found.now().version,
        reasons=[ReasonGiven("B07")],
    )  # fmt: skip
    standing(found)
    login_citizen(client, found.giver)
    assert "补好了,就交上去" in text(page_of(client, found, "fix"))


def test_a_document_that_could_not_be_opened_can_be_replaced_while_others_wait(client, case):
    found = case(State.IN_REVIEW)
    found.application.proofs.update(status=Proof.Status.UNREADABLE)
    assert "重新传" in text(page_of(client, found))
    done = client.post(
        reverse("binding:fix", args=[found.application.number]), {"inside": photo()}, follow=True
    )
    assert "收到了,审核继续。" in text(done) and found.now().state == State.IN_REVIEW


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.APPROVED, State.REFUSED])
def test_where_nothing_is_missing_the_fix_page_shows_the_case(client, case, state):
    found = case(state)
    assert page_of(client, found, "fix").url == reverse("binding:status", args=[found.application.number])


# ------------------------------------------------------------- W12
def test_a_refusal_says_reason_rule_and_two_ways(client, case):
    page = text(page_of(client, case(State.REFUSED)))
    assert "原因:" in page and "依据:" in page and "看规则和依据" in page
    assert "能补的补好再申请,以前传的材料可以再用。" in page and "申请复核,由另一位工作人员看。" in page
    assert "重新申请" in page


def test_another_look_is_asked_for_once_with_words(client, case):
    found = case(State.REFUSED)
    number = found.application.number
    assert ask(client, "appeal", number, reason="").status_code == 422
    assert ask(client, "appeal", number, reason="长" * 301).status_code == 422
    for _ in range(2):
        page = ask(client, "appeal", number, reason="户口簿能证明")
        assert at(page) == reverse("binding:status", args=[number])
    assert found.now().state == State.SECOND_REVIEW
    assert "为什么是这一天:您" in text(page_of(client, found))
    services.refuse(
        application=found.now(), actor=found.second, version=found.now().version,
        reasons=[ReasonGiven("B05")],
    )  # fmt: skip
    standing(found)
    assert "已经复核过一次" in text(page_of(client, found))
    assert page_of(client, found, "appeal").status_code == 409


def test_too_late_for_another_look_is_said_before_the_writing(client, case):
    found = case(State.REFUSED)
    Application.objects.update(decided_at=timezone.now() - timedelta(days=31))
    assert "申请复核" not in text(page_of(client, found))
    page = page_of(client, found, "appeal")
    assert page.status_code == 409 and "现在不能申请复核" in text(page)


# ------------------------------------------------------------- the receipt
@pytest.mark.parametrize("name", ["王小芳", "𬱖龑", "阿依古丽·买买提"])
def test_the_receipt_is_a_pdf_of_its_own_font_also_for_rare_characters(client, name):
    found = Case()
    found.relative.person.name = name
    found.relative.person.save()
    found.begin().submit()
    login_citizen(client, found.giver)
    page = page_of(client, found, "receipt")
    assert page["Content-Type"] == "application/pdf" and page.content.startswith(b"%PDF-")
    assert b"FontFile" in page.content and len(page.content) < 200_000


def test_the_letters_of_a_receipt_stay_out_of_the_log(client, case, caplog):
    assert page_of(client, case(State.SUBMITTED), "receipt").status_code == 200
    assert "glyph" not in caplog.text.lower()


def test_a_draft_has_no_receipt(client, case):
    found = case(State.DRAFT)
    assert page_of(client, found, "receipt").status_code == 302
