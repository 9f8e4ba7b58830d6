"""The words that pages use for what the record stores as slugs. One place, so that they agree."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

KIND: Final = {
    "reversal": "reversal",
    "hardening": "hardening",
    "softening": "softening",
    "condition_added": "condition added",
    "condition_dropped": "condition dropped",
    "condition_changed": "condition changed",
    "demand_added": "demand added",
    "demand_dropped": "demand dropped",
    "scope_changed": "scope changed",
    "commitment_strengthened": "commitment strengthened",
    "commitment_weakened": "commitment weakened",
    "reframing": "reframing",
}
STATUS: Final = {
    "undecided": "undecided",
    "provisional": "provisional",
    "confirmed": "confirmed",
    "withdrawn": "withdrawn",
}
DIRECTION: Final = {
    "hardened": "hardened",
    "softened": "softened",
    "reversed": "reversed",
    "changed": "changed",
    "none": "no direction",
}
# Arrows are a second sign beside the word and the line: readable without colour.
ARROW: Final = {"hardened": "↓", "softened": "↑", "reversed": "⇅", "changed": "↔", "none": "·"}
REGION: Final = {
    "statement": "statement",
    "question": "question",
    "narration": "narration",
    "other_speaker": "another speaker",
    "heading": "heading",
    "boilerplate": "boilerplate",
    "unread": "not read",
}
EVENT: Final = {
    "reaffirmation": "reaffirmed",
    "reversion": "back to an earlier position",
    "silence": "topic no longer raised",
}
EVENTS: Final = {
    "shift.detected": "a shift is found",
    "shift.confirmed": "a shift is confirmed",
    "shift.strengthened": "a shift becomes stronger",
    "shift.withdrawn": "a shift is withdrawn",
    "position.reaffirmed": "a position is reaffirmed",
    "position.withdrawn": "a reaffirmation is withdrawn",
    "document.failed": "a document cannot be read",
    "source.silent": "a source falls silent",
}
FREQUENCY: Final = {
    "immediate": "at once",
    "daily": "once a day",
    "weekly": "once a week",
}
CHANNEL: Final = {
    "email": "e-mail",
    "webhook": "webhook",
    "apprise": "another service (Apprise)",
}
CREDIBILITY: Final = {
    1: "confirmed by other sources",
    2: "probably true",
    3: "possibly true",
    4: "doubtful",
    5: "improbable",
    6: "cannot be judged",
}
RELIABILITY: Final = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "reliability cannot be judged",
}
WARNING: Final = {
    "translated": "Words may be the translator's: lone adjectives and modal verbs count for less.",
    "machine_translated": "A machine chose the words: only numbers, names, negation and "
    "conditions are relied upon.",
    "rewritten": "The text says that it was rewritten: its wording is no evidence of what was "
    "said.",
    "no_date": "The text does not say when. It waits until somebody gives the day: it is never "
    "given today's date.",
    "no_byline": "Nobody signs this text: the source's grade alone vouches for it.",
    "broken_quotation": "A quotation is opened and never closed, so where it ends is a guess.",
    "broken_sentences": "Sentences are cut or glued: words may be missing.",
    "unread_language": "Its prose is in a language that is not read: nobody is given its words.",
    "near_duplicate": "Nearly the same text is already held: it counts as no second witness.",
}
_OPENING, _SHORT = 200, 90  # characters of a text that are looked at, and shown, as its name
_TELLING = 25  # characters of a first line that is more than a name or a day
_GIVEN: Final = {"verbatim": "verbatim", "translated": "in translation", "reported": "by a report"}


def shift_count(shifts: int, undecided: int) -> str:
    """Return how many there are, shifts and pairs that nobody has decided apart."""
    pairs = f"{undecided} undecided pair{'s' * (undecided != 1)}"
    found = f"{shifts} shift{'s' * (shifts != 1)}"
    if not undecided:
        return found
    return f"{found} and {pairs}" if shifts else pairs


def is_quotation(attribution: str, fidelity: str) -> bool:
    """Say whether the passage may stand in quotation marks: words given as the speaker's own."""
    return attribution == "direct" and fidelity in ("verbatim", "translated")


def rendering(attribution: str, fidelity: str) -> str:
    """Return in words how a passage gives what was said, and whether it is a quotation."""
    if fidelity == "paraphrased":
        return "paraphrased; not a quotation"
    if attribution == "direct":
        return f"quoted {_GIVEN[fidelity]}"
    if attribution == "mixed":
        return f"partly quoted, partly retold ({fidelity}); not a quotation as a whole"
    how = "reported, translated" if fidelity == "translated" else "reported"
    return f"{how}; not a quotation"


def value(number: int | None) -> str:
    """Return a stance value with its sign, or that there is none."""
    if number is None:
        return "not stated"
    return "0" if number == 0 else f"{number:+d}".replace("-", "−")


def grade(code: str) -> str:
    """Return an Admiralty grade such as `B2` in words."""
    reliability = RELIABILITY.get(code[:1], "not graded")
    credibility = CREDIBILITY.get(int(code[1:]) if code[1:].isdigit() else 6, "")
    return f"source {reliability}; statement {credibility}"


def grade_reasons(utterance: Mapping[str, Any], best: Mapping[str, Any]) -> list[str]:
    """Return why an utterance has its grade, a sentence for each step (`docs/domain.md`).

    `best` is its best attestation with the document's `warnings`, the source's `note` and those
    who `passed_on` the words.
    """
    source = best["source"]
    letter = f"{source['name']} is {RELIABILITY[source['reliability']]}"
    said = [f"{source['reliability']}: {letter}. {best['note']}".strip()]
    if utterance["sources"] > 1:
        return [*said, f"1: {utterance['sources']} independent sources give these words."]
    start = "a reporter's own words start at 3" if best["attribution"] == "indirect" else ""
    said.append(f"{utterance['grade'][1:]}: {start or 'words in quotation marks start at 2'}.")
    said += [f"Lowered: {warning['message']}." for warning in best["warnings"]]
    if best["passed_on"]:
        said.append(f"Lowered: hearsay, passed on by {', '.join(best['passed_on'])}.")
    return said


def document(row: Any) -> str:
    """Return how a document is called: by its title, else by its first line or words.

    Where its text was not loaded, by its number, with source and day where they are known.
    """
    if row.title:
        return str(row.title)
    text = "" if "text" in row.get_deferred_fields() else row.text
    opening = _opening(getattr(row, "opening", text[:_OPENING]))
    if opening:
        return opening if len(opening) <= _SHORT else f"{_begun(opening)} …"
    day = row.said or row.published
    said = f", {when(day.edtf, day.earliest, day.latest)}" if day else ""
    return f"document {row.pk} of {row.source.name}{said}"


def _opening(text: str) -> str:
    """Return the first line, which mostly is a headline, and more where it says too little."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return next((line for line in lines[:1] if len(line) >= _TELLING), " ".join(lines))


def _begun(text: str) -> str:
    """Return the whole words with which a long text begins, or as many letters without spaces."""
    cut = text[: _SHORT + 1]
    return cut.rpartition(" ")[0] or cut


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 source`, `2 sources`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def when(edtf: str, earliest: date, latest: date) -> str:
    """Return a date in words, as exactly as it is known: `about April 2022`."""
    about = "about " if "~" in edtf else "perhaps " if "?" in edtf else ""
    bare = re.sub(r"[~?%]", "", edtf)
    # `about` widens the bounds: the words come from what was written.
    if re.fullmatch(r"\d{4}", bare):
        return about + bare
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", bare):
        return about + f"{date.fromisoformat(bare + '-01'):%B %Y}"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", bare):
        return about + day(date.fromisoformat(bare))
    return f"{about}between {day(earliest)} and {day(latest)}"


def day(value: date) -> str:
    """Return a day in words: `1 April 2022`."""
    return f"{value.day} {value:%B %Y}"
