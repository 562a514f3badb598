"""Who may look at what in each system: both ends at their own side of it, nobody else at anything."""

import pytest
from django.urls import reverse

from tests.binding.browse import text
from tests.factories import login_citizen, make_account
from tests.systems.path import binding_of, citizen, walk
from tests.systems.rows import over
from tests.systems.test_paying import filled, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(client):
    """A binding of the system under which the relative has paid 42.50 元 at a pharmacy."""

    def use(system):
        path = filled(walk(system).in_force())
        make_account(path.relative.person, 0, area=system.area)
        pay(system, path, 42_50, category="drug")
        return path

    return use


@over()
def test_the_giver_sees_each_relative_and_what_was_used(client, used, system):
    path = used(system)
    login_citizen(client, path.giver)
    assert "王*芳" in text(client.get(reverse("binding:list")))
    assert client.get(reverse("binding:detail", args=[binding_of(path).pk])).status_code == 200
    book = "ledger:pool" if system.model == "pool" else "ledger:history"
    history = text(client.get(reverse(book)))
    assert "42.50" in history and "王*芳" in history
    assert "药品" not in history  # by default: the day, the sum, a doctor or a pharmacy


@over()
def test_the_relative_sees_from_whom_and_how_much(client, used, system):
    path = used(system)
    login_citizen(client, path.relative)
    assert "李*" in text(client.get(reverse("ledger:balance")))
    history = text(client.get(reverse("ledger:history"), {"show": "used"}))
    assert "42.50" in history and "药品" in history


@over()
def test_nobody_else_sees_that_it_exists(client, used, system):
    path = used(system)
    login_citizen(client, citizen("赵强", system.area, 100_00))
    pages = [
        reverse("binding:detail", args=[binding_of(path).pk]),
        reverse("binding:status", args=[path.application.number]),
        reverse("binding:invitation", args=[path.application.number]),
    ]
    assert {client.get(page).status_code for page in pages} == {404}
