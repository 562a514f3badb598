"""The portal's role owns nothing: real logins, real processes, and what they must not be able to do."""

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from psycopg2 import errors

from gongji import logins, roles
from ledger.services import credit_files, settlement_files
from tests.factories import id_number
from tests.services import PASSWORD

pytestmark = [pytest.mark.xdist_group("roles")]

PRODUCTION = {
    "DJANGO_ENV": "production",
    "ALLOWED_HOSTS": "gongji.example.gov.cn",
    "SMS_GATEWAY": "bureau.gateways.SmsGateway",
    "UNDO_MINUTES": "10",
    "REVIEWER_UNDO_MINUTES": "5",
}


@dataclass
class Installation:
    """A database with an owner and a portal of its own."""

    admin: str
    owner: str
    web: str

    def run(self, *argv: str, login: str = "", owner: str = "", **more: str) -> subprocess.CompletedProcess:
        """Run a Python program as one of the logins, by default the portal's."""
        env = os.environ | {"DATABASE_URL": login or self.web, "MIGRATE_DATABASE_URL": owner} | more
        return subprocess.run(
            [sys.executable, *argv], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True
        )

    def manage(self, *words: str, **options: str) -> str:
        """Run manage.py; it must succeed."""
        done = self.run("manage.py", *map(str, words), **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, statement: str, *values: object, login: str = "") -> list[tuple]:
        """Run one statement in autocommit as a login, by default the portal's."""
        with closing(psycopg2.connect(login or self.web)) as link:
            link.autocommit = True
            with link.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def installation(django_db_setup, django_db_blocker):
    """A copy of the test database, which a superuser owns, handed to two new logins as an upgrade would."""
    with django_db_blocker.unblock():
        given = connection.settings_dict
        name = f"{given['NAME']}_roles"
        connection.close()
        server = f"{given['HOST']}:{given['PORT']}"
        admin = f"postgres://{given['USER']}:{given['PASSWORD']}@{server}/postgres"
        _copy_database(admin, given["NAME"], name)

    def address(login: str) -> str:
        return f"postgres://{login}:{PASSWORD}@{server}/{name}"

    found = Installation(admin, address(f"{name}_owner"), address(f"{name}_web"))
    found.manage("create_logins", owner=found.owner, ADMIN_DATABASE_URL=admin)
    found.manage("migrate", owner=found.owner)
    found.manage("policy", "publish", owner=found.owner)
    yield found
    found.ask(f'DROP DATABASE "{name}" WITH (FORCE)', login=admin)
    found.ask(f'DROP ROLE "{name}_web", "{name}_owner"', login=admin)


def _copy_database(admin: str, source: str, target: str) -> None:
    with closing(psycopg2.connect(admin)) as link:
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source]
            )
            cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


BOOKS = ("transaction", "entry", "idempotencykey", "monthuse", "reversedtotal", "arearule")
DENIED = [
    *(f"{verb} ledger_{table}" for table in BOOKS for verb in ("DELETE FROM", "TRUNCATE", "DROP TABLE")),
    *(f"ALTER TABLE ledger_{table} DISABLE TRIGGER ALL" for table in ("transaction", "entry", "account")),
    "UPDATE ledger_transaction SET total = 1",
    "UPDATE ledger_entry SET amount = 1",
    "UPDATE ledger_idempotencykey SET body = ''",
    "UPDATE ledger_monthuse SET used = 0",
    "UPDATE ledger_reversedtotal SET reversed = 0",
    "UPDATE ledger_arearule SET min_balance = 0",
    "UPDATE ledger_account SET balance = balance + 1",
    "UPDATE ledger_account SET owner_id = owner_id",
    "UPDATE ledger_mandate SET account_id = 1",
    "UPDATE ledger_mandate SET beneficiary_id = authorizer_id",
    "UPDATE ledger_providerkey SET provider_id = 1",
    "INSERT INTO ledger_transaction SELECT * FROM ledger_transaction",
    "INSERT INTO ledger_entry SELECT * FROM ledger_entry",
    "DELETE FROM ledger_account",
    "DELETE FROM ledger_mandate",
    "TRUNCATE ledger_transaction CASCADE",
    "UPDATE gongji_auditrow SET result = 'ok'",
    "DELETE FROM gongji_auditrow",
    "TRUNCATE gongji_auditseal",
    "UPDATE binding_event SET note = ''",
    "DELETE FROM binding_event",
    "UPDATE django_migrations SET name = ''",
    "SET session_replication_role = replica",
    "SET session_authorization = gongji",
    "SET ROLE pg_write_all_data",
    "CREATE TABLE public.mine (a int)",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql RETURN 1",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "ALTER FUNCTION ledger_yuan(bigint) RENAME TO mine",
    "DROP FUNCTION ledger_keep_balances() CASCADE",
    "DROP TRIGGER entry_append_only ON ledger_entry",
    "DROP SCHEMA public CASCADE",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT ledger_keep_balances()",
    "DO $$ BEGIN LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE; END $$",
]


@pytest.mark.parametrize("statement", DENIED)
def test_the_portals_login_cannot(installation, statement):
    with pytest.raises(errors.InsufficientPrivilege):
        installation.ask(statement)


def test_the_portals_login_gives_nothing_away(installation):
    installation.ask("GRANT ALL ON ledger_entry TO PUBLIC")  # a warning, no error
    asked = "SELECT has_table_privilege('ledger_entry', 'INSERT, UPDATE, DELETE, TRUNCATE')"
    assert installation.ask(asked) == [(False,)]


def test_the_owner_is_refused_by_the_triggers_only(installation):
    with pytest.raises(psycopg2.IntegrityError, match="append-only"):
        installation.ask("TRUNCATE ledger_entry", login=installation.owner)


def test_nothing_is_owned_and_nothing_may_be_emptied_or_watched(installation):
    too_much = installation.ask(
        "SELECT relname FROM pg_class"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"
        " AND (pg_has_role(relowner, 'MEMBER') OR has_table_privilege(oid, 'TRUNCATE, TRIGGER, REFERENCES'))"
    )
    assert too_much == []


def test_everything_an_upgrade_finds_goes_to_the_owner(installation):
    owner = urlsplit(installation.owner).username
    for catalogue, prefix in (("pg_class", "rel"), ("pg_proc", "pro"), ("pg_type", "typ")):
        assert installation.ask(
            f"SELECT DISTINCT {prefix}owner::regrole::text FROM {catalogue}"
            f" WHERE {prefix}namespace = 'public'::regnamespace"
        ) == [(owner,)]


def test_only_functions_that_take_a_call_from_outside_may_be_called(installation):
    mine = {
        name: (definer, volatile, kind)
        for name, definer, volatile, kind in installation.ask(
            "SELECT proname, prosecdef, provolatile, prorettype::regtype::text FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(oid, 'EXECUTE')"
        )
    }
    assert {"ledger_settle", "ledger_reverse", "ledger_credit", "ledger_remember"} <= set(mine)
    assert not [name for name in mine if "_do_" in name or name in ("ledger_record", "ledger_replay")]
    assert not [name for name, (_, _, kind) in mine.items() if kind == "trigger"]
    assert not [name for name, (definer, volatile, _) in mine.items() if volatile == "v" and not definer]


def test_what_acts_for_the_owner_is_not_led_astray_by_a_table_of_the_same_name(installation):
    """A temporary table called like one of the books is not what a posting function writes to."""
    with closing(psycopg2.connect(installation.web)) as link, link.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE ledger_idempotencykey (LIKE public.ledger_idempotencykey)")
        cursor.execute("SELECT ledger_remember(-1, 'k', 'x', 200::smallint, '')")
        with pytest.raises(errors.ForeignKeyViolation):
            link.commit()  # the foreign key of the real one


# ------------------------------------------------------------- the portal's work
def test_commands_and_jobs_do_their_work_as_the_portal(installation, tmp_path):
    """From the registry to the sealed trail, without the owner; no count of it is by accident zero."""
    number = id_number()
    registry = tmp_path / "insured.csv"
    registry.write_text(
        "id_type,id_number,name,birth_date,phone,area,scheme,personal_account,status,valid_from,valid_to,"
        "household_no,relation_to_head,employer\n"
        f"01,{number},李明,,13900000001,990100,310,1,active,2020-01-01,,H1,02,示例公司\n"
    )
    credits = tmp_path / "credits.csv"
    credits.write_text(
        f"{','.join(credit_files.COLUMNS)}\n01,{number},李明,2026-10,contribution,50.00\n"
        f"01,{number},李明,2025,interest,1.00\n"
    )
    day = tmp_path / "day.csv"
    at = "2026-11-20T10:00:00+08:00"
    day.write_text(
        f"{','.join(settlement_files.COLUMNS)}\nA,settlement,,01,{number},李明,30.00,outpatient,{at},0\n"
        f"B,reversal,A,01,{number},李明,10.00,,{at},0\n"
    )
    assert "新增 1 人" in installation.manage("import_insured", registry)
    assert "新入账 2 笔" in installation.manage("import_credits", credits)
    installation.manage("create_provider", "角色药店", "990100")
    ((provider,),) = installation.ask("SELECT id FROM ledger_provider WHERE name = '角色药店'")
    words = "import_settlements", day, "--provider", provider
    assert "新入账结算 1 笔、退费 1 笔" in installation.manage(*words)
    assert installation.ask("SELECT balance FROM ledger_account WHERE balance > 0") == [(31_00,)]
    installation.manage("rotate_provider_key", "角色药店", "990100")
    installation.manage("verify_ledger")
    seals = {"AUDIT_SEAL_LOG": str(tmp_path / "seals.jsonl")}
    installation.manage(
        "shell", "-c", "from gongji import outbox, sealing; sealing.seal(); outbox.purge()", **seals
    )
    assert installation.ask("SELECT count(*) FROM gongji_auditseal") == [(1,)]
    installation.manage("verify_audit", **seals)
    assert "well     roles" in installation.manage("doctor")


def test_what_only_the_owner_may_do_says_so_to_the_portal(installation):
    done = installation.run(
        "manage.py", "shell", "-c", "from ledger.models import AreaRule; AreaRule.objects.all().delete()"
    )
    assert "permission denied for table ledger_arearule" in done.stderr


# ------------------------------------------------------------- in production
@pytest.fixture
def start(installation):
    def start(login: str) -> subprocess.CompletedProcess:
        return installation.run("-c", "import gongji.wsgi", login=login, **PRODUCTION)

    return start


def test_in_production_the_web_server_starts_as_the_portal_only(installation, start):
    assert start(installation.web).returncode == 0
    for login, reason in (
        (installation.owner, "owns"),
        (_within(installation.admin, installation), "superuser"),
    ):
        refused = start(login)
        assert refused.returncode != 0
        assert "ImproperlyConfigured" in refused.stderr
        assert reason in refused.stderr


def test_a_database_that_is_away_does_not_keep_the_web_server_from_starting(installation, start):
    away = urlsplit(installation.web)
    assert start(urlunsplit(away._replace(netloc=f"{away.username}:x@127.0.0.1:1"))).returncode == 0


def test_the_system_check_asks_when_told_to(installation):
    words = "check", "--database", "default"
    assert "no issues" in installation.manage(*words, **PRODUCTION)
    done = installation.run("manage.py", *words, login=installation.owner, **PRODUCTION)
    assert "gongji.E005" in done.stderr


def test_doctor_tells_an_owner_from_a_portal(installation):
    assert "LOOK AT  roles: the role of DATABASE_URL" in installation.manage(
        "doctor", login=installation.owner
    )


def _within(login: str, installation: Installation) -> str:
    return urlunsplit(urlsplit(login)._replace(path=urlsplit(installation.web).path))


# ------------------------------------------------------------- what comes later is closed
def test_a_new_table_or_function_is_closed_until_the_next_migrate(installation):
    make = (
        "CREATE TABLE novelty (a int); "
        "CREATE FUNCTION novelty_do_post() RETURNS int LANGUAGE sql VOLATILE RETURN 1; "
        "CREATE FUNCTION novelty_post() RETURNS int LANGUAGE plpgsql SECURITY DEFINER "
        "SET search_path = public, pg_temp AS $$ BEGIN RETURN novelty_do_post(); END $$"
    )
    installation.ask(make, login=installation.owner)
    for statement in ("SELECT * FROM novelty", "SELECT novelty_post()"):
        with pytest.raises(errors.InsufficientPrivilege):
            installation.ask(statement)
    installation.manage("migrate", owner=installation.owner)
    assert installation.ask("SELECT novelty_post()") == [(1,)]
    assert installation.ask("SELECT * FROM novelty") == []
    for statement in ("INSERT INTO novelty VALUES (1)", "SELECT novelty_do_post()"):
        with pytest.raises(errors.InsufficientPrivilege):
            installation.ask(statement)


def test_a_function_that_acts_for_the_owner_on_any_search_path_stops_the_migration(installation):
    installation.ask(
        "CREATE FUNCTION careless() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        login=installation.owner,
    )
    done = installation.run("manage.py", "migrate", owner=installation.owner)
    assert "SECURITY DEFINER without SET search_path: careless()" in done.stderr
    installation.ask("DROP FUNCTION careless()", login=installation.owner)
    installation.manage("migrate", owner=installation.owner)


def test_the_logins_can_be_made_again_with_other_passwords(installation):
    another = installation.web.replace(PASSWORD, "%E6%96%B0-word")
    logins.establish(admin=installation.admin, owner=installation.owner, web=another)
    with pytest.raises(psycopg2.OperationalError):
        installation.ask("SELECT 1")
    assert installation.ask("SELECT 1", login=another) == [(1,)]
    logins.establish(admin=installation.admin, owner=installation.owner, web=installation.web)


def test_one_login_in_two_parts_is_refused(installation):
    with pytest.raises(ValueError, match="three different logins"):
        logins.establish(admin=installation.admin, owner=installation.web, web=installation.web)


def test_create_logins_says_what_it_lacks(installation):
    done = installation.run("manage.py", "create_logins", owner=installation.owner, ADMIN_DATABASE_URL="")
    assert "set ADMIN_DATABASE_URL" in done.stderr
    bad = installation.admin.replace(PASSWORD, "wrong")
    done = installation.run("manage.py", "create_logins", owner=installation.owner, ADMIN_DATABASE_URL=bad)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------- what the apps say
def test_rights_are_said_of_models_that_exist():
    for config in apps.get_app_configs():
        names = {model.__name__ for model in config.get_models(include_auto_created=True)} | {"*"}
        assert set(getattr(config, "web_rights", {})) <= names, config.name


def test_a_right_for_no_model_is_refused(monkeypatch):
    config = apps.get_app_config("ledger")
    monkeypatch.setattr(config, "web_rights", {"*": (), "Trnsaction": ("INSERT",)})
    with pytest.raises(ImproperlyConfigured, match="Trnsaction"):
        roles._rights_of(apps.get_model("ledger", "Entry"))


def test_the_ledger_is_closed_where_nothing_is_said():
    books = {"Transaction", "Entry", "MonthUse", "ReversedTotal", "IdempotencyKey", "AreaRule"}
    assert {name: roles._rights_of(apps.get_model("ledger", name)) for name in books} == dict.fromkeys(
        books, ()
    )


@pytest.mark.django_db
def test_the_role_does_not_change_inside_a_transaction(settings, monkeypatch):
    monkeypatch.undo()
    settings.OWNER_LOGIN = dict(settings.DATABASES["default"])
    with pytest.raises(RuntimeError, match="inside a transaction"), _real_as_owner():
        pass


_real_as_owner = roles.as_owner
