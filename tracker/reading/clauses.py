"""Grammar without a parser: where a subject stands, and where a clause begins and ends.

Closed word classes and word order decide; open classes are not tagged. What the rules give is
measured in bench/quality_reading.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.reading.appositions import DASHES, opening_of
from tracker.reading.lexicon import Cue, Lexicon
from tracker.reading.phrases import SUBJECT_LIMIT, Phrases, Span
from tracker.reading.tokens import Token
from tracker.reading.wording import GENITIVES, NEGATIONS

_BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "am", "'m", "’m", "'re", "’re"})
_OBJECTS = frozenset({"him", "them", "me", "us"})
_BEFORE_CLAUSES = frozenset(
    {
        ",",
        "and",
        "but",
        "that",
        "as",
        "while",
        "after",
        "because",
        "if",
        "when",
        "although",
        "though",
    }
)
_TIMES = frozenset({"week", "month", "year", "night", "morning", "ago"})
_TIME_LEADS = frozenset({"last", "earlier", "late"})
_COMPLEMENT_BREAKS = frozenset({"of", ",", ".", "and", "or"})
MAX_VERBS = 24  # a stretch with more reporting verbs is no sentence
_RELATIVE_LIMIT = 8  # words of a relative clause that ends with its object
_LONG = 4  # letters beyond which an ending tells the word class
_YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Group:
    """A reporting verb: its auxiliaries begin at `start`, the cue is `cue_start:cue_end`.

    `asserted` says that neither a negation nor a modal verb takes the reporting back.
    """

    start: int
    cue_start: int
    cue_end: int
    cue: Cue
    passive: bool
    finite: bool
    asserted: bool


class Clauses(Phrases):
    """One sentence, and the questions that can be asked of it by token index."""

    def __init__(self, tokens: Sequence[Token], lexicon: Lexicon) -> None:
        super().__init__(tokens, lexicon)
        self._subjects: dict[int, Span | None] = {}

    def inside(self, span: Span) -> "Clauses":
        """Return a part of the sentence as a sentence of its own."""
        return Clauses(self.tokens[span[0] : span[1]], self.lexicon)

    # ---- words

    # ---- verbs

    def groups(self) -> list[Group]:
        """Return the reporting verbs of the sentence in order."""
        found: list[Group] = []
        free = 0
        for index in range(len(self.tokens)):
            if index < free or self.words[index] not in self.lexicon.cues or self._is_name(index):
                continue
            if len(found) >= MAX_VERBS:
                break
            for cue, end in self.cues_at(index):
                group = self._group(index, cue, end) if cue.kind == "verb" else None
                if group is not None:
                    found.append(group)
                    free = end
                    break
        return found

    def _is_name(self, index: int) -> bool:
        capital = self.tokens[index].capital
        return capital and index > 0 and self.word(index - 1) not in {",", '"'}

    def _group(self, index: int, cue: Cue, end: int) -> Group | None:
        """Return the verb group around a verb cue; None where the word is no verb here."""
        start = self.chain_start(index)
        auxiliaries = [
            word for word in self.words[start:index] if word in self.function["auxiliaries"]
        ]
        be = bool(_BE.intersection(auxiliaries)) or (
            len(auxiliaries) == 1
            and auxiliaries[0] in GENITIVES
            and cue.form in ("participle", "ing")
        )
        if not self._is_verb(start, index, cue, auxiliaries, be=be):
            return None
        finite = {"ing": be, "past": True, "participle": True}.get(
            cue.form, self.word(start - 1) != "to" or bool(auxiliaries)
        )
        passive = be and cue.form in ("past", "participle")
        asserted = not any(
            self.is_in(place, "modals") or self.word(place) in NEGATIONS
            for place in range(start, index)
        )
        return Group(start, index, end, cue, passive, finite, asserted)

    def _is_verb(
        self, start: int, index: int, cue: Cue, auxiliaries: Sequence[str], *, be: bool
    ) -> bool:
        if cue.form == "ing":
            return be or self._participle_here(index)
        if cue.form in ("past", "participle"):
            return bool(auxiliaries) or (cue.form == "past" and self._past_here(start, index))
        if auxiliaries:
            return cue.form == "base"
        return self._present_here(start, index, cue)

    def _participle_here(self, index: int) -> bool:
        if self.is_in(index, "prepositions"):
            return False  # "regarding the plan"
        before = index - 1
        while self.is_adverb(before):
            before -= 1
        return not self._only_determines(before) and self.word(before) not in GENITIVES

    def _past_here(self, start: int, index: int) -> bool:
        before = start - 1
        if before < 0:
            return self.word(index + 1) not in {"by", "in"}
        if self._only_determines(before) or self.word(before) in GENITIVES:
            return False
        if self.word(before) in {"if", "when", "than", "once", "unless"} and start < index:
            return False  # "if not countered": a participle
        if start == index and self._is_governed(start):
            return False
        return not self.is_in(before, "prepositions", "copulas")

    def _is_governed(self, end: int) -> bool:
        """Return whether a preposition governs the noun phrase before `end`: "in a letter posted".

        What follows such a phrase is a participle.
        """
        phrase = self.noun_phrase(end, end)
        if phrase is None or not self._only_determines(phrase[0]):
            return False
        before = phrase[0] - 1
        return self.is_in(before, "prepositions") and not self.is_in(before, "subordinators")

    def _only_determines(self, index: int) -> bool:
        return self.is_in(index, "determiners") and not self.is_in(index, "pronouns")

    def _present_here(self, start: int, index: int, cue: Cue) -> bool:
        before = start - 1
        if before < 0 or (cue.noun and not self._complement_follows(index + 1 + len(cue.tail))):
            return False
        if cue.noun and self.word(before)[-1:].isdigit():
            return False
        if self.is_in(index, "mostly_nouns") and not self._clause_follows(index + 1):
            return False
        word = self.word(before)
        if word == "to":
            return cue.form == "base"
        if self._only_determines(before) or word in GENITIVES:
            return False
        if self.is_in(before, "prepositions") and not self.is_in(before, "subordinators"):
            return False
        if word in {"and", "or", "but"}:
            return not cue.noun or self._complement_opens(index + 1 + len(cue.tail))
        return self._agrees(start, cue)

    def _complement_opens(self, index: int) -> bool:
        """Return whether something that a verb governs begins: "and demand that / a / peace"."""
        return self._clause_follows(index) or self.is_in(
            index, "determiners", "prepositions", "question_words"
        )

    def _clause_follows(self, index: int) -> bool:
        """Return whether "that", a quotation or a whole clause follows."""
        if self.word(index) in {"that", ":", ","} or self.is_quote(index):
            return True
        starts = self._is_name_or_pronoun(index) if index < len(self.words) else False
        return starts and self.has_finite(index + 1, index + SUBJECT_LIMIT)

    def _agrees(self, start: int, cue: Cue) -> bool:
        """Return whether the noun phrase before `start` is of the number that the form asks for."""
        if cue.noun and not self._begins_clause(start):
            return False
        head = self._head(start)
        if cue.noun and cue.form == "s" and self._qualifies(start - 1):
            return False
        plural = {self.is_plural(head), self.is_plural(start - 1)}
        if self.is_relative(start - 1):
            return not (cue.noun and self.word(start - 1) == "that" and self.cues_at(start - 2))
        if self.word(start - 1) in _OBJECTS and self._relative_before(start - 1):
            return not cue.noun
        if cue.form == "s":
            return False in plural or self.tokens[head].capital
        return True in plural or self.word(start - 1) in {",", "%"}

    def _qualifies(self, index: int) -> bool:
        """Return whether the lone word at `index` says what kind a noun is: "subtle hints"."""
        token = self.tokens[index]
        before = index == 0 or not self.tokens[index - 1].is_word or self.is_finite(index - 1)
        return before and not (token.capital or self.stands_alone(index) or token.quote)

    def _complement_follows(self, index: int) -> bool:
        """Return whether a complement can begin at `index`; no verb is followed by a finite one."""
        if self.is_in(index, "auxiliaries") or self.word(index) in _COMPLEMENT_BREAKS:
            return False
        if any(cue.kind == "verb" and cue.form in ("s", "past") for cue, _ in self.cues_at(index)):
            return False
        if self.is_in(index, "prepositions") and self.word(index).endswith("ing"):
            return False
        return not (self.word(index).endswith("ed") and not self.tokens[index].capital)

    def _begins_clause(self, end: int) -> bool:
        """Return whether a noun phrase that opens a clause stands before `end`."""
        phrase = self.noun_phrase(end, end)
        if phrase is None:
            return self.word(end - 1) in {",", ")"}
        first = phrase[0]
        if self.is_in(first, "subject_pronouns", "pronouns") or self.tokens[phrase[1] - 1].capital:
            return True
        if self.is_in(first - 1, "prepositions") and not self.is_in(first - 1, "subordinators"):
            return False
        return (
            first == 0
            or self.is_in(first, "determiners")
            or self.tokens[first].capital
            or self.word(first - 1) in _BEFORE_CLAUSES
        )

    def _head(self, end: int) -> int:
        """Return the head of the phrase before `end`: "Supporters" in "Supporters of the law"."""
        phrase = self.noun_phrase(end, end)
        if phrase is None:
            return end - 1
        if self.word(phrase[0]) in {"those", "many", "some", "most"}:
            return phrase[0]
        for place in range(phrase[0] + 1, phrase[1]):
            if self.is_in(place, "prepositions"):
                return place - 1
        return phrase[1] - 1

    # ---- subjects

    def main_subject(self) -> Span | None:
        """Return the subject of the first finite verb after what leads into the sentence."""
        start = self.after_lead()
        for index in range(start + 1, min(len(self.words), start + SUBJECT_LIMIT)):
            if self.is_finite(index):
                subject = self.subject(self.chain_start(index))
                if subject is None or subject[0] < start or self.is_relative(subject[0]):
                    continue
                if not self.is_torn(subject):
                    return subject
        return None

    def is_torn(self, span: Span) -> bool:
        """Return whether the words are no noun phrase: "to fight on and", "hired lawyers and"."""
        return self.word(span[0]) == "to" or self.word(span[1] - 1) in {"and", "or"}

    def coordinate(self, start: int) -> Span | None:
        """Return the subject of the nearest verb before `start`, of the same tense if there is one.

        For verbs that share it: "who digested the news and discussed ...".
        """
        nearest: Span | None = None
        for place in range(start - 2, max(0, start - SUBJECT_LIMIT), -1):
            if not self.is_finite(place) or self.tokens[place].quote is not None:
                continue
            subject = self.subject(self.chain_start(place))
            if subject is None or self.is_torn(subject) or self.is_finite(subject[0]):
                continue
            if self.is_past(place) == self.is_past(start):
                return subject
            nearest = nearest or subject
        return nearest

    def reports_again(self, span: Span) -> bool:
        """Return whether somebody is reported inside the stretch."""
        return any(span[0] <= group.cue_start < span[1] for group in self.groups())

    def after_lead(self) -> int:
        """Return where the main clause begins after "In Velgrad on Monday, ...", else 0."""
        first = self.word(0)
        leads = self.is_in(0, "prepositions", "subordinators") or first.endswith("ing")
        if not leads and first != "asked":
            return 0
        for index in range(min(30, len(self.words))):
            pause = self.words[index] == "," or self.tokens[index].comma
            if pause and (first != "asked" or self._tells(index + 1)):
                return index + 1
        return 0

    def _tells(self, start: int) -> bool:
        """Return whether "the minister said" stands at `start`."""
        end = self.phrase_after(start)[1]
        for place in range(start + 1, end + 1):
            if any("p" in cue.frames for cue, _ in self.cues_at(place)):
                return True
        return False

    def subject(self, end: int) -> Span | None:
        """Return the subject that ends before token `end`, None where there is none."""
        if end not in self._subjects:
            self._subjects[end] = self._subject(end)
        return self._subjects[end]

    def doer(self, end: int) -> Span | None:
        """Return the subject of the verb at `end`; of "launched a drive to call for", who launched.

        None where what stands there is a participle or leads into the sentence.
        """
        verb = end
        for _ in range(3):
            span = self.subject(end)
            if span is None:
                return None
            start, before = span[0], span[0] - 1
            if end < verb and self.word(start) == "who":
                return self.noun_phrase(start, verb)  # "voters who backed Brel said"
            if self.word(start).endswith("ing") and self._acts(start, span[1]):
                return None
            if self.is_in(start, "prepositions") and not self.is_amount(start):
                return self._described(span, verb)
            if self._is_name_or_pronoun(start):
                return span
            negated = self.word(before) in NEGATIONS and self.is_auxiliary(before - 1)
            if not (self.is_finite(start) or self.is_auxiliary(before) or negated):
                return span
            end = self.chain_start(start)
        return None

    def _acts(self, start: int, end: int) -> bool:
        """Return whether a word in -ing does something, and is no "restructuring experts"."""
        if self.is_in(start + 1, "determiners"):
            return True
        if self.tokens[start].capital:
            return False
        object_follows = self.is_in(start + 1, "prepositions", "object_pronouns")
        return start + 1 >= end or object_follows or self.tokens[start + 1].capital

    def _described(self, span: Span, verb: int) -> Span | None:
        """Return the noun that a participle follows: "ledgers" in "including ledgers showing"."""
        lists = self.word(span[0]) == "including" and self.word(verb).endswith("ing")
        return (span[0] + 1, verb) if lists and span[1] == verb else None

    def _is_name_or_pronoun(self, index: int) -> bool:
        return self.tokens[index].capital or self.is_in(index, "subject_pronouns", "determiners")

    def _subject(self, end: int) -> Span | None:
        end = self._before_time(end)
        last = end - 1
        if last < 0:
            return None
        if self.word(last) == "," or self.word(last) in DASHES:
            return self._with_apposition(last)
        if self.word(last) == ")":
            opened = self.back_to(last, "(")
            return self.noun_phrase(opened, end) if opened else None
        if self.word(last) in _OBJECTS and (relative := self._relative_before(last)):
            return self.noun_phrase(relative, end)
        return self.noun_phrase(end, end)

    def _before_time(self, end: int) -> int:
        """Step over a time between subject and verb: "who in 2010 said", "he on Monday told"."""
        last = self.word(end - 1)
        is_year = len(last) == _YEAR_DIGITS and last.isdigit()
        if not (is_year or last in _TIMES or self.is_in(end - 1, "days")):
            return end
        start = end - 1
        while start > 0 and (
            self.is_in(start - 1, "prepositions", "determiners", "days")
            or self.word(start - 1) in _TIME_LEADS
        ):
            start -= 1
        return start if start > 0 else end

    def _with_apposition(self, sign: int) -> Span | None:
        """Return "Name, 63, a farmer from here," from the comma or dash that closes it."""
        opening = opening_of(self, sign)
        return self.noun_phrase(opening, sign + 1) if opening else None

    def _relative_before(self, index: int) -> int:
        """Return the "that" of "groups that have endorsed him (say)", 0 where there is none."""
        for place in range(index - 1, max(0, index - _RELATIVE_LIMIT), -1):
            if self.is_relative(place):
                return place
            if not self.tokens[place].is_word:
                return 0
        return 0
