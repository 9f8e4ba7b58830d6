"""Where content ends that begins after its cue."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.reading.appositions import DASHES
from tracker.reading.clauses import Clauses, Group

_STOPS_AT = frozenset({",", ":", "("}) | DASHES
_RELATIVES = frozenset({"who", "which", "whose"})
_WHOSE = frozenset({"whose", "whom", "which"})
_LOOSE = frozenset({"and", "but", "while", "without", "before", "after"})
_SHORT = 4  # letters of "ring"; longer words in -ing are mostly participles


def clause_end(
    clauses: Clauses,
    start: int,
    index: int,
    group: Group | None = None,
    verbs: Sequence[Group] = (),
) -> int:
    """Return where content that begins at `start` ends, at most the sentence's end.

    It ends at a semicolon, at another report of the same speaker ("and called", ", adding"),
    and where another statement begins; content in a leading clause ends with that clause.
    """
    content = _content(clauses, start, group, verbs)
    places = range(max(index, start) + 1, len(clauses.words))
    return next((place for place in places if content.ends_at(place)), len(clauses.words))


@dataclass(frozen=True, slots=True)
class _Content:
    """Content that begins at `start`, and what tells where it ends.

    `starts` are the reporting verbs by their first token, `subjects` the first tokens of what they
    are said of, `outside` the verbs whose subject stands before the content. `whole` says that
    the content is a clause to its end, `leading` that it stands in a clause that leads on.
    """

    clauses: Clauses
    start: int
    group: Group | None
    starts: dict[int, Group]
    subjects: set[int]
    outside: set[int]
    whole: bool
    leading: bool

    def ends_at(self, place: int) -> bool:
        """Return whether the content ends before the token at `place`."""
        clauses, word = self.clauses, self.clauses.words[place]
        if place in self.outside or word == ";" or self._closes_bracket(place):
            return True
        if word == "while" and _participle(clauses, place, self.starts):
            return True
        if word == "," and self._ends_at_comma(place):
            return True
        if word in _STOPS_AT and _new_statement(clauses, place, self.subjects, whole=self.whole):
            return True
        if word in {"and", "but"} and self._ends_at_joint(place):
            return True
        return word in clauses.lexicon.phrase_heads and _is_phrase(clauses, place)

    def _closes_bracket(self, place: int) -> bool:
        """Return whether a bracket closes that was opened before the content."""
        words = self.clauses.words
        return words[place] == ")" and "(" not in words[self.start : place]

    def _ends_at_comma(self, place: int) -> bool:
        return (
            self.leading
            or _participle(self.clauses, place + 1, self.starts)
            or _joins_clause(self.clauses, self.start, place)
        )

    def _ends_at_joint(self, place: int) -> bool:
        clauses, group = self.clauses, self.group
        if _ends_quoted(clauses, place - 1) and place + 1 in self.subjects:
            return True
        if group and _coordinated(clauses, place + 1, self.starts, group):
            return True
        return _resumed(clauses, self.start, place, group)


def _content(clauses: Clauses, start: int, group: Group | None, verbs: Sequence[Group]) -> _Content:
    after = [verb for verb in verbs if verb.finite and verb.start > start]
    spans = [span for verb in after if (span := clauses.subject(verb.start))]
    return _Content(
        clauses,
        start,
        group,
        starts={verb.start: verb for verb in verbs},
        subjects={span[0] for span in spans},
        outside=_outside(clauses, start, group, verbs),
        whole=clauses.word(start) in {"that", "whether"} or clauses.is_quote(start),
        leading=_leads(clauses, group) if group is not None else start < clauses.after_lead(),
    )


def _outside(clauses: Clauses, start: int, group: Group | None, verbs: Sequence[Group]) -> set[int]:
    """Return the verbs after `start` whose subject stands before it: "voters who back X | said"."""
    found = set()
    for verb in verbs:
        if not verb.finite or verb.start <= start:
            continue
        subject = clauses.doer(verb.start)
        cue = group.cue_start if group is not None else start - 1
        if subject is None or subject[0] >= start or clauses.word(subject[0]) == "who":
            continue
        inside = subject[0] <= cue < subject[1]
        if not inside or any(clauses.is_relative(i) for i in range(subject[0] + 1, cue)):
            found.add(verb.start)
    return found


def _ends_quoted(clauses: Clauses, index: int) -> bool:
    """Return whether a quotation at `index` closes with a comma: '"we wait," and ...'."""
    return clauses.tokens[index].comma


def _is_phrase(clauses: Clauses, index: int) -> bool:
    return any(cue.kind == "phrase" for cue, _ in clauses.cues_at(index))


def _leads(clauses: Clauses, group: Group) -> bool:
    """Return whether the report stands in a leading subordinate clause or a relative one."""
    subject = clauses.subject(group.start)
    if subject is None or not group.finite or clauses.word(0) == "asked":
        return group.start < clauses.after_lead()
    if clauses.word(subject[0]) in {"who", "which"} or clauses.word(subject[0] - 1) in _WHOSE:
        return True
    return clauses.is_in(subject[0] - 1, "leading_conjunctions") and subject[0] <= 2  # at the head


def _joins_clause(clauses: Clauses, start: int, comma: int) -> bool:
    """Return whether a clause follows content that is none: "praised the offer, and he left"."""
    subject = comma + 2
    joined = clauses.is_in(comma + 1, "joints") and clauses.is_in(subject, "subject_pronouns")
    return joined and clauses.is_finite(subject + 1) and not clauses.has_finite(start, comma)


def _new_statement(clauses: Clauses, place: int, subjects: set[int], *, whole: bool) -> bool:
    """Return whether another statement begins after the sign at `place`."""
    following = place + 1
    if clauses.is_in(following, "joints") and following + 1 in subjects:
        return True
    if clauses.word(place) != "," and following in subjects:
        return True
    if clauses.word(following) in {"a", "an"} and clauses.is_in(following + 1, "comments"):
        return True
    return not whole and clauses.is_in(following, "thin_stops") and not _goes_on(clauses, following)


def _goes_on(clauses: Clauses, start: int) -> bool:
    """Return whether content goes on after a relative clause: "X, who was there, of lying".

    So does "the army, which was there, is in retreat".
    """
    if clauses.word(start) not in _RELATIVES:
        return False
    comma = next((i for i in range(start, len(clauses.words)) if clauses.words[i] == ","), None)
    if comma is None or comma + 1 >= len(clauses.words):
        return False
    return clauses.word(comma + 1) in {"of", "to", "for", "as"} or clauses.is_finite(comma + 1)


def _resumed(clauses: Clauses, start: int, joint: int, group: Group | None) -> bool:
    """Return whether the sentence's own verb goes on after the content: "and left"."""
    place = joint + 1
    while clauses.is_adverb(place):
        place += 1
    if place >= len(clauses.words) or clauses.tokens[place].quote is not None:
        return False
    verbs = [i for i in range(start + 1, joint) if clauses.is_finite(i)]
    if not verbs and group is not None and group.cue.form == "ing":
        return clauses.word(place).endswith("ing") and len(clauses.word(place)) > _SHORT
    if not clauses.is_finite(place) or clauses.is_in(place, "determiners"):
        return False
    past = clauses.is_past(place) and not any(clauses.is_past(i) for i in verbs)
    return not verbs or (past and _after_pause(clauses, joint))


def _after_pause(clauses: Clauses, index: int) -> bool:
    return clauses.word(index - 1) == "," or clauses.tokens[index - 1].comma


def _participle(clauses: Clauses, place: int, starts: dict[int, Group]) -> bool:
    while clauses.word(place) in _LOOSE or clauses.is_adverb(place):
        place += 1
    verb = starts.get(place)
    return verb is not None and verb.cue.form == "ing" and not verb.finite


def _coordinated(clauses: Clauses, place: int, starts: dict[int, Group], group: Group) -> bool:
    verb = starts.get(place)
    if verb is None and clauses.is_adverb(place):
        verb = starts.get(place + 1)
    if verb is None or verb.passive:
        return False
    return verb.cue.form == group.cue.form and (group.finite or verb.cue.form in ("base", "ing"))
