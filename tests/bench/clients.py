"""Families that settle, and the processes that settle for them."""

import multiprocessing
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID

from django.db import connection, connections
from django.utils import timezone

from accounts.models import Person
from ledger import services
from ledger.models import Provider

HERE = Path(__file__).parent
CLIENTS = 8
AMOUNT = 25_00
"""More than the mother has and less than the three accounts hold: all of them pay."""

Wish = services.Settlement
Work = Callable[[Wish], object]


_loaded = 0


def load_families(count: int) -> int:
    """Add families, each good for one settlement; return the number of the first."""
    global _loaded
    first, _loaded = _loaded, _loaded + count
    with connection.cursor() as cursor:
        cursor.execute((HERE / "families.sql").read_text(), {"first": first, "families": count})
    connections.close_all()
    return first


def mother(family: int) -> UUID:
    """Return the id of the person for whom a family settles."""
    return UUID(int=0x4000 << 64 | 0x8000 << 48 | 3 * family + 1)


def wish(family: int, serial: str, amount: int = AMOUNT) -> Wish:
    """Family `family` buys something."""
    number = 1_000_001 + family % 1000
    return services.Settlement(
        provider=Provider(pk=number, account_id=number, area="990100"),
        beneficiary=Person(pk=mother(family)),
        serial=serial,
        amount=amount,
        category="outpatient",
        occurred_at=timezone.now(),
    )


def wishes(start: int, count: int) -> list[Wish]:
    """Return one settlement of 25 元 for each of these families."""
    return [wish(family, f"B{family}") for family in range(start, start + count)]


def rate(work: Work, wanted: list[Wish]) -> float:
    """Do `work` for all wishes from CLIENTS processes; return how many a second."""
    fork = multiprocessing.get_context("fork")
    gate, times = fork.Barrier(CLIENTS), fork.Queue()
    connections.close_all()

    def client(own: list[Wish]) -> None:
        work(own[0])  # connects and plans, as a web process has done long ago
        gate.wait()
        times.put(_timed(work, own[1:]))

    crowd = [fork.Process(target=client, args=(wanted[number::CLIENTS],)) for number in range(CLIENTS)]
    for process in crowd:
        process.start()
    spans = [times.get(timeout=600) for _ in crowd]
    for process in crowd:
        process.join()
    return (len(wanted) - CLIENTS) / (max(end for _, end in spans) - min(began for began, _ in spans))


def _timed(work: Work, wanted: Iterable[Wish]) -> tuple[float, float]:
    began = time.monotonic()
    for one in wanted:
        work(one)
    return began, time.monotonic()
