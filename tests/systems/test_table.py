"""docs/systems.md: every system has its row, and every test it names is there."""

import importlib
import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.systems.rows import APPLYING, OTHERS

TABLE = (Path(settings.BASE_DIR) / "docs" / "systems.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ")][1:]
NAMED = re.findall(r"`(test_\w+)\.py::(\w+)(?:\[(\w+)\])?`", TABLE)


def test_every_system_has_its_row_and_its_tests():
    rows = {row.split("|")[1].strip(): row for row in ROWS}
    for system in APPLYING:
        assert f"[{system.key}]" in rows[system.name], system.name
    assert len(rows) == len(APPLYING) + len(OTHERS)
    assert all("`test_others.py::" in rows[name.split("(")[0]] for name in OTHERS.values())


def test_every_filled_cell_names_its_tests():
    for row in ROWS:
        for cell in row.strip("| ").split(" | ")[1:]:
            assert cell == "–" or "`test_" in cell, cell


@pytest.mark.parametrize(("module", "name", "key"), sorted(set(NAMED)))
def test_a_named_test_is_there(module, name, key):
    test = getattr(importlib.import_module(f"tests.systems.{module}"), name)
    rows = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    assert not key or key in rows[0].kwargs["ids"], f"{name} has no {key}"
