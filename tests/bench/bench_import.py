"""Importing the insured registry against a bare COPY of the same file into one table."""

import csv
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from django.db import connection

from accounts.registry.importing import import_insured
from accounts.registry.rows import COLUMNS
from accounts.rules import check_character
from tests.bench.registry import Result, bench, size


def registry_lines() -> Iterator[list[str]]:
    """Endless people of 示例省: three to a household, every fourth in the residents' scheme."""
    number = 0
    first = date(1940, 1, 1)
    while True:
        number += 1
        birth = first + timedelta(days=number % 29_000)
        body = f"99{number // 29_000_000:04}{birth:%Y%m%d}{number // 29_000 % 1000:03}"
        employee = number % 4 != 0
        yield [
            "01", body + check_character(body), f"样{number % 9973:04}", f"{birth:%F}", f"13{number:09}",
            "990100" if number % 2 else "990200", *(("310", "1") if employee else ("390", "0")), "active",
            "2020-01-01", "", f"H{number // 3}", ("02", "10", "20")[number % 3], f"示例公司{number % 1000}",
        ]  # fmt: skip


def write_registry(path: Path, rows: int) -> None:
    """Write a registry file of so many rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(islice(registry_lines(), rows))


@bench("import_insured")
def bench_import_insured() -> Iterator[Result]:
    """First import, and the same file again; each against the bare COPY. BENCH_ROWS sets the size."""
    rows = size("rows", 100_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "insured.csv"
        write_registry(path, rows)
        copied = rows / _bare_copy(path)
        first = rows / _seconds(path)
        again = rows / _seconds(path)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    what = f"{rows} rows; reference: COPY of the file into one table of text; peak memory {memory} MiB"
    yield Result(first, copied, "rows/s", f"first import of {what}", "import_insured")
    yield Result(again, copied, "rows/s", f"the same file again, {what}", "import_insured_again")


def _seconds(path: Path) -> float:
    began = time.perf_counter()
    summary = import_insured(path)
    assert summary.bad == 0, summary
    return time.perf_counter() - began


def _bare_copy(path: Path) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_registry ({', '.join(f'{column} text' for column in COLUMNS)})")
        began = time.perf_counter()
        with path.open(encoding="utf-8") as file:
            cursor.copy_expert("COPY bench_registry FROM STDIN WITH (FORMAT csv, HEADER true)", file)
        seconds = time.perf_counter() - began
        cursor.execute("DROP TABLE bench_registry")
    return seconds
