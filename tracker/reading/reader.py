"""One text -> its reading: the order of the steps, and the regions that tile the text."""

from collections.abc import Iterable, Sequence

from tracker.dates import EdtfDate
from tracker.reading import attribution, dates, layout, quotation, turns
from tracker.reading.layout import Line
from tracker.reading.parts import (
    Genre,
    KnownActor,
    Passage,
    Reading,
    Region,
    RegionKind,
    SourceWarning,
    TopicMatch,
    TopicTerms,
)
from tracker.reading.turns import Turn

_LEADING_LINES = 6


def read(
    text: str,
    *,
    actors: Sequence[KnownActor] = (),
    topics: Sequence[TopicTerms] = (),
    published: EdtfDate | None = None,
    said: EdtfDate | None = None,
    title: str = "",
    language: str = "",
) -> Reading:
    """Return what `text` says, by whom and when.

    `published`, `said`, `title` and `language` win over what the text itself says. Nothing is
    guessed: a text without a date has a `problem` and must wait for a person.
    """
    found = layout.lines(text)
    spoken = turns.turns(text, found)
    genre: Genre = "transcript" if spoken else "article"
    when = said or _written_date(text, found)
    passages = (
        [_spoken(text, turn, actors, topics, when) for turn in spoken if not turn.question]
        if spoken
        else _quoted(text, found, actors, topics, when)
    )
    heading = next((line for line in found if line.kind == "title"), None)
    return Reading(
        genre=genre,
        language=language,
        title=title or (text[heading.start : heading.end] if heading else ""),
        translated=False,
        published=published,
        said=when,
        venue="",
        warnings=() if when else (SourceWarning("no_date", "the text gives no date"),),
        passages=tuple(passages),
        regions=tuple(_tiled(text, found, spoken, passages)),
        problem="" if when or published else "no date found in the text",
    )


def _written_date(text: str, found: Sequence[Line]) -> EdtfDate | None:
    for line in found[:_LEADING_LINES]:
        for _, value in dates.explicit(text, line.start, line.end):
            return value
    return None


def _spoken(
    text: str,
    turn: Turn,
    actors: Sequence[KnownActor],
    topics: Sequence[TopicTerms],
    when: EdtfDate | None,
) -> Passage:
    return _passage(
        text, turn.start, turn.end, (turn.name_start, turn.name_end), None, actors, topics, when
    )


def _quoted(
    text: str,
    found: Sequence[Line],
    actors: Sequence[KnownActor],
    topics: Sequence[TopicTerms],
    when: EdtfDate | None,
) -> list[Passage]:
    body = [line for line in found if line.kind == "body"]
    return [
        _passage(text, item.start, item.end, item.speaker, item.cue, actors, topics, when)
        for item in attribution.direct(text, quotation.quotes(text, body))
        if item.start < item.end
    ]


def _passage(
    text: str,
    start: int,
    end: int,
    speaker: tuple[int, int] | None,
    cue: str | None,
    actors: Sequence[KnownActor],
    topics: Sequence[TopicTerms],
    when: EdtfDate | None,
) -> Passage:
    name = text[slice(*speaker)].strip() if speaker else None
    actor = next((a for a in actors if name and _names(a, name)), None)
    return Passage(
        start=start,
        end=end,
        speaker=name,
        speaker_start=speaker[0] if speaker and name else None,
        speaker_end=speaker[0] + len(name) if speaker and name else None,
        actor=actor.slug if actor else name,
        known=actor is not None,
        cue=cue,
        attribution="direct",
        fidelity="verbatim",
        said=when,
        topics=tuple(_topics(text[start:end].lower(), topics)),
        confidence=0.9 if actor else 0.5,
    )


def _names(actor: KnownActor, name: str) -> bool:
    forms = {actor.name, actor.name.split()[-1], *actor.aliases}
    return any(name == form or name.endswith(" " + form) for form in forms)


def _topics(words: str, topics: Sequence[TopicTerms]) -> Iterable[TopicMatch]:
    for topic in topics:
        hits = tuple(term.text for term in topic.terms if term.text.lower() in words)
        if hits and not any(exclusion.lower() in words for exclusion in topic.exclusions):
            yield TopicMatch(topic.slug, 1.0, hits)


def _tiled(
    text: str, found: Sequence[Line], spoken: Sequence[Turn], passages: Sequence[Passage]
) -> list[Region]:
    """Return regions without gap or overlap; what nothing claims is narration."""
    claims: list[tuple[int, int, RegionKind]] = [(p.start, p.end, "statement") for p in passages]
    claims += [(turn.start, turn.end, "question") for turn in spoken if turn.question]
    shapes: dict[str, RegionKind] = {
        "boilerplate": "boilerplate",
        "title": "heading",
        "heading": "heading",
    }
    taken = {start for start, _, _ in claims}
    claims += [
        (line.start, line.end, shapes[line.kind])
        for line in found
        if line.kind in shapes and not any(line.start <= start < line.end for start in taken)
    ]
    return _filled(sorted(claims), len(text))


def _filled(claims: list[tuple[int, int, RegionKind]], length: int) -> list[Region]:
    regions: list[Region] = []
    position = 0
    for start, end, kind in claims:
        if start > position:
            regions.append(Region(position, start, "narration"))
        if end > max(start, position):
            regions.append(Region(max(start, position), end, kind))
        position = max(position, end)
    if position < length:
        regions.append(Region(position, length, "narration"))
    return regions
