"""CSV files that come in (contract §4): read line by line, good lines kept, bad ones listed beside them."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from django.utils.translation import gettext_lazy as _

Line = tuple[int, list[str]]
"""Number in the file, counted as an editor does, and the cells in the order of our columns."""


class NotReadable(Exception):
    """The file as a whole cannot be imported; the message says why."""


class Bad(NamedTuple):
    """What is wrong in which column; never the value itself, the list may travel by mail."""

    column: str
    reason: str


@dataclass
class Tally:
    """How far an import has come."""

    read: int = 0
    bad: int = 0
    errors_file: Path | None = None


class ErrorsFile:
    """FILE.errors.csv: line, column, reason. Written only when there is something to write."""

    def __init__(self, source: Path, ending: str = ".errors.csv") -> None:
        self.path = source.with_name(source.name + ending)
        self._file: IO[str] | None = None

    def add(self, bad: Sequence[tuple[int, Bad]]) -> int:
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


@contextmanager
def listing_errors(source: Path, tally: Tally) -> Iterator[ErrorsFile]:
    """Open the list of errors of a file; however the import ends, the tally knows where it lies."""
    errors = ErrorsFile(source)
    try:
        yield errors
    finally:
        tally.errors_file = errors.close()


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """Open a file with or without BOM; bytes that are not UTF-8 become characters that no check lets pass."""
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        yield file


def lines(
    file: IO[str], columns: Sequence[str], unreadable: Callable[[int, Bad], None] = lambda _line, _bad: None
) -> Iterator[Line]:
    """Yield the lines of a file whose header has these columns, in any order and perhaps with others.

    A line of another length than the header is yielded as it is. What the CSV reader cannot read goes to
    `unreadable`. Raises NotReadable when a column is missing.
    """
    reader = csv.reader(file, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error:
        header = []
    order = _order(header, columns)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            unreadable(reader.line_num, Bad("", str(_("引号或换行不成对,这一行读不了"))))
            continue
        if cells is None:
            return
        if cells:
            fits = len(cells) == len(header)
            yield reader.line_num, [cells[position] for position in order] if fits else cells


def _order(header: Sequence[str], columns: Sequence[str]) -> list[int]:
    if missing := [column for column in columns if column not in header]:
        raise NotReadable(_("表头缺少这些列:{columns}").format(columns="、".join(missing)))
    return [header.index(column) for column in columns]


def batches(found: Iterator[Line], size: int) -> Iterator[list[Line]]:
    """Yield lines by the handful."""
    while batch := list(islice(found, size)):
        yield batch


def stream(
    path: Path,
    columns: Sequence[str],
    *,
    tally: Tally,
    size: int,
    load: Callable[[list[Line]], list[tuple[int, Bad]]],
    progress: Callable[[], None],
    finish: Callable[[], list[tuple[int, Bad]]] = list,
) -> None:
    """Pass a file through `load` by batches that commit by themselves; what they return is listed as bad.

    `finish` is asked once at the end of the file. An interrupted import is simply run again.
    Raises NotReadable for a header without our columns.
    """

    def report(bad: Sequence[tuple[int, Bad]]) -> None:
        tally.bad += errors.add(bad)

    def unreadable(line: int, bad: Bad) -> None:
        tally.read += 1
        report([(line, bad)])

    with opened(path) as file, listing_errors(path, tally) as errors:
        for batch in batches(lines(file, columns, unreadable), size):
            report(load(batch))
            tally.read += len(batch)
            progress()
        report(finish())
