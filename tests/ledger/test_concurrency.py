"""Real threads on real connections: what must never happen does not, and nobody waits for ever."""

import random
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections
from django.db.models import Sum
from django.utils import timezone

from ledger import services
from ledger.models import Entry, LedgerAccount, Mandate, MonthUse, Transaction
from tests.factories import make_holder, make_mandate, make_provider, settlement

pytestmark = pytest.mark.django_db(transaction=True)


def crowd(*jobs):
    """Run jobs on as many threads; errors come out."""

    def alone(job):
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(60) for future in [pool.submit(alone, job) for job in jobs]]


def books_are_right():
    """Every transaction sums to zero and every stored balance is the sum of its entries."""
    sums = Entry.objects.values("transaction").annotate(sum=Sum("amount")).exclude(sum=0)
    assert not sums.exists()
    for account in LedgerAccount.objects.filter(balance__isnull=False):
        total = Entry.objects.filter(account=account).aggregate(sum=Sum("amount"))["sum"] or 0
        assert (account.balance, account.seq) == (total, account.entries.count())
    for mandate in Mandate.objects.all():
        used = Entry.objects.filter(mandate=mandate).aggregate(sum=Sum("amount"))["sum"] or 0
        assert -used == (mandate.months.aggregate(sum=Sum("used"))["sum"] or 0)


def repeat_settling(provider, person, times, amount=1_00):
    def job():
        for _ in range(times):
            services.settle(settlement=settlement(provider, person, amount))

    return job


@pytest.mark.parametrize("close", ["end", "pause"])
def test_nothing_is_posted_after_a_mandate_was_closed(close):
    pharmacy = make_provider()
    mother, son = make_holder("王芳"), make_holder("李小明", 9000_00)
    for _ in range(10):
        mandate = make_mandate(son, mother)

        def closing(mandate=mandate):
            if close == "end":
                services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())
            else:
                services.pause_mandate(binding_id=mandate.binding_id)

        crowd(*[repeat_settling(pharmacy, mother, 8)] * 3, closing)
        mandate.refresh_from_db()
        closed = mandate.valid_until if close == "end" else mandate.paused_at
        assert not Transaction.objects.filter(entries__mandate=mandate, posted_at__gt=closed).exists()
    books_are_right()


def test_a_settlement_waits_for_an_end_under_way_and_then_skips_the_mandate(in_threads):
    pharmacy = make_provider()
    mother, son = make_holder("王芳"), make_holder("李小明", 90_00)
    mandate = make_mandate(son, mother)
    wish = settlement(pharmacy, mother, 1_00)
    with ThreadPoolExecutor(1) as pool:
        with services.mandates.transaction.atomic():
            services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())
            waiting = pool.submit(lambda: (services.settle(settlement=wish), connections.close_all())[0])
            wait_for_a_lock()
        assert Transaction.objects.get(pk=waiting.result(10).id).cash == 1_00


def wait_for_a_lock():
    """Return once another session waits for one of our locks."""
    with connections["default"].cursor() as cursor:
        for _ in range(100_000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waited")


def test_parallel_reversals_take_back_the_original_and_no_more(in_threads):
    pharmacy = make_provider()
    mother, son = make_holder("王芳", 3_00), make_holder("李小明", 90_00)
    make_mandate(son, mother)
    paid = services.settle(settlement=settlement(pharmacy, mother, 10_00)).id

    def back():
        values = {"provider": pharmacy, "original": paid, "amount": 3_00, "reason": "退药"}
        return services.reverse(**values, serial=uuid4().hex, occurred_at=timezone.now())

    results = in_threads(*[back] * 8)
    refused = [result for result in results if isinstance(result, services.LedgerRefused)]
    assert len(refused) == 5
    assert {result.code for result in refused} == {"reversal_exceeds_original"}
    books_are_right()


def test_settling_and_reversing_at_once_keeps_the_books():
    pharmacy = make_provider()
    mother, son = make_holder("王芳", 30_00), make_holder("李小明", 90_00)
    make_mandate(son, mother)
    paid = [services.settle(settlement=settlement(pharmacy, mother, 7_00)).id for _ in range(12)]

    def reverse_all():
        for original in paid:
            values = {"provider": pharmacy, "original": original, "amount": None, "reason": "退药"}
            services.reverse(**values, serial=uuid4().hex, occurred_at=timezone.now())

    crowd(reverse_all, *[repeat_settling(pharmacy, mother, 10)] * 3)
    books_are_right()


def test_sixteen_clients_on_three_households_never_deadlock():
    """Everybody draws on everybody: a careless lock order deadlocks within moments."""
    pharmacies = [make_provider() for _ in range(3)]
    members = []
    for _ in range(3):
        family = [make_holder(name, 400_00) for name in ("王芳", "李明", "李小明", "李小红")]
        for person in family:
            for other in family:
                if other != person:
                    make_mandate(other, person, cap=300_00)
        members += family

    def client(seed):
        chance = random.Random(seed)

        def job():
            for _ in range(12):
                amount = chance.randrange(1, 200_00)
                wish = settlement(chance.choice(pharmacies), chance.choice(members), amount)
                paid = services.settle(settlement=wish)
                if chance.random() < 0.3:
                    values = {"provider": wish.provider, "original": paid.id, "reason": "退药"}
                    amount = chance.randrange(1, amount + 1)
                    services.reverse(**values, serial=uuid4().hex, amount=amount, occurred_at=timezone.now())

        return job

    crowd(*[client(seed) for seed in range(16)])
    books_are_right()
    over = [use for use in MonthUse.objects.select_related("mandate") if use.used > use.mandate.monthly_cap]
    assert not over


def test_a_cap_is_never_exceeded_by_a_crowd():
    pharmacy = make_provider()
    mother, son = make_holder("王芳"), make_holder("李小明", 900_00)
    mandate = make_mandate(son, mother, cap=20_00)
    crowd(*[repeat_settling(pharmacy, mother, 5)] * 8)
    assert MonthUse.objects.get(mandate=mandate).used == 20_00
    books_are_right()


def test_the_same_request_at_once_has_one_effect(in_threads):
    pharmacy = make_provider()
    mother = make_holder("王芳", 100_00)
    wish = settlement(pharmacy, mother, 1_00)
    results = in_threads(
        *[lambda: services.settle(settlement=wish, key=services.RequestKey("k", b"d" * 32))] * 8
    )
    bodies = {result.body for result in results if isinstance(result, services.Reply)}
    codes = {result.code for result in results if isinstance(result, services.LedgerRefused)}
    assert len(bodies) == 1
    assert codes <= {"request_in_progress"}
    assert services.personal_balance(mother) == 99_00


def test_the_same_serial_at_once_under_other_keys_has_one_effect(in_threads):
    pharmacy = make_provider()
    mother = make_holder("王芳", 100_00)
    wish = settlement(pharmacy, mother, 1_00)

    def send(number):
        return lambda: services.settle(settlement=wish, key=services.RequestKey(f"k{number}", b"d" * 32))

    results = in_threads(*[send(number) for number in range(8)])
    first = next(result for result in results if isinstance(result, services.Reply))
    refused = [result for result in results if isinstance(result, services.LedgerRefused)]
    assert len(refused) == 7
    assert {(result.code, result.first_id) for result in refused} == {("duplicate_provider_serial", first.id)}
