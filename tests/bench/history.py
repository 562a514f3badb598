"""Books of any size for the benches: valid to the last byte, loaded far faster than by posting."""

import re
import sys
import time
from functools import cache
from pathlib import Path

from django.db import connection, transaction

ROUNDS = 24
"""Purchases of a family, spread over two years: an own part, a part of each child, the provider."""
PER_FAMILY = 3 * 2 + ROUNDS * 4
BATCH = 10_000
"""Families loaded together: about a million entries, some 500 MB of temporary rows."""

_families = 0


def grow(entries: int) -> int:
    """Add families until the history has so many entries (102 a family); return the number of families.

    May be called again with a larger number. A mother `n` is `mother(n)`: she buys 24 times, so
    what one person sees does not grow with the books.
    """
    global _families
    wanted = -(-entries // PER_FAMILY)
    began, before = time.monotonic(), _families
    while _families < wanted:
        _load(_families, min(BATCH, wanted - _families))
        _families += min(BATCH, wanted - _families)
        done = (_families - before) * PER_FAMILY
        rate = done / (time.monotonic() - began)
        print(f"history: {_families * PER_FAMILY:,} entries, {rate:,.0f}/s", file=sys.stderr, flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) ledger_transaction, ledger_entry, ledger_account, ledger_monthuse")
    return _families


def mother(family: int) -> str:
    """Return the id of the person who buys in this family; her account is `30_000_001 + 3 * family`."""
    return f"00000000-0000-4001-8000-{3 * family + 1:012x}"


def _load(first: int, families: int) -> None:
    values = {"first": first, "families": families, "rounds": ROUNDS}
    _run("people", values)
    _run("opening", values)
    _run("post", values)
    for number in range(ROUNDS):
        _run("round", values | {"round": number})
        _run("post", values)
    _run("reversals", values | {"round": ROUNDS - 1})
    _run("post", values)
    _run("close", values)


def _run(part: str, values: dict[str, int]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(_parts()[part], values)


@cache
def _parts() -> dict[str, str]:
    text = (Path(__file__).parent / "history.sql").read_text()
    _, *found = re.split(r"^-- part: (\w+)\n", text, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))
