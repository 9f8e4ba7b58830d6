"""Reported speech within one sentence: cues, sources and contents by word order.

The patterns, in the order in which they are tried: content before or around the cue ("..., he
said", '"...," said the minister'), "according to", "as the minister said, ...", content after
the cue ("he said that ...", "adding that ...", "called for ..."), adjectives ("is ready to")
and nouns ("their claim that ...") with a complement. Who speaks is found by `sources`, where
content ends by `extents`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tracker.reading.around import around_cue, left_start, parenthesis_end
from tracker.reading.clauses import Clauses, Group
from tracker.reading.extents import clause_end
from tracker.reading.phrases import Span
from tracker.reading.sources import (
    ADJUNCT_LIMIT,
    ENDS,
    POSSESSIVES,
    Report,
    author,
    holder,
    maker,
    owner,
    source_of,
)

MAX_REPORTS = 16  # in one sentence; more is no prose
MAX_FOLLOWED = 4  # beside each other; with more, reports inside them are not looked for
MAX_DEPTH = 2  # reports inside reports that are followed
_EXPLETIVES = frozenset({"it", "there", "this", "that"})
SINGULARS = frozenset({"he", "she"})
_AGENT_DISTANCE, _RECIPIENT_LIMIT, _CLAUSE_LIMIT = 6, 16, 25
_LEAST_CLAUSE = 5  # words that are a clause even where no verb is known
_COMPLEMENTS = frozenset({"that", "whether", "how", "why"})
_AUTHORS = frozenset({"by", "from"})
_JOINTS = frozenset({"and", "but"})


def reports(clauses: Clauses) -> list[Report]:
    """Return all reports of a sentence; what is said inside a report is cut out of it."""
    outermost = _outermost(clauses)
    depth = MAX_DEPTH if len(outermost) <= MAX_FOLLOWED else 0
    return [found for report in outermost for found in _with_inner(clauses, report, depth)]


def _with_inner(clauses: Clauses, report: Report, depth: int) -> list[Report]:
    """Return a report and those inside it; inner speech belongs to the inner speaker alone."""
    if depth == 0:
        return [report]
    inner: list[Report] = []
    for first, last in report.contents:
        part = clauses.inside((first, last))
        outermost = _outermost(part)
        left = depth - 1 if len(outermost) <= MAX_FOLLOWED else 0
        for found in outermost:
            if found.source is None or _same_speaker(part, found.source):
                continue
            moved = replace(_moved(found, first), outer=(*report.outer, report))
            inner += _with_inner(clauses, moved, left)
    told = [
        found
        for found in inner
        if found.speech and _is_clause(clauses, found) and not _is_nobody(clauses, found)
    ]
    return [_without(report, told), *inner]


def _is_nobody(clauses: Clauses, report: Report) -> bool:
    """Return whether nobody in particular is reported: "analysts say", or perhaps oneself: "he"."""
    if report.source is None:
        return False
    first, last = report.source
    named = any(clauses.tokens[index].capital for index in range(first, last))
    return (
        clauses.is_relative(first)
        or clauses.word(first) in SINGULARS
        or (not named and clauses.is_plural(last - 1))
    )


def _is_clause(clauses: Clauses, report: Report) -> bool:
    """Return whether what is reported is a whole statement and not the name of a subject."""
    return any(
        clauses.word(first) == "that" or clauses.has_finite(first + 1, last)
        for first, last in report.contents
    )


def _same_speaker(clauses: Clauses, source: Span) -> bool:
    """Return whether the inner source is a pronoun, which mostly means the outer speaker."""
    if source[1] - source[0] > 1 or clauses.word(source[0]) in {"who", *SINGULARS}:
        return False  # "he" is decided by the people of the text
    return clauses.is_in(source[0], "subject_pronouns") or clauses.word(source[0]) in POSSESSIVES


def _moved(report: Report, by: int) -> Report:
    source = report.source
    return replace(
        report,
        contents=tuple((first + by, last + by) for first, last in report.contents),
        source=(source[0] + by, source[1] + by) if source else None,
        cue=(report.cue[0] + by, report.cue[1] + by),
    )


def _without(report: Report, inner: Sequence[Report]) -> Report:
    """Return the report without the words that somebody else is said to have said."""
    pieces = list(report.contents)
    for found in inner:
        for hole in found.contents:
            pieces = [part for piece in pieces for part in _cut(piece, hole)]
    cues = {found.cue for found in inner}
    return replace(report, contents=tuple(piece for piece in pieces if piece not in cues))


def _cut(piece: Span, hole: Span) -> Iterator[Span]:
    if hole[1] <= piece[0] or hole[0] >= piece[1]:
        yield piece
        return
    if piece[0] < hole[0]:
        yield piece[0], hole[0]
    if hole[1] < piece[1]:
        yield hole[1], piece[1]


def _outermost(clauses: Clauses) -> list[Report]:
    verbs = clauses.groups()
    found: list[Report] = []
    for group in verbs:
        if "p" in group.cue.frames and (report := around_cue(clauses, group, found)):
            found.append(report)
    for report in _according(clauses, found):
        if not any(other.covers(report.cue[0]) for other in found):
            found.append(report)
    found += list(_as_somebody_said(clauses, verbs))
    for group in verbs:
        if any(report.covers(group.cue_start) for report in found):
            continue
        if report := _after_cue(clauses, group, found, verbs):
            found.append(report)
    found += list(_of_adjectives(clauses, found, verbs))
    found += list(_of_nouns(clauses, found, verbs))
    found = [_checked(clauses, report) for report in found]
    return sorted(found, key=lambda report: report.contents[0])[:MAX_REPORTS]


def _checked(clauses: Clauses, report: Report) -> Report:
    """Return the report; without its source where that can be none ("to fight on and said")."""
    if report.source is None:
        return report
    first, last = report.source
    named = any(
        clauses.tokens[index].is_word or clauses.is_quote(index) for index in range(first, last)
    )
    if named and not clauses.is_torn(report.source):
        return report
    return replace(report, source=clauses.coordinate(report.cue[0]) or clauses.main_subject())


# ---- fixed phrases


def _according(clauses: Clauses, found: Sequence[Report]) -> Iterator[Report]:
    for index, word in enumerate(clauses.words):
        if word not in clauses.lexicon.phrase_heads:
            continue
        phrase = next((end for cue, end in clauses.cues_at(index) if cue.kind == "phrase"), None)
        if phrase is None:
            continue
        source = clauses.phrase_after(phrase, 20)
        if source[1] <= source[0]:
            continue
        content = (
            _clause_after(clauses, phrase)
            if _leads_phrase(clauses, index)
            else _clause_before(clauses, index, found)
        )
        if content is not None and content[0] < content[1]:
            yield Report((content,), source, (index, phrase), speech=True)


def _leads_phrase(clauses: Clauses, index: int) -> bool:
    """Return whether the phrase stands before its clause: "..., because, according to X, ..."."""
    joined = clauses.is_in(index - 2, "leading_conjunctions", "conjunctions")
    if index <= 1:
        return index == 0 or clauses.word(0) in {"but", "and"}
    return joined and clauses.word(index - 1) == ","


def _clause_before(clauses: Clauses, index: int, found: Sequence[Report]) -> Span:
    stop = index - 1 if clauses.word(index - 1) == "," else index
    return left_start(clauses, stop, found), stop


def _clause_after(clauses: Clauses, index: int) -> Span | None:
    for comma in range(index, len(clauses.words) - 1):
        if clauses.words[comma] == ",":
            return comma + 1, clause_end(clauses, comma + 1, comma + 1)
    return None


def _as_somebody_said(clauses: Clauses, verbs: Sequence[Group]) -> Iterator[Report]:
    """Yield "As the minister said, ..." at the head of a sentence."""
    group = next((g for g in verbs if "p" in g.cue.frames and g.finite and not g.passive), None)
    head = 0 if clauses.word(0) == "as" else 2
    if group is None or (clauses.word(head) != "as" or clauses.word(0) not in {"as", *_JOINTS}):
        return
    subject = clauses.subject(group.start)
    closed = parenthesis_end(clauses, group.cue_end)
    if subject is None or closed is None or clauses.has_finite(head + 1, subject[0]):
        return
    if clauses.word(closed) in {",", ":"} and closed + 1 < len(clauses.words):
        content = (closed + 1, clause_end(clauses, closed + 1, closed + 1))
        source = (max(head + 1, subject[0]), subject[1])
        yield Report((content,), source, (group.cue_start, group.cue_end), group.cue.reports)


# ---- content after the cue


def _after_cue(
    clauses: Clauses, group: Group, found: Sequence[Report], verbs: Sequence[Group]
) -> Report | None:
    if group.passive:
        return _passive(clauses, group)
    if group.cue_start == 0 and group.cue.form == "past":
        return None  # "Asked whether ..., she said": a question to her
    if clauses.word(group.start - 1) == "without":
        return None  # "without saying whether ...": what was left unsaid
    start = _content_start(clauses, group)
    if start is None:
        return None
    end = clause_end(clauses, start, group.cue_end, group, verbs)
    if end <= start:
        return None
    cue = (group.cue_start, group.cue_end)
    source = source_of(clauses, group, found)
    speech = group.cue.reports and group.asserted
    form = group.cue.form if group.finite or group.cue.form == "ing" else "to"
    return Report(((start, end),), source, cue, speech, form=form)


def _passive(clauses: Clauses, group: Group) -> Report | None:
    """Return "X was criticised by Y" as Y's view of X, "X is expected to ..." as nobody's."""
    subject = clauses.subject(group.start)
    if subject is None:
        return None
    cue = (group.cue_start, group.cue_end)
    index = group.cue_end
    for place in range(index, min(index + _AGENT_DISTANCE, len(clauses.words))):
        if clauses.words[place] == "by" and "n" in group.cue.frames and "o" not in group.cue.frames:
            agent = clauses.phrase_after(place + 1)
            return Report((subject,), agent, cue) if agent[1] > agent[0] else None
    adjective = any(cue.kind == "adjective" for cue, _ in clauses.cues_at(group.cue_start))
    if clauses.word(index) not in {"to", "that", "as"} or adjective:
        return None
    act = (index, clause_end(clauses, index, index, group))
    return Report((act,) if clauses.is_relative(subject[0]) else (subject, act), None, cue)


def _content_start(clauses: Clauses, group: Group) -> int | None:
    frames, index = group.cue.frames, group.cue_end
    while clauses.is_adverb(index) and clauses.word(index) not in {"all", "both", "last"}:
        index += 1
    if "o" in frames:
        told = _past_recipient(clauses, index)
        if clauses.word(told) == "to" and told > index:
            return index  # "told his advisers to leave": who should act is content
        index = told
    if index >= len(clauses.tokens):
        return None
    word = clauses.words[index]
    if clauses.is_quote(index):
        return index
    if word == ":":
        return index + 1 if index + 1 < len(clauses.tokens) else None
    if word == ",":
        return _after_comma(clauses, index + 1, frames)
    if word in ENDS or not (clauses.tokens[index].is_word or word in {"$", "(", "["}):
        return None
    return _complement(clauses, index, frames)


def _after_comma(clauses: Clauses, index: int, frames: frozenset[str]) -> int | None:
    if "s" not in frames:
        return None
    if clauses.is_quote(index) or clauses.word(index) == "that":
        return index
    return _after_adjunct(clauses, index)


def _complement(clauses: Clauses, index: int, frames: frozenset[str]) -> int | None:
    word = clauses.words[index]
    if word == "that":
        return index
    if word == "to":
        if "t" in frames:
            return index
        return _after_adjunct(clauses, index) if "s" in frames else None
    if clauses.is_in(index, "question_words"):
        plain = "n" in frames and word in {"what", "how", "whether"}
        return index if plain or frames & {"s", "w"} else None
    if "s" in frames:
        return _clause_start(clauses, index, frames)
    if "n" not in frames:
        return None
    barred = clauses.is_in(index, "prepositions", "conjunctions")
    return None if barred and word not in {"against", "about", "between", "as"} else index


def _clause_start(clauses: Clauses, index: int, frames: frozenset[str]) -> int | None:
    """Return where a clause without "that" begins, past the time and place of speaking."""
    if clauses.is_in(index, "prepositions", "days") or clauses.word(index) in {"last", "this"}:
        beyond = _after_adjunct(clauses, index)
        if beyond is not None:
            return beyond
        if not clauses.has_finite(index + 1, index + _CLAUSE_LIMIT):
            return None
    if clauses.is_in(index, "days"):
        index += 1
    if clauses.has_finite(index + 1, index + _CLAUSE_LIMIT) or "n" in frames:
        return index
    long = index + _LEAST_CLAUSE <= len(clauses.words) and not clauses.is_in(index, "prepositions")
    return index if long and "o" not in frames and "p" in frames else None


def _past_recipient(clauses: Clauses, index: int) -> int:
    """Return the index after the person told: "told reporters in Velgrad that"."""
    if clauses.is_in(index, "object_pronouns"):
        return index + 1
    if clauses.is_quote(index) or clauses.word(index) in {"that", "to", ":", ","}:
        return index
    for place in range(index + 1, min(len(clauses.words), index + _RECIPIENT_LIMIT)):
        word = clauses.word(place)
        if clauses.is_quote(place) or word in ENDS or word in {",", ":"}:
            return place
        if clauses.is_in(place, "recipient_ends"):
            return place
        if clauses.is_in(place, "subject_pronouns") and word != "who":
            return place
        if clauses.is_auxiliary(place):
            return index
        if word in {"to", "about", "of"}:
            return place
    return index


def _after_adjunct(clauses: Clauses, index: int) -> int | None:
    """Return where content begins after "... on Wednesday, in an interview with X, (that)"."""
    limit = min(len(clauses.words), index + ADJUNCT_LIMIT)
    for place in range(index, limit):
        word = clauses.words[place]
        if word in _COMPLEMENTS and place + 1 < limit:
            if not clauses.is_in(place - 1, "prepositions"):
                return place
        elif word == ":" or (word == "," and clauses.lexicon.clause_commas):
            return place + 1 if place + 1 < len(clauses.words) else None
        elif clauses.is_quote(place):
            return place if clauses.word(place - 1) in {",", ":"} else None
        elif word in ENDS or clauses.is_in(place, "auxiliaries"):
            return None
        elif (
            place > index
            and clauses.is_in(place, "subject_pronouns")
            and word not in {"who", "it", "you"}
        ):
            return place
    return None


# ---- adjectives and nouns


def _of_adjectives(
    clauses: Clauses, found: Sequence[Report], verbs: Sequence[Group]
) -> Iterator[Report]:
    """Yield "they are ready to ...", "he was convinced that ..."."""
    for index, end in _free_cues(clauses, found, "adjective"):
        start = clauses.chain_start(index)
        if clauses.is_in(start - 1, "copulas"):
            start = clauses.chain_start(start - 1)
        auxiliary = any(
            clauses.is_auxiliary(place) or clauses.is_in(place, "copulas")
            for place in range(start, index)
        )
        if not auxiliary or not _opens_complement(clauses, end):
            continue
        source = clauses.subject(start)
        if source is not None and clauses.word(source[0]) not in _EXPLETIVES:
            content = (end, clause_end(clauses, end, end, None, verbs))
            yield Report((content,), source, (index, end))


def _opens_complement(clauses: Clauses, index: int) -> bool:
    """Return whether the complement of an adjective begins: "ready to", "sure the plan holds"."""
    if clauses.is_in(index, "adjective_links"):
        return True
    if index >= len(clauses.words) or clauses.is_in(index - 2, "modals"):
        return False
    begins = clauses.is_in(index, "determiners") or clauses.tokens[index].capital
    return begins and clauses.has_finite(index + 1, index + _CLAUSE_LIMIT)


def _of_nouns(
    clauses: Clauses, found: Sequence[Report], verbs: Sequence[Group]
) -> Iterator[Report]:
    """Yield "their claim that ...", "the minister's call for ..."."""
    for index, end in _free_cues(clauses, found, "noun"):
        link = clauses.word(end)
        if clauses.is_in(end, "be") and clauses.word(end + 1) in {"that", "to"}:
            end, link = end + 1, clauses.word(end + 1)
        if not clauses.is_in(end, "noun_links") and link not in _AUTHORS:
            continue
        source = owner(clauses, index) or maker(clauses, index)
        if link in _AUTHORS:
            source, end = author(clauses, end)
        elif source is None and link == "that":
            source = holder(clauses, index)
        if source is not None or link == "that":
            content = (end, clause_end(clauses, end, end, None, verbs))
            yield Report((content,), source, (index, end))


def _free_cues(clauses: Clauses, found: Sequence[Report], kind: str) -> Iterator[tuple[int, int]]:
    for index in range(1, len(clauses.tokens) - 1):
        if clauses.words[index] not in clauses.lexicon.cues:
            continue
        for cue, end in clauses.cues_at(index):
            if cue.kind == kind and not any(report.covers(index) for report in found):
                yield index, end
                break
