"""How fast the core is, beside difflib in one run on one machine.

`python -m bench.speed` prints ratios and rates. Texts are generated from a fixed seed; every
figure is the best of several rounds of processor time, so that other work on the machine disturbs
less.
"""

import argparse
import difflib
import random
import time
from collections.abc import Callable
from datetime import date, timedelta

from timeline.coding import code
from timeline.diff import diff
from timeline.frames import frame
from timeline.series import changes
from timeline.shifts import Utterance, compare
from timeline.words import opcodes, words

_TEXT = (
    "we will not hold talks with the neighbour until its forces have left the border region and "
    "the harbour is open to every ship the committee decided to keep the target for the rate at "
    "four percent if inflation stays below two percent ready unless guarantees are given treaty "
    "alliance minister said that peace needs conditions which both sides accept without delay"
)
VOCABULARY = _TEXT.split(" ")
ROUNDS = 5


def best_of(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the shortest processor time in seconds that `work` took."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def forget() -> None:
    """Empty the caches, so that each round reads its texts anew."""
    for cached in (code, frame, words):
        cached.cache_clear()


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
    """Return pairs of 300-character passages compared a second, every text read anew."""
    rng = random.Random(1)
    made = [passage(rng, 80)[:300] for _ in range(count)]
    pairs = [(text, edited(rng, text)) for text in made]

    def work() -> None:
        forget()
        for older, newer in pairs:
            compare(older, newer)

    return count / best_of(work, 3)


def diff_ratios(size: int) -> tuple[float, float]:
    """Return how many times faster than difflib our opcodes and our whole readable diff are."""
    rng = random.Random(size)
    texts = [(older, edited(rng, older)) for older in (passage(rng, size) for _ in range(20))]
    tokens = [(words(older).raw, words(newer).raw) for older, newer in texts]

    def theirs() -> None:
        for left, right in tokens:
            difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes()

    def ours() -> None:
        for left, right in tokens:
            opcodes(left, right)

    def drawn() -> None:
        forget()
        for older, newer in texts:
            diff(older, newer)

    baseline = best_of(theirs)
    return baseline / best_of(ours), baseline / best_of(drawn)


def repeated_words(kilobytes: int) -> float:
    """Return the seconds for two texts of two repeated words."""
    older = "peace war " * (kilobytes * 1024 // 10)
    newer = "war peace " * (kilobytes * 1024 // 10)
    return best_of(lambda: diff(older, newer), 2)


def series(size: int) -> list[Utterance]:
    """Return a stance of `size` utterances, one a day."""
    rng = random.Random(7)
    first = date(2000, 1, 1)
    said = [passage(rng, 40) for _ in range(200)]
    return [
        Utterance(
            key=number,
            text=said[number % len(said)],
            earliest=first + timedelta(days=number),
            latest=first + timedelta(days=number),
        )
        for number in range(size)
    ]


def adding_one(size: int) -> float:
    """Return the seconds to decide one late statement in a stance of `size` utterances."""
    stance = series(size)
    late = {stance[size // 2].key}
    changes(stance, of=late)
    return best_of(lambda: changes(stance, of=late), 20)


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
