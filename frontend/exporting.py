"""What a page shows, as CSV or JSON Lines: `?format=csv` or `?format=jsonl` on its address."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse

from frontend import desk, wording
from frontend.comparing import Comparison, DocumentComparison
from tracker import search
from tracker.models import Document, MergeProposal, Shift, Stance, Statement

MOST = 5000  # statements of a search
_AT_A_TIME = 500  # statements or cases
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
# What a spreadsheet would run as a formula, also after the blanks that it skips.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; `name` becomes the name of the file."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Any]]


def wanted(request: HttpRequest) -> str:
    """Return the format that the address asks for, empty where it asks for the page."""
    form = request.GET.get("format", "")
    return form if form in _TYPES else ""


def download(form: str, table: Table) -> StreamingHttpResponse:
    """Return a table as a file, written while it is read."""
    lines = _csv(table) if form == "csv" else _jsonl(table)
    response = StreamingHttpResponse(_to_its_end(form, lines), content_type=_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{table.name}.{form}"'
    return response


def _to_its_end(form: str, lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines; where a search is given up midway, the last one says so.

    Its status is sent by then, and a file that just ends would look whole.
    """
    try:
        yield from lines
    except search.TooSlowError as error:
        reason = f"This file is not whole. {error}"
        yield f'"{reason}"\r\n' if form == "csv" else json.dumps({"problem": reason}) + "\n"


def _csv(table: Table) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in ([table.columns], ([_cell(value) for value in row] for row in table.rows)):
        for cells in row:
            writer.writerow(cells)
            yield out.getvalue()
            out.seek(0)
            out.truncate()


def _cell(value: Any) -> Any:
    """Return a value as a cell that no spreadsheet takes for a formula. Numbers stay numbers."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value


def _jsonl(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield json.dumps(dict(zip(table.columns, row, strict=True)), ensure_ascii=False) + "\n"


def address(name: str, *args: Any) -> str:
    """Return the whole address of a page of this service."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}"


def utterances(payload: Row, shown: Callable[[Row], bool], *, undecided: bool) -> Table:
    """Return the utterances of a history payload that are shown, with the shifts before each."""
    led: dict[int, list[str]] = {}
    for shift in payload["shifts"]:
        if undecided or shift["status"] != "undecided":
            kinds = ", ".join(wording.KIND.get(kind, kind) for kind in shift["kinds"])
            led.setdefault(shift["newer"], []).append(f"{kinds or 'pair'} ({shift['status']})")
    columns = [
        *("actor", "topic", "utterance", "said", "earliest", "latest", "value", "act", "text"),
        *("rendering", "attributed_as", "role", "grade", "sources", "documents", "shifts", "page"),
    ]
    who = payload["stance"]
    rows = (
        [
            *(who["actor"]["name"], who["topic"]["name"], row["id"], row["said"]["edtf"]),
            *(row["said"]["earliest"], row["said"]["latest"], row["value"], row["act"]),
            *(row["text"], *_manner(row), row["role"], row["grade"], row["sources"]),
            [one["url"] or address("document", one["document"]) for one in row["attestations"]],
            *(led.get(row["id"], []), address("utterance", row["id"])),
        ]
        for row in payload["utterances"]
        if shown(row)
    )
    return Table(f"{who['actor']['slug']}-{who['topic']['slug']}", columns, rows)


def _manner(row: Row) -> tuple[str, str]:
    for one in row["attestations"]:
        if one["canonical"]:
            return wording.rendering(one["attribution"], one["fidelity"]), one["attributed_as"]
    return "", ""


def shifts(rows: Iterable[Shift], name: str = "shifts") -> Table:
    """Return shifts with both passages."""
    columns = [
        *("shift", "actor", "topic", "kinds", "direction", "status", "confidence", "materiality"),
        *("grade", "older_said", "older_text", "newer_said", "newer_text", "reasons"),
        *("older_source", "newer_source", "recorded_at", "page"),
    ]
    return Table(name, columns, map(_shift, rows))


def _shift(row: Shift) -> list[Any]:
    older, newer = row.older_statement, row.newer_statement
    return [
        *(row.pk, row.stance.actor.name, row.stance.topic.name, row.kinds, row.direction),
        *(row.status, row.confidence, row.materiality, row.grade, row.older.said_edtf),
        *(older.exact, row.newer.said_edtf, newer.exact, row.reasons),
        *(older.document.source.name, newer.document.source.name),
        *(row.recorded_at.isoformat(), address("shift", row.pk)),
    ]


def stances(rows: Iterable[Stance], name: str) -> Table:
    """Return stances (of `glance.stances()`) with their counts."""
    columns = ["actor", "topic", "utterances", "shifts", "last_said", "page"]
    return Table(name, columns, map(_stance, rows))


def _stance(row: Any) -> list[Any]:
    last = row.last_said.isoformat() if row.last_said else ""
    page = address("stance", row.actor.slug, row.topic.slug)
    return [row.actor.name, row.topic.name, row.spoken, row.moved, last, page]


def found(words: str, filters: Mapping[str, Any]) -> Table:
    """Return the statements that a search finds, the newest said first, at most MOST.

    Raises search.TooSlowError where not even the first of them are found in time.
    """
    columns = [
        *("statement", "actor", "topic", "said", "text", "rendering", "attributed_as", "source"),
        *("reliability", "title", "url", "page"),
    ]
    first = search.statements(words, limit=_AT_A_TIME, **filters)
    return Table("statements", columns, map(statement, _hits(first, words, filters)))


def _hits(page: search.Page, words: str, filters: Mapping[str, Any]) -> Iterator[Statement]:
    for _ in range(MOST // _AT_A_TIME):
        yield from (hit.statement for hit in page.hits)
        if not page.after:
            return
        page = search.statements(words, limit=_AT_A_TIME, after=page.after, **filters)


def statement(row: Statement) -> list[Any]:
    """Return a statement as the row of a table."""
    source = row.document.source
    return [
        *(row.pk, row.actor.name, row.topic.name if row.topic else "", row.said_edtf, row.exact),
        *(wording.rendering(row.attribution, row.fidelity), row.attributed_as, source.name),
        *(source.reliability, row.document.title, row.document.url),
        f"{address('document', row.document_id)}#c{row.start}",
    ]


def documents(rows: Iterable[Document]) -> Table:
    """Return documents as a list shows them."""
    columns = [
        *("document", "title", "source", "reliability", "genre", "said", "published", "state"),
        *("problem", "url", "page"),
    ]
    return Table("documents", columns, map(_document, rows))


def _document(row: Document) -> list[Any]:
    return [
        *(row.pk, row.title, row.source.name, row.source.reliability, row.genre, row.said_edtf),
        *(row.published_edtf, row.state, row.problem, row.url, address("document", row.pk)),
    ]


def cases(entries: Sequence[desk.Entry]) -> Table:
    """Return what waits on the review desk, in its order, each with the words to be judged."""
    columns = [
        *("kind", "number", "weight", "waiting", "actor", "topic", "said", "text"),
        *("other_said", "other_text", "why", "page"),
    ]
    return Table("review", columns, map(_case, _waiting(entries)))


def _waiting(entries: Sequence[desk.Entry]) -> Iterator[tuple[desk.Entry, Any]]:
    for start in range(0, len(entries), _AT_A_TIME):
        yield from desk.rows(entries[start : start + _AT_A_TIME])


def _case(case: tuple[desk.Entry, Any]) -> list[Any]:
    entry, row = case
    return [entry.kind, entry.pk, round(entry.weight, 3), entry.waiting, *_judged(row)]


def _judged(row: Shift | MergeProposal | Document | Statement) -> list[Any]:
    """Return who, on what, the words of both sides and why they wait, of a row of any kind."""
    if isinstance(row, Document):
        page = address("document", row.pk)
        return ["", "", row.said_edtf, row.title, "", "", row.problem, page]
    if isinstance(row, Statement):
        why = f"confidence {row.confidence:.0%}"
        return [*_spoken(row), "", "", why, f"{address('document', row.document_id)}#c{row.start}"]
    if isinstance(row, MergeProposal):
        why = f"likeness {row.likeness:.0%}"
        return [*_spoken(row.one), *_spoken(row.other)[2:], why, f"{address('review')}?kind=merge"]
    return [
        *(row.stance.actor.name, row.stance.topic.name, row.older.said_edtf),
        *(row.older_statement.exact, row.newer.said_edtf, row.newer_statement.exact),
        *(row.reasons, address("shift", row.pk)),
    ]


def _spoken(row: Statement) -> list[Any]:
    return [row.actor.name, row.topic.name if row.topic else "", row.said_edtf, row.exact]


_DIFFERENCES = [
    *("older", "newer", "older_said", "newer_said", "older_text", "newer_text", "verdict"),
    *("kinds", "direction", "confidence", "difference", "older_words", "newer_words"),
]


def comparison(found: Comparison) -> Table:
    """Return the differences between two utterances, a row each; one row where there are none."""
    verdict, sides = found.verdict, (found.older, found.newer)
    both = [
        *(side.pk for side in sides),
        *(side.said["edtf"] for side in sides),
        *(side.statement.exact for side in sides),
        *(verdict.verdict, list(verdict.kinds), verdict.direction, verdict.confidence),
    ]
    differences = [[one.kind, one.older, one.newer] for one in verdict.differences]
    rows = ([*both, *row] for row in differences or [["", "", ""]])
    return Table(f"compare-{found.older.pk}-{found.newer.pk}", _DIFFERENCES, rows)


def document_comparison(found: DocumentComparison) -> Table:
    """Return the passages that two documents have in common, a row a pair."""
    columns = ["actor", "topic", "text", "other_text", "one_utterance", "verdict", "differences"]
    rows = (
        [
            *(pair.older.actor.name, pair.older.topic.name if pair.older.topic else ""),
            *(pair.older.exact, pair.newer.exact, pair.verdict is None),
            pair.verdict.verdict if pair.verdict else "",
            [f"{one.kind}: {one.older or '-'} / {one.newer or '-'}" for one in pair.differences],
        ]
        for pair in found.pairs
    )
    return Table(f"documents-{found.older.pk}-{found.newer.pk}", columns, rows)
