"""A relative asks, the giver confirms: what each reads, chooses and signs, and what neither learns."""

import pytest
from django.urls import reverse

from accounts.models import Consent, Message, VerifiedLevel
from binding import services
from binding.models import Binding, Signature
from binding.rules import Action, State
from binding.rules.letters import Signed
from gongji import policy
from gongji.errors import Refused
from ledger import services as ledger
from ledger.models import Mandate
from tests.binding.asking import GROUPED, POOLED, asked, either_side_in, family, handed_in
from tests.binding.browse import ask, at, text
from tests.factories import PAST, login_citizen
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

HOME = "990100"
SIGNED = Signed("name", "林海")


@pytest.fixture(autouse=True)
def _rules(db):
    with as_owner():
        ledger.derive_area_rules(policy.load(), PAST)


@pytest.fixture
def at_home(monkeypatch):
    """In the home city relatives may apply, too; money goes from one to another there."""
    rules, others = either_side_in(HOME), policy.for_area
    monkeypatch.setattr(policy, "for_area", lambda area: rules if area == HOME else others(area))
    return rules


def page_of(case):
    return reverse("binding:invitation", args=[case.application.number])


# ------------------------------------------------------------- the relative's pages
def test_somebody_without_an_account_is_offered_to_ask_a_relative(client):
    _giver, relative = family()
    login_citizen(client, relative)
    page = client.get("/bindings/")
    assert "请家人给您开通" in text(page)
    assert f"{reverse('binding:new')}?side=relative" in page.content.decode()
    before = text(client.get(f"{reverse('binding:new')}?side=relative"))
    assert "请家人给您开通,先看三句话" in before and "钱是家人的,由家人决定" in before


def test_where_only_givers_apply_the_page_says_how_the_giver_does_it(client):
    _giver, relative = family(HOME)
    login_citizen(client, relative)
    page = client.get(f"{reverse('binding:new')}?side=relative")
    assert "请出钱的家人来申请" in text(page) and "给家人开通" in text(page)


def test_the_whole_way_of_a_relative_by_the_pages(client):
    giver, relative = family()
    login_citizen(client, relative)
    page = client.get(f"{reverse('binding:relation')}?side=relative")
    assert "谁给您出钱?" in text(page)
    page = client.post(f"{reverse('binding:relation')}?side=relative", {"relation": "spouse"}, follow=True)
    number = at(page).split("/")[3]
    person = giver.person
    page = ask(
        client, "relative", number, name=person.name, id_type="01", id_number=person.id_number, phone=""
    )
    assert at(page) == reverse("binding:check", args=[number])
    page = ask(client, "check", number, health="on", signature="苏梅")
    assert at(page) == reverse("binding:status", args=[number])
    assert "林*要同意" in text(page) and "请林*开通" in text(page)
    assert "9000" not in text(page), "the giver's balance is nobody else's business"


def test_the_messages_of_a_relative_who_asks_name_the_giver(client):
    case = handed_in(asked())
    told = Message.objects.get(person=case.relative.person, template="binding.submitted_asked")
    assert "请家人林*开通共济" in told.sms_text
    wanted = Message.objects.filter(person=case.giver.person).earliest("created_at")
    assert wanted.template == "binding.please_consent_asked"
    assert wanted.sms_text.endswith("不要把验证码告诉任何人。") and "想用您医保卡里的钱" in wanted.sms_text


# ------------------------------------------------------------- the giver's page
def test_the_giver_reads_what_it_means_in_money_and_what_is_seen(client):
    case = handed_in(asked())
    login_citizen(client, case.giver)
    page = text(client.get(page_of(case)))
    for words in (
        "苏*(您的配偶)想用您医保卡里的钱看病买药", "一共不超过您写的金额", "已经花掉的不退",
        "一共让家人用多少(元)", "签名:写上您自己的姓名", "我不认识对方",
    ):  # fmt: skip
        assert words in page
    assert policy.for_area(GROUPED).commitment.title in page


def test_a_giver_of_a_group_names_the_total_and_it_opens(client):
    case = handed_in(asked())
    assert case.application.state == State.AWAITING_CONSENT
    login_citizen(client, case.giver)
    page = client.post(
        page_of(case), {"answer": "agree", "authorized": "3000", "signature": "林海"}, follow=True
    )
    assert "您已同意,已经开通" in text(page)
    assert case.now().authorized == 3_000_00
    mandate = Mandate.objects.get(binding_id=case.binding().pk)
    assert (mandate.authorized, mandate.beneficiary) == (3_000_00, case.relative.person)
    promise = Signature.objects.get(application=case.application, person=case.giver.person)
    assert promise.what == Signature.What.COMMITMENT
    said = Consent.objects.filter(person=case.giver.person, about=case.application.number)
    assert set(said.values_list("text", flat=True)) == {"commitment", "mutual_aid"}


@pytest.mark.parametrize(
    ("filled", "words"),
    [
        ({"signature": "林海"}, "请填写授权总额"),
        ({"authorized": "0", "signature": "林海"}, "最少 0.01 元"),
        ({"authorized": "很多", "signature": "林海"}, "金额看起来不对"),
        ({"authorized": "3000", "signature": "苏梅"}, "签名和您的姓名不一样"),
        ({"authorized": "3000"}, "请写您自己的姓名"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_opens(client, filled, words):
    case = handed_in(asked())
    login_citizen(client, case.giver)
    page = client.post(page_of(case), {"answer": "agree"} | filled)
    assert page.status_code == 422 and words in text(page)
    assert case.now().consent is None


def test_a_yes_into_a_household_pool_makes_the_pool():
    case = handed_in(asked(POOLED))
    services.consent(application=case.application, actor=case.giver, signed=SIGNED)
    assert case.now().state == State.APPROVED
    mandate = Mandate.objects.get(binding_id=case.binding().pk)
    assert mandate.kind == Mandate.Kind.POOL and mandate.authorizer == case.giver.person


def test_where_money_goes_from_one_to_another_a_cap_may_be_set(client, at_home):
    case = handed_in(asked(HOME))
    login_citizen(client, case.giver)
    assert "每月有上限" in text(client.get(page_of(case)))
    answer = {"answer": "agree", "limit": "monthly", "amount": "500", "signature": "林海"}
    client.post(page_of(case), answer)
    assert case.now().monthly_cap == 500_00 and case.now().state == State.APPROVED


def test_no_cap_is_a_choice_as_well(at_home):
    case = handed_in(asked(HOME))
    services.consent(application=case.application, actor=case.giver, signed=SIGNED)
    assert case.binding().monthly_cap is None


def test_a_yes_before_the_decision_keeps_its_terms(client):
    case = handed_in(asked(proven=False))
    assert case.application.state == State.IN_REVIEW
    services.consent(application=case.application, actor=case.giver, authorized=2_000_00, signed=SIGNED)
    assert case.now().state == State.IN_REVIEW and case.now().authorized == 2_000_00


def test_without_the_promise_or_the_total_there_is_no_yes():
    case = handed_in(asked())
    for said, code in (
        ({"authorized": 1_00}, "wrong_signature"),
        ({"authorized": 1_00, "signed": Signed("name", "苏梅")}, "wrong_signature"),
        ({"signed": SIGNED}, "total_missing"),
    ):
        with pytest.raises(Refused) as refused:
            services.consent(application=case.application, actor=case.giver, **said)
        assert refused.value.code == code
    assert case.now().consent is None
    assert not Signature.objects.filter(application=case.application, person=case.giver.person).exists()


@pytest.mark.parametrize("answer", ["decline", "stranger"])
def test_a_giver_may_say_no_and_the_relative_learns_only_that(client, answer):
    case = handed_in(asked())
    login_citizen(client, case.giver)
    client.post(page_of(case), {"answer": answer})
    assert case.now().state == State.DECLINED
    told = case.relative.person.messages.get(template="binding.declined")
    assert "不认识" not in told.body


def test_the_phone_is_not_handed_to_who_gives_the_money(client):
    case = handed_in(asked())
    assert not services.may_hand_over(case.application)
    login_citizen(client, case.relative)
    assert client.post(reverse("binding:hand_over", args=[case.application.number])).status_code == 409


def test_a_giver_who_is_full_is_told_so_and_the_relative_is_not(client, monkeypatch, at_home):
    full = either_side_in(HOME, max_beneficiaries=1)
    monkeypatch.setattr(policy, "for_area", lambda area: full)
    case = asked(HOME)
    first = handed_in(asked(HOME))
    services.consent(application=first.application, actor=first.giver, signed=SIGNED)
    Binding.objects.filter(application=first.application).update(authorizer=case.giver.person)
    case = handed_in(case)
    assert case.now().state == State.REFUSED
    told = case.relative.person.messages.get(template="binding.refused_asked")
    assert "1 位" not in told.body and "和家人商量" in told.body


# ------------------------------------------------------------- as whom
def test_an_answer_needs_the_level_the_area_asks_for(client, monkeypatch, at_home):
    strict = either_side_in(HOME, levels={"apply": "registry", "consent": "photo", "view": "registry"})
    monkeypatch.setattr(policy, "for_area", lambda area: strict)
    case = handed_in(asked(HOME))
    login_citizen(client, case.giver)
    page = client.post(page_of(case), {"answer": "agree", "limit": "none", "signature": "林海"})
    assert page.status_code == 409 and "先要多核对一步身份" in text(page)
    assert reverse("accounts:levels") in page.content.decode()
    type(case.giver.person).objects.filter(pk=case.giver.person.pk).update(level=VerifiedLevel.PHOTO)
    client.post(page_of(case), {"answer": "agree", "limit": "none", "signature": "林海"})
    assert case.now().state == State.APPROVED


def test_a_way_the_area_does_not_take_is_refused(monkeypatch, at_home):
    closed = either_side_in(HOME, consent_ways=["window", "call"])
    monkeypatch.setattr(policy, "for_area", lambda area: closed)
    case = handed_in(asked(HOME))
    with pytest.raises(Refused, match="consent_way_closed"):
        services.consent(application=case.application, actor=case.giver, signed=SIGNED)


def test_an_answered_invitation_is_no_unread_message(client):
    case = handed_in(asked())
    asked_for = Message.objects.filter(
        person=case.giver.person, template__startswith="binding.please_consent"
    )
    Message.objects.update(visible_from=PAST)
    assert asked_for.unread().exists()
    services.consent(application=case.application, actor=case.giver, authorized=1_00, signed=SIGNED)
    assert not asked_for.unread().exists()
    assert case.event().action == Action.CONSENT
