"""Who may do what in PostgreSQL: the owner changes tables, the portal's role only works with them.

The portal (web, workers, most commands) connects as the role of DATABASE_URL. What makes or remakes tables,
publishes rules or makes up a past connects as the role of MIGRATE_DATABASE_URL, which owns everything.
Rights are never granted one by one: `manage.py migrate` derives all of them anew from the apps' `web_rights`
and from what kind of function it finds (docs/decisions/0012-two-database-roles.md).
"""

import contextlib
from collections.abc import Iterator, Mapping

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

EVERYTHING = ("INSERT", "UPDATE", "DELETE")
"""What an app's models may have done to them when its AppConfig has no `web_rights`."""

_LOGIN = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


# ------------------------------------------------------------- being the owner for a while
class _Acting:
    """Remembers that this process works as the owner on purpose."""

    as_owner = False


@contextlib.contextmanager
def as_owner() -> Iterator[None]:
    """Work as the role of MIGRATE_DATABASE_URL, where that is set. Not inside a transaction."""
    login: Mapping[str, object] = settings.OWNER_LOGIN or {}
    if login and connection.in_atomic_block:
        raise RuntimeError("the role cannot change inside a transaction")
    before = {name: connection.settings_dict[name] for name in _LOGIN}
    was, _Acting.as_owner = _Acting.as_owner, True
    _log_in({name: login[name] for name in _LOGIN} if login else {})
    try:
        yield
    finally:
        _Acting.as_owner = was
        _log_in(before if login else {})


def _log_in(login: Mapping[str, object]) -> None:
    if login:
        connection.close()
        connection.settings_dict.update(login)


def web_role() -> str:
    """Return the portal's role when it is another one than the owner, else ""."""
    owner: Mapping[str, object] = settings.OWNER_LOGIN or {"USER": settings.WEB_ROLE}
    return "" if owner["USER"] == settings.WEB_ROLE else settings.WEB_ROLE


# ------------------------------------------------------------- granting
@transaction.atomic
def grant(role: str) -> None:
    """Give the portal's role what it needs and take everything else, in one step; safe to repeat.

    Call it as the owner. Raises ImproperlyConfigured for a function or a right that cannot be meant.
    """
    with connection.cursor() as cursor:
        who = connection.ops.quote_name(role)
        for kind in ("TABLES", "SEQUENCES", "ROUTINES"):
            cursor.execute(f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM PUBLIC, {who}")
        # What a later migration makes is closed until it is granted here.
        cursor.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {who}")
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {who}")
        for table, rights in _rights(connection.introspection.table_names(cursor)).items():
            cursor.execute(f"GRANT {', '.join(rights)} ON {connection.ops.quote_name(table)} TO {who}")
        for function in _callable_functions(cursor):
            cursor.execute(f"GRANT EXECUTE ON ROUTINE {function} TO {who}")


def _rights(present: list[str]) -> dict[str, tuple[str, ...]]:
    """Return table → rights to write, of every model whose table is there and may be written at all."""
    rights = {model._meta.db_table: _rights_of(model) for model in apps.get_models(include_auto_created=True)}
    return {table: given for table, given in rights.items() if given and table in present}


def _rights_of(model: type[Model]) -> tuple[str, ...]:
    """Return what `web_rights` says of a model: its own line, else the one of "*"."""
    config = apps.get_app_config(model._meta.app_label)
    said: Mapping[str, tuple[str, ...]] = getattr(config, "web_rights", {})
    if unknown := said.keys() - {"*"} - {found.__name__ for found in config.get_models(True)}:
        raise ImproperlyConfigured(f"{config.name}: web_rights names no model: {', '.join(sorted(unknown))}")
    return said.get(model.__name__, said.get("*", EVERYTHING))


_FUNCTIONS = r"""
SELECT p.oid::regprocedure::text, p.prosecdef, p.proconfig::text LIKE '%search_path=%'
FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = current_user::regrole
    AND p.prorettype <> 'trigger'::regtype AND p.proname NOT LIKE '%\_do\_%'
    AND (p.prosecdef OR p.provolatile <> 'v')
ORDER BY 1
"""
"""Functions that take a call from outside: what acts for the owner, and what only reads or computes.

The rest are parts of others: triggers, `…_do_…` (which may post into the past), what writes as its caller.
"""


def _callable_functions(cursor: CursorWrapper) -> list[str]:
    cursor.execute(_FUNCTIONS)
    found = cursor.fetchall()
    if open_ones := [name for name, definer, fixed in found if definer and not fixed]:
        raise ImproperlyConfigured(f"SECURITY DEFINER without SET search_path: {', '.join(open_ones)}")
    return [name for name, _definer, _fixed in found]


# ------------------------------------------------------------- looking whether it holds
_TOO_MUCH = r"""
SELECT r.rolsuper OR r.rolbypassrls OR r.rolcreaterole,
       has_schema_privilege('public', 'CREATE'),
       (SELECT min(relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'MEMBER')),
       (SELECT min(relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND has_table_privilege(oid, 'TRUNCATE')),
       (SELECT min(proname) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proname LIKE '%\_do\_%'
            AND has_function_privilege(oid, 'EXECUTE'))
FROM pg_roles AS r WHERE r.rolname = current_user
"""

_FLAWS = (
    "is a superuser or may make roles",
    "may create in schema public",
    "owns {0} and could switch its guards off",
    "may empty {0}",
    "may call {0}, which is for the owner",
)


def flaws() -> list[str]:
    """Say what the role we are connected as may do and the portal's must not; [] when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_TOO_MUCH)
        found = cursor.fetchone()
    return [words.format(which) for words, which in zip(_FLAWS, found, strict=True) if which]


def too_much() -> str:
    """Return `flaws` as one sentence for an operator; "" when there are none or the owner acts on purpose."""
    if _Acting.as_owner or not (wrong := flaws()):
        return ""
    return f"the role of DATABASE_URL {'; '.join(wrong)}. It needs one of its own: docs/operations.md"


def require_the_portals_own() -> None:
    """Refuse to serve as the owner in production; a database that is away is left to /readyz to tell.

    Raises ImproperlyConfigured in words.
    """
    if not settings.PRODUCTION:
        return
    try:
        if problem := too_much():
            raise ImproperlyConfigured(problem)
    except DatabaseError:
        return
    finally:
        connection.close()  # the server forks after this
