"""Who is said to have said what, paragraph by paragraph, with offsets into the text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tracker.reading.appositions import DASHES
from tracker.reading.around import parenthesis_end
from tracker.reading.clauses import Clauses
from tracker.reading.layout import Line, dateline_end
from tracker.reading.lexicon import Lexicon
from tracker.reading.parts import Attribution
from tracker.reading.phrases import Span
from tracker.reading.quotation import Quote
from tracker.reading.reports import reports
from tracker.reading.sources import Report, owning
from tracker.reading.tokens import Token, sentences

_LEAST_QUOTED = 3  # words; shorter stretches in quotation marks are terms, not speech
_LEAST_BLOCK = 8  # words; a shorter paragraph after a colon is a list or a heading
_SIGNATURE = 8  # words a name below a quotation may have
_AUXILIARIES = 2  # words after its subject within which a clause has its modal verb
_FOLLOWS = 8  # words after a quotation in which its speaker and the verb stand
_NAME_LINKS = frozenset({"of", "and", "de", "von", "van"})
_MONEY = frozenset({"$", "(", ")", "%", "[", "]", "£", "€", "#"})


@dataclass(frozen=True, slots=True)
class Attributed:
    """One stretch of content. `source`, `cue` and `outer` (the sources of the reports that it
    stands in, outermost first) are offsets; `around` are the words of its sentence outside all
    content, where the time of speaking stands. `free` words have no cue of their own: a sentence
    in reported tense that goes on after a report.
    """

    start: int
    end: int
    source: tuple[int, int] | None
    cue: tuple[int, int] | None
    attribution: Attribution
    speech: bool = True
    outer: tuple[tuple[int, int], ...] = ()
    around: tuple[tuple[int, int], ...] = ()
    free: bool = False


@dataclass(slots=True)
class Speech:
    """All attributed content in order, and the subjects of the sentences, for pronouns."""

    found: list[Attributed] = field(default_factory=list)
    subjects: list[tuple[int, int]] = field(default_factory=list)


def attributed(
    text: str, paragraphs: Sequence[Line], quotes: Sequence[Quote], words: Lexicon
) -> Speech:
    """Return what the paragraphs attribute; `quotes` are all quotations, in order."""
    reader = _Paragraphs(text, words)
    position = 0
    for paragraph in paragraphs:
        inside = []
        while position < len(quotes) and quotes[position].start < paragraph.end:
            inside.append(quotes[position])
            position += 1
        reader.read(paragraph, inside)
    reader.speech.found.sort(key=lambda item: (item.start, -item.end))
    return reader.speech


class _Paragraphs:
    """Walks through a text; remembers who spoke last, for quotations without a cue."""

    def __init__(self, text: str, words: Lexicon) -> None:
        self.text = text
        self.words = words
        self.speech = Speech()
        self.last: tuple[int, int] | None = None
        self.lone: Token | None = None
        self.told: tuple[int, int] | None = None  # whose report a sentence may continue
        self.block: tuple[int, int] | None = None  # who announced a paragraph without marks
        self.announced = False  # the last sentence ends with a colon: the next words are somebody's

    def read(self, paragraph: Line, quotes: Sequence[Quote]) -> None:
        before = len(self.speech.found)
        paragraph = Line(dateline_end(self.text, paragraph), paragraph.end)
        self.told = None
        if self._is_block(paragraph, quotes):
            return
        for tokens in sentences(self.text, paragraph, quotes):
            for token in tokens:
                token.word = self.words.people.words_as.get(token.word, token.word)
            self._sentence(Clauses(tokens, self.words))
        self._settle()
        if len(self.speech.found) == before and not self.announced:
            # A paragraph of narration ends a run of quotations by one speaker.
            self.last = None

    def _is_block(self, paragraph: Line, quotes: Sequence[Quote]) -> bool:
        """Take a paragraph without marks after "The minister added:" as the words announced."""
        block, self.block = self.block, None
        words = self.text[paragraph.start : paragraph.end].split()
        if block is None or quotes or len(words) < _LEAST_BLOCK:
            return False
        self.announced = False
        self.speech.found.append(
            Attributed(paragraph.start, paragraph.end, block, None, "direct", speech=True)
        )
        return True

    def _sentence(self, clauses: Clauses) -> None:
        main = _offsets(clauses, clauses.main_subject())
        if main is not None:
            self.speech.subjects.append(main)
        if self.lone is not None and (trailing := _trailing(clauses)) is not None:
            self._quote(self.lone, _offsets(clauses, trailing.source), clauses, trailing.cue)
            self.lone = None
            return
        self._settle()
        if (signed := _signature(clauses)) is not None:
            self._quote(clauses.tokens[0], _offsets(clauses, signed), clauses, None)
            return
        found = self._without_credits(clauses, reports(clauses))
        around = tuple(_around(clauses, found))
        for report in found:
            self._report(clauses, report, around)
        if not found:
            self._continue(clauses)
        else:
            self.told = _offsets(clauses, _sole_speaker(clauses, found))
        self._goes_on(clauses, found, main)
        self._uncovered(clauses, found, main)

    def _continue(self, clauses: Clauses) -> None:
        """Take a sentence in reported tense after a report as words of the same speaker."""
        piece = _piece(self.text, clauses, (0, len(clauses.tokens)))
        if self.told is None or piece is None or not _is_shifted(clauses):
            self.told = None
            return
        self.speech.found.append(
            Attributed(piece[0], piece[1], self.told, None, "indirect", speech=False, free=True)
        )

    def _goes_on(
        self, clauses: Clauses, found: Sequence[Report], main: tuple[int, int] | None
    ) -> None:
        """Note whose words a quotation without a cue would be after this sentence."""
        own = [report for report in found if report.source is not None and not report.outer]
        full = [r for r in own if r.source is not None and not clauses.is_relative(r.source[0])]
        likely = [r for r in full if r.speech] or full or own
        if likely:
            self.last = _offsets(clauses, likely[-1].source)
        self.announced = clauses.word(len(clauses.words) - 1) == ":"
        self.block = None
        if self.announced:
            announcer = _offsets(clauses, _announcer(clauses))
            self.block = announcer if _announces_last(clauses) else None
            self.last = announcer or main

    def _without_credits(self, clauses: Clauses, found: Sequence[Report]) -> list[Report]:
        """Return the reports without those of agencies: "..., EFE writes" is a credit."""
        credited = [report for report in found if self._is_credit(clauses, report)]
        return [
            replace(report, outer=tuple(above for above in report.outer if above.cue not in cues))
            for cues in [{credit.cue for credit in credited}]
            for report in found
            if report.cue not in cues
        ]

    def _is_credit(self, clauses: Clauses, report: Report) -> bool:
        if report.source is None:
            return False
        names = {token.word for token in clauses.tokens[slice(*report.source)] if token.is_word}
        if not any(clauses.reports_again(content) for content in report.contents):
            return False  # "Reuters estimates that ...": its own words
        return bool(names) and names <= self.words.agencies | {"and", "the"}

    def _settle(self) -> None:
        """Give a quotation that stood alone to whoever spoke last."""
        if self.lone is not None:
            self._quote(self.lone, self.last, None, None)
            self.lone = None

    def _report(self, clauses: Clauses, report: Report, around: tuple[Span, ...]) -> None:
        source = _offsets(clauses, report.source)
        outer = tuple(
            offsets for above in report.outer if (offsets := _offsets(clauses, above.source))
        )
        for content in report.contents:
            piece = _piece(self.text, clauses, content)
            if piece is None:
                continue
            start, end, kind = piece
            cue = _offsets(clauses, report.cue)
            self.speech.found.append(
                Attributed(start, end, source, cue, kind, report.speech, outer, around)
            )

    def _uncovered(
        self, clauses: Clauses, found: Sequence[Report], main: tuple[int, int] | None
    ) -> None:
        """Take the quotations that no cue of the sentence claims."""
        alone = _only_quote(clauses)
        for index, token in enumerate(clauses.tokens):
            if token.quote is None or any(report.covers(index) for report in found):
                continue
            if token is alone:
                self.lone = token
            elif (owner := _owned(clauses, index)) is not None and _speaks(self.text, token):
                self._quote(token, _offsets(clauses, owner), clauses, None)
            elif (follower := _follower(clauses, index)) is not None:
                self._quote(token, _offsets(clauses, follower), clauses, None)
            elif _is_asked(clauses, index):
                self._quote(token, None, clauses, None)
            elif main is not None and main[1] <= token.start and _speaks(self.text, token):
                self._quote(token, main, clauses, None)
            elif _speaks(self.text, token) and token.capital:
                self._quote(token, self.last, clauses, None)

    def _quote(
        self,
        token: Token,
        source: tuple[int, int] | None,
        clauses: Clauses | None,
        cue: Span | None,
    ) -> None:
        if token.quote is None:
            return
        start, end = _inner(self.text, token.quote)
        if start >= end:
            return
        around = tuple(_around(clauses, ())) if clauses is not None else ()
        cue_at = _offsets(clauses, cue) if clauses is not None else None
        self.speech.found.append(Attributed(start, end, source, cue_at, "direct", True, (), around))
        self.last = source or self.last


def _offsets(clauses: Clauses, span: Span | None) -> tuple[int, int] | None:
    if span is None:
        return None
    first, last = span
    while last > first and clauses.tokens[last - 1].word in {",", *DASHES}:
        last -= 1
    return (clauses.tokens[first].start, clauses.tokens[last - 1].end) if first < last else None


def _around(clauses: Clauses, found: Sequence[Report]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of the sentence that are nobody's content."""
    start: int | None = None
    said = {
        index for report in found for first, last in report.contents for index in range(first, last)
    }
    for index, token in enumerate(clauses.tokens):
        content = token.quote is not None or index in said
        if content and start is not None:
            yield start, token.start
            start = None
        elif not content and start is None:
            start = token.start
    if start is not None:
        yield start, clauses.tokens[-1].end


def _inner(text: str, quote: Quote) -> tuple[int, int]:
    """Return a quotation's words without its marks and the comma that leads to the cue."""
    start, end = quote.inner_start, quote.inner_end
    while start < end and text[start].isspace():
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] == ","):
        end -= 1
    return start, end


def _piece(text: str, clauses: Clauses, content: Span) -> tuple[int, int, Attribution] | None:
    """Return a content as offsets without outer signs and "that", and how it is attributed."""
    tokens = clauses.tokens
    first, last = content
    while first < last and not _solid(tokens[first]):
        first += 1
    while last > first and not _solid(tokens[last - 1]):
        last -= 1
    if first < last and tokens[first].word == "that":
        first += 1
    if first >= last:
        return None
    inside = tokens[first:last]
    quoted = [token.quote for token in inside if token.quote is not None]
    if len(inside) == 1 and quoted:
        start, end = _inner(text, quoted[0])
        return (start, end, "direct") if start < end else None
    kind: Attribution = "mixed" if quoted else "indirect"
    return inside[0].start, inside[-1].end, kind


def _solid(token: Token) -> bool:
    return token.quote is not None or token.is_word or token.word in _MONEY


def _only_quote(clauses: Clauses) -> Token | None:
    """Return the quotation that is all of the sentence."""
    solid = [token for token in clauses.tokens if token.quote is not None or token.is_word]
    return solid[0] if len(solid) == 1 and solid[0].quote is not None else None


def _speaks(text: str, token: Token) -> bool:
    """Return whether a quoted stretch is speech: some words, and not the title of a work."""
    words = text[token.start + 1 : token.end - 1].split()
    titled = all(word[:1].isupper() for word in words if len(word) > len("From"))
    return len(words) >= _LEAST_QUOTED and not titled


def _trailing(clauses: Clauses) -> Report | None:
    """Return "he said." standing as a sentence of its own after a quotation."""
    for group in clauses.groups():
        if "p" not in group.cue.frames or group.passive or not group.finite:
            continue
        subject = clauses.subject(group.start)
        if subject and subject[0] <= 1 and parenthesis_end(clauses, group.cue_end) is not None:
            return Report((), subject, (group.cue_start, group.cue_end), speech=True)
    return _closing(clauses)


def _closing(clauses: Clauses) -> Report | None:
    """Return "Brel joked." standing alone after a quotation, whatever the verb."""
    words = [index for index, token in enumerate(clauses.tokens) if token.is_word]
    if not words or len(words) > _FOLLOWS or not clauses.is_finite(words[-1]):
        return None
    verb = words[-1]
    subject = clauses.subject(clauses.chain_start(verb))
    if clauses.is_auxiliary(verb) or subject is None or subject[0] != 0:
        return None
    return Report((), subject, (verb, verb + 1), speech=True)


def _sole_speaker(clauses: Clauses, found: Sequence[Report]) -> Span | None:
    """Return whose speech is all that a sentence reports, and reports in the past tense."""
    outer = [report for report in found if not report.outer]
    sources = {report.source for report in outer}
    if len(sources) != 1 or not all(report.speech for report in outer):
        return None
    past = all(
        cue.form == "past" or cue.kind != "verb"
        for report in outer
        for cue, _ in clauses.cues_at(report.cue[0])[:1]
    )
    return outer[0].source if past else None


def _is_shifted(clauses: Clauses) -> bool:
    """Return whether the main clause has "would" or "should", the future of reported speech."""
    if any(token.quote is not None for token in clauses.tokens) or clauses.words[-1] == "?":
        return False
    return any(
        _opens(clauses, clauses.subject(clauses.chain_start(place)), place)
        for place, word in enumerate(clauses.words)
        if word in {"would", "should"}
    )


def _opens(clauses: Clauses, subject: Span | None, verb: int) -> bool:
    """Return whether the subject of the verb opens the sentence, after what leads into it."""
    if subject is None or clauses.word(subject[0]) in {"i", "we", "you", "who", "that"}:
        return False
    first = max(clauses.after_lead(), 1)
    return subject[0] <= first and verb - subject[1] < _AUXILIARIES


def _announcer(clauses: Clauses) -> Span | None:
    """Return who "says:" or of 'Said the minister:' the minister."""
    for group in reversed(clauses.groups()):
        if "p" in group.cue.frames and not group.passive:
            after = clauses.phrase_after(group.cue_end)
            return after if group.cue_start == 0 else clauses.subject(group.start)
    return None


def _announces_last(clauses: Clauses) -> bool:
    """Return whether the sentence ends with the cue and the colon: "The governor added:"."""
    groups = clauses.groups()
    return bool(groups) and groups[-1].cue_end >= len(clauses.words) - 2


def _owned(clauses: Clauses, index: int) -> Span | None:
    """Return whose quoted words these are: 'Brel's "open door" promise'."""
    if not clauses.is_genitive(index - 1):
        return None
    span = clauses.subject(index - 1)
    return (owning(clauses, span[0], index - 1), index - 1) if span else None


def _follower(clauses: Clauses, index: int) -> Span | None:
    """Return the subject that follows a finished quotation with a verb: '"...?" Brel joked.'"""
    if not clauses.tokens[index + 1 :] or clauses.tokens[index].names_only:
        return None
    for place in range(index + 2, min(index + _FOLLOWS, len(clauses.words))):
        if not clauses.tokens[place].is_word:
            return None
        closes = clauses.word(place).endswith("s") and clauses.word(place + 1) in {".", ""}
        if (closes or clauses.is_finite(place)) and not clauses.is_auxiliary(place):
            subject = clauses.subject(place)
            return subject if subject is not None and subject[0] == index + 1 else None
    return None


def _is_asked(clauses: Clauses, index: int) -> bool:
    """Return whether a quotation is what somebody was asked."""
    asked = [place for place in range(index) if clauses.word(place) == "asked"]
    return bool(asked) and clauses.is_in(clauses.chain_start(asked[-1]), "be")


def _signature(clauses: Clauses) -> Span | None:
    """Return the name below a quotation that stands alone: '"..." - Name'."""
    tokens = clauses.tokens
    if (
        len(tokens) < 3 or tokens[0].quote is None or tokens[1].word not in DASHES
    ):  # quotation, dash, name
        return None
    names = [token for token in tokens[2:] if token.is_word]
    named = all(token.capital or token.word in _NAME_LINKS for token in names)
    return (2, 2 + len(names)) if names and named and len(names) <= _SIGNATURE else None
