"""In which order a list comes: by number, or by a day and then by number.

A row without the day comes last, whichever way the days run: it is undated, neither old nor new.
So a list by day has two parts, each of which an index gives in order: the dated and the undated.
As of a moment some rows showed another day than now. Each part then flows together from two
streams, the rows of which an index is true and the others, few, which are sorted; at first only
their places are asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet

Place = tuple[str | None, int]  # a day (None: undated) and a number: where a row stands
Row = dict[str, Any]
_FIRST, _LAST = (date.min.isoformat(), 0), (date.max.isoformat(), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Order:
    """By number, or by the `day` that a column holds; the newest first or the oldest."""

    newest_first: bool
    day: str = ""
    streams: tuple[tuple[Q, str], ...] = ()  # which rows, and by which column they are in order

    @property
    def beyond(self) -> str:
        """How what comes later compares to what came, in SQL."""
        return "<" if self.newest_first else ">"

    @property
    def way(self) -> str:
        """The direction, in SQL."""
        return "DESC" if self.newest_first else "ASC"

    @property
    def is_elsewhere(self) -> bool:
        """Whether the day is in another table than the number."""
        return "__" in self.day

    def place(self, row: Mapping[str, Any]) -> Any:
        """Return where a row stands, as a list of it may go on after it."""
        if not self.day:
            return row["id"]
        day = row[self.day]
        return [None if day is None else str(day), row["id"]]

    def place_of_sent(self, row: Mapping[str, Any]) -> Any:
        """Return where a row stands that is in the form in which it is sent."""
        if not self.day:
            return row["id"]
        *owners, column = self.day.split("__")
        holder = row
        for owner in owners:
            holder = holder[owner]
        said = holder[column.removesuffix("_earliest")]
        return [None if said is None else str(said["earliest"]), row["id"]]

    def page(
        self, rows: QuerySet[Any], columns: Sequence[str], after: Any, count: int
    ) -> list[Row]:
        """Return the first `count` rows that come after a place, or of all where it is None."""
        if not self.day:
            return list(self._numbered(rows, after).values(*columns)[:count])
        found: list[Row] = []
        for place in self.parts(after):
            if len(found) < count:
                found += self._part(rows, [*columns, self.day], place, count - len(found))
        return found

    def _part(
        self, rows: QuerySet[Any], columns: Sequence[str], after: Place, count: int
    ) -> list[Row]:
        if not self.streams:
            return list(self._beyond(rows, after).values(*columns)[:count])
        places: list[tuple[date | None, int]] = []
        for some, column in self.streams:
            stream = Order(self.newest_first, column)._beyond(rows.filter(some), after)
            places += stream.values_list(column, "id")[:count]
        numbers = [number for _, number in sorted(places, reverse=self.newest_first)[:count]]
        found = rows.filter(id__in=numbers).order_by().values(*columns)
        return sorted(found, key=self.place, reverse=self.newest_first)

    def _beyond(self, rows: QuerySet[Any], after: Place) -> QuerySet[Any]:
        sign = "-" if self.newest_first else ""
        return rows.filter(_Beyond(self, after)).order_by(f"{sign}{self.day}", f"{sign}id")

    def parts(self, after: Any) -> Iterator[Place]:
        """Yield the place after which the dated rows go on, if they do, and that of the undated."""
        day, number = _LAST if self.newest_first else _FIRST
        if after is not None and after[0] is None:
            yield None, int(after[1])
            return
        yield (day, number) if after is None else (after[0], int(after[1]))
        yield None, number

    def condition(self, place: Place, day: str, number: str) -> tuple[str, list[Any]]:
        """Return in SQL, for these two columns, that a row comes after a place in its part."""
        if place[0] is None:
            return f"{day} IS NULL AND {number} {self.beyond} %s", [place[1]]
        # Two pairs are compared at once: an index of both finds the place, however many rows
        # a day has. What is undated is beyond no day.
        sql = f"({day}, {number}) {self.beyond} (%s, %s)"
        if not self.is_elsewhere:
            return sql, list(place)
        near = f"{day} {self.beyond}= %s"
        near = NEAR % near if connection.vendor == "sqlite" else near
        return f"{near} AND {sql}", [place[0], *place]

    def _numbered(self, rows: QuerySet[Any], after: int | None) -> QuerySet[Any]:
        rows = rows.order_by("-id" if self.newest_first else "id")
        if after is None:
            return rows
        return rows.filter(id__lt=after) if self.newest_first else rows.filter(id__gt=after)


class _Beyond(Func):
    """That a row comes after a place, in its part of a list by day."""

    output_field = BooleanField()

    def __init__(self, order: Order, place: Place) -> None:
        super().__init__(F(order.day), F("id"))
        self.order, self.place = order, place

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        """Return the condition on the columns as they are written in this query."""
        columns = [compiler.compile(one) for one in self.source_expressions]
        sql, given = self.order.condition(self.place, *(written for written, _ in columns))
        return sql, (*(value for _, values in columns for value in values), *given)


# Where the day is in a table that the rows only join, no index has both. Asked for the day alone,
# PostgreSQL walks that table in the order of days until the page is full; SQLite, which does not
# see that a page is soon full, is told that few rows are left: else it reads all and sorts them.
NEAR = "likelihood(%s, 0.001)"
BY_NUMBER = {newest_first: Order(newest_first) for newest_first in (False, True)}
