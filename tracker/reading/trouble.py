"""Source trouble: what lowers the trust in a text, with the words that say so."""

import re
from collections.abc import Collection, Iterator, Sequence

from tracker.reading.layout import Line
from tracker.reading.lexicon import Lexicon
from tracker.reading.parts import Genre, Passage, SourceWarning

MESSAGES = {
    "translated": "the text says that it is a translation",
    "machine_translated": "the text says that a machine translated it",
    "rewritten": "the text says that it was rewritten or generated",
    "no_date": "no date is written in the text, and none was given",
    "no_byline": "neither an author nor an agency is named",
    "broken_quotation": "a quotation mark has no partner; where the quotation ends was inferred",
    "broken_sentences": "sentences are glued together or broken off",
    "unread_language": "its prose is in {language}, which is not read: nobody is given its words",
    "near_duplicate": "nearly the same text is on record already",
}
STEPS = {"rewritten": 2, "unread_language": 0}  # every other warning costs one step
_EXCERPT = 80  # characters of the first words that are not read
_STARTS = {"direct": 2, "mixed": 2, "indirect": 3}
_WORST, _CANNOT_BE_JUDGED = 5, 6
_UNSURE = 0.5
_GLUED = re.compile(
    r"(?<=[a-zß-öø-ÿ]{2})[.!?][”\"’]?(?=[A-ZÀ-Þ][a-zß-öø-ÿ])(?!\S{0,30}(?:\.\w|/|@))"
)
_LOOSE = re.compile(
    r"(?<=\w) [.,](?=\s)|[.,] ?,(?=\s)|(?<=[a-z]\.) (?=[a-z]{3,} (?:and|of|is|was|to)\b)"
)
_BROKEN_FROM = 2  # one slip is a typing error


def warnings(
    text: str,
    lines: Sequence[Line],
    faults: Sequence[int],
    lexicon: Lexicon,
    *,
    genre: Genre,
    dated: bool,
) -> Iterator[SourceWarning]:
    """Yield the warnings of a text, each once, at the first words that give it."""
    seen: set[str] = set()
    for trouble in lexicon.trouble:
        found = trouble.pattern.search(text)
        if found is not None and trouble.code not in seen:
            seen.add(trouble.code)
            yield _warning(trouble.code, *found.span())
    if not dated:
        yield _warning("no_date")
    if genre in ("wire", "article") and not _signed(text, lines, lexicon):
        yield _warning("no_byline")
    if faults:
        yield _warning("broken_quotation", faults[0], faults[0] + 1)
    yield from _broken_sentences(text, lines)


def unread(language: str, text: str, first: Line) -> SourceWarning:
    """Return the warning that the prose of a text is in a language that is not read."""
    message = MESSAGES["unread_language"].format(language=f"the language '{language}'")
    end = min(first.end, first.start + _EXCERPT)
    return SourceWarning("unread_language", message, first.start, end)


def _warning(code: str, start: int | None = None, end: int | None = None) -> SourceWarning:
    return SourceWarning(code, MESSAGES[code], start, end)


def _signed(text: str, lines: Sequence[Line], lexicon: Lexicon) -> bool:
    if any(line.kind == "byline" for line in lines):
        return True
    agencies = "|".join(sorted(lexicon.agencies))
    return (
        re.search(rf"\b(?:{agencies})\b|\(\w{{2,5}}\) [–—-]|^Source: ", text, re.M | re.I)
        is not None
    )


def _broken_sentences(text: str, lines: Sequence[Line]) -> Iterator[SourceWarning]:
    slips = [
        match
        for line in lines
        if line.kind == "body"
        for form in (_GLUED, _LOOSE)
        for match in form.finditer(text, line.start, line.end)
    ]
    if len(slips) >= _BROKEN_FROM:
        first = min(slips, key=lambda match: match.start())
        start = max(0, text.rfind(" ", 0, first.start()) + 1)
        end = text.find(" ", first.end())
        yield _warning("broken_sentences", start, len(text) if end == -1 else end)


def credibility(passage: Passage, warned: Collection[str]) -> int:
    """Return the credibility of one attestation, 2 (probably true) to 6 (cannot be judged).

    The digit is that of the Admiralty code (NATO STANAG 2511, AJP-2.1); 1 (confirmed by other
    sources) is never given here, since one document cannot confirm itself. Direct and mixed
    speech start at 2, indirect at 3; each warning of the document costs one step (`rewritten`
    two), as does hearsay (a chain) and an unsure speaker; 5 is the worst. Without a speaker
    the answer is 6. `warned` holds the codes of the document's warnings.
    """
    if passage.speaker is None:
        return _CANNOT_BE_JUDGED
    steps = sum(STEPS.get(code, 1) for code in set(warned))
    steps += bool(passage.chain) + (passage.confidence <= _UNSURE)
    return min(_WORST, _STARTS[passage.attribution] + steps)
