"""Reads that are asked all the time: their SQL is the ORM's own, made once, then run by the driver.

Building a query of thirty columns costs the ORM more than the database needs to answer it.
Values stay as the driver gives them: JSON as text, and SQLite's moments without their zone.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models import Model, QuerySet
from django.db.models.fields.json import JSONField

Row = dict[str, Any]
Instance = TypeVar("Instance", bound=Model)
_HOLE = 7_301_977_733_000_000  # where a value goes: a number that no row has, so far


class Question:
    """A query of tuples that is built once; asked again, only its values change.

    `build` is called with as many values (numbers of rows, or slugs) as there are `holes`.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *, holes: int = 1) -> None:
        self.build, self._holes = build, holes

    def rows(self, *values: Any) -> list[Any]:
        """Return the rows for these values."""
        sql, places = self._built
        with connection.cursor() as cursor:
            cursor.execute(sql, [given if hole is None else values[hole] for hole, given in places])
            return list(cursor.fetchall())

    @cached_property
    def _built(self) -> tuple[str, list[tuple[int | None, Any]]]:
        """Return the SQL, and for each parameter the hole that it is or the value that it has."""
        holes = {str(_HOLE + number): number for number in range(self._holes)}
        sql, parameters = self.build(*map(int, holes)).query.sql_with_params()
        return sql, [(holes.get(str(given)), given) for given in parameters]


class Prepared:
    """Rows of a table with `columns` (names as for `.values()`), by conditions written in SQL.

    `always` holds for each row, each of `filters` where its parameter was given; the name of a
    parameter that is a list ends its condition with `IN`. JSON is passed through as it is, and
    days and moments may come as text: these rows fit the JSON form only.
    """

    def __init__(
        self,
        model: type[models.Model],
        columns: Sequence[str],
        *,
        always: str = "",
        filters: Mapping[str, str],
    ) -> None:
        self.model, self.columns = model, tuple(columns)
        self.always, self.filters = always, filters

    def takes(self, asked: Mapping[str, Any]) -> bool:
        """Say whether all that is asked can be answered here."""
        return asked.keys() <= {*self.filters, "limit", "cursor"}

    def page(self, asked: Mapping[str, Any], after: int | None, limit: int) -> list[Row]:
        """Return rows, newest first, that come after the row of the number `after`."""
        table = self.model._meta.db_table
        conditions = [self.always] if self.always else []
        parameters: list[Any] = []
        for name, condition in self.filters.items():
            if name in asked:
                sql, values = _condition(condition, asked[name])
                conditions.append(sql)
                parameters += values
        if after is not None:
            conditions.append(f'"{table}"."id" < %s')
            parameters.append(after)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return self._rows(f'{where} ORDER BY "{table}"."id" DESC LIMIT {limit:d}', parameters)

    def numbered(self, ids: Sequence[int]) -> dict[int, Row]:
        """Return number -> row."""
        if not ids:
            return {}
        these, listed = among(ids)
        rows = self._rows(f' WHERE "{self.model._meta.db_table}"."id" {these}', [listed])
        return {row["id"]: row for row in rows}

    def _rows(self, rest: str, parameters: Sequence[Any]) -> list[Row]:
        select, as_json = _select(self.model, self.columns)
        with connection.cursor() as cursor:
            cursor.execute(select + rest, parameters)
            found = [dict(zip(self.columns, row, strict=True)) for row in cursor.fetchall()]
        for row in found:
            for name in as_json:
                row[name] = orjson.Fragment(row[name])
        return found


def named(model: type[Instance], slug: str) -> Instance | None:
    """Return the actor, topic or source of this slug; all but its name is loaded when asked for."""
    for row in _by_slug(model).rows(slug):
        return instance(model, _NAMED, row)
    return None


def instance(model: type[Instance], names: Iterable[str], row: Iterable[Any]) -> Instance:
    """Return a row as its model, with the columns named; any other is loaded when asked for."""
    return model.from_db(DEFAULT_DB_ALIAS, names, row)  # type: ignore[arg-type]  # any iterables


_NAMED = ("id", "slug", "name")


@cache
def _by_slug(model: type[Model]) -> Question:
    rows = model._default_manager
    return Question(lambda slug: rows.filter(slug=slug).order_by().values_list(*_NAMED))


def among(ids: Sequence[int]) -> tuple[str, Any]:
    """Return the condition that a number is one of these, in the same words for any of them.

    Other words are another query, which the database would have to plan.
    """
    if connection.vendor == "sqlite":
        return "IN (SELECT value FROM json_each(%s))", json.dumps(ids)
    return "= ANY(%s)", list(ids)


def _condition(condition: str, value: Any) -> tuple[str, list[Any]]:
    if isinstance(value, list):
        return f"{condition} ({', '.join(['%s'] * len(value))})", value
    if isinstance(value, models.Model):
        value = value.pk
    return condition, [value]


@cache
def _select(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, list[str]]:
    """Return the SELECT with its joins, and the columns of JSON."""
    query: Any = model._default_manager.order_by().values_list(*columns).query
    sql, _ = query.sql_with_params()  # columns and joins have no parameters
    if connection.vendor == "sqlite":
        written = query.get_compiler(DEFAULT_DB_ALIAS).compile
        shown = [_as_text(written(column)[0], column) for column in query.select]
        sql = f"SELECT {', '.join(shown)} FROM {sql.partition(' FROM ')[2]}"  # noqa: S608 - the ORM's
    selected = zip(columns, query.select, strict=True)
    return sql, [name for name, column in selected if isinstance(column.target, JSONField)]


def _as_text(written: str, column: Any) -> str:
    """Return a column so that SQLite's driver does not read days and moments out of its text."""
    if isinstance(column.target, models.DateTimeField):
        return f"replace({written}, ' ', 'T') || 'Z'"
    if isinstance(column.target, models.DateField):
        return f"{written} || ''"
    return written
