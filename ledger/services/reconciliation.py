"""A provider's own list of a business day, compared with the books."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from ledger.models import Provider, Transaction
from ledger.rules import business_day
from ledger.services.lookups import of_day

CHUNK = 2000


class Row(NamedTuple):
    """One posting as one side has it. `amount` in 分."""

    serial: str
    kind: str
    amount: int


class Ours(NamedTuple):
    """The same, with the id of our transaction."""

    row: Row
    id: UUID


@dataclass(slots=True)
class Compared:
    """What a comparison found. `missing_here` comes with the day under which we have it, None = nowhere."""

    matched: int = 0
    missing_here: list[tuple[Row, date | None]] = field(default_factory=list)
    missing_there: list[Ours] = field(default_factory=list)
    different: list[tuple[Ours, Row]] = field(default_factory=list)


def reconcile(*, provider: Provider, day: date, rows: Sequence[Row]) -> Compared:
    """Compare a provider's rows of a day with what was posted for it on that day, Beijing time.

    Ours are read as a stream; a second query tells under which day we have what is missing. A serial that
    comes twice is missing here the second time: there is only one of each.
    """
    theirs: dict[str, Row] = {}
    again = [row for row in rows if theirs.setdefault(row.serial, row) is not row]
    found = Compared()
    for ours in _posted(provider, day):
        row = theirs.pop(ours.row.serial, None)
        if row is None:
            found.missing_there.append(ours)
        elif row == ours.row:
            found.matched += 1
        else:
            found.different.append((ours, row))
    missing = [*theirs.values(), *again]
    days = _posted_on(provider, missing) if missing else {}
    found.missing_here = [(row, days.get(row.serial)) for row in missing]
    return found


def _posted(provider: Provider, day: date) -> Iterator[Ours]:
    columns = of_day(provider, day).order_by("posted_at").values_list("serial", "kind", "total", "pk")
    for serial, kind, total, pk in columns.iterator(chunk_size=CHUNK):
        yield Ours(Row(serial, kind, total), pk)


def _posted_on(provider: Provider, rows: Iterable[Row]) -> dict[str, date]:
    serials = [row.serial for row in rows]
    known = Transaction.objects.filter(provider=provider, serial__in=serials)
    return {serial: business_day(at) for serial, at in known.values_list("serial", "posted_at")}
