"""Finds statements by their words, newest said first, and counts the uses of a phrase.

The words stand as they were said: no stemming and no stop words, because "not", "will" and "may"
are what an analyst looks for, and the record speaks more than one language. The database keeps
the index (migration 0003). Its order is that of the days, so that a page costs the same for a
rare word and for one that stands in a tenth of the record: nothing is ranked.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from tracker.models import Actor, Source, Statement, Topic
from tracker.orders import BY_NUMBER, Order
from tracker.patience import TooLongError, at_most
from tracker.prepared import Prepared, Row

LONGEST_QUERY = 500  # characters
MOST_TERMS = 40
PATIENCE = 10  # seconds that the database may look
_RARE = 100  # PostgreSQL looks by the day for words in more than one of so many statements
_LONGEST_WORD = 200
_SNIPPET = 240
_BEFORE = 80  # characters of a snippet that stand before the first mark
_TERM = re.compile(r'(-?)(?:"([^"]*)"?(\*?)|([^\s"]+))')
_ID_BITS = 40
_JULIAN = 1_721_425  # from Python's count of days to SQLite's
_PARTED = "-_./\\:@&=?#+%<>~"  # as in the migration


class TooSlowError(Exception):
    """A search that was given up; the message says why and how to ask instead."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase; with `begins`, its last word may go on."""

    text: str
    begins: bool = False

    def pattern(self) -> str:
        """Return a regular expression for it."""
        words = r"[\W_]+".join(map(re.escape, re.findall(r"[^\W_]+", self.text)))
        # What may not stand before it is looked at after its first letter: half the time.
        end = r"[^\W_]*" if self.begins else r"(?![^\W_])"
        return rf"{words[0]}(?<![^\W_].){words[1:]}{end}"


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: one of each group has to be there, and none of `without`."""

    groups: tuple[tuple[Term, ...], ...] = ()
    without: tuple[Term, ...] = ()
    refused: str = ""  # why nothing can be looked for; empty where it can

    def terms(self) -> list[Term]:
        """Return all terms that may be found."""
        return [term for group in self.groups for term in group]


class Snippet(NamedTuple):
    """A stretch of a passage with `marks`, the spans in it that were looked for."""

    text: str
    marks: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A statement that was found (actor, topic, document and its source are loaded)."""

    statement: Statement
    snippet: Snippet


@dataclass(frozen=True, slots=True)
class Page:
    """Hits, newest said first; `after` asks for the next page and is empty at the end."""

    hits: list[Hit]
    after: str


@dataclass(frozen=True, slots=True)
class Places:
    """The numbers of the statements of a page, in order; `after` as in Page."""

    ids: list[int]
    after: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The statements of a page in the form that a prepared read gives them; `after` as in Page."""

    rows: list[Row]
    after: str


@dataclass(frozen=True, slots=True)
class Month:
    """How often a phrase was used in a month (`2024-03`)."""

    month: str
    passages: int
    days: int


@dataclass(frozen=True, slots=True)
class Uses:
    """When a phrase was used.

    `passages`: in how many passages of documents it stands; `days`: on how many different days
    it was said (two reports of one occasion are two passages and one day).
    """

    first: Hit | None
    last: Hit | None
    passages: int
    days: int
    months: list[Month]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which statements count. `since` and `until` are days, both included."""

    actor: Actor | None = None
    topic: Topic | None = None
    source: Source | None = None
    attribution: Sequence[str] = ()
    fidelity: Sequence[str] = ()
    since: date | None = None
    until: date | None = None
    said_until: date | None = None
    known_at: datetime | None = None


def parse(text: str) -> Query:
    """Return what a person's words ask for: words, "phrases", begin*, -without, this OR that."""
    if len(text) > LONGEST_QUERY:
        return Query(refused=f"Ask with at most {LONGEST_QUERY} characters.")
    groups: list[list[Term]] = []
    without: list[Term] = []
    either = False
    for minus, quoted, star, bare in _TERM.findall(text):
        if bare == "OR" and not minus and groups:
            either = True
            continue
        term = _term(quoted or bare, star)
        if term is None:
            continue
        if minus:
            without.append(term)
        elif either:
            groups[-1].append(term)
        else:
            groups.append([term])
        either = False
    return _judged(Query(tuple(map(tuple, groups)), tuple(without)))


def statements(
    query: str, *, limit: int = 50, after: str = "", newest_first: bool = True, **filters: Any
) -> Page:
    """Return a page of the statements that hold the words, with what to mark in them.

    `filters` are those of Filters. A query that asks for nothing (`parse(query).refused`) finds
    nothing. Raises ValueError for an `after` that no page gave, TooSlowError.
    """
    return _hits(parse(query), Filters(**filters), limit, after, newest_first)


def places(query: Query, filters: Filters, **page: Any) -> Places:
    """Return which statements a page holds, by one query that reads no more of them.

    `page` as for `rows`. Raises TooSlowError.
    """
    found, after = _read(query, filters, None, **page)
    return Places([number for (number,) in found], after)


def rows(query: Query, filters: Filters, read: Prepared, **page: Any) -> Rows:
    """Return the statements of a page, by one query. `page`: limit, after, newest_first.

    Raises ValueError for an `after` that no page gave, TooSlowError.
    """
    found, after = _read(query, filters, read.selected(), **page)
    return Rows(read.formed(found), after)


def _read(
    query: Query,
    filters: Filters,
    selected: tuple[str, str] | None,
    *,
    limit: int,
    after: str = "",
    newest_first: bool = True,
) -> tuple[list[Sequence[Any]], str]:
    """Return what is selected of a page's statements (None: their numbers), and its `after`."""
    if query.refused or not query.groups:
        return [], ""
    asked = _Asked(query, filters, limit + 1, _place(after), BY_NUMBER[newest_first])
    index = _index()
    with _bounded():
        found = index.read(asked, selected)
    last = index.after(found[limit - 1][0]) if len(found) > limit else ""
    return [row[1:] for row in found[:limit]], last


def phrase(words: str, **filters: Any) -> Uses:
    """Return when exactly these words, in any case, were used. `filters` are those of Filters.

    Raises TooSlowError.
    """
    query = phrase_query(words)
    if query.refused:
        return Uses(None, None, 0, 0, [])
    asked = Filters(**filters)
    ends = [_hits(query, asked, 1, "", newest).hits for newest in (False, True)]
    with _bounded():
        months = [Month(*row) for row in _index().months(query, asked)]
    return Uses(
        first=ends[0][0] if ends[0] else None,
        last=ends[1][0] if ends[1] else None,
        passages=sum(month.passages for month in months),
        days=sum(month.days for month in months),
        months=months,
    )


def phrase_query(words: str) -> Query:
    """Return the query for exactly these words in this order."""
    if len(words) > LONGEST_QUERY:
        return Query(refused=f"Ask with at most {LONGEST_QUERY} characters.")
    term = _term(words, "")
    return _judged(Query(((Term(term.text),),) if term else ()))


def snippets(query: Query) -> Callable[[str], Snippet]:
    """Return what cuts passages around the first words that were looked for."""
    patterns = [re.compile(term.pattern(), re.IGNORECASE) for term in query.terms()]
    small = [re.compile(term.pattern()) for term in _small(query.terms())]

    def cut(exact: str) -> Snippet:
        # To look for small letters in small letters takes half the time.
        if small and exact.isascii():
            return _snippet(exact, _marks(small, exact.lower()))
        return _snippet(exact, _marks(patterns, exact))

    return cut


def _small(terms: Sequence[Term]) -> list[Term]:
    """Return the terms in small letters; none where some letter has others that count as it."""
    if not all(term.text.isascii() for term in terms):
        return []
    return [Term(term.text.lower(), term.begins) for term in terms]


# --- What is asked ------------------------------------------------------------------------------


def _term(text: str, star: str) -> Term | None:
    begins = bool(star) or text.endswith("*")
    words = [word[:_LONGEST_WORD] for word in text.split() if any(map(str.isalnum, word))]
    # An apostrophe parts words in both databases; a lone surrogate is no letter.
    kept = re.sub("[\0\"*'\ud800-\udfff]", " ", " ".join(words)).strip()
    return Term(kept, begins) if kept else None


def _judged(query: Query) -> Query:
    if not query.groups:
        return Query(refused="There is no word to look for.")
    if len(query.terms()) + len(query.without) > MOST_TERMS:
        return Query(refused=f"Ask for at most {MOST_TERMS} words.")
    return query


def _place(after: str) -> tuple[date, int] | None:
    if not after:
        return None
    day, _, number = after.partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", number):
        raise ValueError(f"{after!r} is no place in a search")
    return date.fromisoformat(day), int(number)


# --- What is shown ------------------------------------------------------------------------------


def _hits(query: Query, filters: Filters, limit: int, after: str, newest_first: bool) -> Page:
    found = places(query, filters, limit=limit, after=after, newest_first=newest_first)
    rows = (
        Statement.objects.filter(pk__in=found.ids)
        .select_related("actor", "topic", "document__source")
        .defer("document__text", "document__regions", "document__warnings")
        .in_bulk()
    )
    cut = snippets(query)
    hits = [Hit(rows[pk], cut(rows[pk].exact)) for pk in found.ids if pk in rows]
    return Page(hits, found.after)


def _snippet(exact: str, marks: list[tuple[int, int]]) -> Snippet:
    if len(exact) <= _SNIPPET:
        return Snippet(exact, marks)
    start = _start(exact, marks[0][0] if marks else 0)
    end = len(exact) if len(exact) <= start + _SNIPPET else _end(exact, start + _SNIPPET)
    before, behind = "… " if start else "", " …" if end < len(exact) else ""
    shift = len(before) - start
    inside = [(a + shift, min(b, end) + shift) for a, b in marks if a < end]
    return Snippet(before + exact[start:end] + behind, inside)


def _marks(patterns: Sequence[re.Pattern[str]], text: str) -> list[tuple[int, int]]:
    """Return the spans of all terms in order, those that touch joined."""
    spans = [match.span() for pattern in patterns for match in pattern.finditer(text)]
    if len(patterns) == 1:
        return spans
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _start(exact: str, mark: int) -> int:
    """Return where a snippet begins: at a word, not far before the first mark."""
    if mark <= _BEFORE:
        return 0
    space = exact.find(" ", mark - _BEFORE, mark)
    return space + 1 if space >= 0 else mark - _BEFORE


def _end(exact: str, end: int) -> int:
    space = exact.rfind(" ", end - _BEFORE, end)
    return space if space > 0 else end


# --- The two databases --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which statements are read."""

    query: Query
    filters: Filters
    limit: int
    after: tuple[date, int] | None
    order: Order


@dataclass(slots=True)
class _Sql:
    """Conditions with their parameters."""

    conditions: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)

    def add(self, condition: str, *parameters: Any) -> None:
        self.conditions.append(condition)
        self.parameters += parameters

    def text(self, select: str, rest: str) -> str:
        return f"{select} WHERE {' AND '.join(self.conditions)} {rest}"

    def fetch(self, select: str, rest: str) -> list[tuple[Any, ...]]:
        return self.run(self.text(select, rest))

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, self.parameters)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def months(self, month: str, source: str) -> list[tuple[str, int, int]]:
        """Return month, passages and days of what fits; `month` is the expression for it."""
        self.add("s.said_earliest IS NOT NULL")
        counts = f"count(DISTINCT {_PASSAGE}), count(DISTINCT s.said_earliest)"
        rows = self.fetch(f"SELECT {month} AS month, {counts} {source}", "GROUP BY 1 ORDER BY 1")
        return [(row[0], row[1], row[2]) for row in rows]


def _filtered(filters: Filters) -> _Sql:
    """Return the conditions on the rows of tracker_statement `s`."""
    sql = _Sql()
    instant, day = connection.ops.adapt_datetimefield_value, connection.ops.adapt_datefield_value
    if filters.known_at is None:
        sql.add("s.retracted_at IS NULL")
    else:
        known = instant(filters.known_at)
        sql.add("(s.retracted_at IS NULL OR s.retracted_at > %s)", known)
        sql.add("s.recorded_at <= %s", known)
    for column, row in (("actor_id", filters.actor), ("topic_id", filters.topic)):
        if row is not None:
            sql.add(f"s.{column} = %s", row.pk)
    for column, values in (("attribution", filters.attribution), ("fidelity", filters.fidelity)):
        if values:
            sql.add(f"s.{column} IN ({', '.join(['%s'] * len(values))})", *values)
    if filters.source is not None:
        sql.add(
            "EXISTS (SELECT 1 FROM tracker_document d"
            " WHERE d.id = s.document_id AND d.source_id = %s)",
            filters.source.pk,
        )
    for last in (filters.until, filters.said_until):
        if last is not None:
            sql.add("s.said_latest <= %s", day(last))
    return sql


# A passage on two topics is two statements and still one passage.
_PASSAGE = "s.document_id * 2147483648 + s.start"


@contextmanager
def _bounded() -> Iterator[None]:
    """Give up what is not found soon. Raises TooSlowError.

    Of words that are frequent, and seldom or never where the filters look or side by side, each
    statement of the record may have to be looked at.
    """
    try:
        with at_most(PATIENCE):
            yield
    except TooLongError as error:
        raise TooSlowError(
            f"Looking for this takes more than {PATIENCE} seconds: its words are frequent, and "
            "seldom together. Ask for a rarer word, or for one actor, topic or time."
        ) from error


class _Postgres:
    """`words` is a tsvector; statistics tell how rare a word is.

    For a rare word the rows are gathered and sorted, for a frequent one the days are walked.
    """

    _FROM = "FROM tracker_statement s"
    _DAY = "coalesce(s.said_earliest, date '0001-01-01')"
    _HELD = "SELECT reltuples FROM pg_class WHERE oid = 'tracker_statement'::regclass"

    def read(self, asked: _Asked, selected: tuple[str, str] | None) -> list[tuple[Any, ...]]:
        """Find the statements first, then join to them what is selected."""
        sql = self._asked(asked.query, asked.filters)
        way, beyond = asked.order.way, asked.order.beyond
        if asked.after is not None:
            sql.add(f"({self._DAY}, s.id) {beyond} (%s, %s)", *asked.after)
        # A day plus nothing is in no index: the rows are gathered by their words, then sorted.
        order = f"{self._DAY} + 0" if self._expects_few(asked.query) else self._DAY
        select = f"SELECT s.id, {self._DAY} AS day {self._FROM}"
        found = sql.text(select, f"ORDER BY {order} {way}, s.id {way} LIMIT {asked.limit:d}")
        head = "SELECT to_char(f.day, 'YYYY-MM-DD') || '.' || f.id"
        order = f"ORDER BY f.day {way}, f.id {way}"
        if selected is None:
            return sql.run(f"{head}, f.id FROM ({found}) AS f {order}")
        columns, tables = selected
        joined = f'{tables}, ({found}) AS f WHERE "tracker_statement"."id" = f.id'
        return sql.run(f"{head}, {columns} FROM {joined} {order}")

    @staticmethod
    def after(place: str) -> str:
        return place

    def months(self, query: Query, filters: Filters) -> list[tuple[str, int, int]]:
        month = "to_char(s.said_earliest, 'YYYY-MM')"
        return self._asked(query, filters).months(month, self._FROM)

    def _expects_few(self, query: Query) -> bool:
        """Say whether PostgreSQL's statistics expect few of the statements to hold the words.

        It takes them for spread evenly over the days, walks these even for a few thousand of a
        million, and walks all of them where the words belong to a time long ago.
        """
        sql = _Sql()
        self._match(sql, query)
        ((plan,),) = sql.fetch(f"EXPLAIN (FORMAT JSON) SELECT 1 {self._FROM}", "")
        found = json.loads(plan) if isinstance(plan, str) else plan
        ((held,),) = _Sql().run(self._HELD)
        return bool(_RARE * found[0]["Plan"]["Plan Rows"] <= held)

    def _asked(self, query: Query, filters: Filters) -> _Sql:
        sql = _filtered(filters)
        self._match(sql, query)
        if filters.since is not None:
            sql.add(f"{self._DAY} >= %s", filters.since)
        if filters.until is not None:
            sql.add(f"{self._DAY} <= %s", filters.until)
        return sql

    def _match(self, sql: _Sql, query: Query) -> None:
        parts, parameters = [], []
        for group in query.groups:
            parts.append("(" + " || ".join(map(self._tsquery, group)) + ")")
            parameters += [self._text(term) for term in group]
        for term in query.without:
            parts.append(f"(!! {self._tsquery(term)})")
            parameters.append(self._text(term))
        sql.add(f"s.words @@ ({' && '.join(parts)})", *parameters)

    @staticmethod
    def _tsquery(term: Term) -> str:
        return f"{'to_tsquery' if term.begins else 'phraseto_tsquery'}('simple', %s)"

    @staticmethod
    def _text(term: Term) -> str:
        text = term.text.translate({ord(letter): " " for letter in _PARTED})
        return f"'{text}':*" if term.begins else text


class _Sqlite:
    """The rows of the index are numbered by day and id: its own order is the wanted one."""

    _FROM = "FROM tracker_statement_words w CROSS JOIN tracker_statement s"
    _LAST = 2**_ID_BITS - 1

    def read(self, asked: _Asked, selected: tuple[str, str] | None) -> list[tuple[Any, ...]]:
        """Go along the index, and from each entry to the statement and what is joined to it."""
        sql = self._asked(asked.query, asked.filters)
        way, beyond = asked.order.way, asked.order.beyond
        if asked.after is not None:
            sql.add(f"w.rowid {beyond} %s", self._number(*asked.after))
        columns, tables = selected or ("s.id", "")
        # CROSS JOIN is joined as it is written.
        joined = tables.removeprefix('"tracker_statement"').replace("INNER JOIN", "CROSS JOIN")
        return sql.fetch(
            f"SELECT w.rowid, {columns} {self._FROM} {joined}".replace('"tracker_statement"', "s"),
            f"ORDER BY w.rowid {way} LIMIT {asked.limit:d}",
        )

    @classmethod
    def after(cls, place: int) -> str:
        day = date.fromordinal(max((place >> _ID_BITS) - _JULIAN, 1))
        return f"{day}.{place & cls._LAST}"

    def months(self, query: Query, filters: Filters) -> list[tuple[str, int, int]]:
        return self._asked(query, filters).months("substr(s.said_earliest, 1, 7)", self._FROM)

    def _asked(self, query: Query, filters: Filters) -> _Sql:
        sql = _Sql()
        found = [f"({' OR '.join(map(self._match, group))})" for group in query.groups]
        match = " AND ".join(found)
        if query.without:
            match = f"({match}) NOT ({' OR '.join(map(self._match, query.without))})"
        sql.add("tracker_statement_words MATCH %s", match)
        sql.add(f"s.id = (w.rowid & {self._LAST})")
        if filters.since is not None:
            sql.add("w.rowid >= %s", self._number(filters.since, 0))
        if filters.until is not None:
            sql.add("w.rowid <= %s", self._number(filters.until, self._LAST))
        rows = _filtered(filters)
        sql.conditions += rows.conditions
        sql.parameters += rows.parameters
        return sql

    @staticmethod
    def _match(term: Term) -> str:
        return f'"{term.text}"' + (" *" if term.begins else "")

    @staticmethod
    def _number(day: date, number: int) -> int:
        return (day.toordinal() + _JULIAN << _ID_BITS) | number


def _index() -> _Postgres | _Sqlite:
    return _Postgres() if connection.vendor == "postgresql" else _Sqlite()
