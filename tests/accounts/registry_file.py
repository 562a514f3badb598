"""A registry file for tests: rows given as changes to a good one."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

from accounts.registry.rows import COLUMNS
from tests.factories import id_number

LI = id_number(date(1980, 1, 1))


def good_row() -> dict[str, str]:
    """Everything the registry says about 李明."""
    return {
        "id_type": "01",
        "id_number": LI,
        "name": "李明",
        "birth_date": "1980-01-01",
        "phone": "13800138000",
        "area": "990100",
        "scheme": "310",
        "personal_account": "1",
        "status": "active",
        "valid_from": "2020-01-01",
        "valid_to": "",
        "household_no": "H1",
        "relation_to_head": "02",
        "employer": "示例公司",
    }


def registry_file(
    folder: Path,
    *rows: dict[str, Any],
    name: str = "insured.csv",
    encoding: str = "utf-8",
    columns: Any = COLUMNS,
) -> Path:
    """Write a file of rows."""
    path = folder / name
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(good_row() | row for row in rows)
    return path


def errors_of(path: Path) -> list[tuple[int, str, str]] | None:
    """Return what the import listed as bad: line, column, reason; None when nothing was."""
    errors = path.with_name(path.name + ".errors.csv")
    if not errors.exists():
        return None
    with errors.open(encoding="utf-8-sig", newline="") as file:
        return [(int(row["line"]), row["column"], row["reason"]) for row in csv.DictReader(file)]
