"""Tags that stand in a text as text: nobody's words, and no quotation marks in them.

A page that shows `&lt;script&gt;`, and a text saved from a page's source, hold them.
"""

import re
from collections.abc import Iterator

_LONGEST = 1000  # characters between a script's tags; a bound keeps the work linear
_MARKUP = re.compile(
    rf"<(script|style)\b[^<>]*>.{{0,{_LONGEST}}}?</\1\s*>"
    r"|</?[a-z][\w:-]*(?:\s[^<>]*)?/?>",
    re.IGNORECASE | re.DOTALL,
)


def printed_markup(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return where tags, and scripts between theirs, stand in `text[start:end]`, in order."""
    if text.find("<", start, end) < 0:
        return []
    return [match.span() for match in _MARKUP.finditer(text, start, end)]


def around_markup(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of `text[start:end]` between its tags; the whole where it has none."""
    for first, last in printed_markup(text, start, end):
        yield start, first
        start = last
    yield start, end
