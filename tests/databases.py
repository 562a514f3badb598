"""Transactional tests start from a template database.

The ledger's tables refuse TRUNCATE, so Django's flush after such a test cannot work. The first
transactional test copies the migrated database; after each one the used copy is dropped and made again
(about a tenth of a second). What the migrations wrote is therefore there in every test.
"""

import contextlib
from collections.abc import Iterator
from unittest import mock

from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase


@contextlib.contextmanager
def start_transactional_tests_from_a_template() -> Iterator["TemplateDatabase"]:
    """Replace the flush of every TransactionTestCase (pytest's `transaction=True` is one)."""
    template = TemplateDatabase()
    with (
        mock.patch.object(TransactionTestCase, "_fixture_setup", template.make_once),
        mock.patch.object(TransactionTestCase, "_fixture_teardown", template.restore),
    ):
        yield template


class TemplateDatabase:
    """A copy of the freshly migrated test database, made when first needed."""

    name = ""

    def make_once(self) -> None:
        """Copy the test database, unless that was done."""
        if self.name:
            return
        self.name = f"{connection.settings_dict['NAME']}_template"
        self._replace(self.name, source=connection.settings_dict["NAME"])

    def restore(self) -> None:
        """Replace the used test database by a fresh copy, whoever is still connected to it."""
        self._replace(connection.settings_dict["NAME"], source=self.name)
        settings.LEDGER_SEALS_PATH.unlink(missing_ok=True)  # what was published goes with its database

    def drop(self) -> None:
        """Remove the copy at the end of the session."""
        if self.name:
            self._run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _replace(self, target: str, *, source: str) -> None:
        self._run(
            f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)',
            # A server thread or a worker process may still hold a connection to the source.
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{source}'",
            f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY',
        )

    def _run(self, *statements: str) -> None:
        connections.close_all()
        with connection._nodb_cursor() as cursor:
            cursor.execute("SET ROLE NONE")  # databases are not the portal's to make
            for statement in statements:
                cursor.execute(statement)
