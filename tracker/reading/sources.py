"""Who is said to say it: the source of a reporting verb or noun, by word order."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.reading.appositions import DASHES
from tracker.reading.clauses import Clauses, Group
from tracker.reading.phrases import Span

ENDS = frozenset({".", "!", "?", "...", "…", ";", ":", ")"})
POSSESSIVES = frozenset({"his", "her", "their", "my", "our"})
ADJUNCT_LIMIT = 30  # words that time and place of speaking may take
_AMOUNTS = frozenset({"little", "much", "more", "less", "great", "serious", "grave"})
_CONTROL = 10  # words between a verb that brings somebody to speak and "to"
_CARRIED = 6  # words between a verb that only carries a noun and that noun


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody's words in a sentence, all by token index.

    `contents` are the pieces of what was said, `outer` the reports it stands in, outermost
    first. `speech` says that the cue reports words and not merely a view or a wish.
    """

    contents: tuple[Span, ...]
    source: Span | None
    cue: Span
    speech: bool = False
    outer: tuple["Report", ...] = ()
    form: str = ""

    def covers(self, index: int) -> bool:
        """Return whether the token belongs to the content or to the cue."""
        spans = (*self.contents, self.cue)
        return any(first <= index < last for first, last in spans)


def source_of(clauses: Clauses, group: Group, found: Sequence[Report]) -> Span | None:
    """Return the subject of the verb, or whom it inherits: "..., adding that ..."."""
    if clauses.word(group.start - 1) == "to" and (told := _controlled(clauses, group.start - 1)):
        return told
    if not inherits(clauses, group):
        subject = clauses.doer(group.start)
        if subject is not None:
            return subject
    told = _earlier(clauses, group, found)
    joined = clauses.coordinate(group.start)
    if joined and group.cue.form == "ing" and clauses.is_in(group.start - 1, "prepositions"):
        return joined  # "has rallied thousands by promising ..."
    if told is not None and not _in_relative(clauses, told, group):
        return joined if joined and told < joined and _subordinate(clauses, joined) else told
    loose = group.cue.form == "ing" and clauses.word(group.start - 1) == ","
    if joined and not loose:
        return joined
    main = clauses.main_subject()
    if main is None or clauses.word(main[0]) == "there":
        return None
    return main if main[1] <= group.start or in_lead(clauses, group) else None


def _in_relative(clauses: Clauses, source: Span, group: Group) -> bool:
    """Return whether a relative clause has begun since: "said ..., which explored and told"."""
    return any(
        clauses.word(place) == "," and clauses.is_in(place + 1, "relatives")
        for place in range(source[1], group.start)
    ) and not any(clauses.is_quote(place) for place in range(source[1], group.start))


def _subordinate(clauses: Clauses, subject: Span) -> bool:
    """Return whether the clause of the subject hangs on another: "after she attacked X and"."""
    return clauses.is_in(subject[0] - 1, "leading_conjunctions") or clauses.word(
        subject[0] - 1
    ) in {"before", "until"}


def _earlier(clauses: Clauses, group: Group, found: Sequence[Report]) -> Span | None:
    """Return the source of the last report before the verb, if possible of the same form."""
    earlier = [report for report in found if report.cue[0] < group.start and report.source]
    form = group.cue.form if group.finite or group.cue.form == "ing" else "to"
    if group.cue.form == "ing" and clauses.word(group.start - 1) == ",":
        alike = [report for report in earlier if report.form not in ("ing", "to")]
    else:
        alike = [report for report in earlier if report.form == form]
    simple = group.start == group.cue_start
    if group.finite and group.cue.form == "past" and simple and not alike:
        return None
    return max(alike or earlier, key=lambda report: report.cue[0]).source if earlier else None


def _controlled(clauses: Clauses, to: int) -> Span | None:
    """Return who is brought to speak: the alliance in "prompted the alliance to call for"."""
    for place in range(to - 2, max(-1, to - _CONTROL), -1):
        if clauses.is_in(place, "causes"):
            return place + 1, to
        if not clauses.tokens[place].is_word:
            return None
    return None


def in_lead(clauses: Clauses, group: Group) -> bool:
    """Return whether the verb stands in what leads into the sentence: "Citing the poll, he ..."."""
    own = None if inherits(clauses, group) else clauses.subject(group.start)
    return group.start < clauses.after_lead() and own is None


def inherits(clauses: Clauses, group: Group) -> bool:
    before = clauses.word(group.start - 1)
    if before in {"and", "or", "but", "to", '"', ""}:
        return True
    loose = (
        before == ","
        or before in DASHES
        or clauses.is_in(group.start - 1, "prepositions", "subordinators")
    )
    return group.cue.form == "ing" and not group.finite and loose


def holder(clauses: Clauses, index: int) -> Span | None:
    """Return who acts "in the hope that ...", "under the belief that ..."."""
    held = clauses.word(index - 1) == "the" and clauses.word(index - 2) in {"in", "under", "with"}
    return clauses.coordinate(index - 1) if held else None


def author(clauses: Clauses, by: int) -> tuple[Span | None, int]:
    """Return who made "complaints by the minister, Ilva Marenko, that ..." and where it goes on."""
    for place in range(by + 2, min(len(clauses.words), by + ADJUNCT_LIMIT)):
        if clauses.word(place) in {"that", "of", "about"} and clauses.word(place) != "of":
            return (by + 1, place), place
        if clauses.is_auxiliary(place) or clauses.words[place] in ENDS:
            break
    return None, by


def owner(clauses: Clauses, index: int) -> Span | None:
    for place in range(index - 1, max(-1, index - 5), -1):
        if clauses.word(place) in POSSESSIVES:
            return place, place + 1
        if clauses.is_genitive(place) or clauses.word(place) in {"'", "’"}:
            span = clauses.subject(place)
            return (owning(clauses, span[0], place), place) if span else None
        if 0 < place == index - 1 and clauses.tokens[place].capital:
            return place, index  # "to Karskian claims that"
        if not clauses.tokens[place].is_word or clauses.is_in(place, "determiners", "prepositions"):
            return None
    return None


def owning(clauses: Clauses, start: int, end: int) -> int:
    """Return where the owner begins that ends with a genitive: after "no illusions about"."""
    for place in range(end - 1, start, -1):
        if clauses.is_in(place, "prepositions") and clauses.word(place) != "of":
            return place + 1
    return start


def maker(clauses: Clauses, index: int) -> Span | None:
    """Return who "made a claim", "has no doubt": the subject of a verb that only carries a noun."""
    for place in range(index - 1, max(-1, index - _CARRIED), -1):
        if clauses.word(place) == "no":
            return None
        if clauses.is_in(place, "carriers"):
            auxiliary = clauses.is_auxiliary(place) and not (
                clauses.is_in(place + 1, "determiners") or clauses.word(place + 1) in _AMOUNTS
            )
            return None if auxiliary else clauses.doer(clauses.chain_start(place))
        if not clauses.tokens[place].is_word or clauses.is_in(place, "prepositions"):
            return None
    return None
