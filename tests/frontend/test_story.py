"""A history payload becomes rows in time and marks for the chart."""

from typing import Any

from frontend.story import gap_words, story


def said(day: str) -> dict[str, str]:
    return {"edtf": day, "earliest": day, "latest": day, "precision": "day", "basis": ""}


def utterance(number: int, day: str, **fields: Any) -> dict[str, Any]:
    attestation = {
        "document": number,
        "title": "Report",
        "source": {"name": "Wire", "reliability": "B"},
        "url": "",
        "published": None,
        "attribution": "direct",
        "fidelity": "verbatim",
        "canonical": True,
    }
    return {
        "id": number,
        "said": said(day),
        "text": "We are ready.",
        "value": 4,
        "act": "agree",
        "fidelity": "verbatim",
        "grade": "B2",
        "sources": 1,
        "attestations": [attestation],
        **fields,
    }


def shift(number: int, older: int, newer: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "older": older,
        "newer": newer,
        "kinds": ["reversal", "scope_changed"],
        "direction": "hardened",
        "status": "provisional",
        "confidence": 0.6,
        "grade": "B2",
        **fields,
    }


def payload(**fields: Any) -> dict[str, Any]:
    parts = ("utterances", "shifts", "events", "gaps", "coverage")
    return {**{name: [] for name in parts}, **fields}


def test_a_shift_stands_in_the_row_of_the_newer_utterance() -> None:
    rows = story(
        payload(
            utterances=[utterance(1, "2024-01-01"), utterance(2, "2024-02-01")],
            shifts=[shift(7, 1, 2)],
        )
    ).rows
    assert [[one["key"] for one in row.shifts] for row in rows] == [[], ["s7"]]


def test_a_gap_is_a_row_before_the_utterance_that_ends_it() -> None:
    gap = {"since": "2024-01-01", "until": "2025-01-01", "days": 366, "recorded": 3}
    rows = story(
        payload(utterances=[utterance(1, "2024-01-01"), utterance(2, "2025-01-01")], gaps=[gap])
    ).rows
    assert [bool(row.gap) for row in rows] == [False, True, False]


def test_two_utterances_of_one_day_follow_one_gap() -> None:
    gap = {"since": "2024-01-01", "until": "2025-01-01", "days": 366, "recorded": 3}
    days = ("2024-01-01", "2025-01-01", "2025-01-01")
    spoken = [utterance(number, day) for number, day in enumerate(days)]
    rows = story(payload(utterances=spoken, gaps=[gap])).rows
    assert sum(bool(row.gap) for row in rows) == 1


def test_silence_on_a_topic_is_not_the_same_as_no_record() -> None:
    silent = gap_words({"days": 300, "recorded": 12})
    unknown = gap_words({"days": 300, "recorded": 0})
    assert (
        silent == "10 months without a word on this topic; 12 statements on other topics recorded"
    )
    assert unknown.startswith("10 months without a record")


def test_the_summary_counts_shifts_by_how_sure_they_are() -> None:
    spoken = [utterance(number, f"2024-0{number}-01") for number in (1, 2, 3, 4)]
    moved = [
        shift(1, 1, 2, status="confirmed"),
        shift(2, 2, 3),
        shift(3, 3, 4, status="undecided", kinds=[]),
    ]
    found = story(payload(utterances=spoken, shifts=moved))
    assert found.summary == "2 shifts (1 confirmed, 1 provisional); 1 pair undecided."


def test_the_moves_are_the_shifts_that_stand_in_the_order_of_time() -> None:
    spoken = [utterance(number, f"2024-0{number}-01") for number in (1, 2, 3, 4)]
    moved = [
        shift(1, 3, 4, status="confirmed"),
        shift(2, 1, 2),
        shift(3, 2, 3, status="undecided"),
        shift(4, 1, 3, status="withdrawn"),
    ]
    found = story(payload(utterances=spoken, shifts=moved)).moves
    assert [(move["key"], move["said"]["edtf"]) for move in found] == [
        ("s2", "2024-02-01"),
        ("s1", "2024-04-01"),
    ]


def test_a_stance_without_shifts_says_that_none_was_found() -> None:
    assert story(payload(utterances=[utterance(1, "2024-01-01")])).summary == "No shift found."


def test_a_withdrawn_shift_is_not_drawn() -> None:
    spoken = [utterance(1, "2024-01-01"), utterance(2, "2024-02-01")]
    found = story(payload(utterances=spoken, shifts=[shift(7, 1, 2, status="withdrawn")]))
    assert found.chart["shifts"] == []


def test_a_chart_mark_without_a_value_has_none() -> None:
    found = story(payload(utterances=[utterance(1, "2024-01-01", value=None)]))
    assert found.chart["utterances"][0]["value"] is None
    assert "not stated" in found.chart["utterances"][0]["name"]


def test_each_document_is_named_once_among_the_sources() -> None:
    one = utterance(1, "2024-01-01")
    two = utterance(2, "2024-02-01", attestations=one["attestations"])
    assert story(payload(utterances=[one, two])).sources == ["Wire (B), Report, undated"]
