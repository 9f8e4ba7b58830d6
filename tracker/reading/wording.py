"""The words of one sentence: closed classes, cues, and which words are finite verbs by form."""

from collections.abc import Sequence

from tracker.reading.lexicon import Cue, Lexicon
from tracker.reading.tokens import Token

GENITIVES = frozenset({"'s", "’s"})
_PAST_AUXILIARIES = frozenset({"had", "was", "were", "did"})
_NOUN_ENDINGS = (
    "ions",
    "ments",
    "ers",
    "ors",
    "ists",
    "ities",
    "nces",
    "isms",
    "ships",
    "nesses",
    "eys",
    "ians",
)
NEGATIONS = frozenset({"not", "n't", "n’t", "never"})
_PLURALS = frozenset({"people", "men", "women", "police", "media", "officials", "data"})
_CALENDAR = frozenset({"may", "will", "us", "can"})  # with a capital: a month, a name, a country
_LONG = 4  # letters beyond which an ending tells the word class


class Wording:
    """One sentence by token index, and what the form of its words tells."""

    def __init__(self, tokens: Sequence[Token], lexicon: Lexicon) -> None:
        self.tokens = tokens
        self.words = [token.word for token in tokens]
        self.lexicon = lexicon
        self.function = lexicon.function
        self._cues: dict[int, list[tuple[Cue, int]]] = {}

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
        if word in self.function["ly_words"]:
            return False
        return len(word) > _LONG and word.endswith("ly") and not self.tokens[index].capital

    def is_genitive(self, index: int) -> bool:
        """Return whether 's at `index` is a genitive: after anything but a pronoun."""
        return self.word(index) in GENITIVES and not self.is_in(
            index - 1, "subject_pronouns", "pronouns"
        )

    def is_auxiliary(self, index: int) -> bool:
        """Return whether an auxiliary or copula stands at `index`."""
        return self.is_in(index, "auxiliaries") and not self.is_genitive(index)

    def is_relative(self, index: int) -> bool:
        """Return whether a relative pronoun stands at `index`."""
        return self.word(index) in {"who", "which", "that"}

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

    def chain_start(self, index: int) -> int:
        """Return where the auxiliaries, negations and adverbs before the verb at `index` begin."""
        while index > 0 and (
            self.is_auxiliary(index - 1)
            or self.word(index - 1) in NEGATIONS
            or (self.is_adverb(index - 1) and not self._counts(index - 1))
            or (self.word(index - 1) == "since" and self.is_auxiliary(index - 2))
        ):
            index -= 1
        return index

    def _counts(self, index: int) -> bool:
        """Return whether "all" or "both" opens a clause as its subject: "All see ..."."""
        opens = index == 0 or not self.tokens[index - 1].is_word
        return opens and self.word(index) in {"all", "both"}

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
        if (word.endswith("ed") and len(word) > _LONG) or self.past_cue(word):
            return True
        if word in self.function["pasts"]:
            return True
        if self.is_in(index - 1, "subject_pronouns") and not self.is_adverb(index):
            return word.isalpha()
        return self._third_person(index)

    def past_cue(self, word: str) -> bool:
        """Return whether the word is the past of a reporting verb."""
        return any(cue.form == "past" for cue in self.lexicon.cues.get(word, ()))

    def _third_person(self, index: int) -> bool:
        word = self.words[index]
        if word.endswith(_NOUN_ENDINGS) and word not in self.lexicon.cues:
            return False
        if self.is_adverb(index):
            return False
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

    def is_past(self, index: int) -> bool:
        """Return whether the finite verb at `index` is in a past tense, by its form."""
        word = self.word(index)
        return (
            word in _PAST_AUXILIARIES
            or word in self.function["pasts"]
            or (word.endswith("ed") or self.past_cue(word))
        )
