"""Content before or around the cue: "..., he said", '"...," said the minister'."""

from collections.abc import Sequence

from tracker.reading.appositions import DASHES
from tracker.reading.clauses import Clauses, Group
from tracker.reading.extents import clause_end
from tracker.reading.phrases import Span
from tracker.reading.sources import ADJUNCT_LIMIT, ENDS, Report

_OPENERS = frozenset({",", '"'}) | DASHES
_CLAUSE_LIMIT = 25
_LEAST_CLAUSE = 5  # words before a closing "..., he said" that are a clause though no verb is known


def around_cue(clauses: Clauses, group: Group, found: Sequence[Report]) -> Report | None:
    if group.passive or group.cue.form == "ing" or not group.finite:
        return None
    subject = clauses.subject(group.start)
    if subject is not None and subject[0] < group.start:
        return _parenthetical(clauses, group, subject, found)
    if group.cue_start == 0 and clauses.tokens[0].capital:
        return _headed(clauses, group)
    return _inverted(clauses, group, found)


def _inverted(clauses: Clauses, group: Group, found: Sequence[Report]) -> Report | None:
    """Return '"...," said the minister'."""
    if group.start != group.cue_start or clauses.word(group.start - 1) not in _OPENERS:
        return None
    source = _inverted_subject(clauses, group)
    if source is None:
        return None
    end = source[1]
    resumed = clauses.is_quote(end) or (clauses.word(end) == "," and clauses.is_quote(end + 1))
    return _placed(clauses, group, source, end if resumed else None, found)


def _parenthetical(
    clauses: Clauses, group: Group, subject: Span, found: Sequence[Report]
) -> Report | None:
    """Return '..., he said' with what stands before it, and after it where it goes on."""
    before = clauses.word(subject[0] - 1)
    if subject[0] == 0 or before not in _OPENERS or clauses.is_relative(subject[0]):
        return None
    closed = parenthesis_end(clauses, group.cue_end, quoted=before == '"')
    if closed is None:
        return None
    if clauses.word(closed) == ":":
        return _before_and_after(clauses, group, subject, closed)
    if clauses.is_quote(closed) and before != '"':
        return None
    return _placed(clauses, group, subject, closed, found)


def _before_and_after(clauses: Clauses, group: Group, subject: Span, colon: int) -> Report | None:
    """Return "the offer stands, he said: ..." with both statements."""
    end = subject[0]
    if clauses.word(0) == "asked" or not _is_complete(clauses, 0, end):
        return None
    if colon + 1 >= len(clauses.words):
        return None
    contents = ((0, end), (colon + 1, len(clauses.words)))
    return Report(contents, subject, (group.cue_start, group.cue_end), group.cue.reports)


def _headed(clauses: Clauses, group: Group) -> Report | None:
    """Return 'Said the minister: "..."'."""
    source = clauses.phrase_after(group.cue_end)
    if source[1] <= source[0] or clauses.word(source[1]) != ":":
        return None
    content = (source[1] + 1, len(clauses.words))
    if content[0] >= content[1]:
        return None
    return Report((content,), source, (group.cue_start, group.cue_end), group.cue.reports)


def _inverted_subject(clauses: Clauses, group: Group) -> Span | None:
    """Return the subject after its verb: '"...," said the minister'."""
    if group.cue_end >= len(clauses.tokens):
        return None
    source = clauses.phrase_after(group.cue_end)
    barred = ("subordinators", "prepositions", "days", "object_pronouns")
    if source[1] <= source[0] or clauses.is_in(source[0], *barred):
        return None
    if clauses.is_in(source[1], "auxiliaries"):
        return None
    before = group.start - 2 if clauses.word(group.start - 1) == "," else group.start - 1
    quoted = clauses.is_quote(before)
    closed = clauses.word(source[1]) in {",", "who", "whose", ".", ";", ""}
    follows = not closed and clauses.has_finite(source[1], source[1] + _CLAUSE_LIMIT)
    if not quoted and (follows or not clauses.has_finite(0, group.start)):
        return None
    return source


def _placed(
    clauses: Clauses, group: Group, source: Span, closed: int | None, found: Sequence[Report]
) -> Report | None:
    end = min(source[0], group.start)
    start = left_start(clauses, end, found)
    quoted = any(clauses.is_quote(index) for index in range(start, end))
    complete = _is_complete(clauses, start, end) or _closes(clauses, group, start, end, closed)
    more = _continued(clauses, closed, complete=complete) if closed is not None else None
    contents: list[Span] = []
    scene = more and clauses.is_quote(more[0]) and not quoted and _sets_scene(clauses, start)
    if not complete and more is None and closed is not None:
        return None
    if start < end and not scene and not _only_links(clauses, start, end):
        contents.append((start, end))
    if more:
        contents.append(more)
    cue = (group.cue_start, group.cue_end)
    if not contents:
        return None
    return Report(tuple(contents), source, cue, group.cue.reports, form=group.cue.form)


def _closes(clauses: Clauses, group: Group, start: int, end: int, closed: int | None) -> bool:
    """Return whether the cue of speech ends the sentence, so that all before it is its content."""
    if closed is None or not group.cue.reports or closed < len(clauses.words) - 1:
        return False
    return end - max(start, clauses.after_lead()) >= _LEAST_CLAUSE


def parenthesis_end(clauses: Clauses, index: int, *, quoted: bool = False) -> int | None:
    """Return where a parenthetical "he said on Monday" that goes on at `index` ends.

    None where content follows the cue, so that it is no parenthesis; after a quotation
    (`quoted`) whatever follows the cue tells of the occasion.
    """
    start, loose = index, False
    while index < min(len(clauses.words), start + ADJUNCT_LIMIT):
        word = clauses.words[index]
        if clauses.is_quote(index) or word in {",", "("} or word in ENDS or word in DASHES:
            return index
        if quoted:
            index += 1
            continue
        if index == start and not _opens_adjunct(clauses, index):
            return None
        if word in {"that", "whether", "if"}:
            return None
        if clauses.is_auxiliary(index) and word not in {"having", "being"}:
            return None
        if index > start and not loose and clauses.is_finite(index):
            return None
        loose = loose or clauses.is_in(index, "subordinators")
        index += 1
    return index if index >= len(clauses.words) else None


def _opens_adjunct(clauses: Clauses, index: int) -> bool:
    """Return whether a place, a time or the person told can begin at `index`."""
    word = clauses.word(index)
    return (
        clauses.is_in(index, "prepositions", "days", "object_pronouns")
        or clauses.is_adverb(index)
        or word
        in {"last", "this", "when", "while", "earlier", "reporters", "journalists", "the", "a"}
        or word in {"supporters", "voters", "lawmakers"}
        or clauses.is_in(index, "adjunct_participles")
        or clauses.tokens[index].capital
    )


def left_start(clauses: Clauses, end: int, found: Sequence[Report]) -> int:
    start = 0
    for report in found:
        for _, last in (*report.contents, report.cue, report.source or (0, 0)):
            if last <= end:
                start = max(start, last)
    for index in range(end - 2, start, -1):
        if clauses.words[index] == ";":
            return index + 1
    return start


def _sets_scene(clauses: Clauses, start: int) -> bool:
    """Return whether the words before "he said," only lead to what comes after it."""
    if clauses.word(start) in {"but", "and", "so"}:
        start += 1
    first = clauses.word(start)
    leads = clauses.is_in(start, "prepositions", "subordinators", "days") or first == "asked"
    return leads or first.endswith("ing") or clauses.is_adverb(start)


def _only_links(clauses: Clauses, start: int, end: int) -> bool:
    """Return whether nothing but "But now," stands there."""
    return all(
        clauses.is_adverb(index)
        or clauses.is_in(index, "conjunctions")
        or not clauses.tokens[index].is_word
        for index in range(start, end)
        if not clauses.is_quote(index)
    ) and not any(clauses.is_quote(index) for index in range(start, end))


def _is_complete(clauses: Clauses, start: int, end: int) -> bool:
    """Return whether the words before "he said" are a whole statement, not the head of one."""
    if any(clauses.is_quote(index) for index in range(start, end)):
        return True
    if clauses.word(start) in {"but", "and", "so", "yet"}:
        start += 1
    part = clauses.inside((start, end))
    leading = part.is_in(0, "leading_conjunctions") or part.is_in(0, "prepositions")
    begin = part.after_lead() if leading else 0
    return part.has_finite(begin + 1, len(part.words)) and (begin > 0 or not leading)


def _continued(clauses: Clauses, closed: int, *, complete: bool) -> Span | None:
    """Return the content that goes on after the parenthesis closed at `closed`."""
    if clauses.is_quote(closed):
        return closed, closed + 1
    following = closed + 1
    if clauses.word(closed) != "," or following >= len(clauses.tokens):
        return None
    if clauses.is_quote(following):
        return following, clause_end(clauses, following, following)
    word = clauses.word(following)
    if word in {"and", "but"} and clauses.is_quote(following + 1):
        return following + 1, clause_end(clauses, following + 1, following + 1)
    if not complete:
        return following, clause_end(clauses, following, following)
    if word == "that" and clauses.has_finite(following + 1, len(clauses.words)):
        return following, clause_end(clauses, following, following)
    if any(clauses.is_quote(index) for index in range(closed)) or _narrates(clauses, following):
        return None
    return following, clause_end(clauses, following, following)


def _narrates(clauses: Clauses, index: int) -> bool:
    """Return whether what begins after "..., he said," tells of the speaker and is no content."""
    return (
        clauses.tokens[index].capital
        or clauses.word(index).endswith("ing")
        or clauses.is_in(index, "no_continuation", "determiners")
        or any(cue.kind == "verb" for cue, _ in clauses.cues_at(index))
    )
