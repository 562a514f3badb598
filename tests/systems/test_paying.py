"""At the counter, with the relative's own code: own money first, then the givers', in the system's order."""

import json

import pytest

from binding import services
from ledger import services as ledger
from tests.factories import make_account, make_provider, settlement
from tests.systems.path import TOTAL, balance_of, binding_of, citizen, walk
from tests.systems.rows import over

pytestmark = pytest.mark.django_db


def pay(system, path, amount, **values):
    """Settle at a pharmacy of the city and return what the reply says."""
    wish = settlement(make_provider(area=system.area), path.relative.person, amount, **values)
    return json.loads(ledger.settle(settlement=wish).body)


def filled(path):
    """Where families share by a pool, the giver moves money into it."""
    if path.system.model == "pool":
        ledger.transfer_in(actor=path.giver, amount=1_000_00, number=1)
    return path


def sources(reply):
    return [part["source"] for part in reply["parts"]]


@over()
def test_the_relatives_own_money_comes_first_and_the_givers_fills_up(system):
    path = walk(system)
    path.in_force()
    filled(path)
    make_account(path.relative.person, 30_00, area=system.area)
    reply = pay(system, path, 100_00)
    assert (reply["own"], reply["mutual_aid"], reply["cash"]) == ("30.00", "70.00", "0.00")
    assert sources(reply) == ["own", "pool" if system.model == "pool" else "mutual_aid"]


@over(lambda system: system.model == "pairwise")
def test_of_several_givers_the_richest_pays_first(system):
    poor = walk(system, giver=citizen("李明", system.area, system.keeps + 500_00))
    poor.in_force()
    rich = walk(system, giver=citizen("李华", system.area, system.keeps + 800_00), relative=poor.relative)
    rich.in_force()
    reply = pay(system, poor, 900_00)
    assert [(part["authorizer"], part["amount"]) for part in reply["parts"]] == [
        ("李*", "800.00"), ("李*", "100.00"),
    ]  # fmt: skip
    assert (balance_of(rich.giver), balance_of(poor.giver)) == (system.keeps, system.keeps + 400_00)


@over(lambda system: system.keeps and system.model == "pairwise")
def test_what_must_stay_with_the_giver_is_never_touched(system):
    path = walk(system, giver=citizen("李明", system.area, system.keeps + 10_00))
    path.in_force()
    reply = pay(system, path, 50_00)
    assert (reply["mutual_aid"], reply["cash"]) == ("10.00", "40.00")
    assert balance_of(path.giver) == system.keeps


@over(lambda system: system.model == "group")
def test_no_more_is_used_than_was_authorized(system):
    path = walk(system)
    path.in_force()
    reply = pay(system, path, TOTAL + 100_00)
    assert (reply["mutual_aid"], reply["cash"]) == (f"{TOTAL // 100}.00", "100.00")


@over()
def test_what_may_not_be_paid_for_is_refused_with_the_rule(system):
    path = walk(system)
    path.in_force()
    with pytest.raises(ledger.LedgerRefused, match="category_not_allowed"):
        pay(system, path, 10_00, category="fitness")


@over()
def test_devices_of_a_pharmacy_may_be_paid_for(system):
    path = walk(system)
    path.in_force()
    filled(path)
    assert pay(system, path, 10_00, category="device")["cash"] == "0.00"


@over()
def test_a_pause_and_a_cap_hold_at_the_counter(system):
    path = walk(system)
    path.in_force()
    filled(path)
    binding = binding_of(path)
    if system.model == "pairwise":
        services.set_cap(binding=binding, actor=path.giver, monthly_cap=5_00)
        assert pay(system, path, 20_00)["mutual_aid"] == "5.00"
    services.pause(binding=binding, actor=path.giver)
    assert pay(system, path, 20_00)["cash"] == "20.00"
