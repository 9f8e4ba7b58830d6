"""Noun phrases: where one begins and ends around a word, by closed classes and word order."""

from tracker.reading.wording import Wording

Span = tuple[int, int]

_LEADS = frozenset({"and", "but", "or", "so", "yet"})
_INDEFINITE = frozenset({"something", "anything", "everything", "nothing"})
_NO_SUBJECT = frozenset({"but", "nor", "than"})
SUBJECT_LIMIT = 40  # tokens a subject may reach back from its verb, appositions included
_PHRASE_LIMIT = 14  # tokens a noun phrase may run on
_LONG = 4  # letters beyond which an ending tells the word class


class Phrases(Wording):
    """The noun phrases of one sentence."""

    def phrase_start(self, end: int) -> int | None:
        """Return where the noun phrase that ends before `end` begins."""
        phrase = self.noun_phrase(end, end)
        return phrase[0] if phrase else None

    def back_to(self, index: int, sign: str) -> int:
        """Return where a sign stands at `index` or shortly before, 0 where it does not."""
        for place in range(index, max(0, index - SUBJECT_LIMIT) - 1, -1):
            if self.words[place] == sign:
                return place
        return 0

    def noun_phrase(self, end: int, stop: int) -> Span | None:
        """Return the noun phrase that ends before `end`, reaching on to `stop` for appositions."""
        last = end - 1
        if self.word(last) == ")":
            last = self.back_to(last, "(") - 1
        if last < 0:
            return None
        if self.tokens[last].names_only and last > 0 and self.tokens[last - 1].is_word:
            last -= 1
        if not self.tokens[last].is_word and self.words[last] != "%":
            return None
        if self.stands_alone(last):
            return last, stop
        start = last
        while start > max(0, end - SUBJECT_LIMIT) and self._belongs(start - 1):
            start -= 1
        start = self._without_lead(start, end)
        return (start, stop) if start < end else None

    def stands_alone(self, index: int) -> bool:
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
        if word in self.function["subordinators"] and word not in {"as", "until"}:
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
            if self.past_cue(word):
                return True
        return False

    def _without_lead(self, start: int, end: int) -> int:
        """Drop what leads into a clause but is no part of its subject: "But in Velgrad X"."""
        while start + 1 < end and (self.word(start) in _LEADS or self.is_adverb(start)):
            start += 1
        if self.word(start) in _LEADS or not self.is_in(start, "prepositions"):
            return end if self.word(start) in _LEADS else start
        if self.is_amount(start):
            return start
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

    def is_amount(self, index: int) -> bool:
        """Return whether "about", "over" or "with" opens a subject: "about three in 10 said"."""
        following = self.word(index + 1)
        return self.word(index) in {"with", "among"} or (
            self.word(index) in {"about", "around", "over"}
            and (following[:1].isdigit() or following in self.function["numbers"])
        )
