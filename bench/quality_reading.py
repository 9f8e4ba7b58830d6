"""How well reported speech is read: polnear_quotes.dev against two baselines, in one table.

    .venv/bin/python -m bench.quality_reading [--half a|b]

The set (200 news articles, 4,955 attributions of direct, mixed and indirect speech) lies
beside the project in ../shared/corpus. Rules were written looking at half a and checked on
half b (by a hash of the article's id).

tokens      precision, recall, F1 of the words inside any content span
sentences   F1 of "this sentence holds some attributed content"
direct, mixed, indirect   share of attributions of which at least half of the words are read
speaker     share of those found by one passage (the one with the best overlap) whose speaker
            is right: the printed source meets an annotated one, or ends in the same name
"""

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracker.reading import read
from tracker.reading.layout import lines, sentences

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
SET = CORPUS / "polnear_quotes.dev.jsonl"
BARS = {
    "token F1": 0.85,
    "sentence F1": 0.88,
    "direct": 0.97,
    "mixed": 0.85,
    "indirect": 0.60,
    "speaker": 0.90,
}
COLUMNS = (
    "token P",
    "token R",
    "token F1",
    "sentence F1",
    "direct",
    "mixed",
    "indirect",
    "speaker",
)
MEASURED = {
    "quotation marks and verbs (METHOD.md)": {"token F1": 0.72, "direct": 0.85, "indirect": 0.16},
    "sequence model (METHOD.md)": {"token F1": 0.84, "direct": 0.98, "indirect": 0.59},
}
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_MARKED = re.compile(r"“[^“”\n]*”|\"[^\"\n]*\"|''[^'\n]*''")
_HALF = 0.5

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of content that a reader found, and its source in the text."""

    start: int
    end: int
    source: Span | None


Reader = Callable[[str], list[Found]]


def stanceline(text: str) -> list[Found]:
    """Return the passages of tracker.reading."""
    return [
        Found(
            p.start,
            p.end,
            (p.speaker_start, p.speaker_end or 0) if p.speaker_start is not None else None,
        )
        for p in read(text).passages
    ]


def quotation_marks(text: str) -> list[Found]:
    """Return whatever stands between quotation marks, with no source: the plain baseline."""
    return [Found(*match.span(), None) for match in _MARKED.finditer(text)]


def everything(text: str) -> list[Found]:
    """Return the whole text: what a reader without any judgement reaches."""
    return [Found(0, len(text), None)]


@dataclass(slots=True)
class Tally:
    """Counts over articles."""

    tokens: Counter[str] = field(default_factory=Counter)
    sentences: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    speakers: Counter[bool] = field(default_factory=Counter)

    def figures(self) -> dict[str, float]:
        """Return the figures of one row of the table."""
        precision, recall, f1 = _scores(self.tokens)
        kinds = {kind: self.hit[kind] / max(1, self.asked[kind]) for kind in self.asked}
        speaker = self.speakers[True] / max(1, sum(self.speakers.values()))
        return {
            "token P": precision,
            "token R": recall,
            "token F1": f1,
            "sentence F1": _scores(self.sentences)[2],
            **kinds,
            "speaker": speaker,
        }


def _scores(counts: Counter[str]) -> tuple[float, float, float]:
    precision = counts["both"] / max(1, counts["both"] + counts["ours"])
    recall = counts["both"] / max(1, counts["both"] + counts["theirs"])
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def _count(counts: Counter[str], ours: bool, theirs: bool) -> None:
    if ours or theirs:
        counts["both" if ours and theirs else "ours" if ours else "theirs"] += 1


def measure(articles: Iterable[dict[str, Any]], reader: Reader) -> Tally:
    """Return the counts of one reader over the articles."""
    tally = Tally()
    for article in articles:
        _measure_article(article, reader(article["text"]), tally)
    return tally


def _measure_article(article: dict[str, Any], found: Sequence[Found], tally: Tally) -> None:
    text = article["text"]
    words = [match.start() for match in _WORD.finditer(text)]
    ours = _inside(words, [(item.start, item.end) for item in found])
    theirs = _inside(words, [span for quote in article["quotes"] for span in _spans(quote)])
    for word in words:
        _count(tally.tokens, word in ours, word in theirs)
    for line in lines(text):
        for start, end in sentences(text, line.start, line.end):
            inside = {word for word in words if start <= word < end}
            _count(tally.sentences, bool(inside & ours), bool(inside & theirs))
    pieces = [(item, _inside(words, [(item.start, item.end)])) for item in found]
    for quote in article["quotes"]:
        _measure_quote(text, quote, _inside(words, _spans(quote)), pieces, ours, tally)


def _inside(words: Sequence[int], spans: Iterable[Span]) -> set[int]:
    return {word for start, end in spans for word in words if start <= word < end}


def _spans(quote: dict[str, Any]) -> list[Span]:
    return [(start, end) for start, end in quote.get("spans") or [(quote["start"], quote["end"])]]


def _measure_quote(
    text: str,
    quote: dict[str, Any],
    wanted: set[int],
    pieces: Sequence[tuple[Found, set[int]]],
    ours: set[int],
    tally: Tally,
) -> None:
    tally.asked[quote["kind"]] += 1
    if not wanted or len(wanted & ours) < _HALF * len(wanted):
        return
    tally.hit[quote["kind"]] += 1
    best = max(
        (piece for piece in pieces if len(wanted & piece[1]) >= _HALF * len(wanted)),
        key=lambda piece: len(wanted & piece[1]) / len(wanted | piece[1]),
        default=None,
    )
    if best is not None and quote["speaker_spans"]:
        tally.speakers[_same_speaker(text, best[0].source, quote)] += 1


def _same_speaker(text: str, source: Span | None, quote: dict[str, Any]) -> bool:
    if source is None:
        return False
    if any(source[0] < end and start < source[1] for start, end in quote["speaker_spans"]):
        return True
    return _last_word(text[slice(*source)]) == _last_word(quote["speaker"])


def _last_word(words: str) -> str:
    return next((w for w in reversed(_WORD.findall(words.lower())) if w != "s"), "")


def articles_of(half: str = "") -> list[dict[str, Any]]:
    """Return the articles of the set, or of one half of it ("a" or "b")."""
    rows = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if not half or _half(row["id"]) == half]


def _half(name: str) -> str:
    return "ab"[int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2]


def table(half: str = "") -> list[tuple[str, dict[str, float]]]:
    """Return the rows of the table: baselines, our figures, the bars."""
    articles = articles_of(half)
    readers = {"whole text": everything, "plain quotation marks": quotation_marks}
    rows = [(name, measure(articles, reader).figures()) for name, reader in readers.items()]
    ours = measure(articles, stanceline).figures()
    return [*rows, *MEASURED.items(), ("stanceline", ours), ("bar", BARS)]


def printed(rows: Sequence[tuple[str, dict[str, float]]]) -> str:
    """Return the table as text."""
    head = f"{'polnear_quotes.dev':40}" + "".join(f"{name:>13}" for name in COLUMNS)
    lines = [
        f"{name:40}"
        + "".join(f"{figures[c]:13.3f}" if c in figures else f"{'-':>13}" for c in COLUMNS)
        for name, figures in rows
    ]
    return "\n".join([head, *lines])


def missed_bars(rows: Sequence[tuple[str, dict[str, float]]]) -> list[str]:
    """Return the names of the bars that our figures miss."""
    return [name for name, bar in BARS.items() if dict(rows)["stanceline"][name] < bar]


def main() -> None:
    """Print the table; leave with exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--half", choices=("a", "b"), default="", help="one half of the set")
    rows = table(parser.parse_args().half)
    print(printed(rows))
    missed = missed_bars(rows)
    print("missed: " + ", ".join(missed) if missed else "all bars reached")
    raise SystemExit(bool(missed))


if __name__ == "__main__":
    main()
