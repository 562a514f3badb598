"""Bindings that a bureau brings along from its former system (contract §4), each once, good lines kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person
from accounts.services import by_numbers
from binding.rules.moving import COLUMNS, Document, Row, read_row
from binding.services import rows
from binding.services.moving_facts import (
    Coming,
    Facts,
    beyond_limit,
    facts_about,
    is_there,
    problem_with,
    rules_for,
)
from binding.services.moving_open import open_all
from gongji import csvfiles
from gongji.csvfiles import Bad, ErrorsFile, Line, Tally

BATCH = 500
REMARKS = ".beyond-limit.csv"


@dataclass
class MovingTally(Tally):
    """What an import did."""

    opened: int = 0
    there: int = 0
    beyond: int = 0
    """Of those opened: how many are more than the area allows."""
    remarks_file: Path | None = None


def import_binding_file(
    path: Path, *, quiet: bool = False, progress: Callable[[MovingTally], None] = lambda _tally: None
) -> MovingTally:
    """Open every good line; list the others with line, column and reason in FILE.errors.csv.

    The same line again changes nothing, even when its binding was ended since. What is more than an area
    allows moves in all the same and is listed in FILE.beyond-limit.csv. Batches commit one by one: an
    interrupted import is run again. Raises NotReadable for a wrong header.
    """
    tally, remarks = MovingTally(), ErrorsFile(path, REMARKS)

    def load(lines: list[Line]) -> list[tuple[int, Bad]]:
        bad, beyond = _load(lines, tally, quiet=quiet)
        tally.beyond += remarks.add(beyond)
        return bad

    try:
        csvfiles.stream(path, COLUMNS, tally=tally, size=BATCH, load=load, progress=lambda: progress(tally))
    finally:
        tally.remarks_file = remarks.close()
    return tally


Remarks = list[tuple[int, Bad]]


@transaction.atomic
def _load(lines: list[Line], tally: MovingTally, *, quiet: bool) -> tuple[Remarks, Remarks]:
    """Bring one batch in; return what is wrong with its lines, and what moved in beyond a limit."""
    bad: Remarks = []
    read = list(_read(lines, bad))
    people = by_numbers(document for row in read for document in (row.authorizer, row.beneficiary))
    # The rows of the people are what every other verb waits for: what is read below holds until the commit.
    rows.hold_people(*(person.pk for person in people.values()))
    facts = facts_about(person.pk for person in people.values())
    coming = list(_known(read, people, facts, bad))
    accepted, beyond = _chosen(coming, facts, bad, tally)
    open_all(accepted, quiet=quiet)
    tally.opened += len(accepted)
    return bad, beyond


def _read(lines: list[Line], bad: Remarks) -> Iterable[Row]:
    today = timezone.localdate()
    for number, cells in lines:
        row = read_row(number, cells, today)
        if isinstance(row, Row):
            yield row
        else:
            bad += [(number, problem) for problem in row]


def _known(read: list[Row], people: dict[Document, Person], facts: Facts, bad: Remarks) -> Iterable[Coming]:
    """Find the people of each line and the rules it is under; lines without go to `bad`."""
    for row in read:
        authorizer, beneficiary = people.get(row.authorizer), people.get(row.beneficiary)
        missing = [
            Bad(f"{end}_id_number", _("参保登记里没有这个人,请先导入参保登记"))
            for end, person in (("authorizer", authorizer), ("beneficiary", beneficiary))
            if person is None
        ]
        bad += [(row.line, problem) for problem in missing]
        if authorizer is None or beneficiary is None:
            continue
        rules = rules_for(authorizer, facts)
        if rules is None:
            bad.append((row.line, Bad("authorizer_id_number", _("没有参保,或管他医保的地方还没有开通"))))
            continue
        yield Coming(row, authorizer, beneficiary, rules)


def _chosen(
    coming: list[Coming], facts: Facts, bad: Remarks, tally: MovingTally
) -> tuple[list[Coming], Remarks]:
    """Return the lines that can move in, the oldest binding first: some areas pay in that order."""
    accepted: list[Coming] = []
    beyond: Remarks = []
    for item in sorted(coming, key=lambda item: (item.row.since, item.row.line)):
        if is_there(item, facts):
            tally.there += 1
        elif problem := problem_with(item, facts):
            bad.append((item.row.line, problem))
        else:
            if remark := beyond_limit(item, facts):
                beyond.append((item.row.line, remark))
            facts.take(item)
            accepted.append(item)
    return accepted, beyond
