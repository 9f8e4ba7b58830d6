"""Grammar without a parser: where a subject stands, and where a clause begins and ends.

Closed word classes and word order decide; open classes are not tagged. What the rules give is
measured in bench/quality_reading.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.reading.lexicon import Cue, Lexicon
from tracker.reading.tokens import Token

Span = tuple[int, int]

GENITIVES = frozenset({"'s", "’s"})
DASHES = frozenset({"--", "—", "–", "-", "―"})
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "am", "'m", "’m", "'re", "’re"})
_NEGATIONS = frozenset({"not", "n't", "n’t", "never"})
_BREAKS = frozenset({";", ":", "[", "]", '"', "...", "…"}) | DASHES
_LEADS = frozenset({"and", "but", "or", "so", "yet"})
_INDEFINITE = frozenset({"something", "anything", "everything", "nothing"})
_NO_SUBJECT = frozenset({"but", "nor", "than"})
_PLURALS = frozenset({"people", "men", "women", "police", "media", "officials", "data"})
_TIMES = frozenset({"week", "month", "year", "night", "morning", "ago"})
_TIME_LEADS = frozenset({"last", "earlier", "late"})
_COMPLEMENT_BREAKS = frozenset({"of", ",", ".", "and", "or"})
_CALENDAR = frozenset({"may", "will", "us", "can"})  # with a capital: a month, a name, a country
MAX_VERBS = 24  # a stretch with more reporting verbs is no sentence
_SUBJECT_LIMIT = 40  # tokens a subject may reach back from its verb, appositions included
_PHRASE_LIMIT = 14  # tokens a noun phrase may run on
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


class Clauses:
    """One sentence, and the questions that can be asked of it by token index."""

    def __init__(self, tokens: Sequence[Token], lexicon: Lexicon) -> None:
        self.tokens = tokens
        self.words = [token.word for token in tokens]
        self.lexicon = lexicon
        self.function = lexicon.function
        self._cues: dict[int, list[tuple[Cue, int]]] = {}
        self._subjects: dict[int, Span | None] = {}

    def inside(self, span: Span) -> "Clauses":
        """Return a part of the sentence as a sentence of its own."""
        return Clauses(self.tokens[span[0] : span[1]], self.lexicon)

    # ---- words

    def word(self, index: int) -> str:
        """Return the word at `index` in lower case, empty beyond the ends."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def is_in(self, index: int, *classes: str) -> bool:
        """Return whether the word at `index` belongs to one of the closed classes named."""
        word = self.word(index)
        if not word or (index > 0 and self.tokens[index].capital and word in _CALENDAR):
            return False
        return any(word in self.function[name] for name in classes)

    def is_quote(self, index: int) -> bool:
        """Return whether a quotation stands at `index`."""
        return 0 <= index < len(self.tokens) and self.tokens[index].quote is not None

    def is_adverb(self, index: int) -> bool:
        """Return whether the word at `index` is an adverb, by list or by its ending."""
        word = self.word(index)
        if word in self.function["adverbs"]:
            return True
        return len(word) > _LONG and word.endswith("ly") and not self.tokens[index].capital

    def is_genitive(self, index: int) -> bool:
        """Return whether 's at `index` is a genitive: after anything but a pronoun."""
        return self.word(index) in GENITIVES and not self.is_in(
            index - 1, "subject_pronouns", "pronouns"
        )

    def is_auxiliary(self, index: int) -> bool:
        """Return whether an auxiliary or copula stands at `index`."""
        return self.is_in(index, "auxiliaries") and not self.is_genitive(index)

    def cues_at(self, index: int) -> list[tuple[Cue, int]]:
        """Return the cues that begin at `index` with the index after each, longest first."""
        found = self._cues.get(index)
        if found is None:
            cues = self.lexicon.cues.get(self.word(index), ())
            found = [(cue, end) for cue in cues if (end := self._after_tail(index + 1, cue.tail))]
            self._cues[index] = found
        return found

    def _after_tail(self, index: int, tail: Sequence[str]) -> int:
        if tail and self.is_adverb(index) and self.word(index) != tail[0]:
            index += 1
        for word in tail:
            if self.word(index) != word:
                return 0
            index += 1
        return index

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
            self.is_in(place, "modals") or self.word(place) in _NEGATIONS
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

    def chain_start(self, index: int) -> int:
        """Return where the auxiliaries, negations and adverbs before the verb at `index` begin."""
        while index > 0 and (
            self.is_auxiliary(index - 1)
            or self.word(index - 1) in _NEGATIONS
            or self.is_adverb(index - 1)
            or (self.word(index - 1) == "since" and self.is_auxiliary(index - 2))
        ):
            index -= 1
        return index

    def _participle_here(self, index: int) -> bool:
        before = index - 1
        while self.is_adverb(before):
            before -= 1
        return not self.is_in(before, "determiners") and self.word(before) not in GENITIVES

    def _past_here(self, start: int, index: int) -> bool:
        before = start - 1
        if before < 0:
            return self.word(index + 1) not in {"by", "in"}
        if self._only_determines(before) or self.word(before) in GENITIVES:
            return False
        return not self.is_in(before, "prepositions")

    def _only_determines(self, index: int) -> bool:
        return self.is_in(index, "determiners") and not self.is_in(index, "pronouns")

    def _present_here(self, start: int, index: int, cue: Cue) -> bool:
        before = start - 1
        if before < 0 or (cue.noun and not self._complement_follows(index + 1 + len(cue.tail))):
            return False
        word = self.word(before)
        if word == "to":
            return cue.form == "base"
        if self._only_determines(before) or word in GENITIVES:
            return False
        if self.is_in(before, "prepositions") and not self.is_in(before, "subordinators"):
            return False
        if word in {"and", "or", "but"}:
            return True
        return self._agrees(start, cue)

    def _agrees(self, start: int, cue: Cue) -> bool:
        """Return whether the noun phrase before `start` is of the number that the form asks for."""
        if cue.noun and not self._begins_clause(start):
            return False
        head = self._head(start)
        if cue.noun and cue.form == "s" and self._qualifies(start - 1):
            return False
        plural = {self.is_plural(head), self.is_plural(start - 1)}
        if self.is_relative(start - 1):
            return True
        if cue.form == "s":
            return False in plural or self.tokens[head].capital
        return True in plural or self.word(start - 1) in {",", "%"}

    def _qualifies(self, index: int) -> bool:
        """Return whether the lone word at `index` says what kind a noun is: "subtle hints"."""
        token = self.tokens[index]
        before = index == 0 or not self.tokens[index - 1].is_word or self.is_finite(index - 1)
        return before and not (token.capital or self._stands_alone(index) or token.quote)

    def _complement_follows(self, index: int) -> bool:
        """Return whether a complement can begin at `index`; no verb is followed by a finite one."""
        if self.is_in(index, "auxiliaries") or self.word(index) in _COMPLEMENT_BREAKS:
            return False
        if self.word(index).endswith("ing") and not self.tokens[index].capital:
            return False
        return not (self.word(index).endswith("ed") and not self.tokens[index].capital)

    def _begins_clause(self, end: int) -> bool:
        """Return whether a noun phrase that opens a clause stands before `end`."""
        phrase = self._noun_phrase(end, end)
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
            or self.word(first - 1) in {",", "and", "but", "that", "as", "while"}
        )

    def _head(self, end: int) -> int:
        """Return the head of the phrase before `end`: "Supporters" in "Supporters of the law"."""
        phrase = self._noun_phrase(end, end)
        if phrase is None:
            return end - 1
        if self.word(phrase[0]) in {"those", "many", "some", "most"}:
            return phrase[0]
        for place in range(phrase[0] + 1, phrase[1]):
            if self.is_in(place, "prepositions"):
                return place - 1
        return phrase[1] - 1

    def is_plural(self, index: int) -> bool:
        """Return whether the noun or pronoun at `index` is a plural, by its form."""
        word = self.word(index)
        if self.is_in(index, "subject_pronouns", "pronouns"):
            return self.is_in(index, "plural_pronouns")
        return (word.endswith("s") and not word.endswith("ss")) or word in _PLURALS

    def is_finite(self, index: int) -> bool:
        """Return whether the word at `index` is a finite verb, judged by form and neighbours."""
        if self.is_auxiliary(index):
            return True
        token, word = self.tokens[index], self.words[index]
        if token.quote is not None:
            return token.first in self.function["auxiliaries"] or (
                len(token.first) > _LONG and token.first.endswith(("ed", "es"))
            )
        if token.capital:
            return False
        if (word.endswith("ed") and len(word) > _LONG) or self._past_cue(word):
            return True
        if word in self.function["pasts"]:
            return True
        if self.is_in(index - 1, "subject_pronouns") and not self.is_adverb(index):
            return word.isalpha()
        return self._third_person(index)

    def _past_cue(self, word: str) -> bool:
        return any(cue.form == "past" for cue in self.lexicon.cues.get(word, ()))

    def _third_person(self, index: int) -> bool:
        word = self.words[index]
        return (
            len(word) >= _LONG
            and word.endswith("s")
            and not word.endswith("ss")
            and self.is_in(index + 1, "determiners", "prepositions", "adverbs", "object_pronouns")
            and not self.is_in(index - 1, "prepositions", "determiners")
        )

    def has_finite(self, start: int, end: int) -> bool:
        """Return whether a finite verb stands in the stretch."""
        return any(self.is_finite(index) for index in range(start, min(end, len(self.words))))

    # ---- subjects

    def main_subject(self) -> Span | None:
        """Return the subject of the first finite verb after what leads into the sentence."""
        start = self.after_lead()
        for index in range(start + 1, min(len(self.words), start + _SUBJECT_LIMIT)):
            if self.is_finite(index):
                subject = self.subject(self.chain_start(index))
                if subject is not None and subject[0] >= start and not self.is_relative(subject[0]):
                    return subject
        return None

    def is_relative(self, index: int) -> bool:
        """Return whether a relative pronoun stands at `index`."""
        return self.word(index) in {"who", "which", "that"}

    def after_lead(self) -> int:
        """Return where the main clause begins after "In Velgrad on Monday, ...", else 0."""
        first = self.word(0)
        leads = self.is_in(0, "prepositions", "subordinators") or first.endswith("ing")
        if not leads and first != "asked":
            return 0
        for index in range(min(30, len(self.words))):
            if self.words[index] == ",":
                return index + 1
        return 0

    def subject(self, end: int) -> Span | None:
        """Return the subject that ends before token `end`, None where there is none."""
        if end not in self._subjects:
            self._subjects[end] = self._subject(end)
        return self._subjects[end]

    def doer(self, end: int) -> Span | None:
        """Return the subject of the verb at `end`; of "launched a drive to call for", who launched.

        None where what stands there is a participle or leads into the sentence.
        """
        for _ in range(3):
            span = self.subject(end)
            if span is None:
                return None
            start, before = span[0], span[0] - 1
            if self.is_in(start, "prepositions") and self.word(start) not in {"with", "among"}:
                return None
            if self._is_name_or_pronoun(start):
                return span
            if self.word(start).endswith("ing"):
                return None
            if not (self.is_finite(start) or self.is_auxiliary(before)):
                return span
            end = self.chain_start(start)
        return None

    def _is_name_or_pronoun(self, index: int) -> bool:
        return self.tokens[index].capital or self.is_in(index, "subject_pronouns", "determiners")

    def _subject(self, end: int) -> Span | None:
        end = self._before_time(end)
        last = end - 1
        if last < 0:
            return None
        if self.word(last) == ",":
            return self._with_apposition(last)
        if self.word(last) == ")":
            opened = self._back_to(last, "(")
            return self._noun_phrase(opened, end) if opened else None
        return self._noun_phrase(end, end)

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

    def _with_apposition(self, comma: int) -> Span | None:
        """Return "Name, 63, a farmer from here," from the comma that closes it."""
        for opening in range(comma - 1, max(0, comma - _SUBJECT_LIMIT), -1):
            if self.words[opening] in _BREAKS:
                return None
            if self.words[opening] == ",":
                phrase = self._noun_phrase(opening, comma + 1)
                if phrase is not None and not self._hangs(phrase[0]):
                    return phrase
        return None

    def _hangs(self, start: int) -> bool:
        """Return whether the phrase is itself an apposition: "Name, 63, a farmer, said"."""
        return self.word(start - 1) == "," and (
            self.word(start)[:1].isdigit()
            or self.is_in(start, "determiners", "prepositions", "subordinators")
            or self.is_adverb(start)
        )

    def _back_to(self, index: int, sign: str) -> int:
        for place in range(index, max(0, index - _SUBJECT_LIMIT) - 1, -1):
            if self.words[place] == sign:
                return place
        return 0

    def _noun_phrase(self, end: int, stop: int) -> Span | None:
        """Return the noun phrase that ends before `end`, reaching on to `stop` for appositions."""
        last = end - 1
        if self.word(last) == ")":
            last = self._back_to(last, "(") - 1
        if last < 0:
            return None
        if self.tokens[last].names_only and last > 0 and self.tokens[last - 1].is_word:
            last -= 1
        if not self.tokens[last].is_word and self.words[last] != "%":
            return None
        if self._stands_alone(last):
            return last, stop
        start = last
        while start > max(0, end - _SUBJECT_LIMIT) and self._belongs(start - 1):
            start -= 1
        start = self._without_lead(start, end)
        return (start, stop) if start < end else None

    def _stands_alone(self, index: int) -> bool:
        """Return whether a pronoun stands at `index` as a whole subject."""
        if self.is_in(index, "subject_pronouns"):
            return True
        return self.is_in(index, "pronouns") and not self.is_in(
            index - 1, "determiners", "prepositions"
        )

    def _belongs(self, index: int) -> bool:
        """Return whether the word at `index` can be part of the noun phrase to its right."""
        word = self.words[index]
        if word in {"and", "or", "&"}:
            return self.tokens[index - 1].is_word and not self._verb_left_of(index)
        if word in self.function["subordinators"] and word not in {"as", "since", "until"}:
            return False
        if self.is_auxiliary(index) or word in _NO_SUBJECT:
            return False
        if word in self.function["object_pronouns"] and word not in {"her", "you", "it"}:
            return False
        if word in _INDEFINITE:
            return False
        return self.tokens[index].is_word or word in {"'", "’", "$", "%"}

    def _verb_left_of(self, index: int) -> bool:
        for place in range(index - 1, max(-1, index - 12), -1):
            word = self.words[place]
            if not self.tokens[place].is_word or word in self.function["subordinators"]:
                return False
            if self.is_auxiliary(place) or (word.endswith("ed") and len(word) > _LONG):
                return True
            if self._past_cue(word):
                return True
        return False

    def _without_lead(self, start: int, end: int) -> int:
        """Drop what leads into a clause but is no part of its subject: "But in Velgrad X"."""
        while start + 1 < end and (self.word(start) in _LEADS or self.is_adverb(start)):
            start += 1
        if self.word(start) in _LEADS or not self.is_in(start, "prepositions"):
            return end if self.word(start) in _LEADS else start
        for place in range(end - 1, start, -1):
            if self.is_in(place, "determiners") or self._name_begins(place):
                return place
        return start

    def _name_begins(self, index: int) -> bool:
        return (
            self.tokens[index].capital
            and not self.tokens[index - 1].capital
            and not self.is_in(index - 1, "prepositions")
        )

    def phrase_after(self, start: int, limit: int = _PHRASE_LIMIT) -> Span:
        """Return the noun phrase that begins at `start`: to the next sign, verb or conjunction."""
        end = start
        while end < min(len(self.words), start + limit) and self._goes_on(end, start):
            end += 1
        return start, end

    def _goes_on(self, index: int, start: int) -> bool:
        token = self.tokens[index]
        if not token.is_word:
            return token.word in {"&", "'", "’"}
        if index == start:
            return True
        if self.is_in(index, "subordinators", "days", "phrase_ends"):
            return False
        return not self.is_auxiliary(index) and not (self.is_adverb(index) and not token.capital)
