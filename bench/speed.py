"""How fast the core is, beside difflib in one run on one machine.

`python -m bench.speed` prints ratios and rates. Texts are generated from a fixed seed; every
figure is the best of several rounds of processor time, so that other work on the machine disturbs
less.
"""

import argparse
import difflib
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from timeline import diff, series, words
from timeline.shifts import Utterance
from tracker.management.commands.compare import Command

_TEXT = (
    "we will not hold talks with the neighbour until its forces have left the border region and "
    "the harbour is open to every ship the committee decided to keep the target for the rate at "
    "four percent if inflation stays below two percent ready unless guarantees are given treaty "
    "alliance minister said that peace needs conditions which both sides accept without delay"
)
VOCABULARY = _TEXT.split(" ")
ROUNDS = 5
TEXTS = 200  # different ones of a series


def best_of(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the shortest processor time in seconds that `work` took."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def passage(rng: random.Random, size: int) -> str:
    """Return `size` words with a full stop every dozen."""
    said = [rng.choice(VOCABULARY) for _ in range(size)]
    return " ".join(word + ("." if place % 12 == 11 else "") for place, word in enumerate(said))


def edited(rng: random.Random, text: str, share: float = 0.15) -> str:
    """Return `text` with a share of its words replaced, dropped or doubled."""
    out = []
    for word in text.split(" "):
        roll = rng.random()
        if roll < share / 3:
            out.append(rng.choice(VOCABULARY))
        elif roll < 2 * share / 3:
            out += [word, rng.choice(VOCABULARY)]
        elif roll >= share:
            out.append(word)
    return " ".join(out)


def pairs_a_second(count: int) -> float:
    """Return pairs of 300-character passages that `manage.py compare` answers a second.

    From a file of JSON Lines to JSON Lines; all pairs are different and every text is read anew.
    """
    rng = random.Random(1)
    made = [passage(rng, 80)[:300] for _ in range(count)]
    rows = [{"id": n, "older": text, "newer": edited(rng, text)} for n, text in enumerate(made)]
    with tempfile.TemporaryDirectory() as place:
        asked = Path(place) / "pairs.jsonl"
        asked.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

        def work() -> None:
            words.forget()
            Command().handle(input=str(asked), output=os.devnull)

        return count / best_of(work)


def diff_ratios(size: int) -> tuple[float, float]:
    """Return how many times faster than difflib our opcodes and our whole readable diff are.

    difflib and our opcodes are given the words; the whole diff begins with the two texts: it cuts
    them into words, aligns them and gives the runs with their offsets. What differs in what the
    texts say (`Diff.differences`) is worked out when it is asked for, and is not in it.
    """
    rng = random.Random(size)
    texts = [(older, edited(rng, older)) for older in (passage(rng, size) for _ in range(20))]
    tokens = [(words.words(older).raw, words.words(newer).raw) for older, newer in texts]

    def theirs() -> None:
        for left, right in tokens:
            difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()

    def ours() -> None:
        for left, right in tokens:
            words.opcodes(left, right)

    def drawn() -> None:
        words.forget()
        for older, newer in texts:
            diff.diff(older, newer)

    baseline = best_of(theirs)
    return baseline / best_of(ours), baseline / best_of(drawn)


def repeated_words(kilobytes: int) -> float:
    """Return the seconds for two texts of two repeated words."""
    older = "peace war " * (kilobytes * 1024 // 10)
    newer = "war peace " * (kilobytes * 1024 // 10)
    return best_of(lambda: diff.diff(older, newer), 2)


def stance(size: int) -> list[Utterance]:
    """Return a stance of `size` utterances, one a day."""
    rng = random.Random(7)
    first = date(2000, 1, 1)
    said = [passage(rng, 40) for _ in range(TEXTS)]
    return [
        Utterance(
            key=number,
            text=said[number % len(said)],
            earliest=first + timedelta(days=number),
            latest=first + timedelta(days=number),
        )
        for number in range(size)
    ]


def middle(size: int) -> int:
    """Return a place about the middle of a series, around which every size has the same texts."""
    return size // 2 // TEXTS * TEXTS + 50


def adding_one(size: int) -> float:
    """Return the seconds to decide one late statement in a stance of `size` utterances."""
    said = stance(size)
    late = {said[middle(size)].key}
    series.changes(said, of=late)
    return best_of(lambda: series.changes(said, of=late), 20)


def main() -> None:
    """Print every figure with the bar it is held to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=2000)
    options = parser.parse_args()
    print(
        f"compare, 300 characters a side: {pairs_a_second(options.pairs):,.0f} pairs/s (>= 2,000)"
    )
    for size in (130, 400, 1200):
        plain, whole = diff_ratios(size)
        print(
            f"diff, {size} words: opcodes {plain:.1f} x difflib (>= 12), whole {whole:.1f} x (>= 3)"
        )
    print(f"70 KB of two repeated words: {repeated_words(70):.2f} s (< 1)")
    small, large = adding_one(100), adding_one(10_000)
    print(f"one statement more, 10,000 against 100: {large / small:.2f} x (<= 2)")


if __name__ == "__main__":
    main()
