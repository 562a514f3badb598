"""Verifying the whole of the books, against the least one could do with the same rows: add them up."""

import os
import resource
import statistics
import time
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection

from ledger import services
from ledger.models import Entry
from tests.bench.history import grow
from tests.bench.registry import Result, bench, size

ROUNDS = 3
SUM = "SELECT account_id, sum(amount) FROM ledger_entry GROUP BY 1"


@bench("verify_ledger")
def verify_ledger() -> Result:
    """Entries a second, everything checked (BENCH_ENTRIES=10000000 for the whole), processors shared."""
    grow(size("entries", 1_000_000))
    call_command("seal_ledger", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    entries, jobs = Entry.objects.count(), len(os.sched_getaffinity(0))
    ours, reference = [], []
    for _ in range(ROUNDS):
        reference.append(entries / _seconds(_add_up))
        ours.append(entries / _seconds(lambda: _verify(jobs, entries)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    checked = "content, chains, balances, months, reversals, replies, seals, published file"
    what = f"{entries:,} entries: {checked}; {jobs} connections, {memory} MiB here; reference: {SUM}"
    return Result(statistics.median(ours), statistics.median(reference), "entries/s", what)


def _verify(jobs: int, entries: int) -> None:
    seen = services.verify(jobs=jobs)
    if seen.finding is not None or seen.entries != entries:
        raise RuntimeError(f"the history does not verify: {seen}")


def _add_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SUM)
        cursor.fetchall()


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
