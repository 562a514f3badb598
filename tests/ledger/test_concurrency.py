"""Real threads on real connections: what must never happen does not, and nobody waits for ever.

RACE_TRIALS=500 RACE_SECONDS=60 is the whole bar; without them as much as an ordinary run affords.
"""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connections
from django.db.models import Sum
from django.utils import timezone

from ledger import services
from ledger.models import Entry, LedgerAccount, Mandate, MonthUse, Transaction
from tests.factories import make_holder, make_mandate, make_provider, settlement

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = int(os.environ.get("RACE_TRIALS", 60))
SECONDS = float(os.environ.get("RACE_SECONDS", 0))
"""How long clients go on when their number of operations is done."""


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


class Racers:
    """Threads that keep their connections, so that every trial starts at one moment."""

    def __init__(self, count):
        self.pool, self.count = ThreadPoolExecutor(count), count

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.together(*[connections.close_all] * self.count)
        self.pool.shutdown()

    def together(self, *jobs):
        """Run one job a thread, all from the same moment; return results, and refusals as such."""
        gate = Barrier(self.count)

        def at_the_gate(job):
            gate.wait(30)
            try:
                return job()
            except services.LedgerRefused as refused:
                return refused.code

        return [future.result(60) for future in [self.pool.submit(at_the_gate, job) for job in jobs]]


def deadlocks():
    """How many PostgreSQL has broken; every session has told its numbers by now."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("close", ["end", "pause"])
def test_nothing_is_posted_after_a_mandate_was_closed(close):
    """The own account is held by the crowd, so a settlement is often between its two locks."""
    pharmacy = make_provider()
    mother, son = make_holder("王芳"), make_holder("李小明", 9000_00)
    mandate = make_mandate(son, mother)

    def closing():
        if close == "end":
            services.end_mandate(binding_id=mandate.binding_id, at=timezone.now())
        else:
            services.pause_mandate(binding_id=mandate.binding_id)

    with Racers(4) as racers:
        for _ in range(TRIALS):
            began = timezone.now()
            racers.together(*[repeat_settling(pharmacy, mother, 2)] * 3, closing)
            mandate.refresh_from_db()
            closed = mandate.valid_until if close == "end" else mandate.paused_at
            drawn = Transaction.objects.filter(entries__mandate=mandate, posted_at__gt=began)
            assert not drawn.filter(posted_at__gt=closed).exists()
            services.revive_mandate(binding_id=mandate.binding_id)
            services.resume_mandate(binding_id=mandate.binding_id)
    assert deadlocks() == 0
    books_are_right()


def test_settling_against_reversing_gives_back_once():
    pharmacy = make_provider()
    mother, son = make_holder("王芳", 30_00), make_holder("李小明", 9000_00)
    make_mandate(son, mother)
    with Racers(4) as racers:
        for _ in range(TRIALS):
            paid = services.settle(settlement=settlement(pharmacy, mother, 7_00)).id
            told = racers.together(
                *[give_back(pharmacy, paid)] * 2, *[repeat_settling(pharmacy, mother, 1, 2_00)] * 2
            )
            assert sorted(map(str, told[:2]))[1] == "already_reversed"
            assert Transaction.objects.filter(reverses=paid).count() == 1
    assert deadlocks() == 0
    books_are_right()


def give_back(provider, original, amount=None):
    def job():
        values = {"provider": provider, "original": original, "amount": amount, "reason": "退药"}
        return services.reverse(**values, serial=uuid4().hex, occurred_at=timezone.now()).status

    return job


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


def test_sixteen_clients_on_three_households_never_deadlock():
    """Everybody draws on everybody, gives back, ends and revives: a careless lock order deadlocks at once."""
    pharmacies = [make_provider() for _ in range(3)]
    families = [make_family() for _ in range(3)]
    until = time.monotonic() + SECONDS
    crowd(*[client(seed, pharmacies, families, until) for seed in range(16)])
    assert deadlocks() == 0
    books_are_right()
    over = [use for use in MonthUse.objects.select_related("mandate") if use.used > use.mandate.monthly_cap]
    assert not over


def make_family():
    """Four people, each of whom gives to the three others; few settlements need only one of them."""
    family = [make_holder(name, 60_00) for name in ("王芳", "李明", "李小明", "李小红")]
    pairs = [(giver, other) for giver in family for other in family if giver != other]
    return family, [make_mandate(giver, other, cap=50_00).binding_id for giver, other in pairs]


def client(seed, pharmacies, families, until):
    chance = random.Random(seed)

    def one_operation():
        family, bindings = chance.choice(families)
        amount = chance.randrange(1, 150_00)
        wish = settlement(chance.choice(pharmacies), chance.choice(family), amount)
        paid = services.settle(settlement=wish)
        if chance.random() < 0.9:
            part = chance.randrange(1, amount + 1)
            give_back(wish.provider, paid.id, chance.choice([None, None, part]))()
        if chance.random() < 0.2:
            binding = chance.choice(bindings)
            services.end_mandate(binding_id=binding, at=timezone.now())
            services.revive_mandate(binding_id=binding)
        if chance.random() < 0.1:
            credit(family)

    def job():
        done = 0
        while done < 12 or time.monotonic() < until:
            one_operation()
            done += 1

    return job


def credit(family):
    """The month's money for a whole family, in one call and in no particular order."""
    fund = services.clearing_account(kind=LedgerAccount.Kind.FUND, area="990100")
    accounts = LedgerAccount.objects.filter(owner__in=family, kind=LedgerAccount.Kind.PERSONAL)
    serial = f"contribution:{uuid4().hex}"
    items = [services.Credit(one, fund, "contribution", serial, 5_00, timezone.now()) for one in accounts]
    assert set(services.credit(random.sample(items, len(items)))) == {"posted"}


def test_a_cap_is_never_exceeded_by_a_crowd():
    pharmacy = make_provider()
    mother, son = make_holder("王芳"), make_holder("李小明", 900_00)
    mandate = make_mandate(son, mother, cap=20_00)
    crowd(*[repeat_settling(pharmacy, mother, 5)] * 8)
    assert MonthUse.objects.get(mandate=mandate).used == 20_00
    books_are_right()


def test_the_same_request_at_once_has_one_effect_and_one_answer():
    pharmacy = make_provider()
    mother = make_holder("王芳", TRIALS * 1_00)
    with Racers(8) as racers:
        for number in range(TRIALS):
            key = services.RequestKey(f"k{number}", b"d" * 32)
            wish = settlement(pharmacy, mother, 1_00)

            def send(wish=wish, key=key):
                return services.settle(settlement=wish, key=key).body

            told = set(racers.together(*[send] * 8)) - {"request_in_progress"}
            assert told == {send()}
            assert services.personal_balance(mother) == (TRIALS - 1 - number) * 1_00
    books_are_right()


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
