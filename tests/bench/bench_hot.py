"""Three families from eight processes: how much do settlements that meet cost?"""

import random
import statistics

from django.db import connection

from ledger import services
from tests.bench.clients import CLIENTS, Wish, load_families, rate, wish
from tests.bench.registry import Result, bench, size

ROUNDS = 3
HOT = 3
FAMILIES = 3_000
AMOUNT = 1_00

# Mothers who never run dry: the own account pays, and all three of the family are locked.
RICH = """
    SET session_replication_role = replica;
    UPDATE ledger_account SET balance = 1000000000000 WHERE kind = 'personal';
    SET session_replication_role = origin;
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@bench("settle_hot")
def settle_hot() -> Result:
    """Eight processes on three families, against eight processes on families anywhere."""
    count = size("settlements", 4_000) // CLIENTS * CLIENTS
    first = load_families(FAMILIES)
    _sql(RICH)
    before, chosen = _deadlocks(), random.Random(7)
    hot, spread = [], []
    for number in range(ROUNDS):
        hot.append(rate(_settle, [wish(first + n % HOT, f"H{number}-{n}", AMOUNT) for n in range(count)]))
        anywhere = [first + chosen.randrange(FAMILIES) for _ in range(count)]
        spread.append(
            rate(_settle, [wish(family, f"R{number}-{n}", AMOUNT) for n, family in enumerate(anywhere)])
        )
    if _deadlocks() != before:
        raise RuntimeError("there was a deadlock")
    what = f"{CLIENTS} processes on {HOT} families; reference: on {FAMILIES:,} at random; no deadlock"
    return Result(statistics.median(hot), statistics.median(spread), "1/s", what)


def _settle(one: Wish) -> None:
    services.settle(settlement=one, key=services.RequestKey(f"k{one.serial}", b"d" * 32))


def _deadlocks() -> int:
    _sql("SELECT pg_stat_clear_snapshot()")
    with connection.cursor() as cursor:
        cursor.execute(DEADLOCKS)
        return int(cursor.fetchone()[0])


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
