"""Does the record tell the demo's story? `python -m bench.story` reads the invented documents
through the real pipeline and compares utterances and shifts with fixtures/expected/story.json.

Beside it stands the baseline: the same pairs judged by difflib's ratio, at the threshold that
finds as many of the shifts.
"""

import difflib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
Pair = tuple[str, str]


def main() -> None:
    """Print one table of the story's pairs and what was found of them."""
    story = json.loads((FIXTURES / "expected" / "story.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as var:
        _set_up(var)
        for topic, expected in story["stances"].items():
            _compare(story["actor"], topic, expected)
    print(f"difflib's ratio: {_baseline()}")


def _set_up(var: str) -> None:
    os.environ.update(VAR_DIR=var, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="WARNING")
    os.environ.pop("DATABASE_URL", None)
    import django  # the settings need the environment made above

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from tracker import ingest
    from tracker.tasks import detect_and_owe

    call_command("migrate", verbosity=0)
    call_command("load_demo", stdout=sys.stderr)
    while ingest.read_waiting(now=timezone.now()):
        pass
    while detect_and_owe(now=timezone.now()):
        pass


def _compare(actor: str, topic: str, expected: dict[str, Any]) -> None:
    from tracker.models import Shift, Stance

    stance = Stance.objects.get(actor__slug=actor, topic__slug=topic)
    named = {row["utterance"]: _found(stance, row) for row in expected["utterances"]}
    shifts = {
        (row.older_id, row.newer_id): row
        for row in Shift.objects.filter(stance=stance, withdrawn_at=None)
    }
    whole = sum(len(found) == 1 for found in named.values())
    print(f"== {topic}: {whole} of {len(named)} utterances whole")
    for name, found in named.items():
        if len(found) != 1:
            print(f"   utterance {name}: {len(found) or 'not'} found")
    told = {"shift": expected["shifts"], "no shift": expected["no_shifts"]}
    known = set()
    for wanted, pairs in told.items():
        for pair in pairs:
            ids = _only(named[pair["older"]]), _only(named[pair["newer"]])
            known.add(ids)
            row = shifts.get(ids)
            verdict = "no pair" if row is None else f"{row.status} {row.direction} {row.kinds}"
            print(f"   {wanted:8} {pair['older']} -> {pair['newer']}: {verdict}")
    names = {_only(found): name for name, found in named.items()}
    for ids, row in shifts.items():
        if ids not in known and row.status != Shift.Status.UNDECIDED:
            texts = [side.canonical.exact[:70] for side in (row.older, row.newer)]
            print(f"   besides  {[names.get(i, i) for i in ids]} {row.direction} {row.kinds}")
            print("            " + " | ".join(texts).replace("\n", " "))


def _found(stance: Any, row: dict[str, Any]) -> set[int]:
    """Return the utterances that attest the passages of one utterance of the story."""
    from tracker.models import Attestation

    ids: set[int] = set()
    for part in row["attested_by"]:
        passage = _passage(part["document"], part["passage"])
        held = Attestation.objects.held().filter(
            utterance__stance=stance, statement__document__capture__filename=part["document"]
        )
        ids |= {
            attestation.utterance_id
            for attestation in held.select_related("statement")
            if _overlap(attestation.statement.exact, passage)
        }
    return ids


def _passage(document: str, name: str) -> str:
    path = FIXTURES / "expected" / (Path(document).stem + ".json")
    passages = json.loads(path.read_text(encoding="utf-8"))["passages"]
    return str(next(row["text"] for row in passages if row["id"] == name))


def _overlap(one: str, other: str) -> bool:
    return one in other or other in one


def _only(found: set[int]) -> int:
    return next(iter(found)) if len(found) == 1 else 0


def _baseline() -> str:
    story = json.loads((FIXTURES / "expected" / "story.json").read_text(encoding="utf-8"))
    ratios: dict[str, list[float]] = {"shifts": [], "no_shifts": []}
    for expected in story["stances"].values():
        texts = {
            row["utterance"]: _passage(
                row["attested_by"][0]["document"], row["attested_by"][0]["passage"]
            )
            for row in expected["utterances"]
        }
        for side, found in ratios.items():
            found += [
                difflib.SequenceMatcher(
                    None, texts[pair["older"]], texts[pair["newer"]], autojunk=False
                ).ratio()
                for pair in expected[side]
            ]
    threshold = max(ratios["shifts"])
    flagged = sum(ratio <= threshold for ratio in ratios["no_shifts"])
    return (
        f"a threshold that calls all {len(ratios['shifts'])} shifts also calls "
        f"{flagged} of {len(ratios['no_shifts'])} other pairs"
    )


if __name__ == "__main__":
    main()
