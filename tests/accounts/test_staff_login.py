"""Staff: password, then a code of their own device; nothing in between, no other way."""

import base64
import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp

from accounts.models import StaffDevice, User
from accounts.services import staff
from accounts.services.codes import TooSoon, WrongCode
from gongji.models import AuditRow
from tests.factories import STAFF_PASSWORD, login_citizen, login_staff, make_citizen, make_staff, totp_now

pytestmark = pytest.mark.django_db

LOGIN, CODE, PASSWORD = "/admin/login/", "/admin/login/code/", "/admin/password_change/"
INSIDE = "/admin/accounts/user/"


def first_step(client, user, password=STAFF_PASSWORD, address=LOGIN):
    return client.post(address, {"username": user.username, "password": password})


def log_in(client, user, code=None):
    first_step(client, user)
    return client.post(CODE, {"code": code or totp_now()})


def code_of(secret):
    return f"{totp(base64.b32decode(secret)):06}"


def is_inside(client):
    return client.get(INSIDE).status_code == 200


@pytest.fixture
def admin():
    return make_staff("zhao", duties=("admin",))


# ------------------------------------------------------------- in
def test_password_and_code_open_the_admin(client, admin):
    assert first_step(client, admin).url == CODE
    assert client.post(CODE, {"code": totp_now()}).url == "/admin/"
    assert is_inside(client)


def test_the_admin_leads_to_the_staff_login_and_back(client, admin):
    answer = client.get(INSIDE)
    assert answer.url == f"{LOGIN}?next={INSIDE}"
    first_step(client, admin, address=answer.url)
    assert client.post(CODE, {"code": totp_now()}).url == INSIDE


@pytest.mark.parametrize("evil", ["//evil.example", "https://evil.example/", "/\\evil"])
def test_next_never_leads_to_another_site(client, admin, evil):
    first_step(client, admin, address=f"{LOGIN}?next={evil}")
    assert client.post(CODE, {"code": totp_now()}).url == "/admin/"


def test_the_session_id_changes_at_each_step(client, admin):
    client.get(LOGIN)
    ids = []
    first_step(client, admin)
    ids.append(client.session.session_key)
    client.post(CODE, {"code": totp_now()})
    ids.append(client.session.session_key)
    assert len(set(ids)) == 2


# ------------------------------------------------------------- not in
def test_a_password_alone_opens_nothing(client, admin):
    first_step(client, admin)
    assert client.get(INSIDE).url.startswith(LOGIN)
    assert "_auth_user_id" not in client.session


def test_a_session_without_a_second_factor_opens_nothing(client, admin):
    client.force_login(admin, backend="accounts.backends.LoginBackend")
    assert client.get(INSIDE).url.startswith(LOGIN)


def test_a_citizen_is_led_to_the_staff_login_and_learns_nothing(client):
    login_citizen(client, make_citizen())
    for address in ("/admin/", INSIDE, "/admin/accounts/user/1/change/"):
        assert client.get(address).url.startswith(LOGIN)


def test_a_citizen_cannot_log_in_with_a_password(client):
    user = make_citizen()
    user.set_password(STAFF_PASSWORD)
    user.save()
    assert first_step(client, user).status_code == 422


def test_an_unknown_name_and_a_wrong_password_look_the_same(client, admin):
    pages = []
    for name in (admin.username, "nobody"):
        answer = client.post(LOGIN, {"username": name, "password": "wrong"})
        body = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode()).replace(name, "")
        pages.append((answer.status_code, body))
    assert pages[0] == pages[1]


def test_a_disabled_login_is_a_wrong_password(client, admin):
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert first_step(client, admin).status_code == 422


def test_the_second_step_does_not_wait_for_ever(client, admin):
    first_step(client, admin)
    session = client.session
    session["staff_login"] |= {"at": session["staff_login"]["at"] - 301}
    session.save()
    assert client.post(CODE, {"code": totp_now()}).url == LOGIN


def test_a_failed_login_leaves_a_trace_without_the_password(client, admin):
    first_step(client, admin, password="a wrong Secret 1")
    row = AuditRow.objects.get(action="login", result="failed")
    assert row.object_id == str(admin.pk)
    assert "Secret" not in str(AuditRow.objects.values())


# ------------------------------------------------------------- lock-out
def test_five_wrong_passwords_lock_the_name_for_this_network_only(client, admin):
    answers = [first_step(client, admin, password="wrong") for _ in range(5)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) == 900
    assert first_step(client, admin).status_code == 429
    elsewhere = Client(REMOTE_ADDR="10.9.8.7")
    assert first_step(elsewhere, admin).url == CODE


def test_five_wrong_passwords_of_an_unknown_name_look_the_same(client):
    answers = [client.post(LOGIN, {"username": "nobody", "password": "x"}).status_code for _ in range(5)]
    assert answers[-1] == 429


def test_five_wrong_codes_lock_for_a_quarter_of_an_hour(client, admin):
    first_step(client, admin)
    for _ in range(5):
        assert client.post(CODE, {"code": "000000"}).status_code == 422
    answer = client.post(CODE, {"code": totp_now()})
    assert answer.status_code == 429
    assert 800 < int(answer["Retry-After"]) <= 901


# ------------------------------------------------------------- one-time codes
def test_a_code_works_once(client, admin):
    code = totp_now()
    log_in(client, admin, code)
    second = Client()
    assert log_in(second, admin, code).status_code == 422
    assert not is_inside(second)


def test_a_code_of_half_a_minute_ago_works_but_not_after_a_newer_one(admin):
    staff.check_second_factor(user=admin, code=totp_now(steps=-1))
    staff.check_second_factor(user=admin, code=totp_now())
    with pytest.raises(WrongCode):
        staff.check_second_factor(user=admin, code=totp_now(steps=-1))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "1e5 00"])
def test_what_is_no_code_is_wrong(admin, code):
    with pytest.raises(WrongCode):
        staff.check_second_factor(user=admin, code=code)


@pytest.mark.django_db(transaction=True)
def test_one_code_in_many_hands_opens_once(in_threads):
    user = make_staff()
    code = totp_now()
    answers = in_threads(*[lambda: staff.check_second_factor(user=user, code=code)] * 4)
    assert sum(isinstance(answer, StaffDevice) for answer in answers) == 1
    assert all(isinstance(answer, StaffDevice | WrongCode | TooSoon) for answer in answers)


# ------------------------------------------------------------- devices
def test_without_a_device_nothing_opens(client, admin):
    admin.device.delete()
    first_step(client, admin)
    page = client.get(CODE).content.decode()
    assert "还没有动态口令" in page and '<form method="post"' not in page
    assert client.post(CODE, {"code": totp_now()}).status_code == 422


def test_a_second_administrator_opens_a_new_device_and_the_picture_is_shown_once(client, admin):
    clerk = make_staff("qian", duties=("clerk",))
    login_staff(client, admin)
    assert client.post(f"/admin/accounts/user/{clerk.pk}/device/").status_code == 302
    phone = Client()
    first_step(phone, clerk)
    page = phone.get(CODE).content.decode()
    device = StaffDevice.objects.get(user=clerk)
    assert 'src="data:image/svg+xml' in page and device.secret in page
    phone.post(CODE, {"code": code_of(device.secret)})
    again = Client()
    first_step(again, clerk)
    assert device.secret not in again.get(CODE).content.decode()


def test_a_device_is_not_shown_unless_it_was_opened(client, admin):
    User.objects.filter(pk=admin.pk).update(last_login=None)
    StaffDevice.objects.filter(user=admin).update(confirmed_at=None)
    first_step(client, admin)
    assert admin.device.secret not in client.get(CODE).content.decode()


def test_an_opened_device_closes_after_a_day(admin):
    device = staff.open_enrolment(user=make_staff(), administrator=admin)
    assert staff.shows_secret(device)
    device.open_until = timezone.now() - timedelta(seconds=1)
    assert not staff.shows_secret(device)


@pytest.mark.parametrize("duties", [("reviewer",), ("supervisor", "auditor")])
def test_only_an_administrator_opens_a_device(client, duties):
    login_staff(client, make_staff(duties=duties))
    victim = make_staff()
    assert client.post(f"/admin/accounts/user/{victim.pk}/device/").status_code == 403
    assert StaffDevice.objects.get(user=victim).confirmed_at


def test_nobody_opens_their_own_device(client, admin):
    login_staff(client, admin)
    assert client.post(f"/admin/accounts/user/{admin.pk}/device/").status_code == 403
    with pytest.raises(PermissionDenied):
        staff.open_enrolment(user=admin, administrator=admin)


def test_a_new_device_ends_the_sessions_of_the_old_one(client, admin):
    other = make_staff("sun", duties=("admin",))
    login_staff(client, other)
    staff.open_enrolment(user=other, administrator=admin)
    assert client.get(INSIDE).url.startswith(LOGIN)


# ------------------------------------------------------------- passwords
def test_a_password_of_ninety_days_is_changed_before_anything_opens(client, admin):
    User.objects.filter(pk=admin.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    assert log_in(client, admin).url == PASSWORD
    assert not is_inside(client)
    new = "another Horse 77"
    assert client.post(PASSWORD, {"password": new, "again": new}).url == "/admin/"
    assert is_inside(client)
    admin.refresh_from_db()
    assert admin.check_password(new)


def test_a_password_can_be_changed_at_will(client, admin):
    log_in(client, admin)
    new = "another Horse 77"
    assert client.post(PASSWORD, {"old": "wrong", "password": new, "again": new}).status_code == 422
    assert client.post(PASSWORD, {"old": STAFF_PASSWORD, "password": new, "again": new}).url == LOGIN
    assert not is_inside(client)


@pytest.mark.parametrize("weak", ["Short 1a", "alllowercaseletters", "12345678901234", "zhaozhaozhao 1A"])
def test_weak_passwords_are_refused(weak):
    with pytest.raises(ValidationError):
        staff.change_password(user=make_staff("zhaozhaozhao"), password=weak)


def test_the_last_five_passwords_do_not_come_back(admin):
    for number in range(5):
        staff.change_password(user=admin, password=f"Changing Horse {number}")
    with pytest.raises(ValidationError):
        staff.change_password(user=admin, password="Changing Horse 0")
    staff.change_password(user=admin, password=STAFF_PASSWORD)


def test_the_change_page_needs_a_login(client):
    assert client.get(PASSWORD).url == LOGIN


# ------------------------------------------------------------- staff and citizens apart
@pytest.mark.parametrize("address", ["/accounts/security/", "/accounts/messages/", "/bindings/", "/ledger/"])
def test_staff_are_told_to_use_their_own_login_for_citizens_pages(client, admin, address):
    login_staff(client, admin)
    answer = client.get(address)
    assert answer.status_code == 403
    assert "工作人员登录" in answer.content.decode()


def test_logging_out_of_the_admin(client, admin):
    log_in(client, admin)
    assert client.post("/admin/logout/").url == LOGIN
    assert not is_inside(client)


# ------------------------------------------------------------- the command
def test_create_staff_prints_a_secret_that_works(client, capsys):
    call_command("create_staff", "wu", duty=["reviewer"], area=["990100"], name="吴审")
    out = capsys.readouterr().out
    password = re.search(r"密码:(\S+)", out)[1]
    secret = re.search(r"密钥\S*:(\w+)", out)[1]
    user = User.objects.get(username="wu")
    assert "otpauth://totp/" in out and user.check_password(password)
    first_step(client, user, password)
    assert client.post(CODE, {"code": code_of(secret)}).url == "/admin/"


def test_create_staff_refuses_a_taken_name(admin):
    with pytest.raises(CommandError):
        call_command("create_staff", admin.username, duty=["reviewer"])
