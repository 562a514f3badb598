"""Logging in with another identity service, against a real one: who gets in, and what the others read."""

import json
import socket
from collections.abc import Iterator

import pytest

from accounts import oidc
from accounts.models import Consent, EnrollmentStatus, Person, User, Verification, VerifiedLevel
from accounts.services import phones
from gongji.models import AuditRow
from gongji.oidc import Provider, read
from tests.accounts.identity_service import EXPIRED, IdentityService, changed, identity_service, path_of
from tests.factories import id_number, insure, login_citizen, make_citizen, make_login, make_person

pytestmark = [
    pytest.mark.django_db,
    # The server's, not ours: it is written against an older Authlib.
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]

START, BACK = "/accounts/oidc/gjzwfw/", "/accounts/oidc/gjzwfw/back/"
PHONE = "13912345678"


@pytest.fixture(scope="module", autouse=True)
def _http() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        yield


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityService]:
    with identity_service() as service:
        yield service


def configure(settings, issuer: str) -> None:
    entry = {
        "code": "gjzwfw",
        "name": "国家政务服务平台",
        "issuer": issuer,
        "client_id": "gongji",
        "client_secret": "secret",
        "id_types": {"111": "01", "414": "08"},
    }
    settings.OIDC_PROVIDERS, problems = read(json.dumps([entry]), plain_http=True)
    assert problems == []
    oidc._client.cache_clear(), oidc._breaker.cache_clear()


@pytest.fixture
def service(running, settings) -> IdentityService:
    configure(settings, running.issuer)
    return running


@pytest.fixture
def li(service) -> Person:
    """Somebody of the registry whom the service knows as well."""
    person = make_person("李明", phone=PHONE, level=VerifiedLevel.NONE)
    insure(person)
    told(service, person)
    return person


def told(service, person, **changes) -> None:
    claims = {"name": person.name, "id_number": person.id_number, "id_type": "111", "phone_number": PHONE}
    service.knows("li", **claims | changes)


def come(client, service, address=START, **tampered):
    """Leave for the service, log in there, and come back."""
    return client.get(service.log_in(client.get(address).url, **tampered))


def logged_in(client) -> User | None:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key) if key else None


# ------------------------------------------------------------- in
def test_somebody_of_the_registry_is_let_in_at_the_level_of_the_service(client, service, li):
    before = service.pkce.verified
    answer = come(client, service, START + "?next=/ledger/")
    li.refresh_from_db()
    kept = Verification.objects.get()
    assert answer.url == "/ledger/"
    assert logged_in(client).person == li
    assert li.level == VerifiedLevel.OIDC
    assert (kept.method, kept.result, kept.person) == ("oidc", "passed", li)
    assert Consent.objects.get().text == "privacy"
    assert service.pkce.verified == before + 1


def test_who_comes_again_has_the_same_login(client, service, li):
    come(client, service)
    first = logged_in(client)
    client.post("/accounts/logout/")
    come(client, service)
    assert logged_in(client) == first


def test_an_existing_login_is_entered_whatever_phone_the_service_says(client, service):
    user = make_citizen("李明", phone="13700000000")
    told(service, user.person)
    come(client, service)
    user.refresh_from_db()
    assert (logged_in(client), user.phone) == (user, "13700000000")


def test_a_phone_that_the_registry_does_not_know_opens_nothing(client, service, li):
    told(service, li, phone_number="13700000000")
    come(client, service)
    assert logged_in(client).phone is None
    assert not User.objects.citizens_of("13700000000").exists()


def test_a_phone_alone_never_leads_to_a_login(client, service):
    make_citizen("王芳", phone=PHONE)
    service.knows("li", name="李明", id_number=id_number(), id_type="111", phone_number=PHONE)
    answer = come(client, service)
    assert answer.status_code == 409
    assert logged_in(client) is None


def test_a_login_that_waits_for_its_person_becomes_this_person(client, service, li):
    waiting = login_citizen(client, make_login(phone="13700000001"))
    come(client, service)
    waiting.refresh_from_db()
    assert (logged_in(client), waiting.person) == (waiting, li)


def test_a_passport_by_the_services_own_code(client, service):
    person = make_person("LI MING", id_type="08", number="E1234567")
    insure(person)
    service.knows("li", name="Li Ming", id_number="e1234567", id_type="414")
    come(client, service)
    assert logged_in(client).person == person


def test_logging_in_anew_changes_the_phone_that_was_asked_for_in_this_session(client, service):
    user = login_citizen(client, make_citizen("李明", phone="13700000000"))
    told(service, user.person)
    phones.ask(user=user, phone="13800000002", session_key=client.session.session_key)
    come(client, service)
    user.refresh_from_db()
    assert user.phone == "13800000002"


def test_a_change_asked_for_elsewhere_does_not_happen(client, service):
    user = login_citizen(client, make_citizen("李明", phone="13700000000"))
    told(service, user.person)
    phones.ask(user=user, phone="13800000002", session_key="another")
    come(client, service)
    user.refresh_from_db()
    assert user.phone == "13700000000"


# ------------------------------------------------------------- not in
def stopped(client, answer, status: int, words: str) -> None:
    page = answer.content.decode()
    assert answer.status_code == status, page
    assert words in page
    assert "用手机号登录" in page and "看窗口和电话" in page
    assert logged_in(client) is None


def test_another_state_is_refused(client, service, li):
    address = service.log_in(client.get(START).url)
    stopped(client, client.get(changed(address, state="guessed")), 400, "这次登录没有完成")


def test_another_browser_cannot_use_the_answer(client, service, li, django_user_model):
    address = service.log_in(client.get(START).url)
    client.cookies.clear()
    stopped(client, client.get(address), 400, "这次登录没有完成")


def test_an_answer_works_once(client, service, li):
    address = service.log_in(client.get(START).url)
    client.get(address)
    client.post("/accounts/logout/")
    stopped(client, client.get(address), 400, "这次登录没有完成")


def test_another_nonce_is_refused(client, service, li):
    stopped(client, come(client, service, nonce="another"), 400, "这次登录没有完成")


def test_a_verifier_that_does_not_fit_is_refused(client, service, li):
    answer = come(client, service, code_challenge="another")
    stopped(client, answer, 400, "这次登录没有完成")


def test_an_expired_token_is_refused(client, settings, li):
    with identity_service(access_token_max_age=EXPIRED) as late:
        configure(settings, late.issuer)
        told(late, li)
        stopped(client, come(client, late), 400, "这次登录没有完成")


@pytest.mark.parametrize("differs", [{"name": "王强"}, {"id_number": id_number()}, {"id_number": "1"}])
def test_unknown_people_and_other_names_read_the_same(client, service, li, differs):
    told(service, li, **differs)
    stopped(client, come(client, service), 409, "参保登记里没有对上您")
    assert AuditRow.objects.filter(action="verify_identity", result="failed", reason="unknown").exists()
    li.refresh_from_db()
    assert li.level == VerifiedLevel.NONE


def test_a_service_that_says_no_name_proves_nothing(client, service, li):
    service.knows("li", id_number=li.id_number)
    stopped(client, come(client, service), 409, "参保登记里没有对上您")


def test_a_registered_death_opens_nothing(client, service, li):
    li.enrollments.update(status=EnrollmentStatus.DECEASED)
    stopped(client, come(client, service), 409, "登记状态不对")


def test_a_stopped_login_stays_stopped(client, service, li):
    User.objects.filter(pk=make_login(li).pk).update(is_active=False)
    stopped(client, come(client, service), 409, "已经停用")


def test_somebody_elses_login_is_not_taken_over(client, service, li):
    other = login_citizen(client, make_citizen("王芳"))
    answer = come(client, service)
    assert (answer.status_code, logged_in(client)) == (409, other)
    assert "不是同一个人" in answer.content.decode()


def test_who_says_no_there_is_led_to_the_phone(client, service):
    client.get(START)
    answer = client.get(BACK + "?error=access_denied", follow=True)
    assert "没有用国家政务服务平台登录" in answer.content.decode()


# ------------------------------------------------------------- the service is away
def test_nobody_listens(client, settings):
    with socket.create_server(("localhost", 0)) as closed:
        port = closed.getsockname()[1]
    configure(settings, f"http://localhost:{port}")
    stopped(client, client.get(START), 503, "国家政务服务平台现在连不上")


def test_a_silent_service_is_not_waited_for(client, settings, monkeypatch):
    monkeypatch.setattr(oidc, "TIMEOUT", 0.2)
    with socket.create_server(("localhost", 0)) as silent:
        configure(settings, f"http://localhost:{silent.getsockname()[1]}")
        stopped(client, client.get(START), 503, "国家政务服务平台现在连不上")


def test_a_service_that_fails_too_often_is_left_alone(client, settings):
    with socket.create_server(("localhost", 0)) as closed:
        port = closed.getsockname()[1]
    configure(settings, f"http://localhost:{port}")
    for _ in range(6):
        assert client.get(START).status_code == 503
    with pytest.raises(oidc.Away, match="Resting"), oidc._asking(settings.OIDC_PROVIDERS[0]):
        pass


def test_a_description_of_another_issuer_is_not_believed(client, settings, running):
    configure(settings, running.issuer.replace("localhost", "127.0.0.1") + "/")
    stopped(client, client.get(START), 503, "国家政务服务平台现在连不上")


def test_an_unknown_service_is_absent(client, service):
    assert client.get("/accounts/oidc/other/").status_code == 404
    assert client.get("/accounts/oidc/other/back/").status_code == 404


# ------------------------------------------------------------- the button and the settings
def test_the_button_stands_only_where_a_service_is_configured(client, settings):
    assert "国家政务服务平台" not in client.get("/accounts/login/").content.decode()
    configure(settings, "http://localhost:1")
    page = client.get("/accounts/login/?next=/ledger/").content.decode()
    assert f'href="{START}?next=%2Fledger%2F"' in page


GOOD = {"code": "a1", "name": "甲", "issuer": "https://a.example", "client_id": "x", "client_secret": "y"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a JSON list"),
        ("{}", "not a JSON list"),
        ("[1]", "not a JSON list"),
        (json.dumps([GOOD | {"client_id": ""}]), "client_id is missing"),
        (json.dumps([GOOD | {"issuer": "http://a.example"}]), "https"),
        (json.dumps([GOOD | {"code": "../x"}]), "code is"),
        (json.dumps([GOOD | {"secret": "y"}]), "unknown key secret"),
        (json.dumps([GOOD | {"claims": {"mail": "x"}}]), "not mail"),
        (json.dumps([GOOD | {"claims": 1}]), "claims is an object"),
        (json.dumps([GOOD, GOOD]), "same code"),
    ],
)
def test_what_is_wrong_with_the_setting_is_said(text, words):
    found, problems = read(text, plain_http=False)
    assert found == ()
    assert words in " ".join(problems)


def test_a_secret_is_not_in_what_is_printed():
    (found,), _ = read(json.dumps([GOOD]), plain_http=False)
    assert isinstance(found, Provider)
    assert "'y'" not in repr(found)
    assert path_of("http://x/a?b=1") == "/a?b=1"
