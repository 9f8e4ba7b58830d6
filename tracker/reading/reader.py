"""One text -> its reading: the order of the steps, and the regions that tile the text."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from tracker.dates import EdtfDate
from tracker.reading import dates, occasion, topics, trouble
from tracker.reading.attribution import Attributed, attributed
from tracker.reading.language import language_of
from tracker.reading.layout import Line, lines
from tracker.reading.lexicon import Lexicon, languages, lexicon
from tracker.reading.parts import (
    Attribution,
    Fidelity,
    Genre,
    KnownActor,
    Passage,
    Reading,
    Region,
    RegionKind,
    SourceWarning,
    TopicTerms,
)
from tracker.reading.people import AMBIGUOUS, People, Person, Resolved
from tracker.reading.quotation import Quotations, quotations
from tracker.reading.reports import SINGULARS
from tracker.reading.turns import Turn, Turns, read_turns

_RECENT = timedelta(days=21)  # a day further back is recalled; later words do not belong to it

_SHAPES: dict[str, RegionKind] = {
    "title": "heading",
    "heading": "heading",
    "byline": "boilerplate",
    "boilerplate": "boilerplate",
}


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
    guessed: a text without a date has a `problem` and must wait for a person. Every offset
    points into exactly the `text` given.
    """
    return _Document(text, actors, topics, published, said, title, language).reading()


@dataclass(frozen=True, slots=True)
class _Said:
    """One stretch of somebody's words, whatever it was found by."""

    start: int
    end: int
    source: tuple[int, int] | None
    cue: tuple[int, int] | None
    attribution: Attribution
    speech: bool
    outer: tuple[tuple[int, int], ...] = ()
    around: tuple[tuple[int, int], ...] = ()
    context: str = ""


class _Document:
    """The state of one reading."""

    def __init__(
        self,
        text: str,
        actors: Sequence[KnownActor],
        topics: Sequence[TopicTerms],
        published: EdtfDate | None,
        said: EdtfDate | None,
        title: str,
        language: str,
    ) -> None:
        self.text = text
        self.topics = tuple(topics)
        self.title = title
        self.given_said = said
        self.language = language or language_of(text)
        # Names, titles and dates of a text in no language that is read are looked for in English.
        self.words: Lexicon = lexicon(self._tongue() if self._tongue() in languages() else "en")
        self.lines = lines(text)
        self.turns: Turns = read_turns(text, self.lines)
        self.prose = tuple(_prose(self.lines, self.turns))
        self.quotations: Quotations = quotations(text, self.prose)
        self.published = published or occasion.published_in(text, self.lines)
        self.genre: Genre = occasion.genre_of(text, self.lines, self.turns, self.words)
        self.said = said or occasion.said_in(text, self.lines, self.turns, self.published)
        if self.said is None and self.prose and self.published is not None:
            self.said = occasion.lead_day(text, self.prose[0], self.published)
        self.warnings = tuple(self._warnings())
        codes = {warning.code for warning in self.warnings}
        self.translated = bool(codes & {"translated", "machine_translated"})
        self.rewritten = "rewritten" in codes
        anchor = self.said or self.published
        self.people = People(text, actors, self.words.people, anchor.latest if anchor else None)
        self.names: dict[tuple[int, int], str] = {}
        self.dated: tuple[tuple[tuple[int, int], ...], EdtfDate | None] = ((), None)

    def reading(self) -> Reading:
        """Return the finished reading."""
        passages = tuple(self._passages())
        said = self.said or self._said_first(passages)
        return Reading(
            genre=self.genre,
            language=self.language,
            title=self.title or self._written_title(),
            translated=self.translated,
            published=self.published,
            said=said,
            venue=occasion.venue_of(self.text, self.lines, self.turns),
            warnings=self.warnings,
            passages=passages,
            regions=tuple(self._regions(passages)),
            problem=self._problem(said),
        )

    def _warnings(self) -> Iterator[SourceWarning]:
        dated = self.published is not None or self.said is not None
        yield from trouble.warnings(
            self.text, self.lines, self.quotations.faults, self.words, genre=self.genre, dated=dated
        )
        if self.prose and not self._is_read():
            yield trouble.unread(self.language, self.text, self.prose[0])

    def _written_title(self) -> str:
        heading = next((line for line in self.lines if line.kind == "title"), None)
        return self.text[heading.start : heading.end] if heading else ""

    # ---- passages

    def _passages(self) -> Iterator[Passage]:
        found = [*self._of_turns(), *(self._of_prose() if self._is_read() else ())]
        yield from sorted(found, key=lambda passage: (passage.start, -passage.end))

    def _is_read(self) -> bool:
        return self._tongue() in ("", *languages())

    def _tongue(self) -> str:
        """Return the language without region or script: "en" for "en-GB"."""
        return self.language.partition("-")[0].lower()

    def _of_turns(self) -> Iterator[Passage]:
        resolved: dict[tuple[int, int], Resolved] = {}
        before: Turn | None = None
        for turn in self.turns.turns:
            name = (turn.name_start, turn.name_end)
            if not turn.is_question:
                if name not in resolved:
                    resolved[name] = self.people.resolve(*name)
                first = before is not None and before.is_question
                context = self.text[slice(*turn.question)] if first and turn.question else ""
                said = _Said(turn.start, turn.end, name, None, "direct", True, context=context)
                yield self._passage(said, resolved[name], self._said_or_lagged())
            before = turn

    def _of_prose(self) -> Iterator[Passage]:
        speech = attributed(self.text, self.prose, self.quotations.quotes, self.words)
        subjects = iter([*speech.subjects, (len(self.text) + 1, len(self.text) + 1)])
        subject = next(subjects)
        resolved: dict[tuple[int, int], Resolved] = {}
        spoken_on: dict[str, EdtfDate] = {}
        for item in sorted(speech.found, key=_by_source):
            at = item.source[0] if item.source else item.start
            while subject[0] < at:
                self.people.note_subject(*subject)
                subject = next(subjects)
            if item.source is not None and item.source not in resolved:
                resolved[item.source] = self.people.resolve(*item.source)
        stored: dict[Person, int] = {}  # how far the words of each person reach
        for item in speech.found:
            whom = resolved[item.source] if item.source else Resolved(None, 0.0)
            if whom.person is None and item.outer and self._is_pronoun(item.source):
                continue  # mostly the outer speaker, who has the words already
            if whom.person is not None:
                if item.end <= stored.get(whom.person, 0):
                    continue  # what somebody says of their own words is stored once
                stored[whom.person] = item.end
            if item.free:
                whom = replace(whom, confidence=min(whom.confidence, AMBIGUOUS))
            when = self._when(item, whom, spoken_on)
            said = _Said(
                item.start, item.end, item.source, item.cue, item.attribution, item.speech,
                item.outer, item.around, self._heading_above(item.start),
            )  # fmt: skip
            yield self._passage(said, whom, when)

    def _is_pronoun(self, source: tuple[int, int] | None) -> bool:
        return source is not None and self.text[slice(*source)].lower() in SINGULARS

    def _heading_above(self, start: int) -> str:
        heading = ""
        for line in self.lines:
            if line.start > start:
                break
            if line.kind == "heading":
                heading = self.text[line.start : line.end]
        return heading

    def _when(
        self, item: Attributed, whom: Resolved, spoken_on: dict[str, EdtfDate]
    ) -> EdtfDate | None:
        """Return the day of the words: from the sentence, or as the same speaker's last ones."""
        speaker = whom.person.name if whom.person else ""
        if self.given_said is not None:
            return self._recalled(item, self.given_said) or self.given_said
        own = self._written_around(item)
        if own is None:
            return spoken_on.get(speaker) or self._said_or_lagged()
        if self.published is not None and self.published.earliest - own.earliest <= _RECENT:
            spoken_on[speaker] = own
        return own

    def _recalled(self, item: Attributed, given: EdtfDate) -> EdtfDate | None:
        """Return the full date of words that the sentence itself places before the occasion."""
        for start, end in item.around:
            for written in dates.explicit(self.text, start, end):
                if written.value.latest < given.earliest:
                    return written.value
        return None

    def _written_around(self, item: Attributed) -> EdtfDate | None:
        if item.around != self.dated[0]:  # the same for all that one sentence reports
            self.dated = (item.around, self._past_day(item.around))
        return self.dated[1]

    def _past_day(self, around: Sequence[tuple[int, int]]) -> EdtfDate | None:
        for start, end in around:
            value = dates.spoken_of(self.text, start, end, published=self.published)
            if value is not None and self._is_past(value):
                return value
        return None

    def _is_past(self, value: EdtfDate) -> bool:
        return self.published is None or value.earliest <= self.published.latest

    def _said_or_lagged(self) -> EdtfDate | None:
        if self.said is not None:
            return self.said
        return occasion.lagged(self.published) if self.published else None

    def _passage(self, said: _Said, whom: Resolved, when: EdtfDate | None) -> Passage:
        words = self.text[said.start : said.end]
        person = whom.person
        source = (said.source[0], self.people.printed(*said.source)) if said.source else None
        return Passage(
            start=said.start,
            end=said.end,
            speaker=self.text[slice(*source)] if source else None,
            speaker_start=source[0] if source else None,
            speaker_end=source[1] if source else None,
            actor=(person.slug or person.name) if person else None,
            known=bool(person and person.slug),
            cue=self.text[slice(*said.cue)] if said.cue else None,
            attribution=said.attribution,
            fidelity=self._fidelity(said),
            said=when,
            topics=topics.match(words, self.topics, context=said.context),
            confidence=whom.confidence,
            chain=tuple(self._name(outer) for outer in said.outer),
        )

    def _name(self, source: tuple[int, int]) -> str:
        if source not in self.names:
            person = self.people.resolve(*source).person
            self.names[source] = person.name if person else self.text[slice(*source)]
        return self.names[source]

    def _fidelity(self, said: _Said) -> Fidelity:
        """Return how near the words are to those spoken; see docs/reading.md."""
        if self.rewritten:
            return "reported" if said.attribution == "direct" else "paraphrased"
        if said.attribution == "direct":
            return "translated" if self.translated else "verbatim"
        if said.attribution == "mixed":
            return "reported"
        return "reported" if said.speech else "paraphrased"

    # ---- the document as a whole

    def _said_first(self, passages: Sequence[Passage]) -> EdtfDate | None:
        """Return the day of the first words whose day the text gives, else the lagged date."""
        for passage in passages:
            if passage.said is not None and passage.said.basis:
                return passage.said
        return self._said_or_lagged()

    def _problem(self, said: EdtfDate | None) -> str:
        if said is not None or self.published is not None:
            return ""
        for line in self.prose:
            if words := dates.unresolved(self.text, line.start, line.end):
                return f"no date found: “{words}” has no published date to be counted back from"
        return "no date found in the text"

    def _regions(self, passages: Sequence[Passage]) -> list[Region]:
        """Return regions without gap or overlap; what nothing claims is narration or unread."""
        claims: list[tuple[int, int, RegionKind]] = [
            (p.start, p.end, "statement" if p.known or not self.people.known else "other_speaker")
            for p in passages
        ]
        claims += [(t.start, t.end, "question") for t in self.turns.turns if t.is_question]
        claims += [
            (line.start, line.end, _SHAPES[line.kind])
            for line in self.lines
            if line.kind in _SHAPES
        ]
        rest: RegionKind = "narration" if self._is_read() or self.turns.turns else "unread"
        return _tiled(sorted(claims), len(self.text), rest)


def _by_source(item: Attributed) -> int:
    return item.source[0] if item.source else item.start


def _prose(found: Sequence[Line], turns: Turns) -> Iterator[Line]:
    """Yield the lines in which people are quoted: no turns, headings, bylines or furniture."""
    starts = [turn.start for turn in turns.turns]
    for line in found:
        spoken = bisect_left(starts, line.start) < bisect_left(starts, line.end)
        if line.kind == "body" and not spoken and line != turns.opening:
            yield line


def _tiled(
    claims: list[tuple[int, int, RegionKind]], length: int, rest: RegionKind
) -> list[Region]:
    regions: list[Region] = []
    position = 0
    for start, end, kind in claims:
        if start > position:
            regions.append(Region(position, start, rest))
        if end > max(start, position):
            regions.append(Region(max(start, position), end, kind))
        position = max(position, end)
    if position < length:
        regions.append(Region(position, length, rest))
    return [region for region in regions if region.start < region.end]
