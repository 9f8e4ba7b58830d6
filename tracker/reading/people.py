"""Who a printed source is: names, transliterations, titles and pronouns -> an actor.

A name is compared by its skeleton (accents, doubled letters and the usual choices of
transliteration folded away). Titles and pronouns mean the last fitting person; how sure that
is, is said as a confidence from 0 to 1.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

from tracker.reading.lexicon import PeopleWords
from tracker.reading.parts import KnownActor

NAMED, SURNAMED, DESCRIBED, PRONOUN, AMBIGUOUS = 0.95, 0.9, 0.75, 0.7, 0.5
_WORD = re.compile(r"[^\W\d_]+(?:(?:[’'-]|(?<=\b\w)\.)[^\W\d_]+)*\.?")
_NAME = re.compile(
    r"[A-ZÀ-ÞŁŚŻŽŠČĆĐА-ЯЁІЇЄ][\w’'-]*\.?"
    r"(?:[ \xa0](?:(?:al|bin|ben|de|da|del|der|di|du|el|la|le|van|von)[ \xa0])?"
    r"[A-ZÀ-ÞŁŚŻŽŠČĆĐА-ЯЁІЇЄ][\w’'-]*\.?){0,4}"
)
_NEAR = 400  # characters back in which a person still stands before the reader's eye
_CYRILLIC = str.maketrans(
    dict(
        zip(
            "абвгґдеёєжзиіїйклмнопрстуфхцчшщъыьэюя",
            (
                "a", "b", "v", "g", "g", "d", "e", "e", "e", "z", "z", "i", "i", "i", "i", "k", "l",
                "m", "n", "o", "p", "r", "s", "t", "u", "f", "h", "c", "ch", "sh", "sh", "", "i",
                "", "e", "iu", "ia",
            ),
            strict=True,
        )
    )
)  # fmt: skip
_FOLDS = (("kh", "h"), ("w", "v"), ("y", "i"), ("j", "i"), ("x", "ks"), ("ph", "f"), ("zh", "z"))
_REMARKS = re.compile(
    r"[’']s?\s(?:\w+\s)?(?:remarks?|statements?|comments?|words?|speech|answers?)$"
)
# A name after one of these is not the head: "a spokesman for Brel".
_AWAY = frozenset({"of", "for", "to", "by", "with", "from", "against", "about", "on"})
_SALIENT = 3  # times more often named, and a text is about one rather than the other
_STEM = 4  # letters that a country and its people share at least: Ostravia, Ostravian
_DOUBLED = re.compile(r"(.)\1+")
_RELATIVES = frozenset({"who", "whom", "whose", "that", "which"})
_RELATIVE = re.compile(r"\b(?:who|whom|whose|that|which)\b")


@dataclass(slots=True, eq=False)
class Person:
    """Somebody this text speaks of. `slug` is set for known actors."""

    name: str
    slug: str = ""
    pronoun: str = ""
    offices: frozenset[str] = frozenset()
    nations: frozenset[str] = frozenset()
    human: bool = True
    mentions: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whom a printed source means; `person` is None where nobody fits."""

    person: Person | None
    confidence: float


@lru_cache(maxsize=20_000)
def skeleton(word: str) -> str:
    """Return a word so that usual transliterations of one name give the same letters."""
    folded = word.lower().translate(_CYRILLIC)
    plain = unicodedata.normalize("NFKD", folded.replace("ł", "l").replace("đ", "d"))
    letters = "".join(letter for letter in plain if letter.isalpha() and letter.isascii())
    for old, new in _FOLDS:
        letters = letters.replace(old, new)
    return _DOUBLED.sub(r"\1", letters)


class People:
    """The people of one text; resolve sources in the order in which they stand."""

    def __init__(
        self, text: str, actors: Sequence[KnownActor], words: PeopleWords, on: date | None
    ) -> None:
        self.text = text
        self.words = words
        self.organisations = _organisations(actors)
        self.known = [self._of_actor(actor, on) for actor in actors]
        self.index = _index(actors, self.known, words.bodies)
        self.heads = {key[0] for key in self.index}
        self.others: dict[str, Person] = {}
        self.fullest = self._full_names()
        self.called: dict[str, Person] = {}
        self.focus: list[tuple[int, Person]] = []
        self.places: list[tuple[int, int, Person]] = list(self._mentions())
        self.starts = [start for start, _, _ in self.places]

    # ---- building

    def _of_actor(self, actor: KnownActor, on: date | None) -> Person:
        offices: set[str] = set()
        nations: set[str] = set()
        for role in actor.roles:
            if on and ((role.since and role.since > on) or (role.until and role.until < on)):
                continue
            offices |= self._offices(role.title)
            nations |= self._nations(f"{role.organisation} {role.title}")
        return Person(actor.name, actor.slug, actor.pronoun, frozenset(offices), frozenset(nations))

    def _offices(self, title: str) -> set[str]:
        return {
            word
            for match in _WORD.finditer(title.lower())
            for word in self._office(match.group().rstrip("."))
        }

    def _office(self, word: str) -> list[str]:
        word = word.removesuffix("’s").removesuffix("'s")
        if word in self.words.same_office:
            return self.words.same_office[word].split()
        return [word] if word in self.words.offices or word in self.words.qualifiers else []

    def _nations(self, words: str) -> set[str]:
        return {
            nation
            for match in _WORD.finditer(words.lower())
            if (nation := self._nation(match.group()))
        }

    def _nation(self, word: str) -> str:
        word = word.removesuffix("’s").removesuffix("'s")
        if word in self.words.nations:
            return self.words.nations[word]
        for organisation in self.organisations:
            stem = organisation[: max(_STEM, len(organisation) - 2)]
            if len(organisation) > _STEM and word.startswith(stem):
                return organisation
        return ""

    def _full_names(self) -> Mapping[str, str]:
        """Return the longest name of the text by the skeleton of its last word."""
        fullest: dict[str, str] = {}
        for match in _NAME.finditer(self.text):
            name = self._bare_name(match.group())
            if " " not in name:
                continue
            key = skeleton(name.split()[-1])
            if len(name) > len(fullest.get(key, "")):
                fullest[key] = name
        return fullest

    def _bare_name(self, name: str) -> str:
        """Return a name without titles, nations and a genitive."""
        parts = name.replace("\xa0", " ").split()
        parts = [re.sub(r"[’']s?$", "", part) for part in parts]
        while parts and self._is_title(parts[0].lower().rstrip(".")):
            parts = parts[1:]
        return " ".join(parts)

    def _is_title(self, word: str) -> bool:
        words = self.words
        return (
            word in words.offices
            or word in words.qualifiers
            or word in words.titles
            or word in words.leads
            or bool(self._nation(word))
        )

    def _mentions(self) -> Iterator[tuple[int, int, Person]]:
        """Yield the places where known actors are named, in order."""
        if not self.index:
            return
        found = list(_WORD.finditer(self.text))
        position = 0
        while position < len(found):
            if not found[position].group()[0].isupper():
                position += 1
                continue
            length, person = self._named_at(found, position)
            if person is None:
                position += 1
                continue
            start, end = found[position].start(), found[position + length - 1].end()
            person.mentions.append(start)
            yield start, end, person
            position += length

    def _named_at(self, found: Sequence[re.Match[str]], position: int) -> tuple[int, Person | None]:
        if skeleton(_bare(found[position].group())) not in self.heads:
            return 1, None
        for length in (4, 3, 2, 1):
            words = found[position : position + length]
            if len(words) < length or (length > 1 and not self._together(words)):
                continue
            key = tuple(skeleton(_bare(word.group())) for word in words)
            person = self.index.get(key)
            if person is None:
                continue
            if length == 1 and self._other_first_name(found, position, person):
                return 1, None
            return length, person
        return 1, None

    def _together(self, words: Sequence[re.Match[str]]) -> bool:
        gaps = self.text[words[0].end() : words[-1].start()]
        return len(gaps) < 60 and all(
            self.text[a.end() : b.start()].strip(" \xa0") == "" for a, b in pairwise(words)
        )

    def _other_first_name(
        self, found: Sequence[re.Match[str]], position: int, person: Person
    ) -> bool:
        """Return whether a different first name stands before a lone surname."""
        if position == 0:
            return False
        before = found[position - 1]
        word = before.group()
        if self.text[before.end() : found[position].start()] not in (" ", "\xa0"):
            return False
        if not word[0].isupper() or self._is_title(word.lower().rstrip(".")) or len(word) < 3:
            return False
        first_names = {skeleton(part) for part in person.name.split()}
        return skeleton(word) not in first_names and not word.endswith("ly")

    # ---- resolving

    def printed(self, start: int, end: int) -> int:
        """Return where a printed source ends without its apposition: "Brel, 63, a farmer"."""
        source = self.text[start:end]
        cut = re.search(r",| \(", source)
        if cut is None or not self._has_own_name(source[: cut.start()]):
            return end
        first = bisect_left(self.starts, start)
        named = first < len(self.places) and self.places[first][1] <= start + cut.start()
        return start + cut.start() if named or " of " not in source[: cut.start()] else end

    def note_subject(self, start: int, end: int) -> None:
        """Remember the subject of a sentence: pronouns after it mean it first."""
        resolved = self._resolve(start, end)
        if resolved.person is None or resolved.confidence <= AMBIGUOUS:
            return
        name = resolved.person.name
        if resolved.person.slug or " " in name or skeleton(name) in self.fullest:
            # Of a lone word, as "Snow" at the head of a sentence, nothing says that it is a name.
            self.focus.append((start, resolved.person))

    def resolve(self, start: int, end: int) -> Resolved:
        """Return whom the source printed at `start:end` means."""
        resolved = self._resolve(start, end)
        if resolved.person is not None:
            self.focus.append((start, resolved.person))
        return resolved

    def _resolve(self, start: int, end: int) -> Resolved:
        source = self.text[start:end]
        word = source.lower().strip()
        word = self.words.words_as.get(word, word)
        if word in {"he", "she", "his", "her", "himself", "herself"}:
            return self._pronoun(start, "she" if word in self.words.feminine else "he")
        if word in {"who", "whose"}:
            return self._before(start)
        if (named := self._named(start, end)) is not None:
            return named
        if (described := self._described(start, end)) is not None:
            return described
        return self._other(source, start)

    def _pronoun(self, start: int, pronoun: str) -> Resolved:
        for place, person in reversed(self.focus):
            if person.human and person.pronoun in ("", pronoun):
                near = start - place < _NEAR
                sure = PRONOUN if person.pronoun else PRONOUN - 0.1
                return Resolved(person, sure if near else AMBIGUOUS)
        for place in range(bisect_left(self.starts, start) - 1, -1, -1):
            if self.places[place][2].pronoun == pronoun:
                return Resolved(self.places[place][2], AMBIGUOUS)
        return Resolved(None, 0.0)

    def _before(self, start: int) -> Resolved:
        """Return the person named just before a relative pronoun."""
        place = bisect_left(self.starts, start) - 1
        if place >= 0 and start - self.places[place][1] < 60:
            return Resolved(self.places[place][2], DESCRIBED)
        return Resolved(None, 0.0)

    def _named(self, start: int, end: int) -> Resolved | None:
        """Return the known actor named at the head of the source."""
        first = bisect_left(self.starts, start)
        inside: list[tuple[int, int, Person]] = []
        for place in self.places[first:]:
            if place[0] >= end:
                break
            if self._heads(place, start, end):
                inside.append(place)
        if not inside:
            return None
        person = inside[0][2]
        if len({other.slug for _, _, other in inside}) > 1:
            return Resolved(person, AMBIGUOUS)
        full = " " in self.text[inside[0][0] : inside[0][1]]
        return Resolved(person, NAMED if full else SURNAMED)

    def _heads(self, place: tuple[int, int, Person], start: int, end: int) -> bool:
        before = self.text[start : place[0]].lower().split()
        if not _RELATIVES.isdisjoint(before):
            return False  # "voters who backed Brel"
        after = self.text[place[1] : min(end, place[1] + 3)]
        if after.startswith(("’s", "'s", "’ ", "' ")) or self.text[place[0] : place[1]].endswith(
            ("’s", "'s")
        ):
            rest = self.text[place[1] - 2 : end]
            return self._genitive_heads(place[1], end) or _REMARKS.search(rest) is not None
        return not before or before[-1] not in _AWAY

    def _genitive_heads(self, position: int, end: int) -> bool:
        return self.text[position:end].strip("’'s ,") == ""

    def _described(self, start: int, end: int) -> Resolved | None:
        """Return the last person whom the title fits; None where the source is no title."""
        source = self.text[start:end]
        lowered = source.lower().split(",")[0].strip() or "-"
        offices, nations = self._offices(lowered), self._nations(lowered)
        generic = {word for word in re.findall(r"\w+", lowered) if word in self.words.generic}
        if not offices & self.words.offices and not generic:
            return None
        if lowered.split()[0] in self.words.indefinite:
            return None
        if self._has_own_name(source):
            return None
        wanted = offices - generic if generic else offices
        fitting = [
            person
            for person in (*self.known, *self.others.values())
            if wanted <= person.offices
            and (not nations or nations & person.nations)
            and (person.offices or person.pronoun)
        ]
        called = self.called.get(lowered)
        if called is not None and called in fitting:
            return Resolved(called, PRONOUN)
        found = self._last_of(
            fitting, start, specific=bool(nations and wanted & self.words.offices)
        )
        if found.person is not None:
            self.called[lowered] = found.person
        return found

    def _has_own_name(self, source: str) -> bool:
        """Return whether the source carries a name besides titles and nations."""
        names = [self._bare_name(match.group()) for match in _NAME.finditer(source)]
        return any(
            name and not self._nation(name.lower()) and name.lower() not in self.words.same_office
            for name in names
        )

    def _last_of(self, fitting: Sequence[Person], start: int, *, specific: bool) -> Resolved:
        """Return the fitting person mentioned last before `start`."""
        placed = [(self._last_mention(person, start), person) for person in fitting]
        before = [(place, person) for place, person in placed if place >= 0]
        if before:
            person = self._salient(before, start)
            return Resolved(person, DESCRIBED if len(before) == 1 or specific else PRONOUN)
        if specific and len(fitting) == 1:
            return Resolved(fitting[0], PRONOUN)
        return Resolved(None, 0.0)

    def _salient(self, before: Sequence[tuple[int, Person]], start: int) -> Person:
        """Return the last of them; at a new paragraph, rather the one that the text is about."""
        place, last = max(before, key=lambda found: found[0])
        if "\n" not in self.text[place:start]:
            return last
        main = max((person for _, person in before), key=lambda person: len(person.mentions))
        return main if len(main.mentions) >= _SALIENT * len(last.mentions) else last

    def _last_mention(self, person: Person, start: int) -> int:
        place = bisect_left(person.mentions, start) - 1
        mentioned = person.mentions[place] if place >= 0 else -1
        focused = next((at for at, other in reversed(self.focus[-20:]) if other is person), -1)
        return max(mentioned, focused)

    def _other(self, source: str, start: int) -> Resolved:
        """Return a person or body that is no known actor, under the fullest name of the text."""
        head = re.sub(r"(?:\b[\w-]+ )*[\w-]+[’']s\b(?! *$)", "", source.split(",")[0])
        head = _RELATIVE.split(head)[0] or head
        names = [name for match in _NAME.finditer(head) if (name := self._bare_name(match.group()))]
        if not names and "," in source:
            names = [
                name for match in _NAME.finditer(source) if (name := self._bare_name(match.group()))
            ]
        if not names:
            return Resolved(None, 0.0)
        last = names[0] if re.match(r".*\b(?:of|for|at|from|in|with)\b", head) else names[-1]
        fullest = self.fullest.get(skeleton(last.split()[-1]), last)
        name = fullest if last in fullest else last
        person = self.others.setdefault(skeleton(name), Person(name, human=False))
        person.human = person.human or self._is_human(head, last)
        person.offices |= frozenset(self._offices(source))
        person.nations |= frozenset(self._nations(source))
        person.pronoun = person.pronoun or self._gender(source)
        person.mentions.append(start)
        return Resolved(person, SURNAMED)

    def _is_human(self, head: str, name: str) -> bool:
        """Return whether a source reads like a person: a bare name, or a name with an office."""
        bare = self._bare_name(head.strip(" ,’'s"))
        if bare.lower().startswith("the ") or set(name.lower().split()) & self.words.bodies:
            return False
        return bare == name or bool(self._offices(head.lower()) & self.words.offices)

    def _gender(self, source: str) -> str:
        words = set(source.lower().replace(",", " ").split())
        if words & self.words.feminine:
            return "she"
        return "he" if words & self.words.masculine else ""


def _bare(word: str) -> str:
    return word.removesuffix("’s").removesuffix("'s")


def _organisations(actors: Sequence[KnownActor]) -> list[str]:
    names = {role.organisation.lower() for actor in actors for role in actor.roles}
    return sorted(name for name in names if name and " " not in name)


def _index(
    actors: Sequence[KnownActor], people: Sequence[Person], bodies: frozenset[str]
) -> dict[tuple[str, ...], Person]:
    """Return known actors by the skeletons of their names; a shared surname stands for nobody."""
    index: dict[tuple[str, ...], Person] = {}
    surnames: dict[str, list[Person]] = {}
    for actor, person in zip(actors, people, strict=True):
        for name in (actor.name, *actor.aliases):
            key = tuple(
                skeleton(word) for word in re.findall(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*", name)
            )
            if key and all(key):
                index.setdefault(key, person)
        if " of " not in actor.name and not bodies.intersection(actor.name.lower().split()):
            surnames.setdefault(skeleton(actor.name.split()[-1]), []).append(person)
    for surname, owners in surnames.items():
        if len(owners) == 1 and len(surname) > 3:
            index.setdefault((surname,), owners[0])
    return index
