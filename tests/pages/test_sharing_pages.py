"""The pages of pools, groups and premiums on a telephone: no barrier axe can find, nothing sideways."""

import pytest
from django.test import Client

from gongji import policy
from ledger import services
from tests.factories import PAST, insure, login_citizen, make_holder, make_login, make_mandate, make_person
from tests.ledger.test_premium import collect, premium
from tests.pages.looks import barriers, overflow, small_targets
from tests.roles import as_owner


def log_in(page, live_server, person):
    client = Client()
    login_citizen(client, person)
    cookie = client.cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def at_home(phone, live_server, transactional_db, monkeypatch):
    """林海's telephone, and the addresses he can open: his pool, a premium he paid, a giver to be ordered."""
    with as_owner():
        services.derive_area_rules(policy.load(), PAST)
    head, child = make_holder("林海", 9_000_00, area="990300"), make_person("林小溪")
    insure(child, "990300", scheme="390")
    mandate = make_mandate(head, child, kind="pool")
    collect(monkeypatch, premium(2026, 400_00), premium(2027, 420_00))
    user = make_login(head)
    moved = services.transfer_in(actor=user, amount=500_00, number=1)
    paid = services.pay_premium(actor=user, insured=child, category="premium_resident", year=2027)
    log_in(phone, live_server, head)
    return phone, [
        "/ledger/", "/ledger/pool/", "/ledger/transfers/", f"/ledger/transfers/{moved.id}/",
        "/ledger/premium/", f"/ledger/premium/{mandate.binding_id}/",
        f"/ledger/premium/receipts/{paid.pk}/", f"/ledger/premium/receipts/{paid.pk}/refund/",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [0, 1], ids=["standard", "elder"])
def test_pages_of_a_pool_and_of_premiums_have_no_barriers(at_home, size):
    page, addresses = at_home
    assert problems(page, addresses, size) == {}


@pytest.mark.parametrize("size", [0, 1], ids=["standard", "elder"])
def test_the_order_of_givers_has_no_barriers(phone, live_server, transactional_db, size):
    wife = make_holder("古丽", area="990400")
    for name in ("马强", "阿依夏·买买提"):
        make_mandate(make_holder(name, 100_00, area="990400"), wife, authorized=50_00)
    log_in(phone, live_server, wife)
    assert problems(phone, ["/ledger/order/"], size) == {}


def test_moving_money_into_the_pool_without_a_mouse(phone, live_server, transactional_db):
    head = make_holder("林海", 9_000_00, area="990300")
    make_mandate(head, make_holder("苏梅", area="990300"), kind="pool")
    log_in(phone, live_server, head)
    phone.goto("/ledger/transfers/")
    phone.get_by_label("划多少钱").fill("9000")
    phone.keyboard.press("Enter")
    phone.locator(".error-summary").get_by_text("现在最多能划 7000.00 元").wait_for()
    phone.get_by_label("划多少钱").fill("1500.5")
    phone.keyboard.press("Enter")
    phone.get_by_role("heading", name="要划 1500.50 元,对吗?").wait_for()
    assert barriers(phone) == []
    phone.get_by_role("button", name="确认划拨").press("Enter")
    phone.get_by_role("heading", name="1500.50 元划好了").wait_for()


def problems(page, addresses, size):
    found = {}
    for address in addresses:
        page.goto(f"{address}?elder={size}")
        found[address] = barriers(page) + small_targets(page, 60 if size else 44)
        found[address] += ["sideways"] if overflow(page) else []
    return {address: lines for address, lines in found.items() if lines}
