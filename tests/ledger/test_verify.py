"""verify_ledger says yes to honest books and names the first row that somebody touched."""

from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from gongji.models import AuditRow
from ledger import services, tasks
from tests.factories import make_holder, make_mandate, settlement
from tests.roles import as_owner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books(pharmacy):
    mother, son = make_holder("王芳", 10_00), make_holder("李小明", 90_00)
    make_mandate(son, mother)
    paid = services.settle(settlement=settlement(pharmacy, mother, 30_00))
    services.settle(settlement=settlement(pharmacy, mother, 5_00))
    values = {"provider": pharmacy, "original": paid.id, "serial": "R", "amount": 7_00, "reason": "退药"}
    services.reverse(**values, occurred_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def as_superuser():
    """Write past every trigger and foreign key, as somebody with the database's own rights could."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_honest_books_verify(capsys):
    call_command("verify_ledger")
    said = capsys.readouterr().out
    assert "账本相符" in said
    assert "5 笔交易,11 条分录" in said


LAST = "(SELECT max(seq) FROM ledger_entry e WHERE e.account_id = ledger_entry.account_id)"


@pytest.mark.parametrize(
    ("edit", "check"),
    [
        ("UPDATE ledger_account SET balance = balance + 1 WHERE balance > 0", "account"),
        ("UPDATE ledger_account SET seq = seq + 1 WHERE seq > 0", "account"),
        ("UPDATE ledger_account SET head = sha256('x') WHERE seq > 0", "account"),
        ("UPDATE ledger_entry SET amount = amount + 1 WHERE line = 1", "transaction"),
        ("UPDATE ledger_entry SET balance_after = balance_after + 1 WHERE seq = 1", "chain"),
        ("UPDATE ledger_entry SET hash = sha256('x') WHERE seq = 1", "chain"),
        ("UPDATE ledger_entry SET mandate_id = NULL", "transaction"),
        ("UPDATE ledger_entry SET seq = seq + 5 WHERE seq = 2", "chain"),
        ("DELETE FROM ledger_entry WHERE line = 1", "transaction"),
        (f"DELETE FROM ledger_entry WHERE seq = {LAST}", "transaction"),
        ("DELETE FROM ledger_entry", "transaction"),
        ("DELETE FROM ledger_transaction WHERE kind = 'reversal'", "entry_of_a_transaction"),
        ("UPDATE ledger_transaction SET own = own - 1, cash = cash + 1 WHERE own > 0", "transaction"),
        ("UPDATE ledger_transaction SET serial = 'x' WHERE kind = 'reversal'", "transaction"),
        ("UPDATE ledger_transaction SET event_at = event_at - interval '1 day'", "transaction"),
        ("UPDATE ledger_transaction SET posted_at = posted_at + interval '1 second'", "transaction"),
        ("UPDATE ledger_transaction SET reason = '' WHERE kind = 'reversal'", "transaction"),
        ("UPDATE ledger_monthuse SET used = used - 1", "month_use"),
        ("DELETE FROM ledger_monthuse", "month_use"),
        ("UPDATE ledger_reversedtotal SET reversed = reversed - 1", "reversed_total"),
        ("DELETE FROM ledger_reversedtotal", "reversed_total"),
        ("DELETE FROM ledger_account WHERE kind = 'provider'", "entry_of_a_transaction"),
    ],
)
def test_what_a_superuser_edits_is_found_and_named(edit, check, capsys):
    with as_superuser() as cursor:
        cursor.execute(edit)
        with pytest.raises(SystemExit) as left:
            call_command("verify_ledger")
    assert left.value.code == 1
    assert f"账本不符:{check}," in capsys.readouterr().err


def test_a_suffix_hashed_anew_does_not_match_the_content(capsys):
    """Whoever raises an amount and mends the chain still has the transaction's own hash against them."""
    with as_superuser() as cursor:
        cursor.execute(
            "UPDATE ledger_transaction SET total = total + 1, cash = cash + 1 WHERE kind = 'settlement'"
        )
        assert services.verify().finding.check == "transaction"


def test_the_night_check_puts_a_finding_on_record():
    tasks.verify("2026-11-21")
    assert not AuditRow.objects.filter(action="ledger.verified").exists()
    with as_superuser() as cursor:
        cursor.execute("UPDATE ledger_monthuse SET used = used - 1")
        tasks.verify("2026-11-22")
    assert AuditRow.objects.get(action="ledger.verified").result == "failed"
