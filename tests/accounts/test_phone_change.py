"""A citizen changes the phone they log in with: what proves it, who is told, what a stranger cannot do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LoginSession, Message, OneTimeCode, PhoneChange, User
from accounts.services import identity, phones
from accounts.services.identity import Failure
from gongji.errors import Refused
from gongji.models import AuditRow
from tests.factories import login_citizen, make_citizen, make_login

pytestmark = pytest.mark.django_db

ASK, CODE, PROOF = "/accounts/phone/", "/accounts/phone/code/", "/accounts/phone/proof/"
SEND, OLD_CODE, CANCEL = (
    "/accounts/phone/proof/send/",
    "/accounts/phone/proof/code/",
    "/accounts/phone/cancel/",
)
OLD, NEW = "13912345678", "13800000002"


@pytest.fixture
def citizen(client):
    return login_citizen(client, make_citizen(phone=OLD))


def later(**delta):
    """Let the codes of this test be that much older."""
    for code in OneTimeCode.objects.all():
        code.created_at -= timedelta(**delta)
        code.expires_at -= timedelta(**delta)
        code.save(update_fields=["created_at", "expires_at"])


def prove_new(client, phones_seen, phone=NEW):
    client.post(ASK, {"phone": phone})
    return client.post(CODE, {"code": phones_seen.last_code()})


def change(client, phones_seen):
    """Go through all pages with both codes; return the last answer."""
    prove_new(client, phones_seen)
    client.post(SEND)
    return client.post(OLD_CODE, {"code": phones_seen.last_code()})


# ------------------------------------------------------------- it works
def test_a_code_of_each_phone_changes_it(client, phones, citizen):
    registered = citizen.person.phone
    answer = change(client, phones)
    citizen.refresh_from_db(), citizen.person.refresh_from_db()
    assert answer.url == "/accounts/security/"
    assert citizen.phone == NEW
    assert citizen.person.phone == registered
    assert list(User.objects.citizens_of(NEW)) == [citizen]
    assert not User.objects.citizens_of(OLD).exists()
    assert AuditRow.objects.filter(action="phone_changed", object_id=str(citizen.pk)).exists()


def test_every_other_session_ends_and_this_one_stays(client, phones, citizen):
    LoginSession.objects.create(user=citizen, session_key=client.session.session_key)
    other = Client()
    login_citizen(other, citizen)
    LoginSession.objects.create(user=citizen, session_key=other.session.session_key)
    change(client, phones)
    assert client.get("/accounts/security/").status_code == 200
    assert other.get("/accounts/security/").status_code == 302


def test_both_phones_are_told(client, phones, citizen):
    change(client, phones)
    texts = {line["phone"]: line["text"] for line in phones.all() if line["template"].startswith("phone_")}
    assert set(texts) == {OLD, NEW}
    assert all("138****0002" in text and len(text) <= 70 for text in texts.values())


def test_the_old_phone_is_told_when_somebody_only_asks(client, phones, citizen):
    prove_new(client, phones)
    asked = [line for line in phones.all() if line["template"] == "phone_change_asked"]
    assert [line["phone"] for line in asked] == [OLD]


# ------------------------------------------------------------- nothing less is enough
def test_the_new_code_alone_changes_nothing(client, phones, citizen):
    assert prove_new(client, phones).url == PROOF
    citizen.refresh_from_db()
    assert citizen.phone == OLD
    page = client.get(PROOF).content.decode()
    for words in ("138****0002", "139****5678", "去拍证件", "到窗口"):
        assert words in page


def test_the_new_phones_code_does_not_stand_for_the_old_ones(client, phones, citizen):
    client.post(ASK, {"phone": NEW})
    code = phones.last_code()
    client.post(CODE, {"code": code})
    client.post(SEND)
    assert client.post(OLD_CODE, {"code": code}).status_code == 422
    citizen.refresh_from_db()
    assert citizen.phone == OLD


def test_a_login_code_is_not_a_code_for_this(client, phones, citizen):
    Client().post("/accounts/login/", {"phone": NEW})
    stolen = phones.last_code()
    later(minutes=2)
    client.post(ASK, {"phone": NEW})
    assert client.post(CODE, {"code": stolen}).status_code == 422


def test_a_change_that_was_not_asked_for_has_no_proof_page(client, citizen):
    assert client.get(PROOF).url == ASK
    assert client.get(CODE).url == ASK
    assert client.get(OLD_CODE).url == PROOF
    assert client.post(SEND).url == ASK


def test_ones_own_number_is_no_change(client, citizen):
    answer = client.post(ASK, {"phone": OLD})
    assert answer.status_code == 422
    assert "不用换" in answer.content.decode()


def test_codes_are_limited_as_at_the_login(client, phones, citizen):
    client.post(ASK, {"phone": NEW})
    answer = client.post(ASK, {"phone": NEW})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) <= 61


def test_five_wrong_codes_need_a_new_one(client, phones, citizen):
    client.post(ASK, {"phone": NEW})
    right = phones.last_code()
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        assert client.post(CODE, {"code": wrong}).status_code == 422
    assert client.post(CODE, {"code": right}).status_code == 422


def test_a_wish_can_be_dropped(client, phones, citizen):
    prove_new(client, phones)
    client.post(CANCEL)
    assert client.get(PROOF).url == ASK
    assert "正在换成" not in client.get("/accounts/security/").content.decode()


def test_a_wish_lapses(citizen):
    wish = phones.ask(user=citizen, phone=NEW, session_key="here")
    PhoneChange.objects.update(expires_at=timezone.now())
    with pytest.raises(Refused) as refused:
        phones.finish_with_old_code(change=wish, proved=OLD)
    assert refused.value.code == "change_over"
    phones.finish_after_check(change=PhoneChange.objects.get())
    citizen.refresh_from_db()
    assert citizen.phone == OLD


def test_another_wish_replaces_the_first(citizen):
    first = phones.ask(user=citizen, phone=NEW, session_key="here")
    second = phones.ask(user=citizen, phone="13800000003", session_key="here")
    assert phones.waiting_change(citizen) == second != first


@pytest.mark.django_db(transaction=True)
def test_two_proofs_at_the_same_time_change_it_once(in_threads):
    citizen = make_citizen(phone=OLD)
    wish = phones.ask(user=citizen, phone=NEW, session_key="here")

    def prove():
        return phones.finish_with_old_code(change=PhoneChange.objects.get(pk=wish.pk), proved=OLD)

    answers = in_threads(*[prove] * 4)
    assert sum(isinstance(answer, Refused) for answer in answers) == 3
    assert Message.objects.filter(template="phone_changed").count() == 1


# ------------------------------------------------------------- a stranger with the old number
def test_who_gets_the_old_number_later_does_not_get_the_login(client, phones, citizen):
    """The registry still names the old number; its new holder knows name and document."""
    change(client, phones)
    stranger = make_login(phone=OLD)
    person = citizen.person
    outcome = identity.verify_identity(
        user=stranger, id_type="01", id_number=person.id_number, name=person.name
    )
    citizen.refresh_from_db()
    assert (outcome.failure, citizen.phone) == (Failure.PHONE, NEW)


def test_the_registrys_newer_number_still_moves_the_login(citizen):
    wish = phones.ask(user=citizen, phone=NEW, session_key="here")
    phones.finish_with_old_code(change=wish, proved=OLD)
    person = citizen.person
    person.phone = "13700000000"
    person.save(update_fields=["phone"])
    outcome = identity.verify_identity(
        user=make_login(phone="13700000000"), id_type="01", id_number=person.id_number, name=person.name
    )
    citizen.refresh_from_db()
    assert (outcome.failure, outcome.user, citizen.phone) == (None, citizen, "13700000000")


def test_a_login_without_a_person_has_nothing_to_change(client):
    login_citizen(client, make_login(phone=OLD))
    assert client.get(ASK).url.startswith("/accounts/verify/")
