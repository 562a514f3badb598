"""How sessions begin and end, and W17: what the security page shows."""

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.middleware import BEGAN, SEEN
from accounts.models import LoginSession, User
from accounts.services import sessions
from gongji import audit
from gongji.middleware import LogLine
from tests.factories import login_citizen, login_staff, make_citizen, make_staff

pytestmark = pytest.mark.django_db

SECURITY = "/accounts/security/"
INSIDE = "/admin/accounts/user/"


def age(client, mark, seconds):
    session = client.session
    session[mark] -= seconds
    session.save()


def log_in(client, phones, user):
    client.post("/accounts/login/", {"phone": user.phone})
    return client.post("/accounts/login/code/", {"code": phones.last_code()})


@pytest.mark.parametrize(("minutes", "open"), [(29, True), (31, False)])
def test_a_citizen_is_logged_out_after_half_an_hour_of_nothing(client, minutes, open):
    login_citizen(client, make_citizen())
    age(client, SEEN, minutes * 60)
    assert (client.get(SECURITY).status_code == 200) is open


@pytest.mark.parametrize(("hours", "open"), [(11, True), (13, False)])
def test_a_citizen_is_logged_out_after_twelve_hours_in_any_case(client, hours, open):
    login_citizen(client, make_citizen())
    age(client, BEGAN, hours * 3600)
    assert (client.get(SECURITY).status_code == 200) is open


@pytest.mark.parametrize(
    ("mark", "minutes", "open"),
    [(SEEN, 14, True), (SEEN, 16, False), (BEGAN, 479, True), (BEGAN, 481, False)],
)
def test_staff_are_logged_out_after_a_quarter_of_an_hour_or_eight_hours(client, mark, minutes, open):
    login_staff(client, make_staff(duties=("admin",)))
    age(client, mark, minutes * 60)
    assert (client.get(INSIDE).status_code == 200) is open


def test_using_the_portal_keeps_the_session(client):
    login_citizen(client, make_citizen())
    start = timezone.now()
    for minutes in (20, 40, 60):
        with time_machine.travel(start + timezone.timedelta(minutes=minutes), tick=False):
            assert client.get(SECURITY).status_code == 200


def test_an_ended_session_leads_to_the_login_and_keeps_the_place(client):
    login_citizen(client, make_citizen())
    age(client, SEEN, 3600)
    assert client.get("/accounts/messages/").url == "/accounts/login/?next=/accounts/messages/"


def test_a_disabled_citizen_ends_at_once(client):
    user = login_citizen(client, make_citizen())
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(SECURITY).status_code == 302


def test_a_disabled_member_of_staff_ends_at_once(client):
    user = login_staff(client, make_staff(duties=("admin",)))
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(INSIDE).status_code == 302


def test_a_session_id_from_before_the_login_is_worthless(client, phones):
    user = make_citizen()
    client.post("/accounts/login/", {"phone": user.phone})
    planted = client.cookies["sessionid"].value
    client.post("/accounts/login/code/", {"code": phones.last_code()})
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get(SECURITY).status_code == 302


def test_the_cookie_is_out_of_reach_of_scripts_and_ends_with_the_browser(client, phones):
    log_in(client, phones, make_citizen())
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["expires"]
    assert settings.SESSION_COOKIE_SECURE is settings.HTTPS


def test_the_security_page_shows_this_login_masked(client, phones):
    user = make_citizen("王小芳", phone="13912345678")
    log_in(client, phones, user)
    page = client.get(SECURITY, headers={"User-Agent": "x"}).content.decode()
    assert "139****5678" in page and "13912345678" not in page
    assert "就是现在这里" in page and "最近一年没有工作人员看过" in page


def test_other_sessions_can_be_ended(client, phones):
    user = make_citizen()
    log_in(client, phones, user)
    elsewhere = Client()
    login_citizen(elsewhere, user)
    sessions.begin(user=user, session_key=elsewhere.session.session_key, device="电脑", ip="10.0.0.1")
    client.post(SECURITY + "logout-elsewhere/")
    assert elsewhere.get(SECURITY).status_code == 302
    assert client.get(SECURITY).status_code == 200


def test_a_citizen_sees_who_looked_at_the_record(client):
    user = login_citizen(client, make_citizen())
    audit.record(action="person.viewed", actor=make_staff(), obj=user.person, purpose="审核")
    audit.record(action="person.viewed", actor=make_staff(), obj=make_citizen().person, purpose="别人的")
    page = client.get(SECURITY).content.decode()
    assert "工作人员 · 审核" in page and "别人的" not in page


def test_ended_sessions_are_forgotten(client, phones):
    log_in(client, phones, make_citizen())
    LoginSession.objects.update(seen_at=timezone.now() - timezone.timedelta(days=2))
    sessions.forget_ended()
    assert not LoginSession.objects.exists()


def test_a_page_costs_no_more_than_its_queries(client, django_assert_num_queries):
    login_citizen(client, make_citizen())
    client.get(SECURITY)
    with django_assert_num_queries(7):
        client.get(SECURITY)


def test_a_name_with_line_breaks_never_forges_a_log_line(client, caplog):
    client.post("/admin/login/", {"username": "x\r\n2026-11-21 INFO forged", "password": "y"})
    assert all(len(LogLine().format(record).splitlines()) == 1 for record in caplog.records)
