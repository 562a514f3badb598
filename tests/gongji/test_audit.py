"""The audit trail: complete, closed to change, silent about persons, and honest about tampering."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from gongji import audit, tracing
from gongji.models import AuditRow, OutboxJob

pytestmark = pytest.mark.django_db

REVIEWER = SimpleNamespace(pk=7, is_staff=True, audit_role="reviewer")


def without_guard(statement: str, *params: object) -> None:
    """Do what only a database superuser can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, params)
        cursor.execute("SET LOCAL session_replication_role = origin")


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
    audit.record(action="x", actor=None)
    without_guard(
        "CREATE TEMPORARY TABLE forged ON COMMIT DROP AS SELECT * FROM gongji_auditrow;"
        "UPDATE forged SET id = gen_random_uuid();"
        "INSERT INTO gongji_auditrow SELECT * FROM forged"
    )
    assert len(list(audit.altered())) == 1


def test_verifying_counts_the_intact_rows(capsys):
    for _ in range(3):
        audit.record(action="x", actor=None)
    call_command("verify_audit")
    assert "3 audit rows, all intact" in capsys.readouterr().out
