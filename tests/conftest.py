"""What every test can count on: real services, a clean database, and tripwires for common slips."""

from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections

from tests import roles
from tests.databases import start_transactional_tests_from_a_template
from tests.tripwires import UndefinedVariable


@pytest.fixture(scope="session", autouse=True)
def _transactional_tests_start_from_a_template(django_db_blocker):
    """The ledger refuses TRUNCATE, so a used database is thrown away instead of flushed."""
    with start_transactional_tests_from_a_template() as template:
        yield
        with django_db_blocker.unblock():
            template.drop()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Tests work as the portal's role. Before the database goes, cut what was left open on it."""
    with django_db_blocker.unblock():
        roles.work_as_the_portal()
    with mock.patch("gongji.roles.as_owner", roles.as_owner):
        yield
    with django_db_blocker.unblock():
        connection.close()  # a browser test may have ended on a connection that its database took with it
        roles.become("NONE")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(scope="session", autouse=True)
def _undefined_template_variables_fail():
    """A misspelt variable in one of our templates stops the test instead of printing nothing."""
    options = settings.TEMPLATES[0]["OPTIONS"]
    options["string_if_invalid"] = UndefinedVariable()
    yield
    del options["string_if_invalid"]


@pytest.fixture(scope="session", autouse=True)
def _plain_static_files():
    """No manifest in tests: nobody runs collectstatic for them."""
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"


@pytest.fixture(autouse=True)
def _as_owner_where_marked(request):
    """A test marked `owner` works as the owner of the database from beginning to end."""
    if not request.node.get_closest_marker("owner"):
        yield
        return
    request.getfixturevalue("_django_db_helper")
    with roles.as_owner():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Explain a right that the portal's role does not have."""
    report = yield
    if call.excinfo is not None and "permission denied for" in str(call.excinfo.value):
        report.sections.append(("the role of the tests", roles.HINT))
    return report


@pytest.fixture(autouse=True)
def _clean_cache(request):
    """Rate limits and codes of one test never reach the next."""
    yield
    if {"db", "transactional_db", "client"} & set(request.fixturenames):
        cache.clear()


@pytest.fixture
def csv_file(tmp_path):
    """Write a file as a bureau gets it: with a byte order mark."""

    def write(header: str, *lines: str) -> Path:
        path = tmp_path / "file.csv"
        path.write_text("\ufeff" + "\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def in_threads():
    """Run functions at the same time, each on its own connection; return results and exceptions in order."""
    from tests.threads import run_together

    yield run_together
    connections.close_all()


@pytest.fixture
def crew(transactional_db, tmp_path, monkeypatch):
    """A broker of the test's own; workers and beats are hired from it."""
    from gongji import doorbell
    from gongji.celery import app
    from tests.crew import Crew

    crew = Crew(tmp_path)
    monkeypatch.setattr(app.conf, "broker_url", crew.url)
    monkeypatch.setattr(doorbell, "_resting_until", 0.0)
    doorbell._connection.cache_clear()
    crew.open()
    yield crew
    crew.go_home()
    doorbell._connection.cache_clear()


def pytest_terminal_summary(terminalreporter):
    """Say loudly when browser tests were left out: a green run without them proves less."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "browser" in report.keywords]
    if skipped:
        terminalreporter.section(
            f"{len(skipped)} BROWSER TESTS WERE LEFT OUT: no Chromium", red=True, bold=True
        )
        terminalreporter.line(
            "apt-get install chromium fonts-noto-cjk, or CHROMIUM=/path/to/it; then make test again"
        )
