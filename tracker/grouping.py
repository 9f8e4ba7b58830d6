"""The statements of one stance near some days, grouped to utterances anew.

Grouping a neighbourhood gives what grouping the whole stance would. It takes in every
statement that could be the same utterance as one of those days, all that share an utterance
with these, and all that an analyst joined to or split from them; and where that moves a
statement from one utterance to another, the neighbours of that statement too.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from timeline import likeness
from tracker.models import (
    Attestation,
    Decision,
    FormerUtterance,
    MergeProposal,
    Stance,
    Statement,
    Utterance,
)
from tracker.models.record import StatementQuerySet
from tracker.models.stances import AttestationQuerySet
from tracker.rendering import as_attestations, rendering, said_of, utterance_content

REACH = likeness.PUBLICATION_LAG
# What is large in a document and of no use here.
_UNREAD = [
    f"{document}__{column}"
    for document in ("document", "document__origin")
    for column in ("text", "regions", "warnings")
]
_ORDER = ("said_earliest", "said_latest", "start", "exact", "document__capture__sha256")
_SAID = ("said_edtf", "said_earliest", "said_latest", "said_basis")


@dataclass(frozen=True, slots=True)
class Regrouped:
    """What a regrouping changed.

    `days` are the said days, before and after, of the utterances that changed; `fresh` those
    that only statements never attested before stand for; `emptied` those that nothing does.
    """

    days: tuple[date, ...]
    fresh: frozenset[int]
    emptied: frozenset[int]


class Regrouping:
    """Brings the utterances of a stance in step with its statements."""

    def __init__(self, stance: Stance, now: datetime) -> None:
        self.stance, self.now = stance, now
        self.days: list[date] = []
        self.fresh: set[int] = set()
        self.doubts: dict[tuple[int, int], likeness.Doubt] = {}

    def run(self, first: date, last: date) -> Regrouped:
        """Regroup the statements that can concern the days from `first` to `last`."""
        reached, groups = self._settled(first, last)
        homes = self._homes(reached)
        held = {row.statement_id: row for row in _held().filter(statement__in=reached)}
        kept = set()
        for utterance, members in self._placed(groups, homes):
            self._write(utterance, members, homes)
            self._attest(utterance, members, held)
            kept.add(utterance.pk)
        emptied = self._retract(reached, set(homes.values()) - kept)
        self._propose(reached)
        return Regrouped(tuple(self.days), frozenset(self.fresh), emptied)

    def _settled(self, first: date, last: date) -> tuple[set[int], list[list[Statement]]]:
        """Return the statements to look at and their groups, none of which reaches further."""
        decided = self._decided()
        reached = self._neighbourhood(first, last, decided)
        while True:
            groups = self._groups(self._statements(reached), decided)
            moved = [said_of(row) for row in self._moved(groups, reached)]
            first = min([first, *(said.earliest for said in moved)])
            last = max([last, *(said.latest for said in moved)])
            wider = self._neighbourhood(first, last, decided)
            if wider == reached:
                return reached, groups
            reached = wider

    @staticmethod
    def _moved(groups: Sequence[list[Statement]], reached: Collection[int]) -> list[Statement]:
        """Return the statements that stand together with others than before."""
        before: dict[int, set[int]] = defaultdict(set)
        for statement, utterance in (
            _held().filter(statement__in=reached).values_list("statement", "utterance")
        ):
            before[utterance].add(statement)
        unmoved = {frozenset(members) for members in before.values()}
        return [
            row
            for members in groups
            if frozenset(member.pk for member in members) not in unmoved
            for row in members
        ]

    def _ours(self) -> StatementQuerySet:
        return Statement.objects.filter(
            actor_id=self.stance.actor_id,
            topic_id=self.stance.topic_id,
            said_earliest__isnull=False,
        )

    def _decided(self) -> list[tuple[str, int, int]]:
        """Return what analysts joined and split, each statement by the one in its place now."""
        rows = list(
            Decision.objects.standing()
            .filter(
                statement__actor=self.stance.actor_id,
                statement__topic=self.stance.topic_id,
                other_statement__isnull=False,
            )
            .values_list("kind", "statement", "other_statement")
        )
        heirs = _heirs({pk for _, *pair in rows for pk in pair})
        return [(kind, heirs[one], heirs[other]) for kind, one, other in rows]

    def _neighbourhood(
        self, first: date, last: date, decided: Sequence[tuple[str, int, int]]
    ) -> set[int]:
        """Return the statements to look at, held ones and those retracted since the last look."""
        near = Q(said_latest__gte=_back(first), said_earliest__lte=_on(last))
        reached = set(self._ours().held().filter(near).values_list("pk", flat=True))
        reached |= set(
            _held()
            .filter(utterance__stance=self.stance, statement__retracted_at__isnull=False)
            .values_list("statement", flat=True)
        )
        grown: set[int] = set()
        while grown != reached:
            grown = set(reached)
            shared = _held().filter(statement__in=reached).values("utterance")
            reached |= set(_held().filter(utterance__in=shared).values_list("statement", flat=True))
            for _, *pair in decided:
                if reached & set(pair):
                    reached |= set(pair)
        return reached

    def _statements(self, reached: Collection[int]) -> list[Statement]:
        """Return the held ones among the statements reached, in an order that arrival leaves."""
        rows = self._ours().held().filter(pk__in=reached)
        rows = rows.select_related("document__source", "document__origin").defer(*_UNREAD)
        return list(rows.order_by(*_ORDER))

    @staticmethod
    def _homes(reached: Collection[int]) -> dict[int, int]:
        """Return statement -> the utterance that it or the one it replaced attested so far.

        So a corrected date or anchor makes no new speech act of an old one. Statements
        retracted since stay in the map: their utterances have to be looked at too.
        """
        rows = _held().filter(statement__in=reached).order_by("id")
        homes = dict(rows.values_list("statement", "utterance"))
        for statement, heir in _heirs(homes).items():
            homes.setdefault(heir, homes[statement])
        return homes

    def _groups(
        self, statements: Sequence[Statement], decided: Sequence[tuple[str, int, int]]
    ) -> list[list[Statement]]:
        places = {statement.pk: place for place, statement in enumerate(statements)}
        review = {
            name: [
                frozenset((places[one], places[other]))
                for decision, one, other in decided
                if decision == kind and one in places and other in places
            ]
            for name, kind in (("together", Decision.Kind.JOIN), ("apart", Decision.Kind.SPLIT))
        }
        groups, doubts = likeness.group_and_doubt(as_attestations(statements), **review)
        self.doubts = {}
        for doubt in doubts:
            one, other = sorted((statements[doubt.one].pk, statements[doubt.other].pk))
            self.doubts[one, other] = doubt
        return [[statements[place] for place in keys] for keys in groups]

    def _placed(
        self, groups: Sequence[Sequence[Statement]], homes: dict[int, int]
    ) -> list[tuple[Utterance, Sequence[Statement]]]:
        """Give each group the utterance that most of its statements attested, or a new one."""
        claims = sorted(
            (-count, utterance, place)
            for place, members in enumerate(groups)
            for utterance, count in Counter(
                homes[member.pk] for member in members if member.pk in homes
            ).items()
        )
        given: dict[int, int] = {}
        taken: set[int] = set()
        for _, utterance, place in claims:
            if place not in given and utterance not in taken:
                given[place] = utterance
                taken.add(utterance)
        rows = Utterance.objects.select_related("canonical").in_bulk(taken)
        return [
            (rows[given[place]] if place in given else self._new(), members)
            for place, members in enumerate(groups)
        ]

    def _new(self) -> Utterance:
        return Utterance(stance=self.stance, recorded_at=self.now)

    def _write(
        self, utterance: Utterance, members: Sequence[Statement], homes: dict[int, int]
    ) -> None:
        """Write what its attestations make of an utterance, where that changed."""
        wanted = _columns(members)
        if all(getattr(utterance, name) == value for name, value in wanted.items()):
            return
        is_new = utterance.pk is None
        if not is_new:
            self._keep_former(utterance)
        for name, value in wanted.items():
            setattr(utterance, name, value)
        utterance.content_since = self.now
        utterance.save()
        self.days.append(said_of(utterance).earliest)
        if is_new and not any(member.pk in homes for member in members):
            self.fresh.add(utterance.pk)

    def _keep_former(self, utterance: Utterance) -> None:
        self.days.append(said_of(utterance).earliest)
        FormerUtterance.objects.create(
            utterance=utterance,
            content=utterance_content(utterance),
            recorded_at=utterance.content_since,
            retracted_at=self.now,
        )

    def _attest(
        self, utterance: Utterance, members: Sequence[Statement], held: dict[int, Attestation]
    ) -> None:
        for member in members:
            row = held.get(member.pk)
            if row is not None and row.utterance_id == utterance.pk:
                continue
            if row is not None:
                Attestation.objects.filter(pk=row.pk).update(retracted_at=self.now)
            Attestation.objects.create(utterance=utterance, statement=member, recorded_at=self.now)

    def _propose(self, reached: Collection[int]) -> None:
        """Keep in step what a person should look at among the statements reached."""
        held = MergeProposal.objects.held().filter(Q(one__in=reached) | Q(other__in=reached))
        lost = []
        for row in held:
            doubt = self.doubts.get((row.one_id, row.other_id))
            if doubt is None or (doubt.joined, doubt.likeness) != (row.joined, row.likeness):
                lost.append(row.pk)
            else:
                del self.doubts[row.one_id, row.other_id]
        MergeProposal.objects.filter(pk__in=lost).update(retracted_at=self.now)
        MergeProposal.objects.bulk_create(
            MergeProposal(
                stance=self.stance,
                one_id=one,
                other_id=other,
                joined=doubt.joined,
                likeness=doubt.likeness,
                recorded_at=self.now,
            )
            for (one, other), doubt in self.doubts.items()
        )

    def _retract(self, reached: Collection[int], empty: Collection[int]) -> frozenset[int]:
        """Retract attestations by retracted statements, and the utterances that are empty now."""
        # In two steps: PostgreSQL may join thousands with thousands row by row otherwise.
        retracted = Statement.objects.filter(pk__in=reached, retracted_at__isnull=False)
        gone = list(retracted.values_list("pk", flat=True))
        _held().filter(statement__in=gone).update(retracted_at=self.now)
        rows = Utterance.objects.held().filter(pk__in=empty)
        self.days += [said_of(row).earliest for row in rows.only(*_SAID)]
        rows.update(retracted_at=self.now)
        return frozenset(empty)


def _held() -> AttestationQuerySet:
    return Attestation.objects.held()


def _heirs(statements: Iterable[int]) -> dict[int, int]:
    """Return for each statement the one that stands in its place now, often itself."""
    heirs = {statement: statement for statement in statements}
    while True:
        replaced = Statement.objects.filter(pk__in=set(heirs.values()), replaced_by__isnull=False)
        onward = {row.pk: row.replaced_by_id for row in replaced.only("replaced_by")}
        if not onward:
            return heirs
        heirs = {statement: onward.get(heir) or heir for statement, heir in heirs.items()}


def _back(day: date) -> date:
    return day - REACH if day > date.min + REACH else date.min


def _on(day: date) -> date:
    return day + REACH if day < date.max - REACH else date.max


def _columns(members: Sequence[Statement]) -> dict[str, Any]:
    """Return an utterance's columns as its attestations give them."""
    made = rendering(members)
    return {
        "canonical_id": made.canonical.pk,
        "said_edtf": made.said.edtf,
        "said_earliest": made.said.earliest,
        "said_latest": made.said.latest,
        "said_basis": made.said.basis,
        "position": made.position,
        "value": made.value,
        "fidelity": made.canonical.fidelity,
        "grade": made.grade,
        "sources": made.sources,
        "variance": made.variance,
    }
