"""Accounting stories. Each ends with the equation: all entries sum to zero, balances are their entries."""

from datetime import timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from ledger import services
from ledger.models import Entry, LedgerAccount
from tests.factories import make_holder, make_mandate, settlement

pytestmark = pytest.mark.django_db


def sheet():
    """Balance per kind of account, in 分; clearing accounts summed from their entries."""
    rows = Entry.objects.values_list("account__kind").annotate(sum=Sum("amount")).order_by("account__kind")
    return dict(rows)


@pytest.fixture(autouse=True)
def _the_equation_holds():
    yield
    assert sum(sheet().values()) == 0
    for account in LedgerAccount.objects.filter(balance__isnull=False):
        assert account.balance == (account.entries.aggregate(sum=Sum("amount"))["sum"] or 0)


def test_a_month_of_one_worker(pharmacy):
    """Opening 500, 划入 120, medicine for 80, 20 of it brought back."""
    worker = make_holder("李明", 500_00)
    account = worker.ledger_accounts.get()
    fund = services.clearing_account(kind="fund", area="990100")
    now = timezone.now()
    services.credit([services.Credit(account, fund, "contribution", "contribution:2026-11", 120_00, now)])
    paid = services.settle(settlement=settlement(pharmacy, worker, 80_00, category="drug"))
    values = {"provider": pharmacy, "original": paid.id, "serial": "R", "reason": "退药"}
    services.reverse(**values, amount=20_00, occurred_at=now)
    assert sheet() == {"fund": -620_00, "personal": 560_00, "provider": 60_00}


def test_a_mother_treated_on_two_children_and_the_cap_of_one(pharmacy):
    """Bill of 300: own 50, the daughter up to her cap of 100, the son 120, 30 in cash."""
    mother = make_holder("王芳", 50_00)
    daughter, son = make_holder("李小红", 500_00), make_holder("李小明", 120_00)
    make_mandate(daughter, mother, cap=100_00)
    make_mandate(son, mother)
    services.settle(settlement=settlement(pharmacy, mother, 300_00, category="inpatient"))
    assert sheet() == {"fund": -670_00, "personal": 400_00, "provider": 270_00}
    assert services.personal_balance(daughter) == 400_00


def test_a_year_ends_with_interest_and_an_ended_binding(pharmacy):
    """The binding ends, interest comes, and what was settled before is still given back in full."""
    mother, son = make_holder("王芳"), make_holder("李小明", 200_00)
    mandate = make_mandate(son, mother)
    paid = services.settle(settlement=settlement(pharmacy, mother, 150_00))
    services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())
    fund = services.clearing_account(kind="fund", area="990100")
    account = son.ledger_accounts.get()
    now = timezone.now()
    services.credit([services.Credit(account, fund, "interest", "interest:2026", 1_23, now)])
    cash = services.settle(settlement=settlement(pharmacy, mother, 10_00))
    services.reverse(
        provider=pharmacy, original=paid.id, serial="R", amount=None, reason="退费", occurred_at=now
    )
    assert cash.status == 201
    assert sheet() == {"fund": -201_23, "personal": 201_23, "provider": 0}


@pytest.mark.owner
def test_history_of_last_year_is_imported_under_its_own_time(pharmacy):
    """Credits and a settlement of the past keep their posting times; the month's use is that month's."""
    mother, son = make_holder("王芳"), make_holder("李小明")
    long_ago = timezone.now() - timedelta(days=200)
    mandate = make_mandate(son, mother, valid_from=long_ago)
    fund = services.clearing_account(kind="fund", area="990100")
    item = services.Credit(
        son.ledger_accounts.get(), fund, "opening", "opening:2026-01", 90_00, long_ago, posted_at=long_ago
    )
    assert services.import_credits([item]) == ["posted"]
    then = long_ago + timedelta(days=5)
    reply = services.import_settlement(settlement=settlement(pharmacy, mother, 40_00), posted_at=then)
    services.import_reversal(
        provider=pharmacy, original=reply.id, serial="R", amount=10_00, reason="退费", posted_at=then
    )
    assert services.month_used(mandate.binding_id, then.date()) == 30_00
    assert {entry.transaction.posted_at for entry in Entry.objects.all()} == {long_ago, then}
