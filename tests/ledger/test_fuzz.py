"""Every operation under schemathesis: all of its checks, by a client that signs as the RFC says.

Bounded here; FUZZ_EXAMPLES=500 (or `make fuzz`) tries more, FUZZ_SEED another way.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from ledger import services
from ledger.models import Entry, LedgerAccount, Transaction
from tests.factories import make_holder, make_mandate
from tests.ledger.provider import Hospital, wish

HERE = Path(__file__).parent / "fuzz"
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "10")
SEED = os.environ.get("FUZZ_SEED", "20261121")


@pytest.fixture
def known(pharmacy, live_server):
    """Keys of a pharmacy and of an auditor, somebody with money, and a settlement of theirs."""
    key, (auditor, secret) = pharmacy.keys.get(), services.create_auditor_key(holder="省审计厅")
    mother = make_holder("王芳", 50_000_00)
    make_mandate(make_holder("李小明", 50_000_00), mother)
    body = wish(mother, amount="5000.00")
    return {
        "keys": {str(key.pk): key.secret, str(auditor.pk): secret},
        "provider": str(key.pk),
        "auditor": str(auditor.pk),
        "person": body["beneficiary"],
        "settlement": Hospital(pharmacy).send("POST", "settlements", body).json()["id"],
    }


@pytest.mark.django_db(transaction=True)
def test_no_request_breaks_what_the_document_promises(known, live_server, tmp_path):
    st = Path(sys.executable).parent / "st"
    done = subprocess.run(
        [st, "--config-file", HERE / "schemathesis.toml", "run", f"{live_server.url}/api/v1/openapi.json",
         "--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED, "--workers", "1",
         "--continue-on-failure", "--no-color", "--request-timeout", "20"],
        cwd=tmp_path,
        env=os.environ
        | {"FUZZ_KNOWN": json.dumps(known), "SCHEMATHESIS_HOOKS": "tests.ledger.fuzz.hooks",
           "PYTHONPATH": str(settings.BASE_DIR)},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert Transaction.objects.filter(kind="settlement").count() > 5, "valid requests did not get through"
    assert sum(Entry.objects.values_list("amount", flat=True)) == 0
    for account in LedgerAccount.objects.filter(balance__isnull=False):
        assert account.balance == sum(account.entries.values_list("amount", flat=True))
