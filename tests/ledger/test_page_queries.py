"""A page asks the database the same number of times however much there is to show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ledger import services
from tests.factories import login_citizen, make_holder, make_mandate, make_provider

pytestmark = pytest.mark.django_db


def queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def buy(person, times: int) -> None:
    pharmacy = make_provider()
    for number in range(times):
        wish = services.Settlement(
            provider=pharmacy, beneficiary=person, serial=f"Q{number}", amount=1_00, category="drug",
            occurred_at=timezone.now(),
        )  # fmt: skip
        services.settle(settlement=wish)


@pytest.mark.parametrize("path", ["/ledger/history/", "/ledger/history/?show=used"])
def test_the_history_asks_as_often_for_twelve_lines_as_for_two(client, path):
    giver, child = make_holder("李明", 500_00), make_holder("李小明")
    make_mandate(giver, child)
    login_citizen(client, giver)
    buy(giver, 2)
    buy(child, 1)
    few = queries(client, path)
    buy(giver, 9)
    buy(child, 3)
    assert queries(client, path) == few


def test_the_history_read_again_asks_less_and_a_new_use_shows_at_once(client):
    giver = make_holder("李明", 500_00)
    login_citizen(client, giver)
    buy(giver, 1)
    first = queries(client, "/ledger/history/")
    assert queries(client, "/ledger/history/") < first
    assert "498.00" not in client.get("/ledger/history/").content.decode()
    buy(giver, 1)
    assert "498.00" in client.get("/ledger/history/").content.decode()


def test_the_balance_asks_as_often_for_three_givers_as_for_one(client):
    person, givers = make_holder("王小芳"), [make_holder(name, 80_00) for name in ("李明", "李建国", "李红")]
    login_citizen(client, person)
    make_mandate(givers[0], person)
    few = queries(client, "/ledger/")
    for giver in givers[1:]:
        make_mandate(giver, person)
    assert queries(client, "/ledger/") == few <= 7
    assert "240.00" in client.get("/ledger/").content.decode()
