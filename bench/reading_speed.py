"""How fast texts are read: sentences a second on one core, growth with length, hostile texts.

    .venv/bin/python -m bench.reading_speed [--count 10000]

The text is written here about invented people. Growth compares the time for a character at
1 MB with that at 10 KB; the hostile texts are 100 KB each. --count N reads N random texts
besides and checks every offset.
"""

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

from tracker.management.commands.read import actors_in, topics_in
from tracker.reading import Reading, read

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
ACTORS, TOPICS = actors_in(FIXTURES / "actors.json"), topics_in(FIXTURES / "topics.json")
SENTENCES = (
    "“Ostravia is ready for talks with Karsk,” Foreign Minister Ilva Marenko said on Wednesday.",
    "She told reporters in Velgrad that the door was open, adding that nobody had come through.",
    "The fighting in the valley went on for a third week, and snow fell on the capital.",
    "Oren Tavik, the foreign minister of Karsk, said that the offer was “a wall with a door”.",
    "According to the ministry, eleven of the eighteen projects have been finished since May 2023.",
)
LEAST_SENTENCES, MOST_GROWTH, MOST_SECONDS = 400, 2.0, 2.0
SIGNS = "“”\"'‘’«»()[],.…:;—\n\t\u200b\u202e\x00\ufeff\ud800 aA1éЖ中"
WORDS = (
    *("said", "says", "told", "adding", "that", "to", "according to", "Question:", "Ilva Marenko"),
    *("Ilva Marenko:", "she", "the minister", "who", "on Wednesday", "3 May 2024", "and", "not"),
)


def text_of(size: int) -> tuple[str, int]:
    """Return about `size` characters of news, and how many sentences they are."""
    paragraphs: list[str] = []
    length = count = 0
    while length < size:
        paragraph = " ".join(SENTENCES[(count + k) % len(SENTENCES)] for k in range(3))
        paragraphs.append(paragraph)
        length += len(paragraph) + 2
        count += 3
    return "\n\n".join(paragraphs), count


def hostile(size: int = 100_000) -> dict[str, str]:
    """Return texts that are made to be slow, each of about `size` characters."""
    units = {
        "opening marks": "“",
        "straight marks": '"',
        "single marks": "‘a ",
        "nested marks": "“a “b ",
        "parentheses": "(",
        "commas": "Brel, ",
        "cues": "said ",
        "cue chains": "Brel said that ",
        "adding": ", adding that",
        "according to": "according to ",
        "names": "Ilva Marenko ",
        "dots": ". ",
        "one word": "a",
        "apostrophes": "n't",
        "zero width": "\u200b",
        "right to left": "\u202eشلام ",
        "labels": "Ilva Marenko: a\n\n",
        "digits": "1",
        "dates": "03/04/2024 ",
        "glued": "Aa.Bb",
        "spaces": " ",
        "lines": "\n",
        "capitals": "Aa ",
        "minister": "The minister said. ",
        "quotations": "“a b c” ",
        "one sentence": "VELGRAD, 3 March 2025 (Herald) — He denied it, she added. that»",
    }
    return {name: unit * (size // len(unit)) for name, unit in units.items()}


def timed(text: str) -> float:
    """Return the processor seconds that one reading takes."""
    start = time.process_time()
    read(text, actors=ACTORS, topics=TOPICS)
    return time.process_time() - start


def random_texts(count: int, seed: int = 7) -> Iterator[str]:
    """Yield random texts of signs and words, mostly short."""
    random.seed(seed)
    for _ in range(count):
        length = random.choice((5, 20, 80, 300))
        yield "".join(
            random.choice(SIGNS) if random.random() < 0.4 else f" {random.choice(WORDS)} "
            for _ in range(length)
        )


def check(text: str, reading: Reading) -> None:
    """Raise AssertionError where an offset is not valid or the regions do not tile the text."""
    assert "".join(text[r.start : r.end] for r in reading.regions) == text
    for passage in reading.passages:
        assert 0 <= passage.start < passage.end <= len(text)


def main() -> None:
    """Print the figures; leave with exit code 1 where a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=0, help="random texts to read besides")
    count = parser.parse_args().count
    timed(text_of(1_000)[0])
    seconds: dict[int, float] = {}
    ok = True
    for size in (10_000, 100_000, 1_000_000):
        text, sentences = text_of(size)
        seconds[size] = min(timed(text) for _ in range(3 if size < 1_000_000 else 1))
        rate = sentences / seconds[size]
        ok &= rate >= LEAST_SENTENCES
        print(f"{size:>9,} characters {seconds[size]:8.3f} s {rate:9,.0f} sentences/s")
    growth = seconds[1_000_000] / seconds[10_000] / 100
    print(f"growth: {growth:.2f} times the time for a character at 1 MB beside 10 KB")
    ok &= growth <= MOST_GROWTH
    for name, text in hostile().items():
        took = timed(text)
        ok &= took <= MOST_SECONDS
        print(f"100 KB of {name:16} {took:6.2f} s{'  SLOW' * (took > MOST_SECONDS)}")
    slowest = 0.0
    for text in random_texts(count):
        start = time.process_time()
        check(text, read(text, actors=ACTORS, topics=TOPICS))
        slowest = max(slowest, time.process_time() - start)
    if count:
        print(f"{count:,} random texts: every offset valid, slowest {slowest:.2f} s")
    raise SystemExit(not ok)


if __name__ == "__main__":
    main()
