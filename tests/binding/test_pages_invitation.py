"""R1: the relative is asked, as oneself; agreeing, declining, 「我不认识对方」."""

import re

import pytest
from django.urls import reverse

from accounts.models import Consent
from binding.rules import State
from gongji.templatetags.gongji import ta as he
from tests.binding.browse import ask, at, standing, text
from tests.binding.cases import in_state
from tests.factories import login_citizen, make_citizen

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(client):
    def begin(state=State.IN_REVIEW):
        found = standing(in_state(state))
        login_citizen(client, found.relative)
        return found

    return begin


def invitation(client, case):
    return client.get(reverse("binding:invitation", args=[case.application.number]))


def test_the_invitation_says_who_what_money_and_what_can_be_seen(client, asked):
    case = asked()
    page, ta = invitation(client, case), he(case.giver.person.id_number)
    assert f"李*(您的配偶)想让您用{ta}医保卡里的钱看病买药" in text(page)
    assert f"同意以后:您先用自己的,不够再用{ta}的。" in text(page)
    assert f"{ta}能看到:日期、金额、看病还是买药。" in text(page)
    assert "看不到:医院名字、药名、病名。" in text(page) and "您随时可以退出。" in text(page)
    buttons = re.findall(r'name="answer" value="(\w+)">(\w+)<', page.content.decode())
    assert buttons == [("agree", "同意"), ("decline", "不同意"), ("stranger", "我不认识对方")]


def test_it_stands_first_on_ones_own_page(client, asked):
    found = asked()
    page = client.get("/bindings/")
    assert "家人邀请您" in text(page)
    assert reverse("binding:invitation", args=[found.application.number]) in page.content.decode()


def test_agreeing_early_is_kept_and_twice_is_once(client, asked):
    found = asked()
    for _ in range(2):
        page = ask(client, "invitation", found.application.number, answer="agree")
        assert at(page) == "/bindings/" and page.status_code == 200
    assert found.now().consent is not None and found.now().state == State.IN_REVIEW
    assert Consent.objects.filter(about=found.application.number, agreed=True, text="mutual_aid").count() == 1
    assert "您已经同意了" in text(invitation(client, found))


def test_the_last_consent_opens_the_binding(client, asked):
    found = asked(State.AWAITING_CONSENT)
    page = ask(client, "invitation", found.application.number, answer="agree")
    assert "您已同意,已经开通" in text(page) and found.now().state == State.APPROVED
    assert found.binding().until is None


@pytest.mark.parametrize("answer", ["decline", "stranger"])
@pytest.mark.parametrize("state", [State.SUBMITTED, State.IN_REVIEW, State.RETURNED, State.AWAITING_CONSENT])
def test_saying_no_ends_it_and_the_giver_is_not_told_why(client, asked, answer, state):
    found = asked(state)
    for _ in range(2):
        page = ask(client, "invitation", found.application.number, answer=answer)
        assert page.status_code == 200
    assert found.now().state == State.DECLINED
    login_citizen(client, found.giver)
    seen = text(client.get(reverse("binding:status", args=[found.application.number])))
    assert "原因我们不便说明" in seen and "不认识" not in seen


@pytest.mark.parametrize("answer", ["", "maybe", "同意", "\x00"])
def test_no_answer_is_asked_again(client, asked, answer):
    found = asked()
    page = ask(client, "invitation", found.application.number, answer=answer)
    assert page.status_code == 422 and "请先选一个" in text(page)
    assert found.now().consent is None


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.REFUSED, State.APPROVED])
def test_an_answer_that_comes_too_late_is_told_what_happened(client, asked, state):
    found = asked(state)
    assert "这份邀请已经有结果了" in text(invitation(client, found))
    page = ask(client, "invitation", found.application.number, answer="decline")
    assert page.status_code == 409 and found.now().state == state


def test_nobody_else_sees_an_invitation_or_an_unsubmitted_one(client, asked):
    found = asked(State.DRAFT)
    assert invitation(client, found).status_code == 404
    found.submit()
    assert invitation(client, found).status_code == 200
    for stranger in (found.giver, make_citizen("赵敏")):
        login_citizen(client, stranger)
        assert invitation(client, found).status_code == 404


def test_a_yes_that_waits_for_the_review_stands_on_the_page_of_ones_bindings(client, asked):
    case = asked()
    case.agree()
    assert "您已经同意。现在等审核,您不用再做什么。" in text(client.get(reverse("binding:list")))


def test_the_message_that_asks_leads_to_the_answer(client, asked):
    case = asked()
    message = case.relative.person.messages.filter(template__startswith="binding.please_consent").get()
    message.visible_from = message.created_at
    message.save(update_fields=["visible_from"])
    page = client.get(reverse("accounts:message", args=[message.pk]))
    assert "去回答" in text(page) and reverse("binding:list") in page.content.decode()
