"""A stance's history payload as a story to be read: rows in time, and marks for the chart.

Pure: the payload of `tracker.history` in, plain values out.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from frontend import wording

_MONTH_DAYS = 30.4

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: an utterance with what led to it, or a gap."""

    utterance: Payload | None = None
    gap: str = ""
    shifts: Sequence[Payload] = ()
    events: Sequence[Payload] = ()

    @property
    def key(self) -> str:
        """What the address names this row's utterance with."""
        return f"u{self.utterance['id']}" if self.utterance else ""

    @property
    def rendering(self) -> str:
        """How the best attestation gives the words."""
        return wording.rendering(*self._manner)

    @property
    def is_quotation(self) -> bool:
        """Whether the words may stand in quotation marks."""
        return wording.is_quotation(*self._manner)

    @property
    def _manner(self) -> tuple[str, str]:
        attestations = self.utterance["attestations"] if self.utterance else []
        for attestation in sorted(attestations, key=lambda item: not item["canonical"]):
            return attestation["attribution"], attestation["fidelity"]
        return "indirect", "paraphrased"  # nothing held vouches for the words any more


@dataclass(frozen=True, slots=True)
class Story:
    """A payload ready for a page: `rows` oldest first, `chart` for the script.

    `moves` are the shifts that stand, oldest first: the story in a line.
    """

    rows: list[Row] = field(default_factory=list)
    chart: dict[str, Any] = field(default_factory=dict)
    summary: str = ""
    sources: list[str] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)


def story(payload: Payload, shown: Payload | None = None) -> Story:
    """Return the rows and the chart of a history payload; the rows only of what is `shown`."""
    rows = _rows(payload if shown is None else shown)
    return Story(rows, chart(payload), _summary(payload), _sources(payload), _moves(payload))


def chart(payload: Payload) -> dict[str, Any]:
    """Return what the chart draws of a history payload."""
    return {
        "utterances": [_mark(utterance) for utterance in payload["utterances"]],
        "shifts": [_link(shift) for shift in payload["shifts"] if shift["status"] != "withdrawn"],
        "gaps": [
            {"earliest": gap["since"], "latest": gap["until"], "name": gap_words(gap)}
            for gap in payload["gaps"]
        ],
        "events": [
            {"kind": event["kind"], "older": event["older"], "newer": event["newer"]}
            for event in payload["events"]
        ],
        "coverage": list(payload["coverage"]),
    }


def gap_words(gap: Payload) -> str:
    """Return a gap of the payload as a sentence: silence, or merely no record."""
    months = wording.count(round(gap["days"] / _MONTH_DAYS), "month")
    if gap["recorded"]:
        others = wording.count(gap["recorded"], "statement")
        return f"{months} without a word on this topic; {others} on other topics recorded"
    return f"{months} without a record: nothing of this actor was captured, on any topic"


def _rows(payload: Payload) -> list[Row]:
    shifts, events = defaultdict(list), defaultdict(list)
    for shift in payload["shifts"]:
        shifts[shift["newer"]].append(_link(shift) | _cell(shift))
    for event in payload["events"]:
        events[event["newer"] or event["older"]].append(event)
    gaps = sorted(payload["gaps"], key=lambda gap: gap["until"], reverse=True)
    rows = []
    for utterance in payload["utterances"]:
        while gaps and gaps[-1]["until"] <= utterance["said"]["earliest"]:
            rows.append(Row(gap=gap_words(gaps.pop())))
        number = utterance["id"]
        rows.append(Row(utterance, shifts=shifts[number], events=events[number]))
    return rows


def _moves(payload: Payload) -> list[dict[str, Any]]:
    """Return the shifts that stand in the order of their newer sides, with the day of each."""
    said = {row["id"]: row["said"] for row in payload["utterances"]}
    found = [
        {**_link(shift), **_cell(shift), "said": said[shift["newer"]], "grade": shift["grade"]}
        for shift in payload["shifts"]
        if shift["status"] in ("confirmed", "provisional")
    ]
    return sorted(found, key=lambda move: (move["said"]["earliest"], move["id"]))


def _cell(shift: Payload) -> dict[str, str]:
    """Return what only the table says of a shift."""
    undecided = shift["status"] == "undecided"
    return {
        "key": f"s{shift['id']}",
        "kinds": ", ".join(_kinds(shift)) or "undecided",
        "arrow": "?" if undecided else wording.ARROW[shift["direction"]],
    }


def _kinds(shift: Payload) -> list[str]:
    return [wording.KIND.get(kind, kind) for kind in shift["kinds"]]


def _summary(payload: Payload) -> str:
    """Return in one sentence how often the position moved."""
    numbers = Counter(shift["status"] for shift in payload["shifts"])
    stand = [name for name in ("confirmed", "provisional") if numbers[name]]
    moved = wording.count(sum(numbers[name] for name in stand), "shift")
    how = ", ".join(f"{numbers[name]} {name}" for name in stand)
    sentence = f"{moved} ({how})" if stand else "No shift found"
    waiting = numbers["undecided"]
    return f"{sentence}; {wording.count(waiting, 'pair')} undecided." if waiting else f"{sentence}."


def _sources(payload: Payload) -> list[str]:
    """Return the documents behind the story, each once, in the order of first use."""
    lines = {
        attestation["document"]: ", ".join(
            part
            for part in (
                f"{attestation['source']['name']} ({attestation['source']['reliability']})",
                attestation["title"],
                attestation["published"]["edtf"] if attestation["published"] else "undated",
                attestation["url"],
            )
            if part
        )
        for utterance in payload["utterances"]
        for attestation in utterance["attestations"]
    }
    return list(lines.values())


def _mark(utterance: Payload) -> dict[str, Any]:
    said = utterance["said"]
    name = (
        f"{said['edtf']}: {utterance['text'][:120]} "
        f"({wording.value(utterance['value'])}, {utterance['fidelity']}, "
        f"{wording.count(utterance['sources'], 'independent source')}, grade {utterance['grade']})"
    )
    return {
        "id": utterance["id"],
        "earliest": said["earliest"],
        "latest": said["latest"],
        "value": utterance["value"],
        "fidelity": utterance["fidelity"],
        "sources": utterance["sources"],
        "grade": utterance["grade"],
        "name": name,
    }


def _link(shift: Payload) -> dict[str, Any]:
    kinds = _kinds(shift)
    label = kinds[0] if kinds else wording.STATUS[shift["status"]]
    more = f" +{len(kinds) - 1}" if len(kinds) > 1 else ""
    return {
        "id": shift["id"],
        "older": shift["older"],
        "newer": shift["newer"],
        "direction": shift["direction"],
        "status": shift["status"],
        "label": label + more,
        "name": f"Shift, {shift['status']}: {', '.join(kinds) or 'undecided'} "
        f"({wording.DIRECTION[shift['direction']]}, confidence {shift['confidence']:.0%})",
    }
