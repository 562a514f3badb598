"""Queries that are composed and planned once, for what every page and every settlement asks.

Composing the SQL of a query takes Django several times longer than running it takes PostgreSQL, and planning
it as long again. A `Prepared` is written as an ordinary queryset, with arguments for values that come later:

    _balances = Prepared(lambda owner: LedgerAccount.objects.filter(owner=owner).values_list("balance"))
    _balances(owner=person.pk)  # the list that list(queryset) would be

Its SQL is composed once per thread and prepared once per connection. Only values may differ between calls,
never the shape of the query; related objects come by `select_related`.
"""

import inspect
import weakref
from collections.abc import Callable
from itertools import count
from typing import Any, Generic, TypeVar

from asgiref.local import Local
from django.db import connections
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


class _Ready:
    """A queryset, the compiler that knows its SQL, and its statement on one thread's connection."""

    def __init__(self, queryset: Any) -> None:
        self.queryset = queryset
        self.connection = connections[queryset.db]
        self.compiler: Any = queryset.query.get_compiler(using=queryset.db)
        self.sql, self.parameters = self.compiler.as_sql()
        columns = [column for column, _sql, _alias in self.compiler.select[: self.compiler.col_count]]
        converters = self.compiler.get_converters(columns)
        composite = self.compiler.has_composite_fields(columns)
        self.compiler.get_converters = lambda _columns: converters
        self.compiler.has_composite_fields = lambda _columns: composite
        self.slots = [each.name for each in self.parameters if isinstance(each, Slot)]
        self.name = f"prepared_{next(_names)}"
        values = f"({', '.join(['%s'] * len(self.slots))})" if self.slots else ""
        self.call = f"EXECUTE {self.name} {values}"
        self.prepared_on: Any = lambda: None
        queryset.query.get_compiler = lambda *args, **kwargs: self.compiler

    def rows(self, values: dict[str, Any]) -> list[Any]:
        self.connection.close_if_health_check_failed()  # before a statement is looked for on it
        self.connection.ensure_connection()
        if self.prepared_on() is not self.connection.connection:
            self._prepare(self.connection.connection)
        filled = [values[name] for name in self.slots]
        self.compiler.as_sql = lambda *args, **kwargs: (self.call, filled)
        return list(self.queryset._iterable_class(self.queryset))

    def _prepare(self, server: Any) -> None:
        """Hand the statement to the server, with the values that never change in it."""
        place = count(1)
        filled = [AsIs(f"${next(place)}") if isinstance(each, Slot) else each for each in self.parameters]
        with server.cursor() as cursor:
            cursor.execute(f"PREPARE {self.name} AS {self.sql}", filled)
        self.prepared_on = weakref.ref(server)


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
