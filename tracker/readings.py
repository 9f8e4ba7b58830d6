"""What a reading found -> rows: the facts of its document, and its statements kept in step."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime

from tracker.former import keep_former
from tracker.models import Actor, Document, Event, Statement, Topic
from tracker.models.stances import mark_stances
from tracker.reading import Passage, Reading, credibility

CONTEXT = 64  # characters kept before and after a statement's words
NO_DATE = "no date found: give the day on which this was said"
_DATE_PARTS = ("edtf", "earliest", "latest", "basis")
_CONTENT = (
    "said_edtf", "attributed_as", "cue", "attribution", "fidelity", "chain", "terms", "credibility",
)  # fmt: skip


def problem_of(reading: Reading, until: date, *, added: bool) -> str:
    """Return why a document must wait for a person, empty where it need not.

    Where a person `added` a statement, somebody known does speak in it.
    """
    return (
        reading.problem
        or _undated(reading)
        or _from_the_future(reading, until)
        or ("" if added else _nobody_known(reading))
    )


def _undated(reading: Reading) -> str:
    return NO_DATE if any(p.said is None for p in reading.passages if p.known) else ""


def _from_the_future(reading: Reading, until: date) -> str:
    given = [reading.published, *(passage.said for passage in reading.passages)]
    late = [when for when in given if when is not None and when.earliest > until]
    return f"the text's date {late[0].edtf} lies in the future" if late else ""


def _nobody_known(reading: Reading) -> str:
    if any(passage.known for passage in reading.passages):
        return ""
    names = dict.fromkeys(passage.actor for passage in reading.passages if passage.actor)
    quoted = f" (it quotes {', '.join([*names][:3])})" if names else ""
    return f"no words of a known actor were found{quoted}"


def note_on(document: Document, reading: Reading, problem: str, now: datetime) -> None:
    """Write on the document what was read of it as a whole."""
    if document.genre != Document.Genre.CHRONOLOGY:  # that one is read from its capture, always
        document.genre = reading.genre
    document.language = reading.language[:12]
    document.translated = reading.translated
    document.title = document.title or reading.title[:500]
    document.venue = reading.venue[:200]
    document.warnings = [asdict(warning) for warning in reading.warnings]
    document.regions = [asdict(region) for region in reading.regions]
    document.problem = problem[:500]
    document.set_said(reading.said)
    document.set_published(reading.published)
    document.read_at, document.read_lease, document.read_attempts = now, None, 0
    keep_former(document, now=now)
    document.save(
        update_fields=[
            *("genre", "language", "translated", "title", "venue", "warnings", "regions"),
            *("problem", "read_at", "read_lease", "read_attempts"),
            *(f"{which}_{part}" for which in ("said", "published") for part in _DATE_PARTS),
        ]
    )
    if document.problem:
        Event.objects.failed(document, at=now)


def statements_of(document: Document, reading: Reading, now: datetime) -> list[Statement]:
    """Return the statements that this reading asks for, one a passage and topic, not saved."""
    passages = [passage for passage in reading.passages if passage.known]
    actors = {a.slug: a for a in Actor.objects.filter(slug__in={p.actor for p in passages})}
    topics = {topic.slug: topic for topic in Topic.objects.all()}
    found = []
    for passage in passages:
        for match in passage.topics or (None,):
            statement = _statement(document, passage, now)
            statement.actor = actors[str(passage.actor)]
            statement.credibility = _credibility(reading, passage)
            if match is not None:
                statement.topic = topics[match.topic]
                statement.terms, statement.score = list(match.terms), match.score
            found.append(statement)
    return found


def _statement(document: Document, passage: Passage, now: datetime) -> Statement:
    text, start, end = document.text, passage.start, passage.end
    statement = Statement(
        document=document,
        start=start,
        end=end,
        exact=text[start:end],
        prefix=text[max(0, start - CONTEXT) : start],
        suffix=text[end : end + CONTEXT],
        attributed_as=(passage.speaker or "")[:300],
        cue=(passage.cue or "")[:200],
        attribution=passage.attribution,
        fidelity=passage.fidelity,
        chain=list(passage.chain),
        confidence=passage.confidence,
        recorded_at=now,
    )
    statement.set_said(passage.said)
    return statement


def _credibility(reading: Reading, passage: Passage) -> int:
    # A ready statement prints no speaker: its row names the actor.
    spoken = passage if passage.speaker else replace(passage, speaker=passage.actor)
    return credibility(spoken, {warning.code for warning in reading.warnings})


def keep_in_step(document: Document, wanted: Sequence[Statement], now: datetime) -> None:
    """Record what is new, retract what no longer holds, and mark the stances that this touches."""
    held = {_place(statement): statement for statement in document.statements.held()}
    asked = {_place(statement): statement for statement in wanted}
    fresh = [
        statement
        for place, statement in asked.items()
        if place not in held or not _same(held[place], statement)
    ]
    gone = [
        statement
        for place, statement in held.items()
        if place not in asked or not _same(statement, asked[place])
    ]
    for statement in gone:
        statement.retracted_at = max(now, statement.recorded_at)
        statement.retracted_because = "read again"
    # Retracted first: of two readings of one passage only one may be held.
    Statement.objects.bulk_update(gone, ["retracted_at", "retracted_because"])
    Statement.objects.bulk_create(fresh)
    for statement in gone:
        statement.replaced_by = _heir(statement, fresh)
    Statement.objects.bulk_update(gone, ["replaced_by"])
    mark_stances([*gone, *fresh], now)


def _place(statement: Statement) -> tuple[int, int, int, int | None]:
    return statement.start, statement.end, statement.actor_id, statement.topic_id


def _same(held: Statement, wanted: Statement) -> bool:
    return all(getattr(held, name) == getattr(wanted, name) for name in _CONTENT)


def _heir(gone: Statement, fresh: Sequence[Statement]) -> Statement | None:
    """Return the new reading of a retracted passage: on the same words, or most of them."""

    def shared(other: Statement) -> int:
        return min(gone.end, other.end) - max(gone.start, other.start)

    likely = [row for row in fresh if _whose(row) == _whose(gone) and shared(row) > 0]
    return max(likely, key=lambda row: (shared(row), -len(row.exact)), default=None)


def _whose(statement: Statement) -> tuple[int, int | None]:
    return statement.actor_id, statement.topic_id
