"""告知承诺: the notice first, rules that change, opening at once, and calling it off."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Consent, Message, User
from binding import services
from binding.models import Application, Binding, BindingChange
from binding.rules import Party, State
from binding.services import system
from gongji import policy
from gongji.errors import Refused
from gongji.models import OutboxJob
from gongji.policy import Relation
from ledger import services as ledger
from ledger.models import Mandate
from tests.binding.browse import ask, at, text
from tests.binding.cases import Case
from tests.factories import login_citizen, make_account, make_citizen, make_provider, settlement

pytestmark = pytest.mark.django_db

JIANGXI = "360100"
"""Decided by commitment, the relative is told and need not agree: nothing is waited for."""


def silent() -> Case:
    """The same before the registers have answered."""
    case = promising()
    case.application.checks.all().delete()
    return case.submit()


def promising(area: str = JIANGXI, relation: Relation = Relation.SPOUSE) -> Case:
    """A draft where the signed promise is enough."""
    case = Case(
        giver=make_citizen("李明", area=area), relative=make_citizen("王小芳", area=area), relation=relation
    )
    case.begin()
    return case


def opened() -> Case:
    case = promising().submit()
    assert case.now().state == State.APPROVED
    return case


# ------------------------------------------------------------- at once
def test_where_nothing_is_waited_for_it_opens_with_the_submission():
    case = opened()
    binding = case.binding()
    assert binding.since <= timezone.now() and binding.until is None
    assert Mandate.objects.get(binding_id=binding.pk).valid_from <= timezone.now()
    assert [event.action for event in case.application.events.all()] == ["submit", "accept"]


def test_nobody_is_promised_an_answer_that_is_there_already():
    case = opened()
    told = Message.objects.filter(about=case.application.number).values_list("template", flat=True)
    assert set(told) == {"binding.opened", "binding.opened_for_you"}
    assert not OutboxJob.objects.filter(ref=str(case.application.pk)).exists()


def test_the_money_can_be_used_at_once():
    case = promising()
    make_account(case.giver.person, 100_00, area=JIANGXI)
    case.submit()
    done = ledger.settle(settlement=settlement(make_provider(area=JIANGXI), case.relative.person, 30_00))
    assert done.status == 201


def test_before_the_registers_have_answered_nothing_opens():
    case = silent()
    assert case.now().state == State.SUBMITTED
    assert not case.application.bindings.exists()


@pytest.mark.django_db(transaction=True)
def test_once_they_have_answered_it_opens_without_waiting_for_the_undo_time():
    case = silent()
    system.precheck(case.application.pk)
    assert case.now().state == State.APPROVED


def test_what_needs_the_relatives_word_waits_for_it():
    case = promising("990100").submit()
    assert case.now().state == State.SUBMITTED


def test_a_doubt_waits_for_the_undo_time_and_a_person():
    case = promising()
    Application.objects.update(monthly_cap=9_999_00)
    case.submit()
    assert case.now().state == State.SUBMITTED
    assert case.after_undo_time().now().state == State.IN_REVIEW


def test_the_status_says_that_it_can_be_used_now(client):
    case = opened()
    login_citizen(client, case.giver)
    page = text(client.get(reverse("binding:status", args=[case.application.number])))
    assert "已开通,马上能用" in page
    assert "撤销开通" in page
    assert "最晚" not in page


# ------------------------------------------------------------- called off
def test_within_ten_minutes_it_is_called_off_without_a_trace_of_blame(client):
    case = opened()
    login_citizen(client, case.giver)
    page = ask(client, "call_off", case.application.number)
    assert "已撤销开通" in text(page)
    assert "没有用过钱" in text(page)
    binding = case.binding()
    assert (case.now().state, binding.ended_by, binding.ended_why) == (
        State.WITHDRAWN, Party.AUTHORIZER, "called_off",
    )  # fmt: skip
    assert binding.changes.last().what == BindingChange.What.CALLED_OFF
    assert not Mandate.objects.live(timezone.now()).filter(binding_id=binding.pk).exists()


def test_both_are_told_that_it_was_called_off_and_nothing_was_used():
    case = opened()
    services.call_off(application=case.application, actor=case.giver)
    for who, name in ((case.giver, "called_off_giver"), (case.relative, "called_off_relative")):
        message = Message.objects.get(person=who.person, template=f"binding.{name}")
        assert "没有用过钱" in message.body


def test_what_was_used_meanwhile_can_be_ended_but_not_called_off():
    """Otherwise a promise could be used and taken back before anybody looks at it."""
    case = promising()
    make_account(case.giver.person, 100_00, area=JIANGXI)
    case.submit()
    ledger.settle(settlement=settlement(make_provider(area=JIANGXI), case.relative.person, 30_00))
    with pytest.raises(Refused, match="already_used"):
        services.call_off(application=case.application, actor=case.giver)
    assert (case.now().state, case.binding().until) == (State.APPROVED, None)
    assert Mandate.objects.live(timezone.now()).filter(binding_id=case.binding().pk).exists()


def test_calling_off_twice_is_once_and_a_new_application_is_free():
    case = opened()
    services.call_off(application=case.application, actor=case.giver)
    with pytest.raises(Refused):
        services.call_off(application=case.application, actor=case.giver)
    again = Case(giver=case.giver, relative=case.relative).begin()
    assert again.submit().now().state == State.APPROVED


def test_after_ten_minutes_it_is_too_late_and_says_what_to_do(client):
    case = opened()
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        login_citizen(client, case.giver)
        answer = client.post(reverse("binding:call_off", args=[case.application.number]))
    assert answer.status_code == 409
    assert "解除" in text(answer)
    assert case.now().state == State.APPROVED


def test_only_who_applied_may_call_it_off(client):
    case = opened()
    login_citizen(client, case.relative)
    assert client.post(reverse("binding:call_off", args=[case.application.number])).status_code == 404
    assert case.now().state == State.APPROVED


def test_what_a_reviewer_approved_cannot_be_called_off():
    case = Case().begin().submit().after_undo_time().agree()
    case.approve()
    assert services.call_off_until(case.now()) is None
    with pytest.raises(Refused) as refused:
        services.call_off(application=case.application, actor=case.giver)
    assert refused.value.code == "too_late"


# ------------------------------------------------------------- the notice first
KUNMING = "530100"
PHONE_OFFICE = next(
    code
    for code, entrance in policy.for_area(KUNMING).entrances.items()
    if policy.for_area(KUNMING).through(code).notice_first
)
"""一部手机办事通: the 告知书 is read and agreed to before anything is asked."""


def test_the_notice_is_shown_in_full_before_the_first_question(client):
    login_citizen(client, in_kunming())
    first = client.get(f"{reverse('binding:relation')}?entrance={PHONE_OFFICE}", follow=True)
    assert reverse("binding:notice") in at(first)
    notice = policy.for_area(KUNMING).through(PHONE_OFFICE).notice
    assert all(clause in first.content.decode() for clause in notice.clauses)
    unread = client.post(first.redirect_chain[-1][0], {})
    assert unread.status_code == 422
    assert "看完请勾选" in text(unread)
    agreed = client.post(first.redirect_chain[-1][0], {"agreed": "on"}, follow=True)
    assert at(agreed).startswith(reverse("binding:relation"))
    assert agreed.status_code == 200


def test_where_the_area_does_not_ask_for_it_there_is_no_such_page(client):
    login_citizen(client, make_citizen("李明"))
    assert client.get(reverse("binding:relation")).status_code == 200


def in_kunming() -> User:
    giver = make_citizen("李明", area=KUNMING)
    make_account(giver.person, 100_00, area=KUNMING)
    return giver


def _kunming_draft(version: str) -> Case:
    case = Case(giver=in_kunming(), relative=make_citizen("王小芳", area=KUNMING))
    draft = services.start_draft(
        user=case.giver, relation=Relation.SPOUSE, entrance=PHONE_OFFICE, notice_version=version
    )
    person = case.relative.person
    case.application = services.save_relative(
        application=draft, actor=case.giver, name=person.name, id_type=person.id_type,
        id_number=person.id_number, phone=person.phone,
    )  # fmt: skip
    return case


def test_what_was_read_is_recorded_with_its_version():
    notice = policy.for_area(KUNMING).notice
    case = _kunming_draft(notice.version).submit()
    given = Consent.objects.get(about=case.application.number, text="notice")
    assert (given.version, given.person) == (notice.version, case.giver.person)


def test_an_unread_notice_cannot_be_passed_over():
    case = _kunming_draft("")
    with pytest.raises(Refused) as refused:
        case.submit()
    assert refused.value.code == "notice_not_read"


def test_a_notice_that_changed_is_shown_again_on_the_last_page(client):
    case = _kunming_draft("an older one")
    login_citizen(client, case.giver)
    number = case.application.number
    notice = policy.for_area(KUNMING).notice
    page = client.get(reverse("binding:check", args=[number])).content.decode()
    assert notice.clauses[0] in page
    unread = ask(client, "check", number, health="on", signature="李明")
    assert "请看一遍告知书" in text(unread)
    sent = ask(client, "check", number, health="on", signature="李明", notice_read="on")
    assert at(sent) == reverse("binding:status", args=[number])
    assert Consent.objects.filter(about=number, text="notice", version=notice.version).exists()


# ------------------------------------------------------------- rules that change between two pages
HILLS = "980000"
FILE = """area = "980000"
name = "云山省"
[sources.said]
title = "云山省通知"
grade = "demo"
[open]
value = true
source = "said"
effective = 2026-02-01
[max_beneficiaries]
value = {most}
source = "said"
effective = 2026-02-01
"""


@pytest.fixture
def hills(tmp_path, monkeypatch):
    """A made-up province whose file can be published anew."""
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))

    def publish(most: int) -> None:
        (tmp_path / "980000-hills.toml").write_text(FILE.format(most=most), encoding="utf-8")
        policy._load.cache_clear()

    publish(8)
    yield publish
    policy._load.cache_clear()


@pytest.fixture
def hill_case(hills, client) -> Case:
    case = Case(giver=make_citizen("李明", area=HILLS), relative=make_citizen("王小芳", area=HILLS)).begin()
    login_citizen(client, case.giver)
    return case


def test_unchanged_rules_are_not_spoken_of(hill_case, client):
    page = client.get(reverse("binding:check", args=[hill_case.application.number]))
    assert "规则改了" not in text(page)


def test_a_policy_that_changes_between_two_pages_is_shown_and_asked_about_again(hill_case, hills, client):
    number = hill_case.application.number
    client.get(reverse("binding:check", args=[number]))
    hills(5)
    sent = ask(client, "check", number, health="on", signature="李明")
    assert sent.status_code == 422
    page = text(sent)
    assert "本地规则改了" in page
    assert "原来:" in page and "8 位" in page and "现在:" in page and "5 位" in page
    assert hill_case.now().state == State.DRAFT
    digest = sent.context["digest"]
    done = ask(client, "check", number, health="on", signature="李明", changes_seen="on", rules=digest)
    assert at(done) == reverse("binding:status", args=[number])


def test_a_tick_counts_for_the_rules_that_stood_on_the_page(hill_case, hills, client):
    number = hill_case.application.number
    hills(5)
    digest = client.get(reverse("binding:check", args=[number])).context["digest"]
    hills(4)
    sent = ask(client, "check", number, health="on", signature="李明", changes_seen="on", rules=digest)
    assert sent.status_code == 422
    assert "请看一遍变化" in text(sent)


# ------------------------------------------------------------- what I agreed to
def test_my_letters_stay_readable_in_their_own_words(hill_case, hills, client):
    case = hill_case.submit()
    hills(5)
    url = reverse("binding:letters", args=[case.application.number])
    page = client.get(url).content.decode()
    rules = services.policy_of(case.now())
    for letter in (rules.commitment, rules.health_consent):
        assert letter.title in page and letter.clauses[-1] in page
    assert "写上本人姓名" in page


def test_the_other_side_reads_only_what_it_agreed_to(client):
    case = Case().begin().submit().agree()
    login_citizen(client, case.relative)
    url = reverse("binding:letters", args=[case.application.number])
    page = client.get(url).content.decode()
    rules = services.policy_of(case.now())
    assert rules.notice.title in page
    assert rules.commitment.title not in page


def test_letters_of_others_are_absent(client):
    case = Case().begin().submit()
    login_citizen(client, make_citizen("赵六"))
    assert client.get(reverse("binding:letters", args=[case.application.number])).status_code == 404


def test_what_was_said_before_a_submission_was_taken_back_is_left_out():
    case = Case().begin().submit()
    services.undo_submit(application=case.application, actor=case.giver)
    case.submit()
    agreed = services.agreed_to(case.now(), case.giver.person)
    assert len(agreed) == 2
    assert Binding.objects.count() == 0
