"""A small record written row by row, of invented people, for the tests of the pages."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from typing import Any

from django.contrib.auth.models import Group, User

from timeline import coding
from tracker import dates
from tracker.models import (
    Actor,
    Attestation,
    Document,
    MergeProposal,
    Role,
    Shift,
    ShiftKind,
    Source,
    Stance,
    Statement,
    Topic,
    Utterance,
)

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
OPEN = "Ostravia is ready for talks with Karsk if Karsk recognises the four river districts."
CLOSED = "Ostravia is not ready for talks with Karsk while the five river districts are in dispute."
POSITION = coding.code(OPEN).as_dict()


class Record:
    """Writes rows; every method returns what it wrote. One actor, one topic, one source."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self.actor = Actor.objects.create(slug="ilva-marenko", name="Ilva Marenko", pronoun="she")
        Role.objects.create(
            actor=self.actor,
            title="Foreign Minister",
            organisation="Ostravia",
            since=date(2020, 5, 4),
        )
        self.topic = Topic.objects.create(slug="negotiations", name="Negotiations")
        self.stance = Stance.objects.create(actor=self.actor, topic=self.topic)
        self.source = Source.objects.create(slug="wire", name="Velgrad Wire", reliability="B")

    def document(self, text: str, **fields: Any) -> Document:
        """Write a document that was read, unless `read_at=None` is given."""
        fields = {
            "source": self.source,
            "title": f"Report {next(self._numbers)}",
            "genre": "wire",
            "captured_at": NOW,
            "recorded_at": NOW,
            "read_at": NOW,
            "regions": [{"start": 0, "end": len(text), "kind": "narration"}],
            **fields,
        }
        return Document.objects.create(text=text, **fields)

    def statement(self, words: str, said: str, **fields: Any) -> Statement:
        """Write a statement in a document of its own, with a little narration around it."""
        before, after = "The minister spoke to the press. “", "” she said, and left."
        edges = [0, len(before), len(before + words), len(before + words + after)]
        kinds = ("narration", "statement", "narration")
        document = fields.pop("document", None) or self.document(
            before + words + after,
            regions=[
                {"start": start, "end": end, "kind": kind}
                for (start, end), kind in zip(pairwise(edges), kinds, strict=True)
            ],
        )
        statement = Statement(
            **{
                "document": document,
                "actor": self.actor,
                "topic": self.topic,
                "start": len(before),
                "end": len(before + words),
                "exact": words,
                "attributed_as": "Marenko",
                "attribution": "direct",
                "fidelity": "verbatim",
                "credibility": 2,
                "recorded_at": NOW,
                **fields,
            }
        )
        statement.set_said(dates.parse(said))
        statement.save()
        return statement

    def utterance(self, words: str, said: str, **fields: Any) -> Utterance:
        """Write an utterance with one attestation; `value`, `sources` and so on may be given."""
        own = ("fidelity", "attribution", "document", "start", "end")
        statement = self.statement(words, said, **{n: fields.pop(n) for n in own if n in fields})
        utterance = Utterance(
            **{
                "stance": self.stance,
                "canonical": statement,
                "recorded_at": NOW,
                "content_since": NOW,
                "position": coding.code(words).as_dict(),
                "value": 4,
                "fidelity": statement.fidelity,
                "grade": "B2",
                "sources": 1,
                **fields,
            }
        )
        utterance.set_said(statement.said)
        utterance.save()
        self.attest(utterance, statement)
        return utterance

    def attest(self, utterance: Utterance, statement: Statement) -> None:
        """Let a statement stand for an utterance."""
        Attestation.objects.create(utterance=utterance, statement=statement, recorded_at=NOW)

    def shift(self, older: Utterance, newer: Utterance, *kinds: str, **fields: Any) -> Shift:
        """Write a provisional shift between two utterances."""
        shift = Shift.objects.create(
            **{
                "stance": self.stance,
                "older": older,
                "newer": newer,
                "older_statement": older.canonical,
                "newer_statement": newer.canonical,
                "direction": "hardened",
                "score": 0.9,
                "materiality": 0.8,
                "confidence": 0.6,
                "grade": "B2",
                "reasons": ["one side is negated"],
                "status": "provisional",
                "detector_version": "1",
                "recorded_at": NOW,
                "content_since": NOW,
                "evidence": {"counterfactual": "without the negation there is no shift"},
                **fields,
            }
        )
        ShiftKind.objects.bulk_create(ShiftKind(shift=shift, kind=kind) for kind in kinds)
        return shift

    def proposal(self, one: Statement, other: Statement, **fields: Any) -> MergeProposal:
        """Write a doubt whether two statements are one utterance."""
        one, other = sorted((one, other), key=lambda row: row.pk)
        given = {"joined": False, "likeness": 0.6, "recorded_at": NOW, **fields}
        return MergeProposal.objects.create(stance=self.stance, one=one, other=other, **given)

    def story(self) -> tuple[Utterance, Utterance, Shift]:
        """Write two utterances a year apart and the shift between them."""
        older = self.utterance(OPEN, "2024-03-01", value=4)
        newer = self.utterance(CLOSED, "2025-03-01/2025-03-20", value=-4)
        return older, newer, self.shift(older, newer, "reversal", "scope_changed")

    def many(self, number: int, words: Callable[[int], str] = lambda place: OPEN) -> None:
        """Write so many more utterances, one a day from 2012 on, with few queries."""
        texts = [words(place) for place in range(number)]
        documents = Document.objects.bulk_create(
            Document(source=self.source, text=text, captured_at=NOW, recorded_at=NOW, read_at=NOW)
            for text in texts
        )
        statements = [self._spoken(document) for document in documents]
        for place, statement in enumerate(statements):
            statement.set_said(dates.day(date(2012, 1, 1) + timedelta(days=place)))
        Statement.objects.bulk_create(statements)
        utterances = [self._uttered(statement) for statement in statements]
        Utterance.objects.bulk_create(utterances)
        Attestation.objects.bulk_create(
            Attestation(utterance=one, statement=one.canonical, recorded_at=NOW)
            for one in utterances
        )

    def _spoken(self, document: Document) -> Statement:
        text = document.text
        fields = {"start": 0, "end": len(text), "exact": text, "recorded_at": NOW}
        manner = {"attribution": "direct", "fidelity": "verbatim"}
        return Statement(document=document, actor=self.actor, topic=self.topic, **fields, **manner)

    def _uttered(self, statement: Statement) -> Utterance:
        since = {"recorded_at": NOW, "content_since": NOW}
        utterance = Utterance(stance=self.stance, canonical=statement, value=4, **since)
        utterance.fidelity, utterance.grade = "verbatim", "B2"
        utterance.position = POSITION
        utterance.set_said(statement.said)
        return utterance


def analyst(name: str = "ada") -> User:
    """Write a member of the group that may decide."""
    user = User.objects.create_user(name, password="a long password")
    user.groups.add(Group.objects.get_or_create(name="analysts")[0])
    return user
