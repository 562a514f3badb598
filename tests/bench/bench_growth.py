"""What grows with the books: a settlement, the history page and the balance page, on 10⁴ entries and on many.

Two copies of the database, alike but for what lies around the families that are asked, take turns in rounds.
Every family buys something before its pages are read, so that no sum and no part of a page is remembered.
Requests come one at a time: this is about how long one takes. BENCH_ENTRIES sets the large size; 10000000 is
the whole.
"""

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg2
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Person
from ledger import services
from ledger.models import Provider
from tests.bench import history, people, web
from tests.bench.registry import Result, bench, size

SMALL = 10_000
PAGES = {"history": "/ledger/history/", "balance": "/ledger/"}


@bench("growth_settle")
def growth_settle() -> Result:
    """A settlement by the service."""
    return compared("settle", "a settlement by ledger.services.settle")


@bench("growth_history")
def growth_history() -> Result:
    """The history page."""
    return compared("history", "the history page")


@bench("growth_balance")
def growth_balance() -> Result:
    """The balance page."""
    return compared("balance", "the balance page")


def compared(name: str, what: str) -> Result:
    """Return the p95 at the large size against that at the small one, each the median of the rounds."""
    found, entries = measured()
    text = f"p95 of {what}: {entries:,} entries against {SMALL:,}, the same families, alternating"
    return Result(1000 * found[name, "large"], 1000 * found[name, "small"], "ms", text)


@cache
def measured() -> tuple[dict[tuple[str, str], float], int]:
    """Measure all three at both sizes; return the median p95 in seconds of each, and the large size."""
    call_command("collectstatic", verbosity=0, interactive=False)
    entries = size("entries", 1_000_000)
    families = history.grow(SMALL)
    readers = [_reader(family) for family in range(families)]
    rounds: dict[tuple[str, str], list[float]] = defaultdict(list)
    with copy_of_database("small"), copy_of_database("large"):
        with on_database("large"):
            history.grow(entries)
        history._families = families  # what the database of the other benches holds
        with serving("small") as small, serving("large") as large:
            for _ in range(size("rounds", 6) + 1):  # the first warms up
                for where, site in (("small", small), ("large", large)):
                    for name, seconds in _round(where, site, readers):
                        rounds[name, where].append(seconds)
    return {key: statistics.median(found[1:]) for key, found in rounds.items()}, entries


def _round(where: str, site: web.Site, readers: list[people.Reader]) -> Iterator[tuple[str, float]]:
    with on_database(where):
        spent = [_settle(reader.person.pk) for reader in readers]
    yield "settle", sorted(spent)[len(spent) * 95 // 100]
    for name, path in PAGES.items():
        requests = [site.get(path, reader.cookies) for reader in readers]
        yield name, web.load(site.port, requests, 200, connections=1).p95()


def _settle(beneficiary: UUID) -> float:
    wish = services.Settlement(
        provider=Provider(pk=20_000_001, account_id=20_000_001, area=people.AREA),
        beneficiary=Person(pk=beneficiary), serial=f"G{time.monotonic_ns()}", amount=1_00,
        category="outpatient", occurred_at=timezone.now(),
    )  # fmt: skip
    began = time.perf_counter()
    services.settle(settlement=wish)
    return time.perf_counter() - began


def _reader(family: int) -> people.Reader:
    """Give a family of the history names, and log the mother in."""
    for place, name in enumerate(("李明", "王小芳", "李小明")):
        person = Person.objects.only("pk").get(pk=UUID(int=UUID(history.mother(family)).int + place))
        person.name, person.id_number = name, people.id_number()
        person.save(update_fields=["name", "id_number"])
    mother = Person.objects.get(pk=history.mother(family))
    return people.Reader(mother, people.log_in(mother))


# ------------------------------------------------------------- copies of the database
@contextmanager
def copy_of_database(name: str) -> Iterator[None]:
    """Have a copy of the bench's database under another name."""
    own = str(connection.settings_dict["NAME"])
    connections.close_all()
    _outside(f'CREATE DATABASE "{_called(name)}" TEMPLATE "{own}"')
    try:
        yield
    finally:
        connections.close_all()
        _outside(f'DROP DATABASE "{_called(name)}" WITH (FORCE)')


def _called(name: str) -> str:
    return f"{urlsplit(os.environ['DATABASE_URL']).path.strip('/')}_{name}"


def _outside(statement: str) -> None:
    parts = urlsplit(os.environ["DATABASE_URL"])
    server = psycopg2.connect(urlunsplit(parts._replace(path="/postgres")))
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(statement)
    server.close()


@contextmanager
def on_database(name: str) -> Iterator[None]:
    """Let this process work on a copy."""
    own = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = _called(name)
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = own


@contextmanager
def serving(name: str) -> Iterator[web.Site]:
    """Serve the portal on a copy."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    with web.site(DATABASE_URL=urlunsplit(parts._replace(path=f"/{_called(name)}"))) as site:
        yield site
