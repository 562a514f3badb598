"""Face to face on one phone: what the other sees, answers and proves by it, and what does not follow."""

import re
import time
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.models import Consent, Message
from binding import services
from binding.middleware import HANDED_OVER
from binding.models import Check, Signature
from binding.rules import Action, State
from binding.rules.letters import Signed
from binding.services import answers, callback, handover, system
from gongji.errors import Refused
from gongji.models import AuditRow
from gongji.templatetags.gongji import ta
from tests.binding.browse import at, standing, text
from tests.binding.cases import Case, in_state
from tests.factories import id_number, login_citizen, make_citizen

pytestmark = pytest.mark.django_db

HANDED = reverse("binding:handed")
BACK = reverse("binding:give_back")


@pytest.fixture
def handed(client):
    """The giver's browser in the relative's hand."""

    def begin(state=State.IN_REVIEW, **people):
        case = standing(in_state(state, **people))
        login_citizen(client, case.giver)
        assert client.post(hand_over_of(case)).url == HANDED
        return case

    return begin


def hand_over_of(case):
    return reverse("binding:hand_over", args=[case.application.number])


def tail_of(user):
    return user.person.id_number[-4:]


def answer(client, case, how="agree", **filled):
    data = {"answer": how, "tail": tail_of(case.relative), "signature": case.relative.person.name}
    return client.post(HANDED, data | filled)


# ------------------------------------------------------------- the page in the other's hand
def test_the_page_says_who_asks_for_what_and_shows_nothing_of_its_owner(client, handed):
    case = handed()
    page = client.get(HANDED)
    assert f"李*(您的配偶)想让您用{ta(case.giver.person.id_number)}医保卡里的钱看病买药" in text(page)
    content = page.content.decode()
    assert case.giver.person.name not in content and case.application.number not in content
    for address in ('/bindings/"', reverse("accounts:messages"), reverse("accounts:logout")):
        assert address not in content
    assert page["Cache-Control"].startswith("max-age=0")


def test_no_other_page_can_be_opened_until_the_phone_is_given_back(client, handed):
    case = handed()
    mine = ["/bindings/", "/", reverse("accounts:messages"), reverse("help"), hand_over_of(case)]
    assert {client.get(address).headers["Location"] for address in mine} == {HANDED}
    assert client.post(reverse("binding:withdraw", args=[case.application.number])).url == HANDED
    assert client.post(reverse("accounts:logout")).url == HANDED
    assert case.now().state == State.IN_REVIEW
    assert client.get(BACK).status_code == 405
    assert at(client.post(BACK, follow=True)) == reverse("binding:status", args=[case.application.number])
    assert client.get("/bindings/").status_code == 200


def test_the_status_page_offers_it_while_an_answer_is_missing(client):
    case = standing(in_state(State.AWAITING_CONSENT))
    login_citizen(client, case.giver)
    status = reverse("binding:status", args=[case.application.number])
    assert hand_over_of(case) in client.get(status).content.decode()
    case.agree()
    assert hand_over_of(case) not in client.get(status).content.decode()


def test_only_the_applicant_hands_over_and_only_what_waits_for_an_answer(client, handed):
    case = standing(in_state(State.IN_REVIEW))
    for other in (case.relative, make_citizen("赵敏")):
        login_citizen(client, other)
        assert client.post(hand_over_of(case)).status_code == 404
    services.withdraw(application=case.application, actor=case.giver)
    login_citizen(client, case.giver)
    assert client.post(hand_over_of(case)).status_code == 409
    assert HANDED_OVER not in client.session
    assert client.get(HANDED).url == "/bindings/"


# ------------------------------------------------------------- the answer
def test_a_yes_while_the_case_is_looked_at_is_kept_as_said_on_the_applicants_phone(client, handed):
    case = handed()
    page = answer(client, case)
    assert "收到了,您同意" in text(page) and "还给李*" in text(page)
    assert case.now().consent.how == Consent.How.HANDED_PHONE
    assert case.now().consent.person == case.relative.person
    assert case.now().state == State.IN_REVIEW
    signed = Signature.objects.get(application=case.application, what=Signature.What.CONSENT)
    assert signed.person == case.relative.person and signed.actor == case.giver


def test_a_yes_to_an_approved_case_opens_nothing_but_leads_to_a_reviewer(client, handed):
    case = handed(State.AWAITING_CONSENT)
    answer(client, case)
    now = case.now()
    assert now.state == State.IN_REVIEW and now.decided_at is None and now.deadline_at is None
    assert case.event().action == Action.HAND_OVER and case.binding() is None
    assert case.approve().state == State.APPROVED


def test_a_case_that_data_would_have_accepted_goes_to_a_reviewer_instead():
    case = Case(giver=make_citizen("李明", household="H1"), relative=make_citizen("王小芳", household="H1"))
    for user, code in ((case.giver, "02"), (case.relative, "12")):
        user.person.enrollments.update(relation_to_head=code)
    case.begin().submit()
    services.agree_on_handed_phone(
        application=case.application, actor=case.giver, signed=Signed("name", "王小芳")
    )
    case.after_undo_time()
    assert case.application.checks.get(code="kinship").outcome == Check.Outcome.YES
    assert case.now().state == State.IN_REVIEW


def test_a_yes_of_ones_own_takes_the_place_of_the_one_on_the_phone(client, handed):
    case = handed()
    answer(client, case)
    case.agree()
    assert case.now().consent.how == Consent.How.WEB
    with pytest.raises(Refused, match="not_handed_over"):
        services.agree_on_handed_phone(
            application=case.application, actor=case.giver, signed=Signed("name", "王小芳")
        )


def test_the_relatives_own_phone_hears_of_it_and_an_objection_ends_it(client, handed):
    case = handed()
    answer(client, case)
    told = Message.objects.get(person=case.relative.person, template="binding.agreed_on_phone")
    assert told.sms == Message.Sms.QUEUED and "不是您本人同意的,请打" in told.sms_text
    client.post(BACK)
    services.decline(application=case.application, actor=case.relative)
    assert case.now().state == State.DECLINED


def test_a_shared_phone_gets_no_text_about_itself(client, handed):
    giver = make_citizen("李明")
    relative = make_citizen("王小芳", phone=giver.phone)
    case = handed(giver=giver, relative=relative)
    answer(client, case)
    told = Message.objects.get(person=relative.person, template="binding.agreed_on_phone")
    assert told.sms == Message.Sms.NONE


@pytest.mark.parametrize("how", ["decline", "stranger"])
def test_a_no_needs_no_number_and_is_final(client, handed, how):
    case = handed()
    page = client.post(HANDED, {"answer": how})
    assert "收到了,您没有同意" in text(page)
    assert case.now().state == State.DECLINED
    client.post(BACK)
    status = text(client.get(reverse("binding:status", args=[case.application.number])))
    assert "不认识" not in status


# ------------------------------------------------------------- what is filled in wrongly
def test_three_wrong_numbers_end_the_answering_on_this_phone(client, handed):
    case = handed()
    for left in (2, 1):
        page = answer(client, case, tail="0000")
        assert page.status_code == 422 and f"还能填 {left} 次" in text(page)
    assert "号码填了 3 次都不一样" in text(answer(client, case, tail="0000"))
    answer(client, case)
    assert case.now().consent is None
    assert AuditRow.objects.filter(action="consent.handed_phone", result="wrong_number").count() == 3


def test_a_small_x_and_spaces_are_no_mistake(client, handed):
    relative = make_citizen("王小芳", number=_number_ending_in_x())
    case = handed(relative=relative)
    answer(client, case, tail=f" {tail_of(relative).lower()} ")
    assert case.now().consent is not None


def _number_ending_in_x():
    return next(
        number
        for number in (id_number(date(1981, 2, 3), sequence=n) for n in range(1, 999))
        if number.endswith("X")
    )


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({"tail": ""}, "请填写您自己证件号的最后 4 位"),
        ({"signature": ""}, "请写您自己的姓名"),
        ({"signature": "李明"}, "签名和您的姓名不一样"),
    ],
)
def test_what_is_missing_or_anothers_is_said_beside_the_field(client, handed, filled, words):
    case = handed()
    page = answer(client, case, **filled)
    assert page.status_code == 422 and words in text(page)
    assert case.now().consent is None


def test_pressing_nothing_asks_again(client, handed):
    case = handed()
    for value in ("", "maybe", "\x00"):
        page = client.post(HANDED, {"answer": value})
        assert page.status_code == 422 and "请先选一个" in text(page)
    assert case.now().consent is None


def test_after_a_quarter_of_an_hour_nothing_is_taken_any_more(client, handed):
    case = handed()
    session = client.session
    session[HANDED_OVER] = session[HANDED_OVER] | {"until": int(time.time()) - 1}
    session.save()
    assert "时间到了" in text(client.get(HANDED))
    answer(client, case)
    assert case.now().consent is None
    assert client.get("/bindings/").url == HANDED


def test_a_case_withdrawn_meanwhile_says_so(client, handed):
    case = handed()
    services.withdraw(application=case.application, actor=case.giver)
    assert "这件事不用您回答了" in text(answer(client, case))


def test_there_is_no_way_to_agree_by_a_code():
    """Nothing among the services of an answer takes a code that could be read out to somebody else."""
    for module in (answers, callback, handover):
        assert not re.search(r"use_code|request_code|OneTimeCode", Path(module.__file__).read_text())


def test_a_job_that_comes_late_does_not_open_a_case_agreed_on_the_phone(client, handed):
    case = handed(State.SUBMITTED)
    answer(client, case)
    case.after_undo_time()
    system.enqueue(case.application.pk)
    assert case.now().state == State.IN_REVIEW and case.binding() is None
