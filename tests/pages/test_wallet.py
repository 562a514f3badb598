"""A wallet in a real browser: sent on one telephone, taken on another, in large letters."""

import pytest

from gongji import policy
from ledger import services
from tests.factories import PAST
from tests.ledger.wallets import Family, daytime
from tests.pages.looks import as_citizen, looks_right

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def family():
    with daytime():
        services.derive_area_rules(policy.load(), PAST)
        yield Family()


def test_a_mother_takes_what_her_son_sends(family, open_page, live_server):
    son = as_citizen(family.giver, open_page(viewport={"width": 390, "height": 844}), live_server)
    son.goto("/ledger/wallet/")
    looks_right(son)
    son.get_by_role("link", name="转钱").click()
    looks_right(son)
    son.get_by_label("转给王*多少钱?").fill("200")
    son.get_by_role("button", name="下一步").click()
    looks_right(son)
    son.get_by_role("button", name="确认转钱").click()
    assert "200.00 元等家人收" in son.content()
    mother = as_citizen(family.relative, open_page(viewport={"width": 320, "height": 640}), live_server)
    mother.goto("/ledger/wallet/?elder=1")
    looks_right(mother, 60)
    mother.get_by_role("button", name="收下").click()
    assert "收下了,200.00 元现在就能用。" in mother.content()
    looks_right(mother, 60)
    assert family.has()["wallet"] == 200_00
