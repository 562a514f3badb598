"""A wallet in a real browser: sent on one telephone, taken on another, in large letters."""

import pytest
from django.test import Client

from gongji import policy
from ledger import services
from tests.factories import PAST, login_citizen
from tests.ledger.wallets import Family, daytime
from tests.pages.looks import barriers, overflow, small_targets

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def family():
    with daytime():
        services.derive_area_rules(policy.load(), PAST)
        yield Family()


def as_(user, page, live_server):
    """Let a telephone be somebody's."""
    client = Client()
    login_citizen(client, user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return page


def looks_right(page, least: int = 44) -> None:
    found = barriers(page) + small_targets(page, least) + (["sideways"] if overflow(page) else [])
    assert found == [], page.url


def test_a_mother_takes_what_her_son_sends(family, open_page, live_server):
    son = as_(family.giver, open_page(viewport={"width": 390, "height": 844}), live_server)
    son.goto("/ledger/wallet/")
    looks_right(son)
    son.get_by_role("link", name="转钱").click()
    looks_right(son)
    son.get_by_label("转给王*多少钱?").fill("200")
    son.get_by_role("button", name="下一步").click()
    looks_right(son)
    son.get_by_role("button", name="确认转钱").click()
    assert "200.00 元等家人收" in son.content()
    mother = as_(family.relative, open_page(viewport={"width": 320, "height": 640}), live_server)
    mother.goto("/ledger/wallet/?elder=1")
    looks_right(mother, 60)
    mother.get_by_role("button", name="收下").click()
    assert "收下了,200.00 元现在就能用。" in mother.content()
    looks_right(mother, 60)
    assert family.has()["wallet"] == 200_00
