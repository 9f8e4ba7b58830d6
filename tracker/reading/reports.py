"""Reported speech within one sentence: cues, sources and contents by word order.

The patterns, in the order in which they are tried: content before or around the cue ("..., he
said", '"...," said the minister'), "according to", "as the minister said, ...", content after
the cue ("he said that ...", "adding that ...", "called for ..."), adjectives ("is ready to")
and nouns ("their claim that ...") with a complement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tracker.reading.clauses import DASHES, Clauses, Group, Span

MAX_REPORTS = 16  # in one sentence; more is no prose
MAX_FOLLOWED = 4  # beside each other; with more, reports inside them are not looked for
MAX_DEPTH = 2  # reports inside reports that are followed
_OPENERS = frozenset({",", '"'}) | DASHES
_ENDS = frozenset({".", "!", "?", "...", "…", ";", ":", ")"})
_STOPS_AT = frozenset({",", ":", "("}) | DASHES
_EXPLETIVES = frozenset({"it", "there", "this", "that"})
_WHOSE = frozenset({"whose", "whom", "which"})
SINGULARS = frozenset({"he", "she"})
_POSSESSIVES = frozenset({"his", "her", "their", "my", "our"})
_AGENT_DISTANCE, _ADJUNCT_LIMIT, _RECIPIENT_LIMIT, _CLAUSE_LIMIT = 6, 30, 16, 25
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

    def covers(self, index: int) -> bool:
        """Return whether the token belongs to the content or to the cue."""
        spans = (*self.contents, self.cue)
        return any(first <= index < last for first, last in spans)


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
    return clauses.is_in(source[0], "subject_pronouns") or clauses.word(source[0]) in _POSSESSIVES


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
    return replace(report, contents=tuple(pieces))


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
        if "p" in group.cue.frames and (report := _around_cue(clauses, group, found)):
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
    torn = clauses.word(first) == "to" or clauses.word(last - 1) in {"and", "or"}
    return report if named and not torn else replace(report, source=clauses.main_subject())


# ---- content before or around the cue


def _around_cue(clauses: Clauses, group: Group, found: Sequence[Report]) -> Report | None:
    if group.passive or group.cue.form == "ing" or not group.finite:
        return None
    subject = clauses.subject(group.start)
    if subject is not None and subject[0] < group.start:
        return _parenthetical(clauses, group, subject, found)
    if group.cue_start == 0 and clauses.tokens[0].capital:
        return _headed(clauses, group)
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
    if subject[0] == 0 or before not in _OPENERS:
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
    if not _is_complete(clauses, 0, end) or colon + 1 >= len(clauses.words):
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
    quoted = clauses.is_quote(group.start - 1)
    follows = clauses.has_finite(group.cue_end + 1, group.cue_end + _CLAUSE_LIMIT)
    if not quoted and (follows or not clauses.has_finite(0, group.start)):
        return None
    return source


def _placed(
    clauses: Clauses, group: Group, source: Span, closed: int | None, found: Sequence[Report]
) -> Report | None:
    end = min(source[0], group.start)
    start = _left_start(clauses, end, found)
    quoted = any(clauses.is_quote(index) for index in range(start, end))
    complete = _is_complete(clauses, start, end)
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
    return Report(tuple(contents), source, cue, group.cue.reports) if contents else None


def parenthesis_end(clauses: Clauses, index: int, *, quoted: bool = False) -> int | None:
    """Return where a parenthetical "he said on Monday" that goes on at `index` ends.

    None where content follows the cue, so that it is no parenthesis; after a quotation
    (`quoted`) whatever follows the cue tells of the occasion.
    """
    start, loose = index, False
    while index < min(len(clauses.words), start + _ADJUNCT_LIMIT):
        word = clauses.words[index]
        if clauses.is_quote(index) or word in {",", "("} or word in _ENDS or word in DASHES:
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


def _left_start(clauses: Clauses, end: int, found: Sequence[Report]) -> int:
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
    if any(clauses.is_quote(index) for index in range(closed)):
        return None
    if clauses.tokens[following].capital or word.endswith("ing"):
        return None
    if clauses.is_in(following, "no_continuation", "determiners"):
        return None
    if any(cue.kind == "verb" for cue, _ in clauses.cues_at(following)):
        return None
    return following, clause_end(clauses, following, following)


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
            _clause_before(clauses, index, found)
            if index > 1 or (index == 1 and clauses.word(0) not in {"but", "and"})
            else _clause_after(clauses, phrase)
        )
        if content is not None and content[0] < content[1]:
            yield Report((content,), source, (index, phrase), speech=True)


def _clause_before(clauses: Clauses, index: int, found: Sequence[Report]) -> Span:
    stop = index - 1 if clauses.word(index - 1) == "," else index
    return _left_start(clauses, stop, found), stop


def _clause_after(clauses: Clauses, index: int) -> Span | None:
    for comma in range(index, len(clauses.words) - 1):
        if clauses.words[comma] == ",":
            return comma + 1, clause_end(clauses, comma + 1, comma + 1)
    return None


def _as_somebody_said(clauses: Clauses, verbs: Sequence[Group]) -> Iterator[Report]:
    """Yield "As the minister said, ..." at the head of a sentence."""
    group = next((g for g in verbs if "p" in g.cue.frames and g.finite and not g.passive), None)
    if clauses.word(0) != "as" or group is None:
        return
    subject = clauses.subject(group.start)
    closed = parenthesis_end(clauses, group.cue_end)
    if subject is None or subject[0] > 3 or closed is None:
        return
    if clauses.word(closed) in {",", ":"} and closed + 1 < len(clauses.words):
        content = (closed + 1, clause_end(clauses, closed + 1, closed + 1))
        source = (max(1, subject[0]), subject[1])
        yield Report((content,), source, (group.cue_start, group.cue_end), group.cue.reports)


# ---- content after the cue


def _after_cue(
    clauses: Clauses, group: Group, found: Sequence[Report], verbs: Sequence[Group]
) -> Report | None:
    if group.passive:
        return _passive(clauses, group)
    if group.cue_start == 0 and group.cue.form == "past":
        return None  # "Asked whether ..., she said": a question to her
    start = _content_start(clauses, group)
    if start is None:
        return None
    end = clause_end(clauses, start, group.cue_end, group, verbs)
    if end <= start:
        return None
    cue = (group.cue_start, group.cue_end)
    source = _source(clauses, group, found)
    return Report(((start, end),), source, cue, group.cue.reports and group.asserted)


def _source(clauses: Clauses, group: Group, found: Sequence[Report]) -> Span | None:
    """Return the subject of the verb, or whom it inherits: "..., adding that ..."."""
    if clauses.word(group.start - 1) == "to" and (told := _controlled(clauses, group.start - 1)):
        return told
    if not _inherits(clauses, group):
        subject = clauses.doer(group.start)
        if subject is not None:
            return subject
    earlier = [report for report in found if report.cue[0] < group.start and report.source]
    if earlier:
        return max(earlier, key=lambda report: report.cue[0]).source
    main = clauses.main_subject()
    if main is None or clauses.word(main[0]) == "there":
        return None
    return main if main[1] <= group.start or _in_lead(clauses, group) else None


def _controlled(clauses: Clauses, to: int) -> Span | None:
    """Return who is brought to speak: the alliance in "prompted the alliance to call for"."""
    for place in range(to - 2, max(-1, to - _CONTROL), -1):
        if clauses.is_in(place, "causes"):
            return place + 1, to
        if not clauses.tokens[place].is_word:
            return None
    return None


def _in_lead(clauses: Clauses, group: Group) -> bool:
    """Return whether the verb stands in what leads into the sentence: "Citing the poll, he ..."."""
    own = None if _inherits(clauses, group) else clauses.subject(group.start)
    return group.start < clauses.after_lead() and own is None


def _inherits(clauses: Clauses, group: Group) -> bool:
    before = clauses.word(group.start - 1)
    if before in {"and", "or", "but", "to", '"', ""}:
        return True
    loose = before == "," or clauses.is_in(group.start - 1, "prepositions", "subordinators")
    return group.cue.form == "ing" and not group.finite and loose


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
    return Report((subject, (index, clause_end(clauses, index, index, group))), None, cue)


def _content_start(clauses: Clauses, group: Group) -> int | None:
    frames, index = group.cue.frames, group.cue_end
    while clauses.is_adverb(index) and clauses.word(index) not in {"all", "both"}:
        index += 1
    if "o" in frames:
        index = _past_recipient(clauses, index)
    if index >= len(clauses.tokens):
        return None
    word = clauses.words[index]
    if clauses.is_quote(index):
        return index
    if word == ":":
        return index + 1 if index + 1 < len(clauses.tokens) else None
    if word == ",":
        return _after_comma(clauses, index + 1, frames)
    if word in _ENDS or not (clauses.tokens[index].is_word or word in {"$", "(", "["}):
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
    return None


def _past_recipient(clauses: Clauses, index: int) -> int:
    """Return the index after the person told: "told reporters in Velgrad that"."""
    if clauses.is_in(index, "object_pronouns"):
        return index + 1
    if clauses.is_quote(index) or clauses.word(index) in {"that", "to", ":", ","}:
        return index
    for place in range(index + 1, min(len(clauses.words), index + _RECIPIENT_LIMIT)):
        word = clauses.word(place)
        if clauses.is_quote(place) or word in _ENDS or word in {",", ":"}:
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
    limit = min(len(clauses.words), index + _ADJUNCT_LIMIT)
    for place in range(index, limit):
        word = clauses.words[place]
        if word in {"that", "whether"} and place + 1 < limit:
            if not clauses.is_in(place - 1, "prepositions"):
                return place
        elif word == ":":
            return place + 1 if place + 1 < len(clauses.words) else None
        elif clauses.is_quote(place):
            return place if clauses.word(place - 1) in {",", ":"} else None
        elif word in _ENDS or clauses.is_in(place, "auxiliaries"):
            return None
        elif (
            place > index
            and clauses.is_in(place, "subject_pronouns")
            and word not in {"who", "it", "you"}
        ):
            return place
    return None


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
    starts = {verb.start: verb for verb in verbs}
    subjects = {
        span[0]
        for verb in verbs
        if verb.finite and verb.start > start and (span := clauses.subject(verb.start))
    }
    whole = clauses.word(start) in {"that", "whether"} or clauses.is_quote(start)
    leading = group is not None and _leads(clauses, group)
    for place in range(max(index, start) + 1, len(clauses.words)):
        word = clauses.words[place]
        if word == ";" or (word == ")" and "(" not in clauses.words[start:place]):
            return place
        if (word == "while" and _participle(clauses, place, starts)) or (
            word == "," and (leading or _participle(clauses, place + 1, starts))
        ):
            return place
        if word == "," and _joins_clause(clauses, start, place):
            return place
        if word in _STOPS_AT and _new_statement(clauses, place, subjects, whole=whole):
            return place
        if word in {"and", "but"} and group and _coordinated(clauses, place + 1, starts, group):
            return place
        if word in clauses.lexicon.phrase_heads and _is_phrase(clauses, place):
            return place
    return len(clauses.words)


def _is_phrase(clauses: Clauses, index: int) -> bool:
    return any(cue.kind == "phrase" for cue, _ in clauses.cues_at(index))


def _leads(clauses: Clauses, group: Group) -> bool:
    """Return whether the report stands in a leading subordinate clause or a relative one."""
    subject = clauses.subject(group.start)
    if subject is None or _in_lead(clauses, group):
        return _in_lead(clauses, group)
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
    return not whole and clauses.is_in(following, "thin_stops")


def _participle(clauses: Clauses, place: int, starts: dict[int, Group]) -> bool:
    while clauses.word(place) in {"and", "but", "while"} or clauses.is_adverb(place):
        place += 1
    verb = starts.get(place)
    return verb is not None and verb.cue.form == "ing" and not verb.finite


def _coordinated(clauses: Clauses, place: int, starts: dict[int, Group], group: Group) -> bool:
    verb = starts.get(place)
    if verb is None and clauses.is_adverb(place):
        verb = starts.get(place + 1)
    if verb is None or verb.passive:
        return False
    return verb.cue.form == group.cue.form and group.finite


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
        if not auxiliary or not clauses.is_in(end, "adjective_links"):
            continue
        source = clauses.subject(start)
        if source is not None and clauses.word(source[0]) not in _EXPLETIVES:
            content = (end, clause_end(clauses, end, end, None, verbs))
            yield Report((content,), source, (index, end))


def _of_nouns(
    clauses: Clauses, found: Sequence[Report], verbs: Sequence[Group]
) -> Iterator[Report]:
    """Yield "their claim that ...", "the minister's call for ..."."""
    for index, end in _free_cues(clauses, found, "noun"):
        link = clauses.word(end)
        if clauses.is_in(end, "be") and clauses.word(end + 1) in {"that", "to"}:
            end, link = end + 1, clauses.word(end + 1)
        if not clauses.is_in(end, "noun_links"):
            continue
        source = _owner(clauses, index) or _maker(clauses, index)
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


def _owner(clauses: Clauses, index: int) -> Span | None:
    for place in range(index - 1, max(-1, index - 5), -1):
        if clauses.word(place) in _POSSESSIVES:
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


def _maker(clauses: Clauses, index: int) -> Span | None:
    """Return who "made a claim", "has no doubt": the subject of a verb that only carries a noun."""
    for place in range(index - 1, max(-1, index - _CARRIED), -1):
        if clauses.word(place) == "no":
            return None
        if clauses.is_in(place, "carriers"):
            auxiliary = clauses.is_auxiliary(place) and not clauses.is_in(place + 1, "determiners")
            return None if auxiliary else clauses.doer(clauses.chain_start(place))
        if not clauses.tokens[place].is_word or clauses.is_in(place, "prepositions"):
            return None
    return None
