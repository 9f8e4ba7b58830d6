"""Subjects that signs part from their verb: "Ilva Marenko, who leads the party, said"."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.reading.clauses import Clauses

DASHES = frozenset({"--", "—", "–", "-", "―"})
_BREAKS = frozenset({";", ":", "[", "]", '"', "...", "…"})
_RELATIVES = frozenset({"who", "whose", "whom", "which", "where"})
_TITLE = 40  # characters a title in quotation marks has at most: 'the ad, titled "Unity?",'
_LIMIT = 40  # tokens an apposition may hold


def opening_of(clauses: "Clauses", sign: int) -> int | None:
    """Return the index of the sign that opens what the comma or dash at `sign` closes.

    None where it closes nothing that can stand between a subject and its verb.
    """
    if clauses.words[sign] in DASHES:
        return _dash_before(clauses, sign)
    relative = _relative_before(clauses, sign)
    if relative is not None:
        return _past_adverb(clauses, relative)
    for opening in range(sign - 1, max(0, sign - _LIMIT), -1):
        word = clauses.words[opening]
        token = clauses.tokens[opening]
        title = token.quote is not None and token.end - token.start < _TITLE
        if word in DASHES or (word in _BREAKS and not title):
            return None
        if word == "," and _is_clause(clauses, opening + 1, sign):
            return None
        if word == "," and not _hangs(clauses, opening, sign):
            return opening
    return None


def _dash_before(clauses: "Clauses", sign: int) -> int | None:
    for opening in range(sign - 1, max(0, sign - _LIMIT), -1):
        word = clauses.words[opening]
        if word in _BREAKS:
            return None
        if word in DASHES:
            return opening
    return None


def _relative_before(clauses: "Clauses", sign: int) -> int | None:
    """Return the comma of ", who lost her post in Velgrad, Karskia, in July," as one apposition."""
    for opening in range(sign - 2, max(0, sign - _LIMIT), -1):
        word = clauses.words[opening]
        if word in _BREAKS or word in DASHES:
            return None
        if word == "," and clauses.word(opening + 1) in _RELATIVES:
            complete = clauses.has_finite(opening + 2, sign)
            own = clauses.word(opening + 1) in {"whose", "where", "whom"}
            resumed = _resumes(clauses, opening + 2, sign)
            return opening if complete and resumed <= own else None
    return None


def _past_adverb(clauses: "Clauses", opening: int) -> int:
    """Return the opening before a loose adverb: "Ilva Marenko, meanwhile, who left, said"."""
    loose = clauses.is_adverb(opening - 1) or clauses.word(opening - 1) == "meanwhile"
    return opening - 2 if loose and clauses.word(opening - 2) == "," else opening


def _resumes(clauses: "Clauses", start: int, end: int) -> int:
    """Return how often a finite verb follows a comma in the stretch: a clause that goes on."""
    return sum(
        clauses.words[place] == "," and clauses.is_finite(place + 1)
        for place in range(start, end - 1)
    )


def _is_clause(clauses: "Clauses", start: int, end: int) -> bool:
    """Return whether a statement stands there, or an act: neither is an apposition."""
    if clauses.word(start) in {"to", "not", "and", "but", "so"}:
        return True
    for place in range(start, end):
        if clauses.is_in(place, "subordinators", "question_words"):
            return False
        if clauses.is_auxiliary(place) and place > start:
            return True
    return False


def _hangs(clauses: "Clauses", opening: int, sign: int) -> bool:
    """Return whether what stands before is itself an apposition: "Name, 63, a farmer, said"."""
    start = clauses.phrase_start(opening)
    if start is None or clauses.word(start - 1) != ",":
        return start is None
    if clauses.is_in(start, "determiners") and _is_name(clauses, opening + 1, sign):
        return clauses.tokens[start - 2].capital  # "..., a spokeswoman, Ann Brel, said"
    return (
        clauses.word(start)[:1].isdigit()
        or clauses.is_in(start, "determiners", "prepositions", "subordinators")
        or clauses.is_adverb(start)
    )


def _is_name(clauses: "Clauses", start: int, end: int) -> bool:
    return start < end and all(clauses.tokens[place].capital for place in range(start, end))
