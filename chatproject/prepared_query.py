"""Queries that are compiled to SQL once.

For the small queries that every request and every socket makes, the ORM takes several times as long to compile the SQL
as the database to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.query import get_related_populators

Row = TypeVar("Row")
# Stand for the arguments while a query is compiled, so that they can be found among its parameters.
SAMPLE_NUMBERS = (8_214_563_901, 8_214_563_902, 8_214_563_903)
SAMPLE_TEXTS = ("sample text one", "sample text two", "sample text three")


class Compiled(NamedTuple):
    """A query as SQL, and what converts its rows to model instances."""

    sql: str
    parameters: Sequence[Any]
    samples: Sequence[Any]
    compiler: Any
    converters: dict[int, Any]
    related: list[Any]  # what sets the instances that `select_related` loads

    def rows(self, arguments: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Return the rows for these arguments, converted to Python values."""
        given = dict(zip(self.samples, arguments, strict=True))
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [given.get(each, each) for each in self.parameters])
            rows = cursor.fetchall()
        if not self.converters:
            return iter(rows)
        return (self._converted(row, connection) for row in rows)

    def _converted(self, row: Sequence[Any], connection: Any) -> list[Any]:
        values = list(row)
        for index, (convert, expression) in self.converters.items():
            for converter in convert:
                values[index] = converter(values[index], expression, connection)
        return values


class PreparedQuery(Generic[Row]):
    """A queryset in which only integers and texts vary. `build` makes it from them, and may use each several times.

    The instances are those that the queryset itself would return, with `select_related` and annotations.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Row]]) -> None:
        self._build = build
        self._compiled = lru_cache(maxsize=256)(self._compile)

    def all(self, *arguments: int | str, limit: int | None = None) -> list[Row]:
        """Return the model instances for these arguments, at most `limit` of them."""
        if limit == 0:  # Django refuses to compile an empty slice
            return []
        compiled = self._compiled(tuple(type(argument) for argument in arguments), limit)
        compiler = compiled.compiler
        fields = compiler.klass_info["select_fields"]
        start, end = fields[0], fields[-1] + 1
        model = compiler.klass_info["model"]
        names = [column[0].target.attname for column in compiler.select[start:end]]
        found = []
        for row in compiled.rows(arguments):
            instance = model.from_db(DEFAULT_DB_ALIAS, names, row[start:end])
            for populator in compiled.related:
                populator.populate(row, instance)
            for name, position in compiler.annotation_col_map.items():
                setattr(instance, name, row[position])
            found.append(instance)
        return found

    def values(self, *arguments: int | str) -> list[Sequence[Any]]:
        """Return the rows for these arguments, for a queryset with `values_list`."""
        return list(self._compiled(tuple(type(argument) for argument in arguments), None).rows(arguments))

    def _compile(self, types: tuple[type, ...], limit: int | None) -> Compiled:
        numbers, texts = iter(SAMPLE_NUMBERS), iter(SAMPLE_TEXTS)
        samples = [next(numbers) if kind is int else next(texts) for kind in types]
        rows = self._build(*samples)
        compiler = (rows if limit is None else rows[:limit]).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select])
        info = compiler.klass_info  # None for a queryset with `values_list`
        # The stubs describe a later Django, which requires one more argument.
        related = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS) if info else []  # type: ignore[call-arg]
        return Compiled(sql, parameters, samples, compiler, converters, related)
