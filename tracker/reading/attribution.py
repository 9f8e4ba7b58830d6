"""Who is said to have said what: cues of reporting around quotations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.reading.quotation import Quote

_VERBS = "said|says|added|adds|told|stated|noted|warned|stressed|insisted|replied|claimed|announced"
_NAME = (
    r"(?P<speaker>(?:the\s|The\s)?(?:[^\W\d_a-zß-öø-ÿ][\w.’-]*\s?){1,7}|he|she|He|She|they|They|"
    r"[Tt]he\s(?:[\w-]+\s?){1,3})"
)
_AFTER = re.compile(
    rf"[,\s]{{0,2}}(?:{_NAME}\s(?P<cue>{_VERBS})\b"
    rf"|(?P<cue2>{_VERBS})\s{_NAME.replace('speaker', 'speaker2')})"
)
_BEFORE = re.compile(rf"{_NAME}\s(?P<cue>{_VERBS})\b[^.!?\n]{{0,60}}[,:]\s*$")


@dataclass(frozen=True, slots=True)
class Attributed:
    """A stretch of content with the speaker and the cue that attribute it."""

    start: int
    end: int
    speaker: tuple[int, int] | None
    cue: str | None


def direct(text: str, quotes: Sequence[Quote]) -> list[Attributed]:
    """Return each quotation that a reporting verb beside it gives to a speaker."""
    return [found for quote in quotes if (found := _beside(text, quote))]


def _beside(text: str, quote: Quote) -> Attributed | None:
    for match in (
        _AFTER.match(text, quote.end, quote.end + 160),
        _BEFORE.search(text, max(0, quote.start - 160), quote.start),
    ):
        if match is not None:
            name = "speaker" if match["speaker"] else "speaker2"
            cue = match["cue"] or match.groupdict().get("cue2")
            return Attributed(quote.inner_start, quote.inner_end, match.span(name), cue)
    return None
