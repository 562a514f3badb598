"""Who may open which page: mine, someone else's, nobody's; and that looking changes nothing."""

import re
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from binding.models import Application, Binding, BindingChange, Event
from binding.rules import State
from tests.binding.browse import standing
from tests.binding.cases import Case, in_state
from tests.factories import login_citizen, login_staff, make_citizen, make_login

pytestmark = pytest.mark.django_db

OF_A_DRAFT = ["change_relation", "relative", "cap", "check", "discard"]
OF_A_CASE = ["status", "undo", "fix", "withdraw", "appeal", "receipt"]
OF_A_BINDING = ["detail", "set_cap", "privacy", "pause", "resume", "end", "undo_end"]
ABSENT_NUMBER, ABSENT_BINDING = "GJ-2611-00000000", str(uuid4())


@pytest.fixture
def case():
    found = standing(in_state(State.APPROVED))
    found.draft = Case(giver=found.giver).begin().application
    return found


def addresses(case) -> list[str]:
    """Every page of a draft, a case, an invitation and a binding."""
    draft, number, binding = case.draft.number, case.application.number, case.binding().pk
    return [
        *(reverse(f"binding:{name}", args=[draft]) for name in OF_A_DRAFT),
        reverse("binding:proof", args=[draft, "marriage_certificate"]),
        reverse("binding:reuse", args=[draft, "marriage_certificate", uuid4()]),
        *(reverse(f"binding:{name}", args=[number]) for name in OF_A_CASE),
        reverse("binding:invitation", args=[number]),
        *(reverse(f"binding:{name}", args=[binding]) for name in OF_A_BINDING),
    ]


def absent(address: str, case) -> str:
    """The same address of something that does not exist."""
    for known in (case.draft.number, case.application.number):
        address = address.replace(known, ABSENT_NUMBER)
    return address.replace(str(case.binding().pk), ABSENT_BINDING)


def body(response) -> str:
    """The page without what differs every time: the token and the number of the request."""
    return re.sub(r'value="\w{64}"|\b[0-9a-f]{16}\b', "", response.content.decode())


def rows() -> tuple:
    return (
        list(Application.objects.order_by("pk").values()),
        list(Binding.objects.order_by("pk").values()),
        Event.objects.count(),
        BindingChange.objects.count(),
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_someone_elses_is_the_same_404_as_what_does_not_exist(client, case, method):
    login_citizen(client, make_citizen("赵敏"))
    before = rows()
    for address in addresses(case):
        theirs = getattr(client, method)(address)
        nobodys = getattr(client, method)(absent(address, case))
        assert theirs.status_code == nobodys.status_code, address
        assert theirs.status_code in (404, 405), address
        assert body(theirs).replace(address, "") == body(nobodys).replace(absent(address, case), ""), address
    assert rows() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_login_one_is_sent_to_it_and_comes_back(client, case, method):
    for address in [*addresses(case), "/bindings/", "/bindings/new/", "/bindings/new/relation/"]:
        answer = getattr(client, method)(address)
        assert answer.status_code == 302 and answer.url.startswith(reverse(settings.LOGIN_URL) + "?next=")


def test_an_unverified_login_goes_to_the_identity_check(client, case):
    login_citizen(client, make_login())
    for address in [
        "/bindings/",
        "/bindings/new/",
        reverse("binding:status", args=[case.application.number]),
    ]:
        answer = client.get(address)
        assert answer.status_code == 302 and answer.url.startswith(reverse("accounts:verify") + "?next=")


def test_staff_do_not_use_citizens_pages(client, case):
    login_staff(client)
    for address in [*addresses(case), "/bindings/", "/bindings/new/"]:
        assert client.get(address).status_code in (403, 405)
        assert client.post(address).status_code in (403, 405)


def test_looking_changes_nothing(client, case):
    before = rows()
    for who in (case.giver, case.relative):
        login_citizen(client, who)
        for address in [*addresses(case), "/bindings/", "/bindings/new/", "/bindings/new/relation/"]:
            assert client.get(address).status_code in (200, 302, 403, 404, 405, 409), address
            assert client.head(address).status_code < 500
    assert rows() == before


def test_a_form_without_its_token_changes_nothing(case):
    client = Client(enforce_csrf_checks=True)
    login_citizen(client, case.giver)
    before = rows()
    for address in addresses(case):
        assert client.post(address).status_code in (403, 404), address
    assert rows() == before
