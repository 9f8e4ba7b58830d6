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

from tracker.orders import Order

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

    `form` makes of the values of a row, in the order of the columns, what is sent.
    `always` holds for each row, each of `filters` where its parameter was given; the name of a
    parameter that is a list ends its condition with `IN`. JSON is passed through as it is, and
    days and moments may come as text: these rows fit the JSON form only.
    """

    def __init__(
        self,
        model: type[models.Model],
        columns: Sequence[str],
        form: Callable[[Sequence[Any]], Row],
        *,
        always: str = "",
        filters: Mapping[str, str],
    ) -> None:
        self.model, self.columns = model, tuple(columns)
        self.form = form
        self.always, self.filters = always, filters

    def takes(self, asked: Mapping[str, Any]) -> bool:
        """Say whether all that is asked can be answered here."""
        return asked.keys() <= {*self.filters, "limit", "cursor", "order"}

    def page(self, asked: Mapping[str, Any], after: Any, limit: int, order: Order) -> list[Row]:
        """Return rows in an order, those that come after the place `after`."""
        table = self.model._meta.db_table
        conditions = [self.always] if self.always else []
        parameters: list[Any] = []
        for name, condition in self.filters.items():
            if name in asked:
                sql, values = _condition(condition, asked[name])
                conditions.append(sql)
                parameters += values
        if order.day:
            return self._by_day(conditions, parameters, after, limit, order)
        if after is not None:
            conditions.append(f'"{table}"."id" {order.beyond} %s')
            parameters.append(after)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        rest = f'{where} ORDER BY "{table}"."id" {order.way} LIMIT {limit:d}'
        return self._rows(rest, parameters)

    def _by_day(
        self,
        conditions: Sequence[str],
        parameters: Sequence[Any],
        after: Any,
        limit: int,
        order: Order,
    ) -> list[Row]:
        number = f'"{self.model._meta.db_table}"."id"'
        day = _written(self.model, self.columns, order.day)
        found: list[Row] = []
        for place in order.parts(after):
            if len(found) == limit:
                break
            sql, given = order.condition(place, day, number)
            where = " AND ".join([*conditions, sql])
            rest = f" ORDER BY {day} {order.way}, {number} {order.way} LIMIT {limit - len(found):d}"
            found += self._rows(f" WHERE {where}{rest}", [*parameters, *given])
        return found

    def selected(self) -> tuple[str, str]:
        """Return what stands between SELECT and FROM, and the tables after it."""
        columns, tables, _ = _select(self.model, self.columns)
        return columns, tables

    def formed(self, found: Iterable[Sequence[Any]]) -> list[Row]:
        """Return rows of what is selected in their form."""
        *_, as_json = _select(self.model, self.columns)
        rows = []
        for row in found:
            values = list(row)
            for place in as_json:
                values[place] = orjson.Fragment(values[place])
            rows.append(self.form(values))
        return rows

    def _rows(self, rest: str, parameters: Sequence[Any]) -> list[Row]:
        columns, tables = self.selected()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {tables}{rest}", parameters)  # noqa: S608 - the ORM's
            return self.formed(cursor.fetchall())


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
def _select(model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, str, list[int]]:
    """Return what is selected, from which tables, and at which places JSON stands."""
    query: Any = model._default_manager.order_by().values_list(*columns).query
    sql, _ = query.sql_with_params()  # columns and joins have no parameters
    selected, _, tables = sql.removeprefix("SELECT ").partition(" FROM ")
    if connection.vendor == "sqlite":
        written = query.get_compiler(DEFAULT_DB_ALIAS).compile
        shown = [_as_text(written(column)[0], column) for column in query.select]
        selected = ", ".join(shown)
    kinds = [column.target for column in query.select]
    return selected, tables, [place for place, of in enumerate(kinds) if isinstance(of, JSONField)]


@cache
def _written(model: type[models.Model], columns: tuple[str, ...], name: str) -> str:
    """Return one of the columns as `_select` writes it."""
    query: Any = model._default_manager.order_by().values_list(*columns).query
    query.sql_with_params()  # finds the joins
    column = query.select[columns.index(name)]
    return str(query.get_compiler(DEFAULT_DB_ALIAS).compile(column)[0])


def _as_text(written: str, column: Any) -> str:
    """Return a column so that SQLite's driver does not read days and moments out of its text."""
    if isinstance(column.target, models.DateTimeField):
        return f"replace({written}, ' ', 'T') || 'Z'"
    if isinstance(column.target, models.DateField):
        return f"{written} || ''"
    return written
