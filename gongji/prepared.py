"""Queries that are composed and planned once, for what every page and every settlement asks.

Composing the SQL of a query takes Django several times longer than running it takes PostgreSQL, and planning
it as long again. A `Prepared` is written as an ordinary queryset, with arguments for values that come later:

    _balances = Prepared(lambda owner: LedgerAccount.objects.filter(owner=owner).values_list("balance"))
    _balances(owner=person.pk)  # the list that list(queryset) would be

Its SQL is composed once per thread and prepared once per connection; a `Statement` is the latter alone. Only
values may differ between calls, never the shape of the query; related objects come by `select_related`.
"""

import inspect
import weakref
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Generic, TypeVar

from asgiref.local import Local
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler
from psycopg2.extensions import AsIs

Row = TypeVar("Row")
_names = count(1)


class Slot(Value):
    """Stands for a value that is not known yet."""

    def __init__(self, name: str) -> None:
        super().__init__(None)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        return "%s", [self]


class Statement:
    """SQL with `$1` to `$n` for what comes later: planned once per connection, then only filled in.

    `fixed` are the values of its `%s`, the same in every call.
    """

    def __init__(self, sql: str, arguments: int, fixed: Sequence[Any] | None = None) -> None:
        self.name = f"prepared_{next(_names)}"
        self._sql, self._fixed = sql, fixed
        values = f"({', '.join(['%s'] * arguments)})" if arguments else ""
        self._call = f"EXECUTE {self.name} {values}"
        self._known_to: weakref.WeakSet[Any] = weakref.WeakSet()

    def call(self, connection: BaseDatabaseWrapper) -> str:
        """Return what a cursor of this connection has to execute; the server is told the statement once."""
        connection.close_if_health_check_failed()  # before the statement is looked for on it
        connection.ensure_connection()
        server = connection.connection
        if server not in self._known_to:
            with connection.wrap_database_errors, server.cursor() as cursor:
                cursor.execute(f"PREPARE {self.name} AS {self._sql}", self._fixed)
            self._known_to.add(server)
        return self._call


class _Ready:
    """A queryset, the compiler that knows its SQL, and its statement, for one of Django's connections."""

    def __init__(self, queryset: Any) -> None:
        self.queryset = queryset
        self.connection = connections[queryset.db]
        self.compiler: Any = queryset.query.get_compiler(using=queryset.db)
        sql, parameters = self.compiler.as_sql()
        columns = [column for column, _sql, _alias in self.compiler.select[: self.compiler.col_count]]
        converters = self.compiler.get_converters(columns)
        composite = self.compiler.has_composite_fields(columns)
        self.compiler.get_converters = lambda _columns: converters
        self.compiler.has_composite_fields = lambda _columns: composite
        self.slots = [each.name for each in parameters if isinstance(each, Slot)]
        place = count(1)
        fixed = [AsIs(f"${next(place)}") if isinstance(each, Slot) else each for each in parameters]
        self.statement = Statement(sql, len(self.slots), fixed)
        queryset.query.get_compiler = lambda *args, **kwargs: self.compiler

    def rows(self, values: dict[str, Any]) -> list[Any]:
        call, filled = self.statement.call(self.connection), [values[name] for name in self.slots]
        self.compiler.as_sql = lambda *args, **kwargs: (call, filled)
        return list(self.queryset._iterable_class(self.queryset))


class Prepared(Generic[Row]):
    """A queryset to be filled in: call it with the arguments of the function that writes it."""

    def __init__(self, write: Callable[..., QuerySet[Any, Row]]) -> None:
        self._write = write
        self._slots = {name: Slot(name) for name in inspect.signature(write).parameters}
        self._local = Local(thread_critical=True)  # lives as long as Django's connection, in the same places

    def __call__(self, **values: Any) -> list[Row]:
        """Run the query with these values and return its rows."""
        ready = getattr(self._local, "ready", None)
        if ready is None:
            ready = self._local.ready = _Ready(self._write(**self._slots))
        return ready.rows(values)

    def first(self, **values: Any) -> Row | None:
        """Run the query and return its first row; None when there is none."""
        rows = self(**values)
        return rows[0] if rows else None
