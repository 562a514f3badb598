"""Messages: in the portal always, by SMS through the outbox, never twice and never too early."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import gateways, services, wording
from accounts.gateways import FileSmsGateway, GuardedGateway, NotSent, Sms, Unknown
from accounts.models import Message
from accounts.services import delivery
from accounts.wording import Notice
from gongji import outbox
from gongji.models import OutboxJob
from tests.factories import login_citizen, make_citizen, make_login, make_person

pytestmark = pytest.mark.django_db

PAGE = "/accounts/messages/"
PARAMS = {"hotline": "12393", "when": "11月21日 10:00"}


def tell(person, **values):
    return services.notify(person=person, template="login_moved", params=PARAMS, **values)


class Gateway:
    """A gateway that answers as told, one answer a call, and remembers what it got."""

    timeout = 1.0

    def __init__(self, *answers, was_sent=None):
        self.answers, self.sent, self.known = list(answers), [], was_sent

    def send(self, sms):
        self.sent.append(sms)
        if self.answers and (answer := self.answers.pop(0)):
            raise answer

    def was_sent(self, reference):
        return self.known


@pytest.fixture
def gateway(monkeypatch):
    def use(*answers, **options):
        gateway = Gateway(*answers, **options)
        guarded = GuardedGateway(gateway)
        monkeypatch.setattr(delivery, "sms_gateway", lambda: guarded)
        return gateway

    return use


def try_again():
    """Let the waiting jobs be due now, leases included."""
    OutboxJob.objects.filter(state__in=OutboxJob.OPEN).update(next_at=timezone.now(), locked_until=None)
    outbox.drain()


# ------------------------------------------------------------- telling
def test_a_message_is_in_the_portal_and_on_the_phone(phones):
    person = make_citizen(phone="13912345678").person
    message = tell(person)
    (sms,) = phones.all()
    message.refresh_from_db()
    assert (sms["phone"], sms["text"], sms["template"]) == ("13912345678", message.sms_text, "login_moved")
    assert "code" not in sms
    assert (message.sms, message.sent_at is not None) == (Message.Sms.SENT, True)


def test_a_message_of_one_key_is_told_once(phones):
    person = make_citizen().person
    assert tell(person, dedup="a") is not None
    assert tell(person, dedup="a") is None
    assert len(phones.all()) == 1


def test_a_message_undone_with_its_transaction_is_never_sent(phones):
    person = make_citizen().person
    with transaction.atomic():
        tell(person)
        transaction.set_rollback(True)
    assert phones.all() == []


def test_a_message_waits_until_the_decision_stands(client, phones):
    user = login_citizen(client, make_citizen())
    message = tell(user.person, visible_from=timezone.now() + timedelta(minutes=5))
    assert phones.all() == []
    assert message.title not in client.get(PAGE).content.decode()
    Message.objects.update(visible_from=timezone.now())
    try_again()
    assert len(phones.all()) == 1
    assert message.title in client.get(PAGE).content.decode()


def test_a_withdrawn_message_never_leaves(phones):
    person = make_citizen().person
    tell(person, dedup="a", visible_from=timezone.now() + timedelta(minutes=5))
    assert services.withdraw_message(dedup="a")
    try_again()
    assert phones.all() == []
    assert tell(person, dedup="a") is not None


def test_a_message_that_is_out_cannot_be_withdrawn(phones):
    tell(make_citizen().person, dedup="a")
    phones.all()
    assert not services.withdraw_message(dedup="a")
    assert not services.withdraw_message(dedup="unknown")


def test_a_person_without_a_phone_has_the_message_in_the_portal(phones):
    message = tell(make_person(phone=None))
    assert phones.all() == []
    message.refresh_from_db()
    assert message.sms == Message.Sms.FAILED


def test_sms_go_to_the_phone_of_the_login_before_the_registered_one():
    person = make_person(phone="13700000000")
    assert services.contact_phone(person) == "13700000000"
    make_login(person, phone="13912345678")
    person.refresh_from_db()
    assert services.contact_phone(person) == "13912345678"


# ------------------------------------------------------------- a gateway with a bad day
def test_a_gateway_that_is_away_only_delays(gateway):
    message, away = tell(make_citizen().person), gateway(NotSent(), None)
    outbox.drain()
    message.refresh_from_db()
    assert message.sms == Message.Sms.QUEUED
    try_again()
    message.refresh_from_db()
    assert (message.sms, len(away.sent)) == (Message.Sms.SENT, 2)
    assert away.sent[0].reference == away.sent[1].reference == str(message.pk)


def test_a_gateway_that_never_comes_back_leaves_a_failed_message(gateway):
    message = tell(make_citizen().person)
    gateway(*[NotSent()] * 20)
    for _ in range(outbox.MAX_ATTEMPTS):
        try_again()
    message.refresh_from_db()
    assert message.sms == Message.Sms.FAILED
    assert OutboxJob.objects.get(kind=services.DELIVER).state == OutboxJob.State.DEAD


def test_an_unknown_fate_is_asked_before_anything_is_repeated(gateway):
    message, line = tell(make_citizen().person), gateway(Unknown(), was_sent=True)
    outbox.drain()
    try_again()
    message.refresh_from_db()
    assert (message.sms, len(line.sent)) == (Message.Sms.SENT, 1)


def test_an_unknown_fate_that_stays_unknown_is_repeated_once_and_no_more(gateway):
    message, line = tell(make_citizen().person), gateway(*[Unknown()] * 9)
    for _ in range(5):
        try_again()
    message.refresh_from_db()
    assert (message.sms, len(line.sent)) == (Message.Sms.FAILED, 2)


def test_a_job_that_runs_twice_sends_once(phones):
    message = tell(make_citizen().person)
    phones.all()
    delivery.deliver_message(message_id=message.pk, attempt=2)
    assert len(phones.all()) == 1


def test_a_gateway_that_rests_has_certainly_not_sent():
    gateway = Gateway(*[NotSent()] * 5)
    guarded = GuardedGateway(gateway)
    sms = Sms("13912345678", "t", "text", "ref")
    for _ in range(5):
        with pytest.raises(NotSent):
            guarded.send(sms)
    with pytest.raises(NotSent, match="resting"):
        guarded.send(sms)
    assert len(gateway.sent) == 5


@pytest.mark.parametrize("text", ["长" * 71, "请点 http://a.cn", "www.a.cn", "到 gongji.gov.cn 看"])
def test_a_text_too_long_or_with_an_address_never_leaves(text):
    gateway = Gateway()
    with pytest.raises(ValueError, match="70"):
        GuardedGateway(gateway).send(Sms("13912345678", "t", text, "ref"))
    assert gateway.sent == []


def test_lines_of_many_senders_stay_whole(phones, in_threads):
    gateway = FileSmsGateway()
    send = lambda: [gateway.send(Sms("13912345678", "t", "长" * 60, "r")) for _ in range(25)]  # noqa: E731
    in_threads(*[send] * 8)
    lines = Path(settings.SMS_LOG).read_text().splitlines()
    assert len(lines) == 200
    assert all(json.loads(line)["text"] == "长" * 60 for line in lines)


def test_the_gateway_of_the_settings_stands_behind_a_breaker(phones):
    assert isinstance(gateways.sms_gateway().gateway, FileSmsGateway)


# ------------------------------------------------------------- words
LONGEST = {
    "hotline": "12393转123",
    "when": "11月21日 10:00",
    "name": "欧*娜",
    "relative": "欧*娜",
    "giver": "欧*娜",
    "beneficiary": "欧*娜",
    "authorizer": "欧*娜",
    "number": "GJ-2611-1234567-8",
    "date": "12月31日",
    "due": "12月31日",
    "amount": "12345.67",
    "left": "12345.67",
    "balance": "12345.67",
}


class Long(dict):
    """Any parameter a notice may take, as long as it gets."""

    def __missing__(self, name):
        return LONGEST.get(name, "欧*娜")


def test_every_sms_fits_and_has_no_address_with_the_longest_names(settings):
    settings.SMS_SIGNATURE = "某某市医保"
    for name, notice in wording.registered().items():
        sms = str(notice.sms).format_map(Long())
        text = f"【{settings.SMS_SIGNATURE}】{sms}" if sms else ""
        assert len(text) <= wording.SMS_LENGTH, (name, len(text), text)
        assert not wording.has_address(text + str(notice.title) + str(notice.body)), name


def test_a_text_that_grew_too_long_is_replaced_by_the_plain_one(phones):
    wording._notices["test_long"] = Notice("题", "文", "{text}")
    try:
        services.notify(person=make_citizen().person, template="test_long", params={"text": "长" * 80})
    finally:
        del wording._notices["test_long"]
    assert "您有一条新消息" in phones.all()[0]["text"]


def test_two_notices_of_one_name_are_refused():
    with pytest.raises(ValueError, match="login_moved"):
        wording.register({"login_moved": Notice("a", "b")})


def test_an_unknown_notice_is_a_mistake_that_is_found_at_once():
    with pytest.raises(KeyError):
        services.notify(person=make_person(), template="nothing", params={})


# ------------------------------------------------------------- W16
def test_without_messages_the_page_says_so(client):
    login_citizen(client, make_citizen())
    assert "没有消息" in client.get(PAGE).content.decode()


def test_unread_messages_come_first_and_opening_one_marks_it(client):
    user = login_citizen(client, make_citizen())
    old, new = tell(user.person), tell(user.person)
    Message.objects.filter(pk=new.pk).update(read_at=timezone.now(), title="读过的")
    page = client.get(PAGE).content.decode()
    assert page.index(str(old.pk)) < page.index(str(new.pk))
    assert old.body in client.get(f"{PAGE}{old.pk}/").content.decode()
    old.refresh_from_db()
    assert old.read_at is not None


def test_a_message_of_somebody_else_is_absent(client):
    theirs = tell(make_citizen().person)
    login_citizen(client, make_citizen())
    assert client.get(f"{PAGE}{theirs.pk}/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_a_login_without_a_person_has_no_messages(client):
    tell(make_citizen().person)
    login_citizen(client, make_login())
    assert "没有消息" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("after", ["nonsense", "00000000-0000-0000-0000-000000000000", "'; --"])
def test_a_made_up_place_in_the_list_is_harmless(client, after):
    login_citizen(client, make_citizen())
    assert client.get(PAGE, {"after": after}).status_code == 200


def test_pages_of_messages_show_each_one_once(client, django_assert_max_num_queries):
    user = login_citizen(client, make_citizen())
    for number in range(70):
        message = tell(user.person, sms=False)
        Message.objects.filter(pk=message.pk).update(
            title=f"第{number}条", read_at=timezone.now() if number % 3 else None
        )
    seen, address = [], PAGE
    while address:
        with django_assert_max_num_queries(8):
            answer = client.get(address)
        seen += [message.pk for message in answer.context["shown"]]
        address = f"{PAGE}?after={answer.context['more']}" if answer.context["more"] else None
    assert len(seen) == len(set(seen)) == 70


def test_markup_in_a_message_is_shown_not_run(client):
    user = login_citizen(client, make_citizen())
    message = tell(user.person)
    Message.objects.filter(pk=message.pk).update(title="<script>1</script>", body="<img src=x>")
    page = client.get(f"{PAGE}{message.pk}/").content.decode()
    assert "<script>1" not in page and "<img src=x>" not in page
