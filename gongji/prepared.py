"""Queries whose SQL is composed once per thread, for what every page and every settlement asks.

Composing the SQL of a query takes Django several times longer than running it. A `Prepared` is written as an
ordinary queryset, with arguments wherever a value comes with the call:

    _balances = Prepared(lambda owner: LedgerAccount.objects.filter(owner=owner).values_list("balance"))
    _balances(owner=person.pk)  # the list that list(queryset) would be

Only values may differ between calls, never the shape of the query; related objects come by `select_related`.
"""

import inspect
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet, Value
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


class Slot(Value):
    """Stands for a value that is not known yet."""

    def __init__(self, name: str) -> None:
        super().__init__(None)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        return "%s", [self]


class _Ready:
    """A queryset and the compiler that knows its SQL; both belong to one thread's connection."""

    def __init__(self, queryset: Any) -> None:
        self.queryset = queryset
        self.compiler: Any = queryset.query.get_compiler(using=queryset.db)
        self.sql, self.parameters = self.compiler.as_sql()
        queryset.query.get_compiler = lambda *args, **kwargs: self.compiler

    def rows(self, values: dict[str, Any]) -> list[Any]:
        filled = tuple(values[each.name] if isinstance(each, Slot) else each for each in self.parameters)
        self.compiler.as_sql = lambda *args, **kwargs: (self.sql, filled)
        return list(self.queryset._iterable_class(self.queryset))


class Prepared(Generic[Row]):
    """A queryset to be filled in: call it with the arguments of the function that writes it."""

    def __init__(self, write: Callable[..., QuerySet[Any, Row]]) -> None:
        self._write = write
        self._slots = {name: Slot(name) for name in inspect.signature(write).parameters}
        self._thread = threading.local()

    def __call__(self, **values: Any) -> list[Row]:
        """Run the query with these values and return its rows."""
        ready = getattr(self._thread, "ready", None)
        if ready is None:
            ready = self._thread.ready = _Ready(self._write(**self._slots))
        return ready.rows(values)

    def first(self, **values: Any) -> Row | None:
        """Run the query and return its first row; None when there is none."""
        rows = self(**values)
        return rows[0] if rows else None
