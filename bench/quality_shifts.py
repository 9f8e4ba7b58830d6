"""How well pairs of passages are told apart, on every labelled pair set, beside string measures.

`python -m bench.quality_shifts [--set NAME ...] [--limit N] [--corpus DIR] [--half 0|1] [--missed]`
prints one table. A "shift" row is a positive; "same" and "other" rows are negatives. The two
baselines call a shift below the similarity that gives them their best F1 on the very rows that are
measured, so they are shown better than they could be in use.
"""

import argparse
import difflib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import Levenshtein

from timeline.coding import code
from timeline.contrasts import ABOUT_ONE
from timeline.frames import frame
from timeline.likeness import SAME_UTTERANCE, likeness
from timeline.names import other_names
from timeline.shifts import Verdict, compare
from timeline.sides import sides_of

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
PAIR_SETS = (
    "fomc_policy_pairs",
    "fomc_guidance_pairs",
    "vitaminc_real",
    "vitaminc_revision_shift",
    "fever_symmetric",
    "negnli",
    "sick",
    "msrp",
    "arxivedits",
    "political_inconsistency",
)
ACT_SETS = ("plover_gsr", "cameo_class")
EVERY_SET = (*PAIR_SETS, "ecb_utterance", *ACT_SETS)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of the table: a judge on a set."""

    set: str
    judge: str
    rows: int
    precision: float | None
    recall: float | None
    f1: float | None
    macro_f1: float | None
    false_alarms: float | None
    undecided: int
    auc: float | None
    direction_f1: float | None = None


def rows_of(name: str, *, corpus: Path = CORPUS, half: int | None = None) -> list[Row]:
    """Return the rows of a set; `half` keeps those whose group hashes to that half."""
    lines = (corpus / f"{name}.dev.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    if half is None:
        return rows
    return [
        row for row in rows if zlib.crc32(str(row.get("group") or row["id"]).encode()) % 2 == half
    ]


def auc(scores: Sequence[float], positives: Sequence[bool]) -> float | None:
    """Return the area under the ROC curve (the Mann-Whitney statistic; ties count half)."""
    ordered = sorted(zip(scores, positives, strict=True), key=lambda pair: pair[0])
    total = sum(positives)
    if not total or total == len(ordered):
        return None
    ranks, index = 0.0, 0
    while index < len(ordered):
        last = index
        while last + 1 < len(ordered) and ordered[last + 1][0] == ordered[index][0]:
            last += 1
        ranks += (index + last + 2) / 2 * sum(yes for _, yes in ordered[index : last + 1])
        index = last + 1
    return (ranks - total * (total + 1) / 2) / (total * (len(ordered) - total))


def f1_score(called: Sequence[bool], positives: Sequence[bool]) -> float:
    """Return the harmonic mean of precision and recall of the calls."""
    hits = sum(call and yes for call, yes in zip(called, positives, strict=True))
    return 2 * hits / ((sum(called) + sum(positives)) or 1)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def figures(
    name: str,
    judge: str,
    called: Sequence[bool],
    scores: Sequence[float],
    labels: Sequence[str],
    *,
    undecided: int = 0,
    direction_f1: float | None = None,
) -> Figures:
    """Return the measures of one judge's calls on one set."""
    positives = [label in ("shift", "same_utterance") for label in labels]
    hits = sum(call and yes for call, yes in zip(called, positives, strict=True))
    same = [call for call, label in zip(called, labels, strict=True) if label == "same"]
    inverse = f1_score([not call for call in called], [not yes for yes in positives])
    f1 = f1_score(called, positives)
    return Figures(
        name,
        judge,
        len(labels),
        _ratio(hits, sum(called)),
        _ratio(hits, sum(positives)),
        f1,
        (f1 + inverse) / 2,
        _ratio(sum(same), len(same)),
        undecided,
        auc(scores, positives),
        direction_f1,
    )


def best_threshold(scores: Sequence[float], positives: Sequence[bool]) -> float:
    """Return the score at and above which calling a positive gives the best F1."""
    ordered = sorted(zip(scores, positives, strict=True), key=lambda pair: -pair[0])
    total, hits, best = sum(positives), 0, (0.0, 2.0)
    for number, (score, yes) in enumerate(ordered, start=1):
        hits += yes
        best = max(best, (2 * hits / (number + total), score))
    return best[1]


def direction_macro_f1(truth: Sequence[str], called: Sequence[str]) -> float:
    """Return macro-F1 over the directions that the truth names; no shift is `none`."""
    classes = sorted(set(truth))
    per_class = [
        f1_score([call == name for call in called], [want == name for want in truth])
        for name in classes
    ]
    return sum(per_class) / len(per_class)


def _baseline(
    name: str, judge: str, rows: Sequence[Row], ratio: Callable[[str, str], float]
) -> Figures:
    apart = [1 - ratio(row["older"], row["newer"]) for row in rows]
    labels = [row["label"] for row in rows]
    threshold = best_threshold(apart, [label == "shift" for label in labels])
    return figures(name, judge, [score >= threshold for score in apart], apart, labels)


def difflib_ratio(older: str, newer: str) -> float:
    """Return difflib's similarity of two texts on characters."""
    return difflib.SequenceMatcher(None, older, newer).ratio()


def measure_pairs(name: str, rows: Sequence[Row], *, baselines: bool = True) -> list[Figures]:
    """Return our figures and the baselines' for one pair set."""
    verdicts = [compare(row["older"], row["newer"], topic=row.get("topic") or "") for row in rows]
    labels = [row["label"] for row in rows]
    directions = None
    if name == "fomc_policy_pairs":
        truth = [row["direction"] or "none" for row in rows]
        directions = direction_macro_f1(truth, [verdict.direction for verdict in verdicts])
    ours = figures(
        name,
        "stanceline",
        [verdict.verdict == "shift" for verdict in verdicts],
        [verdict.score for verdict in verdicts],
        labels,
        undecided=sum(verdict.verdict == "undecided" for verdict in verdicts),
        direction_f1=directions,
    )
    if not baselines:
        return [ours]
    return [
        ours,
        _baseline(name, "difflib", rows, difflib_ratio),
        _baseline(name, "Levenshtein", rows, Levenshtein.ratio),
    ]


def measure_utterances(rows: Sequence[Row], *, baselines: bool = True) -> list[Figures]:
    """Return figures for same utterance or not; and the share of same ones called a shift."""
    labels = [row["label"] for row in rows]
    positives = [label == "same_utterance" for label in labels]
    judges: list[tuple[str, Callable[[str, str], float]]] = [("stanceline", likeness)]
    if baselines:
        judges += [("difflib", difflib_ratio), ("Levenshtein", Levenshtein.ratio)]
    found = []
    for judge, ratio in judges:
        scores = [ratio(row["older"], row["newer"]) for row in rows]
        threshold = SAME_UTTERANCE if judge == "stanceline" else best_threshold(scores, positives)
        called = [score >= threshold for score in scores]
        found.append(figures("ecb_utterance", judge, called, scores, labels))
    same = [row for row in rows if row["label"] == "same_utterance"]
    found += measure_pairs(
        "ecb_utterance (shift)",
        [row | {"label": "same", "topic": ""} for row in same],
        baselines=False,
    )
    return found


COOPERATION = frozenset(["AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT"])


def measure_acts(name: str, rows: Sequence[Row]) -> list[Figures]:
    """Return how well the sign of the coded value tells cooperation from conflict.

    The macro-F1 is over the two; a sentence in which no act is found counts as wrong for its own
    side, and shows as undecided. Neutral sentences are left out.
    """
    kept = [row for row in rows if not row["label"].startswith("neutral")]
    truth = [_side_of(row["label"]) for row in kept]
    values = [code(row["text"]).value for row in kept]
    called = [_called(value) for value in values]
    score = direction_macro_f1(truth, called)
    unknown = called.count("none")
    return [
        Figures(name, "stanceline", len(kept), None, None, None, score, None, unknown, None, None)
    ]


def _side_of(label: str) -> str:
    if label.isupper():
        return "cooperation" if label in COOPERATION else "conflict"
    return label.rpartition("_")[2]


def _called(value: int | None) -> str:
    if not value:
        return "none"
    return "cooperation" if value > 0 else "conflict"


def missed(rows: Iterable[Row]) -> dict[str, int]:
    """Return why the shifts that are not called are not, with counts, the most frequent first."""
    reasons: Counter[str] = Counter()
    for row in rows:
        if row["label"] == "shift":
            verdict = compare(row["older"], row["newer"], topic=row.get("topic") or "")
            if verdict.verdict != "shift":
                reasons[_reason(row, verdict)] += 1
    return dict(reasons.most_common())


_UNSURE = {"polarity": "denial", "quantity": "number", "name": "name"}


def _reason(row: Row, verdict: Verdict) -> str:
    rules = verdict.features["rules"]
    if rules:
        return f"a contrast too unsure to call: {_UNSURE.get(rules[0][0], 'word or clause')}"
    sides = sides_of(frame(row["older"]), frame(row["newer"]))
    older, newer = sides.older.position, sides.newer.position
    if any(quantity.comparator in ("<", ">", "<=", ">=") for quantity in older.quantities):
        return "a bound on one side, no number that breaks it"
    if len(older.scopes) % 2 != len(newer.scopes) % 2:
        return "one side denies what the other does not name"
    if other_names(sides.both):
        return "each names somebody or something that the other does not"
    if older.quantities and newer.quantities:
        return "numbers on both sides, none that conflicts"
    if verdict.features["cover"] < ABOUT_ONE:
        return "less than half of the words are shared"
    return "one word or phrase differs and no list opposes it"


def table(lines: Iterable[Figures]) -> str:
    """Return the figures as a text table."""
    names = ("prec", "rec", "F1", "macF1", "alarm")
    columns = " ".join(f"{name:>6}" for name in names)
    head = f"{'set':25} {'judge':11} {'rows':>5} {columns} {'undec':>6} {'AUC':>6} {'dirF1':>6}"
    out = [head]
    for line in lines:
        numbers = [line.precision, line.recall, line.f1, line.macro_f1, line.false_alarms]
        cells = " ".join(_cell(number) for number in numbers)
        out.append(
            f"{line.set:25} {line.judge:11} {line.rows:5} {cells} {line.undecided:6} "
            f"{_cell(line.auc)} {_cell(line.direction_f1)}"
        )
    return "\n".join(out)


def _cell(number: float | None) -> str:
    return "   -  " if number is None else f"{number:6.3f}"


def measure(
    names: Iterable[str] = EVERY_SET,
    *,
    corpus: Path = CORPUS,
    limit: int | None = None,
    half: int | None = None,
    baselines: bool = True,
) -> list[Figures]:
    """Return the figures of every named set; `limit` takes that many rows spread over the set."""
    found: list[Figures] = []
    for name in names:
        rows = rows_of(name, corpus=corpus, half=half)
        if limit:
            rows = rows[:: max(1, len(rows) // limit)]
        if name in ACT_SETS:
            found += measure_acts(name, rows)
            continue
        if name == "ecb_utterance":
            found += measure_utterances(rows, baselines=baselines)
            continue
        found += measure_pairs(name, rows, baselines=baselines)
        if name == "fomc_guidance_pairs":
            steady = [row for row in rows if row["rate"] is None]
            found += measure_pairs("fomc_guidance, rate stays", steady, baselines=baselines)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", dest="sets", metavar="NAME")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--missed", action="store_true", help="why shifts are not called")
    options = parser.parse_args()
    names = options.sets or EVERY_SET
    if options.missed:
        for name in (name for name in names if name in PAIR_SETS):
            print(name)
            counts = missed(rows_of(name, corpus=options.corpus, half=options.half))
            for reason, rows in counts.items():
                print(f"  {rows:5} {reason}")
        return
    print(
        table(
            measure(
                names,
                corpus=options.corpus,
                limit=options.limit,
                half=options.half,
                baselines=not options.no_baselines,
            )
        )
    )


if __name__ == "__main__":
    main()
