"""/livez, /readyz, /metrics and doctor: what operators and machines learn about an installation."""

import json
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client

from gongji import checks, health
from gongji.models import WorkdayOverride


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.fixture
def published(db) -> None:
    call_command("policy", "publish", verbosity=0)


def ask(visitor: Client) -> tuple[int, dict]:
    reply = visitor.get("/readyz")
    return reply.status_code, json.loads(reply.content)


def test_a_living_process_says_so_without_asking_the_database(visitor):
    assert visitor.get("/livez").content == b"ok\n"


@pytest.mark.django_db
def test_rules_that_are_not_published_keep_visitors_away(visitor):
    status, body = ask(visitor)
    assert (status, body["failing"]) == (503, ["policy"])
    assert "policy publish" in body["checks"]["policy"]["detail"]


@pytest.mark.usefixtures("published")
def test_an_installation_in_order_is_ready(visitor):
    status, body = ask(visitor)
    assert (status, body["status"], body["failing"]) == (200, "ready", [])
    assert {"database", "broker", "storage", "migrations", "calendar"} <= set(body["checks"])


@pytest.mark.usefixtures("published")
def test_a_dead_broker_is_named(visitor, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    status, body = ask(visitor)
    assert (status, body["failing"]) == (503, ["broker"])


@pytest.mark.usefixtures("published")
def test_a_storage_that_cannot_be_written_is_named(visitor, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.STORAGE_URL = f"file://{tmp_path}/file/proofs"
    status, body = ask(visitor)
    assert (status, body["failing"]) == (503, ["storage"])


@pytest.mark.django_db(transaction=True)
def test_a_dead_database_is_named_and_asked_only_once(visitor):
    connection.close()
    good = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = "1"
    try:
        status, body = ask(visitor)
    finally:
        connection.settings_dict["PORT"] = good
    assert (status, body["failing"]) == (503, ["database"])
    assert "migrations" not in body["checks"]


@pytest.mark.owner
@pytest.mark.usefixtures("published")
def test_a_waiting_migration_is_named(visitor, monkeypatch):
    monkeypatch.setattr(health._Migrated, "done", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    status, body = ask(visitor)
    assert (status, body["failing"]) == (503, ["migrations"])


@pytest.mark.usefixtures("published")
def test_an_unknown_holiday_year_is_a_warning_and_no_reason_to_close(visitor):
    with time_machine.travel(date(2031, 5, 1)):
        status, body = ask(visitor)
        assert (status, body["status"]) == (200, "ready")
        assert any("2031" in warning for warning in body["warnings"])

        WorkdayOverride.objects.create(day=date(2031, 2, 1), working=True, note="通知")
        assert not any("2031" in warning for warning in ask(visitor)[1]["warnings"])


# ---------------------------------------------------------------- figures
@pytest.mark.django_db
def test_prometheus_reads_the_figures_from_this_machine(visitor):
    text = visitor.get("/metrics").content.decode()
    assert 'gongji_ready{check="database"} 1' in text
    assert "gongji_outbox_backlog 0" in text


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}])
def test_a_visitor_through_a_proxy_on_this_machine_finds_no_figures(visitor, headers):
    assert visitor.get("/metrics", headers=headers).status_code == 404


@pytest.mark.django_db
def test_figures_are_for_this_machine_or_for_who_has_the_token(visitor, settings):
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert visitor.get("/metrics", **far).status_code == 404
    assert visitor.get("/metrics", headers={"Authorization": "Bearer "}, **far).status_code == 404
    settings.METRICS_TOKEN = "long and secret"
    assert visitor.get("/metrics", headers={"Authorization": "Bearer wrong"}, **far).status_code == 404
    assert (
        visitor.get("/metrics", headers={"Authorization": "Bearer long and secret"}, **far).status_code == 200
    )


# ---------------------------------------------------------------- doctor and checks
@pytest.mark.usefixtures("published")
def test_doctor_says_in_words_what_to_do():
    said = StringIO()
    call_command("doctor", stdout=said)
    assert "well     database" in said.getvalue()
    assert "start a worker and beat" in said.getvalue()


@pytest.mark.django_db
def test_doctor_ends_with_1_when_the_portal_cannot_serve(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    said = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("doctor", "--quiet-when-well", stdout=said)
    assert end.value.code == 1
    assert "FAILS    broker" in said.getvalue()


@pytest.mark.parametrize(
    ("expected", "check", "change"),
    [
        ("E001", checks.celery_never_repeats_a_running_task, {"CELERY_TASK_TIME_LIMIT": 500}),
        ("E002", checks.keys_differ, {"DATA_KEYS": {1: b"k" * 32}, "INDEX_KEYS": {2: b"k" * 32}}),
        ("E003", checks.proofs_are_not_served, {"STORAGE_URL": "file:///srv/s/p", "STATIC_ROOT": "/srv/s"}),
        ("W001", checks.only_production_is_public, {"PRODUCTION": False}),
        ("W002", checks.codes_are_not_written_to_a_file, {"SMS_GATEWAY": "a.FileSmsGateway"}),
    ],
)
def test_each_system_check_speaks_when_it_should_and_only_then(settings, expected, check, change):
    settings.DATA_KEYS, settings.INDEX_KEYS = {1: b"a" * 32}, {1: b"b" * 32}
    settings.PRODUCTION, settings.SMS_GATEWAY = True, "bureau.Gateway"
    assert check(None) == []
    for name, value in change.items():
        setattr(settings, name, value)
    assert [message.id for message in check(None)] == [f"gongji.{expected}"]
