"""A small run of the bank test, and proof that its planted bugs can still be planted."""

import json
import os
import subprocess
import sys

import pytest

from tests.bank import teeth
from tests.copies import OF_THE_SESSION, ROOT

pytestmark = pytest.mark.xdist_group("bank")


def test_two_thousand_requests_and_four_kills_leave_the_books_right():
    kept = {name: value for name, value in os.environ.items() if name not in OF_THE_SESSION}
    environment = kept | {"BANK_OPERATIONS": "2000", "BANK_FAULTS": "4"}
    argv = [sys.executable, "-m", "tests.bank"]
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["operations"], sum(figures["faults"].values())) == (2000, 4)


def test_there_are_ten_bugs():
    assert len(teeth.bugs()) == 10


@pytest.mark.parametrize("bug", teeth.bugs(), ids=lambda bug: bug.name)
def test_a_bug_can_be_planted(bug, tmp_path):
    for file, _, _ in bug.edits:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text((ROOT / file).read_text())
    bug.plant(tmp_path)
    assert all((tmp_path / file).read_text() != (ROOT / file).read_text() for file, _, _ in bug.edits)
