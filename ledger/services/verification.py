"""Is every fen where the books say it is? Everything at once, on one snapshot, while postings go on.

Several connections share an exported snapshot and take slices in turn, so a check uses as many processors as
it is given, in memory that does not grow with the books. The first wrong row in the order of the slices is
named. verification_night.py does the same work in small jobs.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from ledger.services.verification_parts import (
    ACCOUNTS,
    KEYS,
    MOVED,
    TRANSACTIONS,
    Finding,
    Key,
    Part,
    Verified,
)
from ledger.services.verification_seals import SEALED, SEALS, published_part

__all__ = ["Finding", "Progress", "Verified", "full_parts", "new_parts", "verify"]

Progress = Callable[[str, Verified], None]
"""Is told the part and what was seen of it so far."""
STEADY = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL work_mem = '64MB'"
"""One processor for each connection: slices are what we divide the work by."""


def full_parts() -> list[Part]:
    """Return all there is to check, the money first; to be called before the snapshot is taken."""
    return [TRANSACTIONS, ACCOUNTS, KEYS, SEALS, published_part()]


def new_parts() -> list[Part]:
    """Return what checks only what was posted since the last time."""
    return [SEALED, MOVED, published_part()]


def verify(*, jobs: int = 1, progress: Progress | None = None) -> Verified:
    """Check the whole of the books; stops at the first finding. `jobs` connections work at once.

    Inside a transaction the caller's own connection is used, and what it sees.
    """
    parts = full_parts()
    with _readers(jobs) as readers:
        total = Verified()
        for part in parts:
            total += _check(part, readers, progress or (lambda name, seen: None))
            if total.finding is not None:
                break
    return total


def _check(part: Part, readers: Sequence[BaseDatabaseWrapper], progress: Progress) -> Verified:
    """Check one part: the first reader finds where slices end, the others check them."""
    leader, *others = readers
    free: SimpleQueue[BaseDatabaseWrapper] = SimpleQueue()
    for reader in others or [leader]:
        free.put(reader)

    def look(low: Key, high: Key) -> Verified:
        reader = free.get()
        try:
            with reader.cursor() as cursor:
                return part.check(cursor, low, high)
        finally:
            free.put(reader)

    total = Verified()
    for seen in _in_order(look, part.slices(leader.cursor()), len(others)):
        total += seen
        progress(part.name, total)
        if total.finding is not None:
            break
    return total


def _in_order(
    look: Callable[[Key, Key], Verified], slices: Iterator[tuple[Key, Key]], jobs: int
) -> Iterator[Verified]:
    """Yield what each slice gave, in the order of the slices, a few of them at work at a time."""
    if not jobs:
        yield from (look(low, high) for low, high in slices)
        return
    waiting: deque[Future[Verified]] = deque()
    pool = ThreadPoolExecutor(jobs)
    try:
        for low, high in slices:
            waiting.append(pool.submit(look, low, high))
            if len(waiting) > 2 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _readers(jobs: int) -> Iterator[list[BaseDatabaseWrapper]]:
    """Open a leader and `jobs` connections that all see what the leader sees."""
    if connection.in_atomic_block:
        yield [connection]
        return
    readers: list[BaseDatabaseWrapper] = []
    try:
        snapshot = ""
        for _ in range(jobs + 1):
            reader = connection.copy()
            reader.inc_thread_sharing()
            readers.append(reader)
            with reader.cursor() as cursor:
                cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                if snapshot:
                    cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
                else:
                    cursor.execute("SELECT pg_export_snapshot()")
                    snapshot = cursor.fetchone()[0]
                cursor.execute(STEADY)
        yield readers
    finally:
        for reader in readers:
            if reader.connection is not None:
                reader.connection.cancel()
            reader.close()
