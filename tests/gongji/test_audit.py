"""The audit trail: complete, closed to change, silent about persons, and honest about tampering."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from gongji import audit, sealing, tracing
from gongji.models import AuditRow, AuditSeal, OutboxJob
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

REVIEWER = SimpleNamespace(pk=7, is_staff=True, audit_role="reviewer")


@pytest.fixture(autouse=True)
def published_heads(settings, tmp_path):
    settings.AUDIT_SEAL_LOG = tmp_path / "seals.jsonl"


def without_guard(statement: str, *params: object) -> None:
    """Do what only a database superuser can do."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, params)
        cursor.execute("SET LOCAL session_replication_role = origin")


def seal_when_quiet() -> AuditSeal | None:
    """Seal when every older transaction of the server has ended: other tests run on it at the same time."""
    newest = AuditRow.objects.aggregate(xid=Max("xid"))["xid"]
    end_of_patience = time.monotonic() + 60
    while time.monotonic() < end_of_patience:
        with transaction.atomic():
            if sealing._ended_before() > newest:
                return sealing.seal()
    raise AssertionError("a transaction of another test does not end")


def test_a_row_says_who_did_what_to_which_object_from_where():
    job = OutboxJob.objects.create(kind="note", ref="1")
    with tracing.scope(name="abc", ip="10.0.0.9", session="s3cret"):
        audit.record(action="application.approve", actor=REVIEWER, obj=job, area="990100", reason="B01")
    row = AuditRow.objects.get()
    assert (row.actor, row.role, row.action, row.area) == ("7", "reviewer", "application.approve", "990100")
    assert (row.object_type, row.object_id) == ("gongji.outboxjob", str(job.pk))
    assert (row.result, row.reason, row.request_id, row.ip) == ("ok", "B01", "abc", "10.0.0.9")
    assert row.session
    assert "s3cret" not in row.session
    assert timezone.now() - row.at < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("actor", "role"),
    [
        (None, "system"),
        (SimpleNamespace(pk=1, is_staff=True), "staff"),
        (SimpleNamespace(pk=1, is_staff=False), "citizen"),
        (REVIEWER, "reviewer"),
    ],
)
def test_the_role_is_always_there(actor, role):
    assert audit.record(action="x", actor=actor).role == role


def test_changes_are_kept_as_keyed_digests_of_the_values():
    row = audit.record(action="x", actor=None, changes={"phone": ("13800000000", "13900000000")})
    again = audit.record(action="x", actor=None, changes={"phone": ("13900000000", None)})
    assert "13800000000" not in str(row.changes)
    assert row.changes["phone"][1] == again.changes["phone"][0]


def test_the_row_shares_the_fate_of_its_action():
    with transaction.atomic():
        audit.record(action="x", actor=None)
        transaction.set_rollback(True)
    assert not AuditRow.objects.exists()


def test_one_insert_is_all_it_costs(django_assert_num_queries):
    with django_assert_num_queries(1):
        audit.record(action="x", actor=None)


@pytest.mark.owner
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gongji_auditrow SET result = 'ok'",
        "DELETE FROM gongji_auditrow",
        "TRUNCATE gongji_auditrow",
        "TRUNCATE gongji_auditrow CASCADE",
    ],
)
def test_the_database_refuses_to_change_the_trail(statement):
    audit.record(action="x", actor=None)
    with (
        pytest.raises(IntegrityError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        "result = 'denied'",
        "actor = '8'",
        "at = at + interval '1 second'",
        "changes = '{\"a\": []}'",
        "object_id = ''",
        "mac = '\\x00'",
        "id = gen_random_uuid()",
    ],
)
def test_an_altered_row_is_named(change):
    audit.record(action="x", actor=REVIEWER, obj=OutboxJob(kind="a"))
    call_command("verify_audit")
    without_guard(f"UPDATE gongji_auditrow SET {change}")
    with pytest.raises(CommandError, match=str(AuditRow.objects.get().pk)):
        call_command("verify_audit")


def test_a_row_forged_by_sql_is_named():
    row = audit.record(action="x", actor=None)
    without_guard(
        "CREATE TEMPORARY TABLE forged ON COMMIT DROP AS SELECT * FROM gongji_auditrow;"
        "UPDATE forged SET id = gen_random_uuid();"
        "INSERT INTO gongji_auditrow SELECT * FROM forged"
    )
    forged = AuditRow.objects.exclude(pk=row.pk).get()
    assert [str(forged.pk) in flaw for flaw in sealing.flaws()] == [True]


CRIMES = {
    "DELETE FROM gongji_auditrow WHERE reason = '1' AND action = 'login'": 2,
    "DELETE FROM gongji_auditrow WHERE reason = '2'": 3,
    "UPDATE gongji_auditrow SET xid = xid + 100000 WHERE reason = '0'": 1,
    "DELETE FROM gongji_auditseal WHERE number = 3": 4,
    "UPDATE gongji_auditseal SET rows = 1 WHERE number = 4": 4,
    "UPDATE gongji_auditseal SET at = at - interval '1 day' WHERE number = 2": 2,
    "DELETE FROM gongji_auditseal WHERE number = 4; DELETE FROM gongji_auditrow WHERE reason = '3'": 4,
    "DELETE FROM gongji_auditseal; DELETE FROM gongji_auditrow": 1,
}
"""What somebody with every right on the database might try, and the seal that tells."""


@pytest.mark.django_db(transaction=True)
class TestSeals:
    """Each row of this trail is written, and sealed, in a transaction of its own."""

    @pytest.fixture(autouse=True)
    def trail(self, published_heads):
        for minute in range(4):
            audit.record(action="login", actor=None, reason=str(minute))
            audit.record(action="logout", actor=None, reason=str(minute))
            seal_when_quiet()
        assert list(sealing.flaws()) == []

    def test_rows_are_sealed_once_and_an_idle_minute_adds_nothing(self):
        assert sealing.seal() is None
        assert list(AuditSeal.objects.values_list("number", "rows")) == [(1, 2), (2, 2), (3, 2), (4, 2)]

    def test_a_row_whose_transaction_is_still_running_is_left_to_a_later_seal(self, in_threads):
        with transaction.atomic():
            late = audit.record(action="slow", actor=None)
            in_threads(lambda: audit.record(action="quick", actor=None))
            in_threads(sealing.seal)
            assert AuditSeal.objects.count() == 4
        assert seal_when_quiet().rows == 2
        assert late in AuditRow.objects.all()
        assert list(sealing.flaws()) == []

    def test_what_a_superuser_removes_or_moves_is_found(self):
        for crime, seal in CRIMES.items():
            with transaction.atomic():
                without_guard(crime)
                assert f"audit seal {seal} " in next(sealing.flaws(), ""), crime
                with pytest.raises(CommandError, match=f"audit seal {seal} "):
                    call_command("verify_audit")
                transaction.set_rollback(True)

    def test_a_trail_resealed_without_the_published_heads_is_found(self):
        with transaction.atomic():
            without_guard("DELETE FROM gongji_auditrow WHERE reason = '3'; DELETE FROM gongji_auditseal")
        seal_when_quiet()
        assert "was published but is not here" in next(sealing.flaws())

    @pytest.mark.owner
    def test_the_database_refuses_to_change_a_seal(self):
        for statement in ("UPDATE gongji_auditseal SET rows = 0", "TRUNCATE gongji_auditseal"):
            with pytest.raises(IntegrityError, match="never changed"), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_sealing_goes_on_in_a_restored_database_whose_transactions_count_from_the_start(
        self, monkeypatch
    ):
        audit.record(action="after the last seal, before the dump", actor=None)
        monkeypatch.setattr(sealing, "_ended_before", lambda: 10)
        assert sealing.seal() is None
        audit.record(action="restored", actor=None)
        with transaction.atomic():
            without_guard("UPDATE gongji_auditrow SET xid = 5 WHERE action = 'restored'")
        assert sealing.seal().number == 6
        assert list(sealing.flaws()) == []

    def test_verifying_counts_what_is_intact(self, capsys):
        call_command("verify_audit")
        assert "8 audit rows under 4 seals, all intact" in capsys.readouterr().out
