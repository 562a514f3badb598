"""P6: phone, code, in."""

import pytest
from django.urls import reverse

from accounts.models import OneTimeCode, User
from tests.factories import make_citizen, make_login, make_person, phone_number

pytestmark = pytest.mark.django_db

LOGIN, CODE, CHOOSE = "/accounts/login/", "/accounts/login/code/", "/accounts/login/choose/"


def log_in(client, phones, phone, login=LOGIN):
    """Go through both pages; return the last answer."""
    assert client.post(login, {"phone": phone}).url == CODE
    return client.post(CODE, {"code": phones.last_code()})


def logged_in_user(client):
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


def test_a_citizen_logs_in_with_phone_and_code(client, phones):
    user = make_citizen()
    answer = log_in(client, phones, user.phone)
    assert answer.status_code == 302
    assert logged_in_user(client) == user
