"""The two logins of the portal at PostgreSQL: the owner of the tables, and the one web and workers use.

Needs an administrator's address once, and again only to change a password. `make run` calls this for its
embedded server, `manage.py create_logins` for any other; without Django, which is not set up yet then.
"""

from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor

_ALONE = 0x67_6F_6C_6F
"""Advisory lock: two servers of one deploy make the logins one after the other."""

_LOGIN = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

_HAND_OVER = """
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('ALTER %%s %%s OWNER TO %%I', kind, name, %(owner)s)
        FROM (
            SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
                       WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END AS kind,
                   c.oid::regclass::text AS name, c.relowner AS holder
            FROM pg_class AS c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
                AND NOT EXISTS (  -- the sequence of an identity column follows its table
                    SELECT FROM pg_depend WHERE objid = c.oid AND deptype IN ('i', 'a') AND c.relkind = 'S')
            UNION ALL
            SELECT 'ROUTINE', p.oid::regprocedure::text, p.proowner
            FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'TYPE', t.oid::regtype::text, t.typowner
            FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
            WHERE t.typnamespace = 'public'::regnamespace AND t.typelem = 0
                AND (t.typrelid = 0 OR c.relkind = 'c')
        ) AS found
        WHERE holder <> %(owner)s::regrole
    LOOP
        EXECUTE statement;
    END LOOP;
END $$
"""


def establish(*, admin: str, owner: str, web: str) -> None:
    """Make both logins with the passwords of their addresses, and the database; safe to repeat.

    All three are postgres:// addresses. What an older installation made under another name is handed to
    the owner. Raises psycopg2.Error when the administrator may not, ValueError for one login in two parts.
    """
    boss, keeper, clerk = (urlsplit(url) for url in (admin, owner, web))
    if len({boss.username, keeper.username, clerk.username}) < 3:
        raise ValueError("the administrator, the owner and the portal need three different logins")
    database = clerk.path.lstrip("/")
    with _connect(boss._replace(path="/postgres")) as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_ALONE])
        for login in (keeper, clerk):
            _make_login(cursor, login)
        _make_database(cursor, database, str(keeper.username))
    with _connect(boss._replace(path=f"/{database}")) as cursor:
        cursor.execute(_HAND_OVER, {"owner": keeper.username})
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def _make_login(cursor: Cursor, login: SplitResult) -> None:
    cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [login.username])
    verb = sql.SQL("ALTER" if cursor.rowcount else "CREATE")
    cursor.execute(
        sql.SQL("{} ROLE {} {} PASSWORD {}").format(
            verb,
            sql.Identifier(str(login.username)),
            sql.SQL(_LOGIN),
            sql.Literal(unquote(login.password or "")),
        )
    )


def _make_database(cursor: Cursor, name: str, owner: str) -> None:
    cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
    statement = "ALTER DATABASE {} OWNER TO {}" if cursor.rowcount else "CREATE DATABASE {} OWNER {}"
    cursor.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(owner)))


class _connect:
    """A cursor in autocommit on a connection of its own."""

    def __init__(self, address: SplitResult) -> None:
        self._address = urlunsplit(address)

    def __enter__(self) -> Cursor:
        self._connection = psycopg2.connect(self._address)
        self._connection.autocommit = True
        return self._connection.cursor()

    def __exit__(self, *_error: object) -> None:
        self._connection.close()
