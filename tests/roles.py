"""With TEST_ROLE=web tests work as the portal's role; what plants, tampers or makes up a past leaves it.

The role is changed on the open connection (SET ROLE), so that planting and use share one transaction;
worker processes of a test log in with it. tests/ledger/test_roles.py proves what it cannot do.
"""

import contextlib
import os
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, connection

from gongji import roles
from tests.services import PASSWORD

WEB = "gongji_test_web"
SWITCHED_ON = os.environ.get("TEST_ROLE") == "web"
HINT = f"""\
Tests work as the portal's role ({WEB}), which may write a table only where its app says so.
 - The portal itself should write this: say so in `web_rights` of the app's apps.py (gongji/roles.py).
 - The test plants, tampers or makes up a past: with tests.roles.as_owner(): …, or @pytest.mark.owner."""


def work_as_the_portal() -> None:
    """Make the role, give it its rights in the test database, and have every connection work as it."""
    if not SWITCHED_ON:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7)")  # the workers of xdist share one server
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [WEB])
        if not cursor.rowcount:
            cursor.execute(f"CREATE ROLE {WEB} LOGIN PASSWORD '{PASSWORD}'")
        cursor.execute("SELECT pg_advisory_unlock(7)")
    roles.grant(WEB)
    become(WEB)


def become(role: str) -> None:
    """Work as a role from now on, on the open connection and on all later ones; NONE is the login's own."""
    _options()["options"] = f"{settings.PG_OPTIONS} -c role={role.lower()}"
    if connection.connection is not None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")


def _options() -> dict[str, str]:
    found: dict[str, str] = connection.settings_dict["OPTIONS"]
    return found


@contextlib.contextmanager
def as_owner() -> Iterator[None]:
    """Do this part as the role that owns the database (a superuser on the servers of the tests)."""
    before = _options()["options"].rpartition("role=")[2].upper()
    if not SWITCHED_ON or before == "NONE":
        yield
        return
    become("NONE")
    try:
        yield
    finally:
        # A transaction that is broken is rolled back next, and the role with it.
        with contextlib.suppress(DatabaseError):
            become(WEB)
