"""What somebody with every right on the database may do to the books, and how it comes out all the same.

The crimes here leave nothing undone: content, chains, balances, totals, even the seals are made to fit again
where that is possible. What they cannot reach is what was published outside the database.
"""

import re
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from gongji import crypto, health, sealing
from gongji.sealfile import SealFile, SealFileBroken
from ledger import probes, services, tasks
from ledger.models import Entry, LedgerSeal, Transaction, Verification
from ledger.services import sealing as books
from tests.factories import make_holder, make_mandate, settlement
from tests.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def published(settings, tmp_path):
    settings.LEDGER_SEALS_PATH = tmp_path / "seals.jsonl"
    return settings.LEDGER_SEALS_PATH


def seal_when_quiet() -> LedgerSeal | None:
    """Seal when every older transaction of the server has ended: other tests run on it at the same time."""
    newest = Transaction.objects.aggregate(xid=Max("xid"))["xid"]
    end_of_patience = time.monotonic() + 60
    while time.monotonic() < end_of_patience:
        with transaction.atomic():
            if sealing._ended_before() > newest:
                return services.seal_books()
    raise AssertionError("a transaction of another test does not end")


@pytest.fixture
def history(pharmacy):
    """Three seals: the openings, two purchases paid by two accounts, a partial return."""
    mother, son = make_holder("王芳", 10_00), make_holder("李小明", 90_00)
    make_mandate(son, mother)
    seal_when_quiet()
    paid = services.settle(settlement=settlement(pharmacy, mother, 30_00))
    services.settle(settlement=settlement(pharmacy, mother, 5_00), key=services.RequestKey("k", b"d" * 32))
    services.settle(settlement=settlement(pharmacy, make_holder("赵六"), 8_00))
    seal_when_quiet()
    values = {"provider": pharmacy, "original": paid.id, "serial": "R", "amount": 7_00, "reason": "退药"}
    services.reverse(**values, occurred_at=timezone.now())
    seal_when_quiet()
    assert services.verify(jobs=2).finding is None
    return paid.id


@contextmanager
def crime():
    """Write past every trigger and foreign key; undone afterwards."""
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(MEANS)
        yield cursor
        transaction.set_rollback(True)


_HEAD, *_SECTIONS = re.split(
    r"^-- (means|\w+: .+)\n", (Path(__file__).parent / "crimes.sql").read_text(), flags=re.M
)
_FOUND = dict(zip(_SECTIONS[::2], _SECTIONS[1::2], strict=True))
MEANS = _FOUND.pop("means")
CRIMES = {title.partition(": ")[2]: (edit, title.partition(": ")[0]) for title, edit in _FOUND.items()}
"""Name → what is done, and the check that finds it."""


def test_thirty_edits_by_a_superuser_are_found(history):
    seen = {}
    for name, (edit, _) in CRIMES.items():
        with crime() as cursor:
            cursor.execute(edit)
            finding = services.verify().finding
            seen[name] = finding.check if finding else "not found"
    assert seen == {name: check for name, (_, check) in CRIMES.items()}
    assert services.verify().finding is None


def test_the_first_bad_row_is_named(history, capsys):
    son = Entry.objects.filter(mandate__isnull=False).first().account_id
    for name, row in {
        "an amount": f"transaction {history}",
        "a chain hash": f"account {son} entry 3",
        "a stored balance": f"account {son}",
        "a serial, hashed again": "seal 2 of ",
        "the tail of the books, with all it did": "seal 3 of ",
        "a purchase that left no entries": "2 transactions are there, 3 were sealed",
        "a seal's root": "seal 2 of ",
        "the last seal deleted": "seal 3 of ",
    }.items():
        with crime() as cursor:
            cursor.execute(CRIMES[name][0])
            with pytest.raises(SystemExit) as left:
                call_command("verify_ledger")
        assert left.value.code == 1
        assert row in capsys.readouterr().err, name


def test_a_past_written_and_sealed_anew_differs_from_the_published_file(
    history, published, settings, tmp_path
):
    with crime() as cursor:
        cursor.execute(CRIMES["a serial, hashed again"][0])
        cursor.execute("DELETE FROM ledger_seal")
        settings.LEDGER_SEALS_PATH = tmp_path / "forged.jsonl"
        books.LedgerSealer().seal()
        settings.LEDGER_SEALS_PATH = published
        finding = services.verify().finding
    assert (finding.check, finding.row[:7]) == ("published", "seal 1 ")


def test_a_database_restored_to_before_a_published_seal_is_found(history):
    with crime() as cursor:
        cursor.execute(
            CRIMES["the tail of the books, with all it did"][0] + "; DELETE FROM ledger_seal WHERE number = 3"
        )
        finding = services.verify().finding
        with pytest.raises(SealFileBroken, match="ends with seal 3, the database with 2"):
            services.seal_books()
    assert finding.row.endswith("was published but is not here")


FILE_CRIMES = {
    "a line edited": lambda lines: [lines[0], lines[1].replace('"rows": 3', '"rows": 2'), lines[2]],
    "the last line edited": lambda lines: [lines[0], lines[1], lines[2].replace('"rows": 1', '"rows": 2')],
    "a line removed": lambda lines: [lines[0], lines[2]],
    "two lines swapped": lambda lines: [lines[1], lines[0], lines[2]],
    "a line twice": lambda lines: [lines[0], lines[1], lines[1], lines[2]],
    "no JSON": lambda lines: [lines[0], "seals, what seals?\n"],
    "rolled back to an older copy": lambda lines: lines[:1],
    "emptied": lambda lines: [],
}


@pytest.mark.parametrize("edit", FILE_CRIMES.values(), ids=FILE_CRIMES.keys())
def test_whatever_is_done_to_the_published_file_is_found(history, published, edit):
    published.write_text("".join(edit(published.read_text().splitlines(keepends=True))))
    assert services.verify(jobs=2).finding.check == "published"


def test_a_missing_file_is_found_and_nothing_more_is_sealed_until_somebody_decides(
    history, published, pharmacy, caplog
):
    published.unlink()
    assert services.verify().finding.check == "published"
    services.settle(settlement=settlement(pharmacy, make_holder("钱七", 5_00), 1_00))
    tasks.seal("2026-11-21T10:00:00")
    assert "the books cannot be sealed" in caplog.text
    assert LedgerSeal.objects.count() == 3
    call_command("seal_ledger", "--new-file")
    assert services.verify().finding is None
    assert seal_when_quiet().number == 4
    with pytest.raises(CommandError, match="exists"):
        call_command("seal_ledger", "--new-file")


def test_a_seal_that_a_crash_kept_from_the_file_is_published_with_the_next_one(history, published, pharmacy):
    lines = published.read_text().splitlines(keepends=True)
    published.write_text("".join(lines[:2]))
    assert services.verify().finding is None
    services.settle(settlement=settlement(pharmacy, make_holder("钱七", 5_00), 1_00))
    assert seal_when_quiet().number == 4
    assert published.read_text().splitlines(keepends=True)[:3] == lines
    assert SealFile(published).last_number() == 4


def test_a_posting_that_commits_late_falls_into_a_later_seal(history, pharmacy, in_threads):
    holder = make_holder("钱七", 5_00)
    with transaction.atomic():
        late = services.settle(settlement=settlement(pharmacy, holder, 1_00)).id
        in_threads(lambda: services.seal_books())
    seal = seal_when_quiet()
    assert Transaction.objects.filter(pk=late, xid__gte=seal.from_xid, xid__lt=seal.to_xid).exists()
    assert services.verify().finding is None


def test_a_load_of_many_is_sealed_in_several_steps(history, pharmacy, monkeypatch):
    monkeypatch.setattr(books, "MOST", 2)
    for _ in range(5):
        services.settle(settlement=settlement(pharmacy, make_holder("钱七", 5_00), 1_00))
    seal_when_quiet()
    while services.seal_books() is not None:
        pass
    assert set(LedgerSeal.objects.filter(number__gt=3).values_list("rows", flat=True)) == {2}
    assert services.verify(jobs=2).finding is None


def test_sealing_goes_on_in_a_restored_database_whose_transactions_count_from_the_start(
    history, pharmacy, monkeypatch
):
    holder = make_holder("before the dump", 5_00)
    ended = sealing._ended_before
    monkeypatch.setattr(sealing, "_ended_before", lambda: 10)
    services.settle(settlement=settlement(pharmacy, holder, 1_00))
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_transaction SET xid = 5 WHERE kind = 'settlement' AND total = 100")
    assert services.seal_books().number == 5
    assert services.verify().finding is None
    monkeypatch.setattr(sealing, "_ended_before", ended)


def test_after_the_first_signed_seal_an_unsigned_one_is_a_finding(history, pharmacy, settings):
    for keys in ({1: b"k" * 32}, {}):
        settings.LEDGER_SEAL_KEYS = keys
        services.settle(settlement=settlement(pharmacy, make_holder("钱七", 5_00), 1_00))
        seal_when_quiet()
        assert services.verify().finding is None
    settings.LEDGER_SEAL_KEYS = {1: b"k" * 32}
    finding = services.verify().finding
    assert (finding.check, finding.row[:7]) == ("seal_chain", "seal 5 ")


def test_a_signed_seal_verifies_with_the_key_and_not_with_another(pharmacy, settings):
    settings.LEDGER_SEAL_KEYS = {1: b"k" * 32}
    make_holder("钱七", 5_00)
    assert len(bytes(seal_when_quiet().signature)) == 33
    assert services.verify().finding is None
    settings.LEDGER_SEAL_KEYS = {1: b"x" * 32}
    assert services.verify().finding.check == "seal_chain"


def test_the_database_refuses_to_change_a_seal(history):
    for statement in ("UPDATE ledger_seal SET rows = 0", "DELETE FROM ledger_seal", "TRUNCATE ledger_seal"):
        with as_owner(), pytest.raises(IntegrityError, match="never changed"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_root_of_a_tree_is_that_of_its_leaves():
    one, two, three = (bytes([number]) * 32 for number in (1, 2, 3))
    assert crypto.merkle_root(b"") == bytes(32)
    assert crypto.merkle_root(one) == one
    assert crypto.merkle_root(one + two + three) == crypto.sm3(crypto.sm3(one + two) + three)


# ------------------------------------------------------------- who is told
def test_operators_are_told_when_sealing_or_verifying_falls_behind(history, pharmacy, published):
    assert probes.books_are_sealed() is None
    assert probes.books_verify() is None
    assert probes.figures() == {"unsealed_seconds": 0.0, "verified_seconds_ago": None, "verified_ok": None}
    services.settle(settlement=settlement(pharmacy, make_holder("钱七", 5_00), 1_00))
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_transaction SET recorded_at = now() - interval '1 hour' WHERE total = 100"
        )
    assert "have waited 60 min" in probes.books_are_sealed()
    call_command("verify_ledger")
    assert probes.figures()["verified_ok"] == 1
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_account SET balance = balance + 1 WHERE seq > 0")
    with pytest.raises(SystemExit):
        call_command("verify_ledger", "--jobs", "1")
    assert "the books do not verify (account: account" in probes.books_verify()
    assert probes.figures()["verified_ok"] == 0
    assert {finding.ok for finding in health.examine() if finding.name.startswith("ledger")} == {True}
    published.write_text("?")
    assert "cannot be read" in probes.books_are_sealed()


def test_an_old_verification_is_a_warning(history):
    Verification.objects.create(ended_at=timezone.now() - timedelta(days=3), extent="full")
    assert "is a worker running?" in probes.books_verify()
