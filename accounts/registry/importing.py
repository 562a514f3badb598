"""Bringing people and enrolments up to a registry file: streamed, in batches that commit one by one.

Worker processes check and seal (accounts.registry.prepare), this process loads. An interrupted import
is simply run again: lines that are stored already are recognised by their digest and left alone.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.registry import worker
from accounts.registry.prepare import Prepared, prepare
from accounts.registry.rows import COLUMNS
from accounts.registry.sql import (
    BY_INDEX,
    CHANGE_PEOPLE,
    CLOSE_FORMER,
    COPY_INCOMING,
    EMPTY,
    ENROL,
    INSERT_PEOPLE,
    MAKE_CURRENT,
    REMEMBER,
    STAGE,
    TAKE_OUT_DOUBLES,
)
from accounts.services import newborns
from gongji import outbox
from gongji.csvfiles import Bad, ErrorsFile, Line, NotReadable, Tally, batches, lines, listing_errors, opened

BATCH = 5_000
ONE_PROCESS_BELOW = 4 * BATCH
"""Lines below which starting worker processes costs more than it saves."""
_LOCK = "accounts.import_insured"
IMPORTED = "registry_imported"
"""The job after an import that changed something: what rests on the registry is looked at again."""


@dataclass
class Summary(Tally):
    """What an import did."""

    people_new: int = 0
    people_changed: int = 0
    enrollments_new: int = 0
    newborns_joined: int = 0
    newborns_waiting: int = 0
    """Children whose certificate and number both are known, but whose two rows staff have to look at."""

    @property
    def changed_nothing(self) -> bool:
        """Whether the database already said everything the file says."""
        return not (self.people_new or self.people_changed or self.enrollments_new)


def import_insured(
    path: Path, *, processes: int | None = None, progress: Callable[[Summary], None] = lambda _summary: None
) -> Summary:
    """Import a registry file. Raises NotReadable for a bad header, no UTF-8, or an import already running."""
    summary = Summary()
    with opened(path) as file, _alone(), listing_errors(path, summary) as errors:

        def unreadable(line: int, bad: Bad) -> None:
            summary.read += 1
            summary.bad += errors.add([(line, bad)])

        for prepared in _prepared(lines(file, COLUMNS, unreadable), processes):
            _load(prepared, errors, summary)
            progress(summary)
    if summary.people_new:
        summary.newborns_joined, summary.newborns_waiting = newborns.meet_registry()
    if summary.people_new + summary.enrollments_new > BATCH:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE accounts_person; ANALYZE accounts_enrollment")
    if not summary.changed_nothing:
        with transaction.atomic():
            outbox.post(IMPORTED, timezone.now().isoformat())
    return summary


@contextmanager
def _alone() -> Iterator[None]:
    """Keep a second import out, and give this one its staging tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [_LOCK])
        if not cursor.fetchone()[0]:
            raise NotReadable(_("另一个导入正在进行,请等它结束"))
        cursor.execute(STAGE)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS incoming, seen")
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_LOCK])


# ------------------------------------------------------------- preparing, on all cores
def _prepared(found: Iterator[Line], processes: int | None) -> Iterator[Prepared]:
    """Yield prepared batches in the order of the file, a few of them ahead at any time."""
    first = list(islice(found, ONE_PROCESS_BELOW))
    if processes == 1 or (processes is None and len(first) < ONE_PROCESS_BELOW):
        yield from map(prepare, batches(iter(first), BATCH))
        yield from map(prepare, batches(found, BATCH))
        return
    count = processes or os.cpu_count() or 1
    with ProcessPoolExecutor(count, get_context("spawn"), worker.start, (_database_name(),)) as pool:
        for part in (iter(first), found):
            yield from _ahead(pool, batches(part, BATCH), 2 * count)


def _ahead(pool: Executor, coming: Iterator[list[Line]], depth: int) -> Iterator[Prepared]:
    waiting: deque[Future[Prepared]] = deque(pool.submit(prepare, batch) for batch in islice(coming, depth))
    while waiting:
        done = waiting.popleft().result()
        waiting.extend(pool.submit(prepare, batch) for batch in islice(coming, 1))
        yield done


def _database_name() -> str:
    return str(connection.settings_dict["NAME"])


# ------------------------------------------------------------- loading
def _load(prepared: Prepared, errors: ErrorsFile, summary: Summary) -> None:
    """Bring one batch into the tables in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BY_INDEX)
        cursor.execute(EMPTY)
        _copy(cursor, prepared.text)
        cursor.execute(REMEMBER)
        cursor.execute(TAKE_OUT_DOUBLES)
        doubles = [(line, Bad("id_number" if other else "", str(_DOUBLE[other]))) for line, other in cursor]
        counts = []
        for statement in (INSERT_PEOPLE, CHANGE_PEOPLE, ENROL):
            cursor.execute(statement)
            counts.append(cursor.rowcount)
        if counts[2]:
            cursor.execute(CLOSE_FORMER)
            cursor.execute(MAKE_CURRENT)
    summary.read += prepared.read
    summary.people_new += counts[0]
    summary.people_changed += counts[1]
    summary.enrollments_new += counts[2]
    summary.bad += errors.add([*prepared.bad, *doubles])


_DOUBLE = {
    False: _("前面已有同一个人、同一地区、同一险种、同一起始日的一行"),
    True: _("前面同一个证件号码的姓名、出生日期或手机号和这一行不一样"),
}


def _copy(cursor: Any, text: bytes) -> None:
    cursor.copy_expert(COPY_INCOMING, BytesIO(text))
