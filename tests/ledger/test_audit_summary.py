"""What an auditor may read: the books as a whole, nobody's data, and nothing else."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from gongji import outbox
from ledger import services
from ledger.models import Entry, LedgerAccount, ProviderKey, Transaction
from tests.factories import make_holder
from tests.ledger.provider import Auditor, Hospital, problem, wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(db):
    key, secret = services.create_auditor_key(holder="省审计厅")
    return Auditor(key_id=str(key.pk), secret=secret)


@pytest.fixture
def paid(pharmacy):
    person = make_holder("王芳", 50_00)
    Hospital(pharmacy).send("POST", "settlements", wish(person))
    return person


def test_the_summary_of_sound_books(auditor, paid):
    told = auditor.send("GET", "audit/summary").json()
    assert told["transactions"] == Transaction.objects.count()
    assert told["entries"] == Entry.objects.count() > 0
    assert (told["sum_of_entries"], told["differing_accounts"]) == ("0.00", 0)
    assert len(told["chain_heads"]) == 64
    assert told["outbox"]["backlog"] >= 0


def test_the_heads_of_the_chains_change_with_every_posting(auditor, paid, pharmacy):
    before = auditor.send("GET", "audit/summary").json()["chain_heads"]
    assert auditor.send("GET", "audit/summary").json()["chain_heads"] == before
    Hospital(pharmacy).send("POST", "settlements", wish(paid, amount="1.00"))
    assert auditor.send("GET", "audit/summary").json()["chain_heads"] != before


@pytest.mark.owner
def test_a_balance_that_somebody_changed_is_counted(auditor, paid):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_account SET balance = balance + 1 WHERE owner_id = %s", [paid.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert auditor.send("GET", "audit/summary").json()["differing_accounts"] == 1


@pytest.mark.owner
def test_an_entry_that_came_from_nowhere_shows_in_the_sum(auditor, paid, pharmacy):
    account = LedgerAccount.objects.get(kind="fund")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO ledger_entry (transaction_id, line, account_id, amount) "
            "SELECT id, 9, %s, 700 FROM ledger_transaction WHERE provider_id = %s",
            [account.pk, pharmacy.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert auditor.send("GET", "audit/summary").json()["sum_of_entries"] == "7.00"


def test_a_job_that_waits_is_told_with_its_age(auditor):
    before = auditor.send("GET", "audit/summary").json()["outbox"]["backlog"]
    with transaction.atomic():
        outbox.post("ledger.verify", "2026-11-21")
    told = auditor.send("GET", "audit/summary").json()["outbox"]
    assert (told["backlog"], told["oldest_seconds"] >= 0) == (before + 1, True)


def test_a_provider_may_not_read_it(pharmacy):
    assert problem(Hospital(pharmacy).send("GET", "audit/summary")) == (403, "forbidden")


def test_an_auditor_may_do_nothing_else(auditor, paid):
    calls = [
        ("POST", "quotes", wish(paid)),
        ("POST", "settlements", wish(paid)),
        ("POST", "settlements/search", {}),
        ("GET", "settlements/0199a5c8-1c5e-7d7e-b0c4-1f6f5a1b2c3d", None),
        ("GET", "reconciliations/2026-11-21", None),
        ("POST", "reconciliations/2026-11-21", {"rows": []}),
    ]
    for method, path, body in calls:
        assert problem(auditor.send(method, path, body)) == (403, "forbidden"), path


def test_a_revoked_key_ends_at_once(auditor, capsys):
    assert auditor.send("GET", "audit/summary").status_code == 200
    call_command("revoke_key", auditor.key_id)
    assert problem(auditor.send("GET", "audit/summary")) == (401, "bad_signature")


def test_the_command_makes_a_key_that_reads(capsys):
    call_command("create_auditor_key", "省审计厅")
    told = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    auditor = Auditor(key_id=told["keyid"], secret=told["secret"])
    assert auditor.send("GET", "audit/summary").status_code == 200
    with pytest.raises(CommandError, match="持有人"):
        call_command("create_auditor_key", " ")


@pytest.mark.owner
def test_a_key_belongs_to_a_provider_or_to_an_auditor(pharmacy):
    with pytest.raises(IntegrityError, match="key_is_a_providers_or_an_auditors"), transaction.atomic():
        ProviderKey.objects.update(holder="both")
