"""Bringing people and enrolments up to a registry file: streamed, in batches that commit one by one.

Worker processes check and seal (accounts.registry.prepare), this process loads. An interrupted import
is simply run again: lines that are stored already are recognised by their digest and left alone.
"""

import csv
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.registry import worker
from accounts.registry.prepare import Line, Prepared, prepare
from accounts.registry.rows import COLUMNS, Bad
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

BATCH = 5_000
ONE_PROCESS_BELOW = 4 * BATCH
"""Lines below which starting worker processes costs more than it saves."""
_LOCK = "accounts.import_insured"


class NotReadable(Exception):
    """The file as a whole cannot be imported; the message says why."""


@dataclass
class Summary:
    """What an import did."""

    read: int = 0
    people_new: int = 0
    people_changed: int = 0
    enrollments_new: int = 0
    bad: int = 0
    errors_file: Path | None = None

    @property
    def changed_nothing(self) -> bool:
        """Whether the database already said everything the file says."""
        return not (self.people_new or self.people_changed or self.enrollments_new)


@dataclass
class ErrorsFile:
    """FILE.errors.csv: line, column, reason. Written only when there is something to write."""

    path: Path
    lines: set[int] = field(default_factory=set)
    _file: IO[str] | None = None

    def add(self, bad: list[tuple[int, Bad]]) -> int:
        """Write what was wrong; return how many lines it concerns."""
        if not bad:
            return 0
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            csv.writer(self._file).writerow(["line", "column", "reason"])
        csv.writer(self._file).writerows(
            [line, problem.column, problem.reason] for line, problem in sorted(bad)
        )
        return len({line for line, _problem in bad})

    def close(self) -> Path | None:
        """Finish; return the path when there were errors, else remove what an earlier run left."""
        if self._file is None:
            self.path.unlink(missing_ok=True)
            return None
        self._file.close()
        return self.path


def import_insured(
    path: Path, *, processes: int | None = None, progress: Callable[[Summary], None] = lambda _summary: None
) -> Summary:
    """Import a registry file. Raises NotReadable for a bad header, no UTF-8, or an import already running."""
    summary = Summary()
    errors = ErrorsFile(path.with_name(path.name + ".errors.csv"))
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file, _alone():
        lines = _lines(file, errors, summary)
        try:
            for prepared in _prepared(lines, processes):
                _load(prepared, errors, summary)
                progress(summary)
        finally:
            summary.errors_file = errors.close()
    if summary.people_new + summary.enrollments_new > BATCH:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE accounts_person; ANALYZE accounts_enrollment")
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


# ------------------------------------------------------------- reading
def _lines(file: IO[str], errors: ErrorsFile, summary: Summary) -> Iterator[Line]:
    """Yield (line number, cells in our order); what the CSV reader itself cannot read is reported here."""
    reader = csv.reader(file, strict=True)
    order = _order(next(reader, []))
    straight = order == list(range(len(COLUMNS)))
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            summary.read += 1
            summary.bad += errors.add([(reader.line_num, Bad("", str(_("引号或换行不成对,这一行读不了"))))])
            continue
        if cells is None:
            return
        if cells:
            whole = straight or len(cells) < len(COLUMNS)
            yield reader.line_num, cells if whole else [cells[position] for position in order]


def _order(header: list[str]) -> list[int]:
    names = [name.strip() for name in header]
    if missing := [column for column in COLUMNS if column not in names]:
        raise NotReadable(_("表头缺少这些列:{columns}").format(columns="、".join(missing)))
    return [names.index(column) for column in COLUMNS]


# ------------------------------------------------------------- preparing, on all cores
def _prepared(lines: Iterator[Line], processes: int | None) -> Iterator[Prepared]:
    """Yield prepared batches in the order of the file, a few of them ahead at any time."""
    first = list(islice(lines, ONE_PROCESS_BELOW))
    if processes == 1 or (processes is None and len(first) < ONE_PROCESS_BELOW):
        yield from map(prepare, _batches(iter(first)))
        yield from map(prepare, _batches(lines))
        return
    count = processes or os.cpu_count() or 1
    with ProcessPoolExecutor(count, get_context("spawn"), worker.start, (_database_name(),)) as pool:
        for part in (iter(first), lines):
            yield from _ahead(pool, _batches(part), 2 * count)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH)):
        yield batch


def _ahead(pool: Executor, batches: Iterator[list[Line]], depth: int) -> Iterator[Prepared]:
    waiting: deque[Future[Prepared]] = deque(pool.submit(prepare, batch) for batch in islice(batches, depth))
    while waiting:
        done = waiting.popleft().result()
        waiting.extend(pool.submit(prepare, batch) for batch in islice(batches, 1))
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
