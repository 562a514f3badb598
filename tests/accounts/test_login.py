"""P6: phone, code, in. What an answer may not give away, and what a code may not be used for."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import LoginSession, OneTimeCode, User
from accounts.services import codes
from gongji import outbox
from gongji.crypto import blind_index
from gongji.models import OutboxJob
from tests.factories import login_citizen, make_citizen, make_login, make_staff, phone_number

pytestmark = pytest.mark.django_db

LOGIN, CODE, CHOOSE = "/accounts/login/", "/accounts/login/code/", "/accounts/login/choose/"


def ask(client, phone, address=LOGIN):
    return client.post(address, {"phone": phone})


def log_in(client, phones, phone, address=LOGIN):
    """Go through both pages; return the last answer."""
    ask(client, phone, address)
    return client.post(CODE, {"code": phones.last_code()})


def logged_in_user(client):
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def later(**delta):
    """Let the codes of this test be that much older."""
    for code in OneTimeCode.objects.all():
        code.created_at -= timedelta(**delta)
        code.expires_at -= timedelta(**delta)
        code.save(update_fields=["created_at", "expires_at"])


# ------------------------------------------------------------- in
def test_a_citizen_logs_in_with_phone_and_code(client, phones):
    user = make_citizen()
    assert log_in(client, phones, user.phone).url == "/bindings/"
    assert logged_in_user(client) == user


@pytest.mark.parametrize("typed", ["+86 {}", "０{}"[1:], " {} ", "86{}", "0086{}"])
def test_a_phone_may_be_typed_in_any_usual_way(client, phones, typed):
    user = make_citizen(phone="13912345678")
    log_in(client, phones, typed.format("139 1234-5678"))
    assert logged_in_user(client) == user


@pytest.mark.parametrize("typed", ["", "12345", "23912345678", "139123456789", "ａｂｃ", "139\x0012345678"])
def test_a_wrong_phone_is_told_beside_the_field(client, typed):
    answer = ask(client, typed)
    assert answer.status_code == 422
    assert "手机号" in answer.content.decode()


def test_a_new_phone_gets_a_login_that_has_to_be_verified(client, phones):
    answer = log_in(client, phones, "13900000001", LOGIN + "?next=/ledger/")
    assert answer.url == "/accounts/verify/?next=%2Fledger%2F"
    assert logged_in_user(client).person is None


def test_a_second_visit_of_an_unverified_phone_uses_the_same_login(client, phones):
    log_in(client, phones, "13900000001")
    first = logged_in_user(client)
    client.post("/accounts/logout/")
    later(minutes=2)
    log_in(client, phones, "13900000001")
    assert logged_in_user(client) == first


def test_somebody_who_is_logged_in_goes_straight_on(client):
    login_citizen(client, make_citizen())
    assert client.get(LOGIN + "?next=/ledger/").url == "/ledger/"


@pytest.mark.parametrize(
    "evil",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\t//evil.example",
        "evil",
    ],
)
def test_next_never_leads_to_another_site(client, phones, evil):
    user = make_citizen()
    ask(client, user.phone, f"{LOGIN}?{'next=' + evil}")
    assert client.post(CODE, {"code": phones.last_code()}).url == "/bindings/"


# ------------------------------------------------------------- a shared phone
def test_a_family_phone_asks_who_it_is_with_masked_names(client, phones):
    phone = phone_number()
    wang, li = make_citizen("王小芳", phone=phone), make_citizen("李明", phone=phone)
    assert log_in(client, phones, phone).url == CHOOSE
    page = client.get(CHOOSE).content.decode()
    assert "王*芳" in page and "李*" in page and "王小芳" not in page
    client.post(CHOOSE, {"who": str(li.pk)})
    assert logged_in_user(client) == li != wang


def test_another_person_on_a_known_phone_gets_a_login_of_their_own(client, phones):
    user = make_citizen()
    log_in(client, phones, user.phone, LOGIN + "?another=1")
    assert client.post(CHOOSE, {"who": "another"}).url.startswith("/accounts/verify/")
    assert logged_in_user(client).person is None


def test_nobody_chooses_a_login_of_another_phone(client, phones):
    stranger, phone = make_citizen(), phone_number()
    make_citizen(phone=phone), make_citizen(phone=phone)
    log_in(client, phones, phone)
    assert client.post(CHOOSE, {"who": str(stranger.pk)}).status_code == 422
    assert logged_in_user(client) is None


def test_choosing_needs_a_proven_phone(client):
    user = make_citizen()
    ask(client, user.phone)
    assert client.post(CHOOSE, {"who": str(user.pk)}).url == LOGIN


def test_a_choice_left_open_for_long_needs_a_new_code(client, phones):
    phone = phone_number()
    li = make_citizen(phone=phone), make_citizen(phone=phone)
    log_in(client, phones, phone)
    OneTimeCode.objects.update(used_at=timezone.now() - timedelta(minutes=16))
    assert client.post(CHOOSE, {"who": str(li[0].pk)}).url == LOGIN


def test_a_disabled_login_is_not_offered_and_not_entered(client, phones):
    user = make_citizen()
    User.objects.filter(pk=user.pk).update(is_active=False)
    log_in(client, phones, user.phone)
    assert logged_in_user(client) != user


def test_a_staff_login_is_never_opened_by_an_sms_code(client, phones):
    staff = make_staff()
    staff.phone, staff.phone_index = "13911112222", blind_index("phone", "13911112222")
    staff.save()
    log_in(client, phones, staff.phone)
    assert not logged_in_user(client).is_staff


# ------------------------------------------------------------- what answers give away
def test_known_and_unknown_phones_get_the_same_answers(client, phones, django_assert_num_queries):
    known = make_citizen().phone
    answers = []
    for phone in (known, "13900000009"):
        client.cookies.clear()
        with django_assert_num_queries(14):
            answer = ask(client, phone)
        page = client.get(CODE)
        wrong = client.post(CODE, {"code": "000000"})
        body = wrong.content.decode().replace(f"{phone[:3]}****{phone[-4:]}", "")
        answers.append(
            (answer.status_code, answer.url, page.status_code, wrong.status_code, without_tokens(body))
        )
    assert answers[0] == answers[1]


def without_tokens(body):
    return re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", body)


def test_the_code_is_nowhere_but_on_the_phone(client, phones, caplog):
    caplog.set_level("DEBUG")
    ask(client, "13900000001")
    code = phones.last_code()
    row = OneTimeCode.objects.get()
    assert row.code is None and code not in row.code_hash
    assert code not in str(list(OutboxJob.objects.values())) + caplog.text + str(dict(client.session))
    assert "13900000001" not in str(dict(client.session)) + caplog.text


# ------------------------------------------------------------- what a code is good for
def test_a_code_works_once(client, phones):
    user = make_citizen()
    log_in(client, phones, user.phone)
    code = phones.last_code()
    row = OneTimeCode.objects.get()
    with pytest.raises(codes.WrongCode):
        codes.use_code(code_id=row.pk, purpose="login", session_hash=row.session_hash, code=code)


def test_a_code_of_another_purpose_opens_nothing():
    row = codes.request_code(phone="13900000001", purpose="unbind", session_hash="s", ip="1.1.1.1")
    with pytest.raises(codes.WrongCode) as wrong:
        codes.use_code(code_id=row.pk, purpose="login", session_hash="s", code=row.code)
    assert wrong.value.left == 0


def test_a_code_belongs_to_the_browser_that_asked(client, phones):
    user, thief = make_citizen(), Client()
    ask(client, user.phone)
    code = phones.last_code()
    later(minutes=2)
    ask(thief, user.phone)
    assert thief.post(CODE, {"code": code}).status_code == 422
    assert logged_in_user(thief) is None


def test_an_expired_code_is_told_with_what_to_do(client, phones):
    user = make_citizen()
    ask(client, user.phone)
    code = phones.last_code()
    later(minutes=16)
    answer = client.post(CODE, {"code": code})
    assert (answer.status_code, logged_in_user(client)) == (422, None)
    assert "再发一次" in answer.content.decode()


def test_five_wrong_tries_end_a_code(client, phones):
    user = make_citizen()
    ask(client, user.phone)
    right = phones.last_code()
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for left in (4, 3, 2, 1):
        assert f"还可以试 {left} 次" in client.post(CODE, {"code": wrong}).content.decode()
    assert "不能用了" in client.post(CODE, {"code": wrong}).content.decode()
    assert client.post(CODE, {"code": right}).status_code == 422
    assert logged_in_user(client) is None


@pytest.mark.django_db(transaction=True)
def test_parallel_tries_are_counted_one_by_one(in_threads):
    row = codes.request_code(phone="13900000001", purpose="login", session_hash="s", ip="1.1.1.1")
    wrong = f"{(int(row.code) + 1) % 1_000_000:06}"

    def guess():
        codes.use_code(code_id=row.pk, purpose="login", session_hash="s", code=wrong)

    answers = in_threads(*[guess] * 12)
    assert all(isinstance(answer, codes.WrongCode) for answer in answers)
    assert sorted(answer.left for answer in answers) == [0] * 8 + [1, 2, 3, 4]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６７", "١٢٣٤٥٦"])
def test_what_is_no_code_costs_no_try(client, typed):
    ask(client, "13900000001")
    assert client.post(CODE, {"code": typed}).status_code == 422
    assert OneTimeCode.objects.get().tries == 0


def test_a_code_may_be_typed_in_full_width_and_with_blanks(client, phones):
    user = make_citizen()
    ask(client, user.phone)
    code = phones.last_code()
    client.post(
        CODE, {"code": " " + "".join(chr(ord(digit) + 0xFEE0) for digit in code[:3]) + " " + code[3:]}
    )
    assert logged_in_user(client) == user


def test_the_code_page_without_a_phone_leads_back(client):
    assert client.get(CODE).url == LOGIN


# ------------------------------------------------------------- limits
def test_a_second_code_within_a_minute_is_429_with_retry_after(client, phones):
    ask(client, "13900000001")
    answer = client.post(CODE + "again/")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 61
    assert "秒再要一次" in answer.content.decode()
    assert len(phones.all()) == 1


def test_a_code_can_be_sent_again_after_a_minute(client, phones):
    user = make_citizen()
    ask(client, user.phone)
    phones.all()
    later(seconds=61)
    assert client.post(CODE + "again/").status_code == 302
    client.post(CODE, {"code": phones.last_code()})
    assert logged_in_user(client) == user


def request_one_more():
    return codes.request_code(phone="13900000001", purpose="login", session_hash="s", ip="1.1.1.1")


def request_codes(count, apart):
    for _ in range(count):
        request_one_more()
        later(minutes=apart)


@pytest.mark.parametrize(("sent", "apart"), [(5, 8), (10, 100)])
def test_a_sixth_in_an_hour_and_an_eleventh_in_a_day_wait(sent, apart):
    request_codes(sent, apart)
    with pytest.raises(codes.TooSoon) as refused:
        request_one_more()
    assert refused.value.seconds > 60


@pytest.mark.parametrize(("sent", "apart"), [(5, 16), (9, 100)])
def test_fewer_are_sent(sent, apart):
    request_codes(sent, apart)
    assert request_one_more()


def test_one_address_cannot_ask_for_many_phones(client):
    answers = [ask(client, f"139000001{number:02}").status_code for number in range(31)]
    assert answers == [302] * 30 + [429]


def test_a_forged_forwarded_for_does_not_reset_the_count(client):
    for number in range(30):
        client.post(
            LOGIN, {"phone": f"139000001{number:02}"}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
        )
    answer = client.post(LOGIN, {"phone": "13900000200"}, headers={"X-Forwarded-For": "10.1.1.1"})
    assert answer.status_code == 429


@pytest.mark.django_db(transaction=True)
def test_two_hundred_requests_at_once_send_one_sms(in_threads, phones):
    def request():
        return codes.request_code(phone="13900000001", purpose="login", session_hash="s", ip="1.1.1.1")

    answers = [answer for _round in range(5) for answer in in_threads(*[request] * 40)]
    assert sum(isinstance(answer, OneTimeCode) for answer in answers) == 1
    assert sum(isinstance(answer, codes.TooSoon) for answer in answers) == 199
    assert len(phones.all()) == 1


# ------------------------------------------------------------- a gateway or a broker that is away
def test_a_code_that_was_overtaken_is_not_sent_late(client, phones):
    ask(client, "13900000001")
    first = OneTimeCode.objects.get()
    later(seconds=61)
    client.post(CODE + "again/")
    assert len(phones.all()) == 1
    first.refresh_from_db()
    assert first.sent_at is None


def test_an_expired_code_is_not_sent(client, phones):
    ask(client, "13900000001")
    later(minutes=16)
    assert phones.all() == []


def test_a_code_whose_sender_died_is_not_sent_twice(client, phones):
    ask(client, "13900000001")
    OneTimeCode.objects.update(sending_at=timezone.now())
    assert phones.all() == []


def test_a_gateway_that_is_away_delays_the_code(client, phones):
    path = settings.SMS_LOG
    path.mkdir()
    ask(client, "13900000001")
    outbox.drain()
    job = OutboxJob.objects.get(kind=codes.SEND)
    assert job.state == OutboxJob.State.PENDING
    path.rmdir()
    OutboxJob.objects.update(next_at=timezone.now())
    assert len(phones.all()) == 1


def test_old_codes_are_forgotten_and_unsent_ones_lose_their_text(client):
    ask(client, "13900000001")
    later(minutes=16)
    codes.forget_old_codes()
    assert OneTimeCode.objects.get().code is None
    later(days=3)
    codes.forget_old_codes()
    assert not OneTimeCode.objects.exists()


# ------------------------------------------------------------- out
def test_logging_out_ends_the_session_for_good(client, phones):
    user = make_citizen()
    log_in(client, phones, user.phone)
    cookie = client.cookies["sessionid"].value
    client.post("/accounts/logout/")
    client.cookies["sessionid"] = cookie
    assert client.get("/accounts/security/").url.startswith(LOGIN)
    assert not LoginSession.objects.exists()


def test_logging_out_by_get_does_nothing(client):
    login_citizen(client, make_citizen())
    assert client.get("/accounts/logout/").status_code == 405
    assert client.get("/accounts/security/").status_code == 200


def test_posts_without_a_token_are_refused(client):
    strict = Client(enforce_csrf_checks=True)
    for address in (LOGIN, CODE, CODE + "again/", CHOOSE, "/accounts/logout/"):
        assert strict.post(address, {"phone": "13900000001"}).status_code == 403
    assert not OneTimeCode.objects.exists()


def test_a_login_without_a_person_waits_for_one(client):
    login_citizen(client, make_login())
    assert client.get("/accounts/security/").status_code == 200


def test_after_too_many_codes_the_one_that_came_can_still_be_used(client, phones):
    user = make_citizen()
    ask(client, user.phone)
    page = client.post(CODE + "again/").content.decode()
    assert f'action="{CODE}"' in page
    client.post(CODE, {"code": phones.last_code()})
    assert logged_in_user(client) == user
