"""Money goes back to where it came from, the last source first, and never more than was paid."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from ledger import services
from ledger.models import MonthUse, ReversedTotal, Transaction
from tests.factories import make_holder, make_mandate, make_provider, settlement
from tests.ledger.conftest import data

pytestmark = pytest.mark.django_db
balance = services.personal_balance


@pytest.fixture
def family(pharmacy):
    """A settlement of 100 元: own 10, daughter 30, son 20, cash 40."""
    mother = make_holder("王芳", 10_00)
    son, daughter = make_holder("李小明", 20_00), make_holder("李小红", 30_00)
    mandates = make_mandate(son, mother), make_mandate(daughter, mother)
    paid = services.settle(settlement=settlement(pharmacy, mother, 100_00))
    return paid.id, mother, son, daughter, mandates


def give_back(provider, original, amount=None, serial=None):
    return services.reverse(
        provider=provider,
        original=original,
        serial=serial or uuid4().hex,
        amount=amount,
        reason="退药",
        occurred_at=timezone.now(),
    )


def test_a_full_reversal_restores_every_account(pharmacy, family):
    paid, mother, son, daughter, mandates = family
    told = data(give_back(pharmacy, paid))
    assert (balance(mother), balance(son), balance(daughter)) == (10_00, 20_00, 30_00)
    assert (told["own"], told["mutual_aid"], told["cash"]) == ("10.00", "50.00", "40.00")
    assert [part["authorizer"] for part in told["parts"]] == ["李*明", "李*红", None]
    assert {use.used for use in MonthUse.objects.filter(mandate__in=mandates)} == {0}


def test_partial_reversals_go_on_where_the_last_one_stopped(pharmacy, family):
    paid, mother, son, daughter, _ = family
    steps = [
        (30_00, (0, 0, 0), "30.00"),
        (15_00, (0, 5_00, 0), "10.00"),
        (20_00, (0, 20_00, 5_00), "0.00"),
        (35_00, (10_00, 20_00, 30_00), "0.00"),
    ]
    for amount, balances, cash in steps:
        assert data(give_back(pharmacy, paid, amount))["cash"] == cash
        assert (balance(mother), balance(son), balance(daughter)) == balances
    assert ReversedTotal.objects.get(pk=paid).reversed == 100_00


def test_nothing_left_to_reverse_is_said_as_such(pharmacy, family):
    paid = family[0]
    give_back(pharmacy, paid)
    with pytest.raises(services.LedgerRefused, match="already_reversed"):
        give_back(pharmacy, paid)


def test_more_than_is_left_is_refused(pharmacy, family):
    paid = family[0]
    give_back(pharmacy, paid, 60_00)
    with pytest.raises(services.LedgerRefused, match="reversal_exceeds_original"):
        give_back(pharmacy, paid, 40_01)
    assert Transaction.objects.filter(kind="reversal").count() == 1


def test_a_reversal_cannot_be_reversed(pharmacy, family):
    back = give_back(pharmacy, family[0], 5_00)
    with pytest.raises(services.LedgerRefused, match="not_a_settlement"):
        give_back(pharmacy, back.id)


def test_anothers_settlement_is_as_absent_as_none(family):
    other = make_provider()
    for original in (family[0], uuid4()):
        with pytest.raises(services.LedgerRefused, match="not_found"):
            give_back(other, original)


def test_a_serial_of_an_earlier_reversal_names_it(pharmacy, family):
    first = give_back(pharmacy, family[0], serial="R-1")
    with pytest.raises(services.LedgerRefused, match="duplicate_provider_serial") as refused:
        give_back(pharmacy, family[0], serial="R-1")
    assert refused.value.first_id == first.id


def test_money_goes_back_although_the_binding_has_ended(pharmacy, family):
    paid, _, son, _, mandates = family
    for mandate in mandates:
        services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())
    give_back(pharmacy, paid)
    assert balance(son) == 20_00


@pytest.mark.owner
def test_the_month_of_the_use_is_lowered_whenever_the_reversal_comes(pharmacy):
    mother, son = make_holder("王芳"), make_holder("李小明", 90_00)
    mandate = make_mandate(son, mother, valid_from=timezone.now() - timedelta(days=90))
    then = timezone.now() - timedelta(days=40)
    wish = settlement(pharmacy, mother, 30_00)
    paid = services.import_settlement(settlement=wish, posted_at=then)
    services.settle(settlement=settlement(pharmacy, mother, 7_00))
    give_back(pharmacy, paid.id, 10_00)
    used = dict(MonthUse.objects.filter(mandate=mandate).values_list("month", "used"))
    assert sorted(used.values()) == [7_00, 20_00]
    assert services.month_used(mandate.binding_id, then.date()) == 20_00


def test_a_settlement_in_cash_is_reversed_in_cash(pharmacy):
    paid = services.settle(settlement=settlement(pharmacy, make_holder("王芳"), 5_00))
    told = data(give_back(pharmacy, paid.id, 2_00))
    assert (told["cash"], told["parts"]) == ("2.00", [])
    assert Transaction.objects.get(pk=told["id"]).entry_count == 0
