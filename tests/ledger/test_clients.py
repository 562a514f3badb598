"""The documented clients, run as a provider would run them, against a server that listens."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from django.conf import settings

from ledger.models import Transaction
from tests.factories import make_holder, make_mandate

pytestmark = pytest.mark.django_db(transaction=True)
EXAMPLES = settings.BASE_DIR / "docs" / "examples"


@pytest.fixture
def demo(live_server, pharmacy, tmp_path):
    """What `make run` leaves in var/demo.json."""
    mother, key = make_holder("王芳", 500_00), pharmacy.keys.get()
    make_mandate(make_holder("李小明", 500_00), mother)
    found = {
        "base_url": live_server.url,
        "citizens": [{"name": mother.name, "id_number": mother.id_number, "role": "elder"}],
        "providers": [{"key_id": str(key.pk), "secret": key.secret}],
    }
    path = tmp_path / "demo.json"
    path.write_text(json.dumps(found))
    return path


def run(*argv, **env):
    return subprocess.run(argv, env=os.environ | env, capture_output=True, text=True, timeout=60)


def test_the_client_of_thirty_lines_settles(demo):
    done = run(sys.executable, EXAMPLES / "settle.py", demo)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["own"] == "12.80"


def test_curl_and_openssl_settle_and_the_same_serial_again_pays_nothing_twice(demo):
    if missing := [tool for tool in ("bash", "curl", "openssl") if not shutil.which(tool)]:
        pytest.skip(f"no {', '.join(missing)} on this machine")
    known = json.loads(demo.read_text())
    key, person = known["providers"][0], known["citizens"][0]
    env = {
        "KEY_ID": key["key_id"], "SECRET": key["secret"], "NAME": person["name"], "SERIAL": "SH-1",
        "ID_NUMBER": person["id_number"], "OCCURRED_AT": "2026-11-01T02:30:00Z",
    }  # fmt: skip
    done = run("bash", EXAMPLES / "settle.sh", known["base_url"], "36.50", **env)
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads(done.stdout)["own"] == "36.50"
    again = run("bash", EXAMPLES / "settle.sh", known["base_url"], "36.50", **env)
    assert again.stdout == done.stdout
    assert Transaction.objects.filter(serial="SH-1").count() == 1
    refused = run("bash", EXAMPLES / "settle.sh", known["base_url"], "36.5x", **env | {"SERIAL": "SH-2"})
    assert refused.returncode != 0
    assert json.loads(refused.stdout)["code"] == "invalid"


def test_a_pharmacys_day_ends_with_both_books_alike(demo, monkeypatch, capsys):
    monkeypatch.syspath_prepend(EXAMPLES)
    import pharmacy_day

    monkeypatch.setattr(pharmacy_day, "SETTLEMENTS", 60)
    monkeypatch.setattr(pharmacy_day, "REVERSALS", 8)
    assert pharmacy_day.main(str(demo)) == 0
    said = capsys.readouterr().out
    assert "60 settlements, 8 reversals" in said
    assert "68 of 68 match, different 0, missing_here 0, missing_there 0" in said
