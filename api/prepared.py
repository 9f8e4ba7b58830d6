"""Reads that are asked all the time, with their statement written once and rows left as they come.

Building a query of thirty columns costs the ORM more than the database needs to answer it. The
SELECT is the ORM's own, made at the first use, and only conditions are added here. Values stay as
the driver gives them: JSON is passed through as text, so these rows fit the JSON form only.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from django.db import connection, models
from django.db.models.fields.json import JSONField

Row = dict[str, Any]


class Prepared:
    """Rows of a table with `columns` (names as for `.values()`), by conditions written in SQL.

    `always` holds for each row, each of `filters` where its parameter was given; the name of a
    parameter that is a list ends its condition with `IN`.
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
        numbers = ",".join(f"{number:d}" for number in ids)
        rows = self._rows(f' WHERE "{self.model._meta.db_table}"."id" IN ({numbers})', [])
        return {row["id"]: row for row in rows}

    def _rows(self, rest: str, parameters: Sequence[Any]) -> list[Row]:
        select, as_json = _select(self.model, self.columns)
        with connection.cursor() as cursor:
            cursor.execute(select + rest, parameters)
            found = [dict(zip(self.columns, row, strict=True)) for row in cursor.fetchall()]
        for name in as_json:
            for row in found:
                row[name] = orjson.Fragment(row[name])
        return found


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
    selected = zip(columns, query.select, strict=True)
    return sql, [name for name, column in selected if isinstance(column.target, JSONField)]
