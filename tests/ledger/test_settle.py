"""Own money first, then the family's, then cash; every rule that leaves a source out."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import Sum
from django.utils import timezone

from gongji import policy
from ledger import services
from ledger.models import AreaRule, Entry, LedgerAccount, MonthUse, Transaction
from tests.factories import (
    insure,
    make_holder,
    make_mandate,
    make_person,
    make_provider,
    settlement,
)
from tests.ledger.conftest import data

pytestmark = pytest.mark.django_db


def balance(person):
    return services.personal_balance(person)


def shares(reply):
    """(source or masked name, amount) in order of use, cash last."""
    told = data(reply)
    parts = [(part["authorizer"] or part["source"], part["amount"]) for part in told["parts"]]
    return [*parts, ("cash", told["cash"])]


def terms(area, **values):
    """Let an area's rule differ from now on."""
    rule = AreaRule.objects.filter(area=area).latest("valid_from")
    rule.pk = None
    for name, value in values.items():
        setattr(rule, name, value)
    rule.valid_from = timezone.now() - timedelta(minutes=1)
    rule.save()


def test_own_money_pays_first(pharmacy):
    mother, son = make_holder("王芳", 10_00), make_holder("李小明", 50_00)
    make_mandate(son, mother)
    reply = services.settle(settlement=settlement(pharmacy, mother, 8_00))
    assert shares(reply) == [("own", "8.00"), ("cash", "0.00")]
    assert (balance(mother), balance(son)) == (2_00, 50_00)


def test_what_is_missing_comes_from_the_largest_balance_first(pharmacy):
    mother = make_holder("王芳", 10_00)
    son, daughter = make_holder("李小明", 20_00), make_holder("李小红", 30_00)
    make_mandate(son, mother)
    make_mandate(daughter, mother)
    reply = services.settle(settlement=settlement(pharmacy, mother, 70_00))
    assert shares(reply) == [("own", "10.00"), ("李*红", "30.00"), ("李*明", "20.00"), ("cash", "10.00")]
    assert (balance(mother), balance(son), balance(daughter)) == (0, 0, 0)


def test_the_reply_adds_up_and_names_the_time(pharmacy):
    mother, son = make_holder("王芳", 1_00), make_holder("李小明", 5_00)
    make_mandate(son, mother)
    told = data(services.settle(settlement=settlement(pharmacy, mother, 4_50, serial="YD-1")))
    assert UUID(told["id"])
    assert told["provider_serial"] == "YD-1"
    assert (told["amount"], told["own"], told["mutual_aid"], told["cash"]) == ("4.50", "1.00", "3.50", "0.00")
    assert told["balance_after"] == {"own": "0.00"}
    assert told["settled_at"].endswith("+08:00")


def test_all_cash_writes_no_entries(pharmacy):
    stranger = make_person("陈一")
    insure(stranger)
    reply = services.settle(settlement=settlement(pharmacy, stranger, 3_00))
    posted = Transaction.objects.get(pk=reply.id)
    assert (posted.entry_count, posted.cash, posted.entries.count()) == (0, 3_00, 0)
    assert data(reply)["balance_after"] == {"own": None}


def test_the_provider_is_owed_what_the_accounts_paid(pharmacy):
    services.settle(settlement=settlement(pharmacy, make_holder("王芳", 10_00), 25_00))
    owed = Entry.objects.filter(account=pharmacy.account).aggregate(owed=Sum("amount"))["owed"]
    assert owed == 10_00


@pytest.mark.parametrize(("order", "first"), [("bind_order", "李*明"), ("beneficiary_order", "李*红")])
@pytest.mark.owner
def test_the_order_is_that_of_the_beneficiarys_area(pharmacy, order, first):
    terms("990100", share_order=order)
    mother = make_holder("王芳")
    older = make_mandate(make_holder("李小明", 20_00), mother)
    newer = make_mandate(make_holder("李小红", 30_00), mother)
    type(older).objects.filter(pk=older.pk).update(rank=2)
    type(newer).objects.filter(pk=newer.pk).update(rank=1)
    reply = services.settle(settlement=settlement(pharmacy, mother, 5_00))
    assert shares(reply)[0] == (first, "5.00")


def test_a_cap_holds_over_the_month(pharmacy):
    mother, son = make_holder("王芳"), make_holder("李小明", 100_00)
    mandate = make_mandate(son, mother, cap=30_00)
    services.settle(settlement=settlement(pharmacy, mother, 20_00))
    reply = services.settle(settlement=settlement(pharmacy, mother, 20_00))
    assert shares(reply) == [("李*明", "10.00"), ("cash", "10.00")]
    assert MonthUse.objects.get(mandate=mandate).used == 30_00
    assert shares(services.settle(settlement=settlement(pharmacy, mother, 1_00))) == [("cash", "1.00")]


@pytest.mark.owner
def test_a_new_month_has_its_own_cap(pharmacy):
    mother, son = make_holder("王芳"), make_holder("李小明", 100_00)
    make_mandate(son, mother, cap=30_00, valid_from=timezone.now() - timedelta(days=90))
    month_ago = timezone.now() - timedelta(days=40)
    services.import_settlement(settlement=settlement(pharmacy, mother, 30_00), posted_at=month_ago)
    assert shares(services.settle(settlement=settlement(pharmacy, mother, 30_00)))[0] == ("李*明", "30.00")


def test_a_lowered_cap_counts_what_was_used_already(pharmacy):
    mother, son = make_holder("王芳"), make_holder("李小明", 100_00)
    mandate = make_mandate(son, mother)
    services.settle(settlement=settlement(pharmacy, mother, 20_00))
    services.set_cap(binding_id=mandate.binding_id, monthly_cap=5_00)
    assert shares(services.settle(settlement=settlement(pharmacy, mother, 1_00))) == [("cash", "1.00")]


@pytest.mark.owner
def test_the_minimum_balance_of_the_authorizers_area_stays(pharmacy):
    terms("990200", min_balance=40_00)
    mother, son = make_holder("王芳"), make_holder("李小明", 500_00, area="990200")
    make_mandate(son, mother)
    services.settle(settlement=settlement(pharmacy, mother, 900_00))
    assert balance(son) == 40_00


@pytest.mark.owner
def test_a_category_that_the_authorizers_area_does_not_pay_is_left_to_cash(pharmacy):
    terms("990200", categories=["drug"])
    mother, son = make_holder("王芳"), make_holder("李小明", 500_00, area="990200")
    make_mandate(son, mother)
    assert shares(services.settle(settlement=settlement(pharmacy, mother, 5_00))) == [("cash", "5.00")]
    reply = services.settle(settlement=settlement(pharmacy, mother, 5_00, category="drug"))
    assert shares(reply)[0] == ("李*明", "5.00")


def test_a_forbidden_category_is_refused_with_its_source(pharmacy):
    with pytest.raises(services.LedgerRefused) as refused:
        services.settle(settlement=settlement(pharmacy, make_holder("王芳", 9_00), 5_00, category="cosmetic"))
    source = policy.for_area("990100").cite("prohibited").source
    assert refused.value.code == "category_not_allowed"
    assert "美容整形" in str(refused.value.message)
    assert str(source) in str(refused.value.message)
    assert not Transaction.objects.filter(kind="settlement").exists()


@pytest.mark.owner
def test_an_account_beyond_its_areas_scope_does_not_pay(pharmacy):
    terms("990200", scope_digits=4)
    mother, son = make_holder("王芳"), make_holder("李小明", 500_00, area="990200")
    make_mandate(son, mother)
    assert shares(services.settle(settlement=settlement(pharmacy, mother, 5_00))) == [("cash", "5.00")]


@pytest.mark.owner
def test_an_area_without_open_rules_shares_nothing(pharmacy):
    terms("990200", open=False)
    mother, son = make_holder("王芳", 1_00), make_holder("李小明", 500_00, area="990200")
    make_mandate(son, mother)
    reply = services.settle(settlement=settlement(pharmacy, mother, 5_00))
    assert shares(reply) == [("own", "1.00"), ("cash", "4.00")]


def test_away_from_home_only_accounts_with_the_switch_pay(pharmacy):
    mother = make_holder("王芳", 1_00, away_allowed=True)
    make_mandate(make_holder("李小明", 100_00), mother)
    make_mandate(make_holder("李小红", 2_00, away_allowed=True), mother)
    reply = services.settle(settlement=settlement(pharmacy, mother, 9_00, away=True))
    assert shares(reply) == [("own", "1.00"), ("李*红", "2.00"), ("cash", "6.00")]


def test_another_province_must_be_declared_as_away():
    far = make_provider(area="530100")
    mother = make_holder("王芳", 9_00, away_allowed=True)
    make_mandate(make_holder("李小明", 100_00, away_allowed=True), mother)
    with pytest.raises(services.LedgerRefused, match="outside_area"):
        services.settle(settlement=settlement(far, mother, 5_00))
    reply = services.settle(settlement=settlement(far, mother, 10_00, away=True))
    assert shares(reply) == [("own", "9.00"), ("cash", "1.00")]


@pytest.mark.parametrize("change", ["pause", "end", "future", "view"])
def test_a_mandate_that_does_not_pay_now_is_skipped_and_never_an_error(pharmacy, change):
    mother, son = make_holder("王芳", 1_00), make_holder("李小明", 100_00)
    values = {
        "future": {"valid_from": timezone.now() + timedelta(minutes=5)},
        "view": {"kind": "view"},
    }.get(change, {})
    mandate = make_mandate(son, mother, **values)
    if change == "pause":
        services.pause_mandate(binding_id=mandate.binding_id)
    if change == "end":
        services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())
    reply = services.settle(settlement=settlement(pharmacy, mother, 5_00))
    assert shares(reply) == [("own", "1.00"), ("cash", "4.00")]


def test_a_revived_or_resumed_mandate_pays_again(pharmacy):
    mother, son = make_holder("王芳"), make_holder("李小明", 100_00)
    mandate = make_mandate(son, mother)
    services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())
    services.revive_mandate(binding_id=mandate.binding_id)
    services.pause_mandate(binding_id=mandate.binding_id)
    services.resume_mandate(binding_id=mandate.binding_id)
    assert shares(services.settle(settlement=settlement(pharmacy, mother, 5_00)))[0] == ("李*明", "5.00")


def test_an_end_that_lies_ahead_leaves_the_mandate_in_force_until_then(pharmacy):
    mother, son = make_holder("王芳"), make_holder("李小明", 100_00)
    mandate = make_mandate(son, mother)
    services.end_mandate(binding_id=mandate.binding_id, at=timezone.now() + timedelta(days=30))
    assert shares(services.settle(settlement=settlement(pharmacy, mother, 5_00)))[0] == ("李*明", "5.00")


def test_a_quote_says_what_a_settlement_would_and_writes_nothing(pharmacy):
    mother, son = make_holder("王芳", 3_00), make_holder("李小明", 100_00)
    make_mandate(son, mother)
    wish = settlement(pharmacy, mother, 10_00)
    before = Transaction.objects.count(), LedgerAccount.objects.aggregate(Sum("seq"))
    quoted = data(services.quote(settlement=wish))
    assert (Transaction.objects.count(), LedgerAccount.objects.aggregate(Sum("seq"))) == before
    settled = data(services.settle(settlement=wish))
    assert quoted["id"] is None and quoted["settled_at"] is None
    assert {**quoted, "id": 0, "settled_at": 0} == {**settled, "id": 0, "settled_at": 0}


def test_a_settlement_is_one_query(pharmacy, django_assert_num_queries):
    mother = make_holder("王芳", 3_00)
    wish = settlement(pharmacy, mother, 2_00)
    with django_assert_num_queries(1):
        services.settle(settlement=wish, key=services.RequestKey("k", b"d" * 32))


def test_a_serial_is_used_once_and_for_ever(pharmacy):
    mother = make_holder("王芳", 100_00)
    first = services.settle(settlement=settlement(pharmacy, mother, 2_00, serial="A"))
    with pytest.raises(services.LedgerRefused, match="duplicate_provider_serial") as refused:
        services.settle(settlement=settlement(pharmacy, mother, 2_00, serial="A"))
    assert refused.value.first_id == first.id
    assert balance(mother) == 98_00
    services.settle(settlement=settlement(make_provider(), mother, 2_00, serial="A"))


def test_what_people_see_is_what_a_settlement_takes(pharmacy):
    mother = make_holder("王芳")
    make_mandate(make_holder("李小明", 20_00), mother, cap=5_00)
    make_mandate(make_holder("李小红", 30_00), mother)
    paused = make_mandate(make_holder("李小刚", 90_00), mother)
    services.pause_mandate(binding_id=paused.binding_id)
    shown = [(source.usable, source.reason) for source in services.available_to(mother)]
    assert shown == [(0, "paused"), (30_00, ""), (5_00, "")]
    reply = services.settle(settlement=settlement(pharmacy, mother, 100_00))
    assert shares(reply) == [("李*红", "30.00"), ("李*明", "5.00"), ("cash", "65.00")]
