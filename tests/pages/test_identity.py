"""The pages of being known better and of a new phone: no barriers, nothing sideways, in both sizes."""

import json

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts import oidc
from accounts.models import VerifiedLevel
from accounts.services import phones
from accounts.services.identity import documents
from accounts.services.identity.documents import Code, Sent
from binding import demo_proofs
from gongji.oidc import read
from gongji.policy import Relation
from tests.factories import login_citizen, login_staff, make_citizen, make_staff
from tests.pages.album import shot
from tests.pages.looks import barriers, overflow, small_targets

SERVICE = {
    "code": "gjzwfw",
    "name": "国家政务服务平台",
    "issuer": "http://localhost:1",
    "client_id": "x",
    "client_secret": "y",
}


@pytest.fixture(autouse=True)
def _service(settings, tmp_path):
    settings.OIDC_PROVIDERS, _ = read(json.dumps([SERVICE]), plain_http=True)
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"
    oidc._client.cache_clear(), oidc._breaker.cache_clear()


@pytest.fixture
def citizen(transactional_db):
    return make_citizen("李小明", level=VerifiedLevel.REGISTRY)


def enter(page, live_server, client: Client) -> None:
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])


def problems(page, size: int = 0) -> list[str]:
    found = barriers(page) + small_targets(page, 60 if size else 44)
    return found + (["sideways"] if overflow(page) else [])


def send(citizen) -> documents.IdentityCheck:
    """What a citizen photographs, as the samples of the demo draw it."""
    people = {"giver": citizen.person, "relative": citizen.person, "relation": Relation.SPOUSE}
    pictures = [
        demo_proofs.draw("household_booklet", page, seed=3, **people) for page in ("first", "authorizer")
    ]
    sent = [
        Sent(code, ContentFile(picture, name="IMG.jpg"))
        for code, picture in zip((Code.FRONT, Code.BACK), pictures, strict=True)
    ]
    check = documents.submit(user=citizen, sent=sent)
    documents.sanitize(check_id=check.pk)
    check.refresh_from_db()
    return check


@pytest.mark.parametrize("size", [0, 1], ids=["standard", "elder"])
def test_the_citizens_pages(phone, live_server, citizen, size):
    client = Client()
    login_citizen(client, citizen)
    found = {}

    def look(address: str, name: str) -> None:
        phone.goto(f"{address}{'&' if '?' in address else '?'}elder={size}")
        assert "我们这边出了错" not in phone.title()
        found[name] = problems(phone, size)
        shot(phone, f"identity-{name}-{size}", height=1400)

    look("/accounts/login/", "login")
    look("/accounts/oidc/gjzwfw/", "away")
    enter(phone, live_server, client)
    look("/accounts/levels/?next=/bindings/", "levels")
    look("/accounts/levels/documents/", "documents")
    look("/accounts/phone/", "phone")
    phones.ask(user=citizen, phone="13800000002", session_key="")
    look("/accounts/phone/proof/", "proof")
    look("/accounts/levels/documents/?for=phone", "documents-for-phone")
    look("/accounts/security/", "security")
    check = send(citizen)
    look("/accounts/levels/", "waiting")
    documents.return_(check=check, actor=make_staff(), why=documents.Why.BLURRED)
    look("/accounts/levels/", "returned")
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_desk_compares(desk, live_server, citizen):
    client = Client()
    login_staff(client, make_staff())
    check = send(citizen)
    enter(desk, live_server, client)
    desk.goto("/admin/accounts/identitycheck/")
    shot(desk, "identity-desk-list")
    assert overflow(desk) == 0
    desk.goto(f"/admin/accounts/identitycheck/{check.pk}/")
    shot(desk, "identity-desk-compare")
    assert barriers(desk) == []
    desk.get_by_role("checkbox", name="姓名").check()
    desk.get_by_role("checkbox", name="证件号码").check()
    desk.get_by_label("长期有效").check()
    desk.get_by_role("button", name="通过").click()
    assert "已通过" in desk.content()
    citizen.person.refresh_from_db()
    assert citizen.person.level == VerifiedLevel.DOCUMENTS


def test_the_counter_registers_a_newborn(desk, live_server, citizen):
    client = Client()
    login_staff(client, make_staff(duties=("clerk",)))
    enter(desk, live_server, client)
    desk.goto("/admin/accounts/newborn/register/")
    shot(desk, "identity-newborn-form")
    assert barriers(desk) == []
    desk.get_by_label("出生医学证明编号").fill("N990123456")
    desk.get_by_label("孩子的姓名").fill("李小宝")
    desk.get_by_label("出生日期").fill("2026-09-01")
    desk.get_by_label("父母一方的证件号码").fill(citizen.person.id_number)
    desk.get_by_label("父母一方的姓名").fill(citizen.person.name)
    desk.get_by_role("button", name="登记").click()
    assert "李*宝" in desk.content()
    shot(desk, "identity-newborn-list")
    assert barriers(desk) == []
