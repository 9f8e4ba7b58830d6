"""Inputs that nobody would write: generated from a seed and a number, each the same every time.

`case(seed, number)` makes one of them, at most 100 KB; `flaws` tells what is wrong with a reading,
whatever was read.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import docx

from tests.tracker.hostile import pdfs
from tracker.reading import KnownActor, KnownRole, Reading, Term, TopicTerms

LARGEST = 100_000  # bytes
ACTORS = (
    KnownActor(
        "ilva-marenko",
        "Ilva Marenko",
        aliases=("Marenka",),
        roles=(KnownRole("Foreign Minister", "Ostravia", None, None),),
        pronoun="she",
    ),
    KnownActor("tomas-brel", "Tomas Brel", pronoun="he"),
)
TOPICS = (
    TopicTerms("talks", "Talks", (Term("negotiate"), Term("talks", 0.5)), ("peace talks show",)),
    TopicTerms("pact", "The Pact", (Term("Northern Pact"),), ()),
)
PROSE = (
    "Foreign Minister Ilva Marenko said on Wednesday that Ostravia was ready "
    "to negotiate with Karsk. ",
    "“We are not ready for talks,” she told reporters in Velgrad on July 27, 2024, “as long as the "
    "Northern Pact keeps its bases in the Sarn valley.” ",
    "According to the minister, President Tomas Brel had told her that the talks "
    "“will begin” in May. ",
    'Marenko: "There are no talks. I repeat: none."\n',
    "Question: Will you negotiate?\n\nAnswer: No.\n\n",
    "VELGRAD, 3 March 2025 (Herald) — The minister's spokesman denied it, "
    "she added last December. ",
    "She did not say whether 'the four districts' - or 'five', as Mr. Brel put it - "
    "would be left. ",
    "\n\n",
    "Read more: The Pact and the valley\n",
    "«Karsk has to leave», Marenko said, adding: «By the end of the year.» ",
)
MARKS = (
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad"),  # of no width
    *("\u202a", "\u202b", "\u202e", "\u2067", "\u200f", "שלום", "مرحبا"),  # right to left
    *('"', "“", "”", "„", "«", "»", "‘", "’", "'", "``", "''", "「", "」", "‹", "›"),
    *("\n", "\n\n", "\r", "\u2028", "\u0085", "\t", " ", "\u00a0", "\u3000", "\x0c", "\x1b"),
    *(":", ":\n", " - ", "—", "…", "...", "(", ")", "[", "]", "•", "|", "<", ">", "&quot;", "&#0;"),
    *("é", "e\u0301", "\u0301" * 40, "ß", "İ", "ﬁ", "Ⅳ", "𝕎", "👩‍👩‍👧", "\U0010ffff", "\ud83d"),
    *(
        "1",
        "2024",
        "27.07.2024",
        "31/02/2024",
        "May",
        "on Monday",
        "99999999999999999999",
        "%s",
        "\\",
    ),
    *("said", "she", "that", "told", "Mr.", "Marenko", "the minister", "not", "according to"),
)
TAGS = ("p", "p", "div", "q", "blockquote", "b", "table", "li", "script", "a href='x'", "br/")
DATE_WORDS = (
    *("on", "by", "last", "next", "since", "until", "the", "end", "of", "year", "May", "Monday"),
    *("December", "3", "31", "0", "2024", "1999", "17:58", ",", ".", "/", "-", ":", "29.07.2024"),
)
Make = Callable[[random.Random, int], bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """One input; `family` says how it was made."""

    number: int
    family: str
    body: bytes
    content_type: str


def case(seed: int, number: int) -> Case:
    """Return the input of this number; families take turns."""
    families = sorted(FAMILIES)
    family = families[number % len(families)]
    rng = random.Random(f"{seed}/{number}")
    size = rng.choices([200, 2_000, 10_000, LARGEST], weights=[40, 40, 12, 8])[0]
    content_type, make = FAMILIES[family]
    # The largest are as large as they may be: work that grows with the square shows only there.
    size = size if size == LARGEST else rng.randint(1, size)
    return Case(number, family, make(rng, size)[:LARGEST], content_type)


def flaws(text: str, reading: Reading) -> list[str]:
    """Return what cannot be true of any reading of `text`: nothing, or one sentence a flaw."""
    return [*_span_flaws(text, reading), *_region_flaws(text, reading), *_date_flaws(reading)]


def _span_flaws(text: str, reading: Reading) -> Iterator[str]:
    for passage in reading.passages:
        if not 0 <= passage.start < passage.end <= len(text):
            yield f"passage {passage.start}-{passage.end} of {len(text)} characters"
        elif not text[passage.start : passage.end].strip():
            yield f"passage {passage.start}-{passage.end} is blank"
        if passage.speaker_start is None or passage.speaker_end is None:
            continue
        if text[passage.speaker_start : passage.speaker_end] != passage.speaker:
            yield f"speaker {passage.speaker!r} is not at {passage.speaker_start}"
    for warning in reading.warnings:
        start, end = warning.start or 0, warning.end or len(text)
        if not 0 <= start <= end <= len(text):
            yield f"warning {warning.code} at {start}-{end}"


def _region_flaws(text: str, reading: Reading) -> Iterator[str]:
    ends = [0, *(region.end for region in reading.regions)]
    starts = [*(region.start for region in reading.regions), len(text)]
    if ends != starts:
        yield "the regions do not tile the text"
    if any(region.start >= region.end for region in reading.regions):
        yield "a region is empty"


def _date_flaws(reading: Reading) -> Iterator[str]:
    for said in (reading.said, reading.published, *(p.said for p in reading.passages)):
        if said is not None and said.earliest > said.latest:
            yield f"{said.edtf} ends before it begins"


# How inputs are made


def _prose(rng: random.Random, size: int) -> str:
    pieces: list[str] = []
    length = 0
    while length < size:
        pieces.append(rng.choice(PROSE))
        length += len(pieces[-1])
    return "".join(pieces)


def _changed(rng: random.Random, text: str) -> str:
    """Return `text` with marks put in, and with slices removed, doubled and moved."""
    for _ in range(rng.randint(1, 12)):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.randint(0, 80))
        text = rng.choice(
            (
                text[:start] + rng.choice(MARKS) * rng.choice((1, 1, 2, 30)) + text[start:],
                text[:start] + text[end:],
                text[:end] + text[start:end] * rng.randint(1, 5) + text[end:],
                text[end:] + text[start:end] + text[:start],
                text[:start] + text[start:end].swapcase() + text[end:],
            )
        )
    return text


def _bytes_changed(rng: random.Random, body: bytes) -> bytes:
    """Return `body` cut, with bits turned over, and with pieces removed or doubled."""
    changed = bytearray(body)
    for _ in range(rng.choice((0, 1, 3, 20))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    start = rng.randrange(len(changed))
    end = start + rng.randint(0, 200)
    how = rng.randrange(4)
    if how == 0:
        return bytes(changed[:start])
    if how == 1:
        del changed[start:end]
    elif how == 2:
        changed[start:start] = changed[start:end] * rng.randint(1, 50)
    return bytes(changed)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _random_bytes(rng: random.Random, size: int) -> bytes:
    return rng.randbytes(size)


def _random_letters(rng: random.Random, size: int) -> bytes:
    ranges = ((0x20, 0x7F), (0xA0, 0x250), (0x400, 0x500), (0x590, 0x700), (0x2000, 0x2070))
    chosen = rng.sample(ranges, rng.randint(1, len(ranges)))
    return _encoded("".join(chr(rng.randrange(*rng.choice(chosen))) for _ in range(size // 2)))


def _changed_prose(rng: random.Random, size: int) -> bytes:
    return _encoded(_changed(rng, _prose(rng, size)))


def _other_charset(rng: random.Random, size: int) -> bytes:
    charset = rng.choice(("utf-16", "utf-16-le", "cp1252", "cp1251", "koi8-r", "utf-32", "utf-7"))
    return _changed(rng, _prose(rng, size)).encode(charset, "replace")


def _nested_quotes(rng: random.Random, size: int) -> bytes:
    pairs = rng.choices((("“", "”"), ('"', '"'), ("«", "»"), ("'", "'"), ("(", ")")), k=30)
    depth = min(size // 8 + 1, 20_000)
    opened = [pairs[level % len(pairs)] for level in range(depth)]
    inside = rng.choice((" ", "", "\n", " she said "))
    closing = [pair[1] for pair in reversed(opened)][: rng.choice((0, depth // 2, depth))]
    return _encoded(inside.join([*(pair[0] for pair in opened), _prose(rng, 50), *closing]))


def _one_line(rng: random.Random, size: int) -> bytes:
    return _encoded(_changed(rng, _prose(rng, size).replace("\n", " ")))


def _repeated(rng: random.Random, size: int) -> bytes:
    """A short piece again and again: what makes careless patterns take for ever."""
    piece = "".join(rng.choice((*MARKS, *"aA1 ", *PROSE)) for _ in range(rng.randint(1, 4)))
    end = rng.choice(("", "!", "\n", '"', " she said."))
    return _encoded(piece * max(1, size // max(1, len(_encoded(piece)))) + end)


def _marked(rng: random.Random, size: int) -> bytes:
    """Marks between all letters."""
    some = rng.sample(MARKS[:13], 3)
    return _encoded("".join(letter + rng.choice(some) for letter in _prose(rng, size // 4)))


def _turns(rng: random.Random, size: int) -> bytes:
    names = (
        "Ilva Marenko",
        "QUESTION",
        "Q",
        "Tomas Brel (via video)",
        "—",
        "Reporter 2",
        "",
        "А. Б.",
    )
    lines = [f"{rng.choice(names)}: {rng.choice(PROSE)}" for _ in range(size // 80 + 1)]
    return _encoded(_changed(rng, rng.choice(("\n", "\n\n", "\r\n", " ")).join(lines)))


def _dates(rng: random.Random, size: int) -> bytes:
    return _encoded(" ".join(rng.choices(DATE_WORDS, k=size // 4 + 1)))


def _page(rng: random.Random, size: int) -> bytes:
    inside = "".join(_tagged(rng.choice(TAGS), part) for part in _parts(rng, size))
    date = "<meta property='article:published_time' content='2024-07-29T10:00:00Z'>"
    head = f"<head><title>Talks</title>{date}</head>"
    page = f"<!DOCTYPE html><html lang=en>{head}<body>{inside}</body></html>"
    return _bytes_changed(rng, _encoded(_changed(rng, page) if rng.random() < 0.7 else page))


def _tagged(tag: str, inside: str) -> str:
    return f"<{tag}>{inside}</{tag.split()[0]}>"


def _feed(rng: random.Random, size: int) -> bytes:
    items = "".join(
        f"<item><title>{number}</title><link>https://post.example/{number}</link>"
        f"<guid>{number}</guid><pubDate>Mon, 29 Jul 2024 10:00:00 GMT</pubDate>"
        f"<description><![CDATA[{part}]]></description></item>"
        for number, part in enumerate(_parts(rng, size))
    )
    feed = f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
    return _bytes_changed(rng, _encoded(_changed(rng, feed) if rng.random() < 0.5 else feed))


def _parts(rng: random.Random, size: int) -> Sequence[str]:
    return [rng.choice(PROSE) for _ in range(size // 200 + 1)]


def _pdf(rng: random.Random, size: int) -> bytes:
    lines = [part.encode("latin-1", "replace") for part in _parts(rng, size)]
    shown = b"".join(b"(%b) Tj 0 -14 Td\n" % line.replace(b"\n", b"") for line in lines)
    whole = pdfs.pages_of(pdfs.stream(b"BT /F1 12 Tf 72 720 Td\n" + shown + b"ET"))
    return _bytes_changed(rng, whole)


def _docx(rng: random.Random, size: int) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_plain_docx())) as old,
        zipfile.ZipFile(out, "w", _PACKED) as new,
    ):
        chosen = rng.choice(("word/document.xml", "word/document.xml", *old.namelist()))
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, _bytes_changed(rng, content) if name == chosen else content)
    return out.getvalue() if rng.random() < 0.5 else _bytes_changed(rng, out.getvalue())


_PACKED = zipfile.ZIP_DEFLATED


@cache
def _plain_docx() -> bytes:
    document = docx.Document()
    for part in PROSE:
        document.add_paragraph(part)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FAMILIES: dict[str, tuple[str, Make]] = {
    "random bytes": ("", _random_bytes),
    "random letters": ("text/plain", _random_letters),
    "changed prose": ("text/plain", _changed_prose),
    "other charset": ("", _other_charset),
    "nested quotes": ("text/plain", _nested_quotes),
    "one line": ("text/plain", _one_line),
    "repeated": ("text/plain", _repeated),
    "no width, rtl": ("text/plain", _marked),
    "turns": ("text/plain", _turns),
    "dates": ("text/plain", _dates),
    "page": ("text/html", _page),
    "feed": ("application/rss+xml", _feed),
    "pdf": ("application/pdf", _pdf),
    "docx": (_DOCX, _docx),
}
