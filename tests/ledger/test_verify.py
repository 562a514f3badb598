"""verify_ledger says yes to honest books and names the first row that somebody touched."""

from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from gongji import outbox
from gongji.models import AuditRow, OutboxJob
from ledger import services, tasks
from ledger.models import Entry, Verification, VerifiedAccount
from ledger.services import verification, verification_night
from ledger.services.verification_parts import bounded
from tests.factories import make_holder, make_mandate, settlement
from tests.roles import as_owner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books(pharmacy):
    mother, son = make_holder("王芳", 10_00), make_holder("李小明", 90_00)
    make_mandate(son, mother)
    paid = services.settle(settlement=settlement(pharmacy, mother, 30_00))
    services.settle(settlement=settlement(pharmacy, mother, 5_00), key=services.RequestKey("k", b"d" * 32))
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
        ("DELETE FROM ledger_account WHERE kind = 'provider'", "account"),
        (
            "UPDATE ledger_entry SET seq = 1, hash = sha256('x'), balance_after = 1"
            " WHERE account_id = (SELECT id FROM ledger_account WHERE kind = 'provider') AND amount = 3000",
            "chain",
        ),
        ("UPDATE ledger_transaction SET xid = -1 WHERE kind = 'reversal'", "transaction"),
        ("UPDATE ledger_idempotencykey SET body = replace(body, '-7', '-8')", "idempotency_key"),
        ('UPDATE ledger_idempotencykey SET body = \'"x""no id at all\'', "idempotency_key"),
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


SUNDAY, MONDAY = "2026-11-22", "2026-11-23"


def test_the_night_check_puts_a_finding_on_record():
    tasks.verify(SUNDAY)
    outbox.drain()
    assert not AuditRow.objects.filter(action="ledger.verified").exists()
    run = Verification.objects.get()
    assert (run.extent, run.transactions, run.entries, run.check_name) == ("full", 5, 11, "")
    with as_superuser() as cursor:
        cursor.execute("UPDATE ledger_monthuse SET used = used - 1")
        tasks.verify("2026-11-29")
        outbox.drain()
    assert AuditRow.objects.get(action="ledger.verified").result == "failed"
    assert Verification.objects.ended().first().check_name == "month_use"


def test_a_night_on_large_books_is_many_small_jobs(monkeypatch):
    monkeypatch.setattr(verification_night, "SECONDS", 1.5)
    monkeypatch.setattr(verification, "TRANSACTIONS", replace(verification.TRANSACTIONS, size=2))
    monkeypatch.setattr(verification, "ACCOUNTS", replace(verification.ACCOUNTS, size=3))
    monkeypatch.setattr(verification_night, "_look", counted := Counted(verification_night._look))
    monkeypatch.setattr(verification_night, "time", SimpleNamespace(monotonic=Ticks()))
    tasks.verify(SUNDAY)
    outbox.drain()
    run = Verification.objects.get()
    assert (run.transactions, run.entries, run.ended_at is not None) == (5, 11, True)
    assert counted.calls >= 8
    assert OutboxJob.objects.filter(kind="ledger.verify_slices").count() == counted.calls


def test_on_weekdays_only_what_moved_since_is_looked_at(pharmacy):
    tasks.verify(MONDAY)
    outbox.drain()
    assert Verification.objects.get().entries == 6
    assert VerifiedAccount.objects.filter(seq__gt=0).count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    services.settle(settlement=settlement(pharmacy, make_holder("赵六", 5_00), 1_00))
    tasks.verify("2026-11-24")
    outbox.drain()
    again = Verification.objects.ended().first()
    assert (again.accounts, again.entries, again.check_name) == (1, 2, "")


@pytest.mark.parametrize(
    ("edit", "check", "row"),
    [
        (
            "UPDATE ledger_entry SET amount = amount - 1 WHERE account_id = {account} AND seq = 2",
            "chain",
            " entry 2",
        ),
        ("DELETE FROM ledger_entry WHERE account_id = {account} AND seq = 2", "chain", " entry 3"),
        (
            "UPDATE ledger_entry SET hash = sha256('x') WHERE account_id = {account} AND seq = 3",
            "chain",
            " entry 3",
        ),
        ("UPDATE ledger_account SET balance = balance + 1 WHERE id = {account}", "account", ""),
    ],
)
def test_a_weekday_finds_what_was_done_to_new_entries(edit, check, row):
    account = Entry.objects.filter(seq=3).first().account_id
    with as_superuser() as cursor:
        cursor.execute(edit.format(account=account))
        found = services.verify_new(progress=lambda part, seen: None).finding
    assert found == services.Finding(check, f"account {account}{row}")


def test_a_history_rewritten_below_the_last_verified_entry_is_found():
    """Chain and account agree again after a suffix was hashed anew; what was verified before does not."""
    services.verify_new(progress=lambda part, seen: None)
    marked = VerifiedAccount.objects.order_by("account_id").first()
    with as_superuser() as cursor:
        cursor.execute("UPDATE ledger_verifiedaccount SET head = sha256('other')")
        assert services.verify().finding == services.Finding("account", f"account {marked.account_id}")


def test_the_slices_cover_whatever_lies_outside_the_expected_ranges():
    with as_superuser() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (transaction_id, line, account_id, amount)"
            " VALUES ('ffffffff-ffff-ffff-ffff-ffffffffffff', 1, -5, 1)"
        )
        found = services.verify().finding
    assert found == services.Finding(
        "entry_of_a_transaction", "transaction ffffffff-ffff-ffff-ffff-ffffffffffff"
    )


@pytest.mark.parametrize(
    ("low", "high", "condition"),
    [(None, None, "true"), (1, None, "(id) > %(low)s"), (None, 2, "(id) <= %(high)s")],
)
def test_a_slice_without_an_end_is_open(low, high, condition):
    assert bounded("WHERE within(id)", low, high) == f"WHERE ({condition})"


class Counted:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


class Ticks:
    """A clock on which every second look is too late: one slice a job."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1
        return self.now
