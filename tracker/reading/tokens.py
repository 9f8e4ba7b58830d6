"""Paragraphs -> sentences of tokens, in which a quotation is one token."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracker.reading.layout import Line
from tracker.reading.printed_markup import around_markup
from tracker.reading.quotation import Quote

_TOKEN = re.compile(
    r"(?:[A-Z]-)?(?:[A-Za-z]\.){2,}(?:-(?:[A-Z]\.){2,})?"
    r"|\b(?:then-)?(?:Mr|Mrs|Ms|Dr|Prof|Sen|Sens|Rep|Reps|Gov|Gen|Lt|Col|Sgt|Capt|Cmdr|Adm|Maj|Rev)\."
    r"|\b(?:Hon|St|Jr|Sr|vs|No|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|Inc|Ltd|Mt|Ft|Fla|Calif)\."
    r"|\b(?:[A-Z]-)?(?:Mass|Conn|Ariz|Wis|Mich|Tenn|Ala|Wash|Ore|Colo|Minn|Nev|Okla|Md|Pa|Va|Ga|Ky|Del)\.(?=,|\s|\))"
    r"|\b[A-Z]\.(?=\s)"
    r"|\d[\d.,]*\d|n['’]t\b|['’](?:s|re|ve|d|ll|m|S)\b"
    r"|[^\W_]+?(?=n['’]t\b)|[^\W_]+(?:-[^\W_]+|['’](?!(?:s|re|ve|d|ll|m|S)\b)[^\W_]+)*"
    r"|[.!?…]+|--+|[^\w\s]|_+"
)
_TERMINAL = frozenset(".!?…")
MAX_SENTENCE = 150  # tokens; longer ones are cut so that work stays linear in the text


@dataclass(slots=True)
class Token:
    """A word, a sign, or a whole quotation (`quote` is set, `word` is '"').

    Of a quotation, `first` is its first word; `names_only` says that it is but a word or two,
    `comma` that it ends with a comma.
    """

    start: int
    end: int
    word: str
    capital: bool
    quote: Quote | None = None
    first: str = ""
    names_only: bool = False
    comma: bool = False

    @property
    def is_word(self) -> bool:
        return self.quote is None and (self.word[0].isalnum() or self.word[0] in "'’")


def sentences(text: str, paragraph: Line, quotes: Sequence[Quote]) -> Iterator[list[Token]]:
    """Yield the sentences of one paragraph; `quotes` are those that lie in it, in order."""
    sentence: list[Token] = []
    tokens = list(_tokens(text, paragraph, quotes))
    for index, token in enumerate(tokens):
        sentence.append(token)
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if following is None or len(sentence) >= MAX_SENTENCE or _ends(text, token, following):
            yield sentence
            sentence = []


def _tokens(text: str, paragraph: Line, quotes: Sequence[Quote]) -> Iterator[Token]:
    position = paragraph.start
    for quote in quotes:
        yield from _plain(text, position, quote.start)
        inner = text[quote.inner_start : min(quote.inner_end, quote.inner_start + 40)]
        comma = text[quote.inner_start : quote.inner_end].rstrip().endswith(",")
        yield Token(
            quote.start,
            quote.end,
            '"',
            _capital(inner),
            quote,
            _first_word(inner),
            _short(inner),
            comma,
        )
        position = quote.end
    yield from _plain(text, position, paragraph.end)


def _plain(text: str, start: int, end: int) -> Iterator[Token]:
    for first, last in around_markup(text, start, end):
        for match in _TOKEN.finditer(text, first, last):
            word = match.group()
            yield Token(match.start(), match.end(), word.lower(), word[0].isupper())


def _first_word(words: str) -> str:
    return next(iter(words.lower().split(maxsplit=1)), "")


def _short(words: str) -> bool:
    """Return whether a quotation is but a word or two, as in: the "superdelegates" said."""
    return len(words.split()) <= 3 and words[-1:].isalnum()


def _capital(words: str) -> bool:
    return words.lstrip()[:1].isupper()


def _ends(text: str, token: Token, following: Token) -> bool:
    if token.quote is not None:
        inner = text[token.quote.inner_start : token.quote.inner_end].rstrip(" ”’\"'")
        return inner[-1:] in _TERMINAL and inner[-1:] != "" and following.capital
    if token.word[0] not in _TERMINAL:
        return False
    if following.quote is not None or following.capital:
        return True
    return following.word[0] not in ",;:)]”’-—–" and not following.word[0].islower()
