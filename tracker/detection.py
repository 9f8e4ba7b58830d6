"""A stance kept in step with its statements: utterances, positions, shifts, events.

Detection works on the neighbourhood of what changed: the statements near the marked days
with all that share an utterance with them, and the utterances that the detector would
compare with those. Running it again on unchanged statements changes no row.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from timeline import coding, likeness, shifts
from timeline.shifts import Change, Verdict
from tracker.models import (
    Attestation,
    Decision,
    Shift,
    ShiftEvent,
    ShiftKind,
    Stance,
    StanceEvent,
    Statement,
    Utterance,
)
from tracker.rendering import as_attestation, rendering, said_of

DETECT_ATTEMPTS = 3
GIVEN_UP = f"detection was given up after {DETECT_ATTEMPTS} attempts; see the worker's log"
REACH = likeness.PUBLICATION_LAG


def claim_marked(*, limit: int = 20) -> list[int]:
    """Return the ids of stances that want detection, each attempt counted before it is made.

    A stance whose detection dies DETECT_ATTEMPTS times is left with its `problem`, so that
    the others go on.
    """
    Stance.objects.filter(attempts__gte=DETECT_ATTEMPTS, problem="").update(problem=GIVEN_UP)
    marked = Stance.objects.out_of_step().filter(attempts__lt=DETECT_ATTEMPTS)
    ids = list(marked.values_list("id", flat=True)[:limit])
    Stance.objects.filter(id__in=ids).update(attempts=F("attempts") + 1)
    return ids


def detect(stance_id: int, *, now: datetime) -> list[ShiftEvent]:
    """Bring one stance in step where it is marked; return the events that this gave.

    One transaction, or part of the caller's, who owes something for the events.
    """
    with transaction.atomic():
        # The lock makes a second worker wait here; it then finds no mark and does nothing.
        stance = Stance.objects.select_for_update().get(pk=stance_id)
        if stance.marked_at is None or stance.marked_from is None or stance.marked_until is None:
            return []
        regrouped = _Regrouping(stance, now).run(stance.marked_from, stance.marked_until)
        events = _Decisions(stance, now, regrouped.fresh).run(regrouped.first, regrouped.last)
        Stance.objects.filter(pk=stance_id).update(
            marked_at=None,
            marked_from=None,
            marked_until=None,
            attempts=0,
            problem="",
            detected_at=now,
            detector_version=shifts.DETECTOR_VERSION,
        )
    return events


def mark_all(*, now: datetime, stances: Collection[int] | None = None) -> int:
    """Order detection for whole stances (all by default); return how many."""
    chosen = Stance.objects.all() if stances is None else Stance.objects.filter(id__in=stances)
    return chosen.update(
        marked_at=now, marked_from=date.min, marked_until=date.max, attempts=0, problem=""
    )


@dataclass(frozen=True, slots=True)
class _Regrouped:
    """What a regrouping touched: the days from `first` to `last`, and the utterances it made."""

    first: date
    last: date
    fresh: frozenset[int]


class _Regrouping:
    """The statements near some days, grouped to utterances anew."""

    def __init__(self, stance: Stance, now: datetime) -> None:
        self.stance, self.now = stance, now

    def run(self, first: date, last: date) -> _Regrouped:
        statements = self._statements(first, last)
        homes = self._homes(statements)
        groups = likeness.group(
            [as_attestation(statement) for statement in statements.values()],
            **self._review(statements),
        )
        utterances = self._placed(groups, homes)
        held = {row.statement_id: row for row in self._attestations(statements)}
        fresh = set()
        for utterance, keys in utterances:
            members = [statements[key] for key in keys]
            is_new = utterance._state.adding
            self._write(utterance, members)
            if is_new:
                fresh.add(utterance.pk)
            self._attest(utterance, members, held)
            said = said_of(utterance)
            first, last = min(first, said.earliest), max(last, said.latest)
        self._retract(homes, {utterance.pk for utterance, _ in utterances})
        return _Regrouped(first, last, frozenset(fresh))

    def _statements(self, first: date, last: date) -> dict[int, Statement]:
        """Return the held statements near those days and all that share their utterances."""
        stance = self.stance
        near = Q(said_latest__gte=_back(first), said_earliest__lte=_on(last))
        ours = Statement.objects.held().filter(
            actor_id=stance.actor_id, topic_id=stance.topic_id, said_earliest__isnull=False
        )
        changed = Q(attestations__retracted_at=None) & (
            Q(retracted_at=None) & near | Q(retracted_at__isnull=False)
        )
        touched = Statement.objects.filter(
            changed, actor_id=stance.actor_id, topic_id=stance.topic_id
        ).values("attestations__utterance")
        shared = Q(
            pk__in=Attestation.objects.held().filter(utterance__in=touched).values("statement")
        )
        rows = ours.filter(near | shared).select_related(
            "document__source", "document__origin__source"
        )
        return {row.pk: row for row in rows.order_by("pk")}

    def _homes(self, statements: Collection[int]) -> dict[int, int]:
        """Return statement -> utterance as held so far.

        A statement that replaced another inherits its utterance, so that a correction of a
        date or an anchor does not make a new speech act of an old one. Retracted statements
        stay in the map: their utterances have to be looked at too.
        """
        rows = (
            Attestation.objects.held()
            .filter(utterance__stance=self.stance)
            .filter(Q(statement__in=statements) | Q(statement__retracted_at__isnull=False))
            .order_by("id")
            .values_list("statement", "utterance", "statement__replaced_by")
        )
        homes: dict[int, int] = {}
        for statement, utterance, heir in rows:
            homes[statement] = utterance
            if heir is not None:
                homes.setdefault(self._last_heir(heir), utterance)
        return homes

    @staticmethod
    def _last_heir(statement: int) -> int:
        heir: int | None = statement
        while heir is not None:
            statement = heir
            heir = Statement.objects.values_list("replaced_by", flat=True).get(pk=statement)
        return statement

    def _review(self, statements: Collection[int]) -> dict[str, list[frozenset[int]]]:
        """Return what analysts decided about pairs of these statements."""
        pairs = (
            Decision.objects.standing()
            .filter(statement__in=statements, other_statement__in=statements)
            .values_list("kind", "statement", "other_statement")
        )
        return {
            name: [frozenset((one, other)) for kind, one, other in pairs if kind == wanted]
            for name, wanted in (("together", "join"), ("apart", "split"))
        }

    def _placed(
        self, groups: Sequence[tuple[int, ...]], homes: dict[int, int]
    ) -> list[tuple[Utterance, tuple[int, ...]]]:
        """Give each group the utterance that most of its statements attested, or a new one."""
        claims = sorted(
            (-count, utterance, place)
            for place, keys in enumerate(groups)
            for utterance, count in Counter(homes[key] for key in keys if key in homes).items()
        )
        taken: dict[int, int] = {}
        for _, utterance, place in claims:
            if place not in taken and utterance not in taken.values():
                taken[place] = utterance
        rows = Utterance.objects.in_bulk(taken.values())
        return [
            (
                rows[taken[place]]
                if place in taken
                else Utterance(stance=self.stance, recorded_at=self.now),
                keys,
            )
            for place, keys in enumerate(groups)
        ]

    def _attestations(self, statements: Collection[int]) -> Iterable[Attestation]:
        return Attestation.objects.held().filter(statement__in=statements)

    @staticmethod
    def _write(utterance: Utterance, members: Sequence[Statement]) -> None:
        """Write what its attestations make of an utterance, where that changed."""
        wanted = _content(members)
        if any(getattr(utterance, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(utterance, name, value)
            utterance.retracted_at = None
            utterance.save()

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

    def _retract(self, homes: dict[int, int], kept: Collection[int]) -> None:
        """Retract attestations by retracted statements, and utterances that nothing attests."""
        Attestation.objects.held().filter(
            utterance__stance=self.stance, statement__retracted_at__isnull=False
        ).update(retracted_at=self.now)
        empty = set(homes.values()) - set(kept)
        Utterance.objects.held().filter(pk__in=empty).update(retracted_at=self.now)


class _Decisions:
    """The shifts and events of a stance around some days, decided anew."""

    def __init__(self, stance: Stance, now: datetime, fresh: Collection[int]) -> None:
        self.stance, self.now, self.fresh = stance, now, fresh
        self.happened: list[ShiftEvent] = []

    def run(self, first: date, last: date) -> list[ShiftEvent]:
        before, rest = self._series(first, last)
        of = {row.pk for row in rest}
        rows = {row.pk: row for row in [*before, *rest]}
        changes = shifts.changes([self._as_core(row) for row in rows.values()], of=of)
        self._keep_shifts(rows, of, changes)
        self._keep_events(of, changes)
        return self.happened

    def _series(self, first: date, last: date) -> tuple[list[Utterance], list[Utterance]]:
        """Return the utterances to compare with, and those to decide."""
        held = Utterance.objects.held().filter(stance=self.stance).select_related("canonical")
        order = ("said_earliest", "said_latest", "id")
        back = tuple(f"-{name}" for name in order)
        before = held.filter(said_earliest__lt=first).order_by(*back)[: shifts.LOOKBACK]
        inside = held.filter(said_earliest__gte=first, said_earliest__lte=last).order_by(*order)
        after = held.filter(said_earliest__gt=last).order_by(*order)[: shifts.LOOKBACK]
        return list(before), [*inside, *after]

    @staticmethod
    def _as_core(row: Utterance) -> shifts.Utterance:
        said = said_of(row)
        return shifts.Utterance(
            key=row.pk,
            text=row.canonical.exact,
            earliest=said.earliest,
            latest=said.latest,
            fidelity=row.fidelity,
            grade=row.grade,
            sources=row.sources,
            position=coding.code(row.canonical.exact),
        )

    def _keep_shifts(
        self, rows: dict[int, Utterance], of: Collection[int], changes: Sequence[Change]
    ) -> None:
        rejected, confirmed = self._pairs("reject"), self._pairs("confirm")
        wanted = {
            (change.older, change.newer): change
            for change in changes
            if change.event in ("shift", "undecided")
            and (change.older, change.newer) not in rejected
        }
        held = {(shift.older_id, shift.newer_id): shift for shift in self._standing(of)}
        for pair, known in held.items():
            if pair not in wanted or not self._same(known, wanted[pair], rows):
                self._withdraw(known, "rejected" if pair in rejected else "the evidence changed")
        for pair, change in wanted.items():
            status = self._status(change, confirmed=pair in confirmed)
            shift = held.get(pair)
            if shift is None or shift.status == Shift.Status.WITHDRAWN:
                self._record(change, status, rows, replaces=shift)
            else:
                self._update(shift, change, status)

    def _pairs(self, kind: str) -> set[tuple[int, int]]:
        """Return the pairs of utterances on which an analyst's decision of this kind stands."""
        decided = Decision.objects.standing().filter(kind=kind, shift__stance=self.stance)
        return set(decided.values_list("shift__older", "shift__newer"))

    def _standing(self, of: Collection[int]) -> Iterable[Shift]:
        gone = Q(older__retracted_at__isnull=False) | Q(newer__retracted_at__isnull=False)
        return (
            Shift.objects.filter(gone | Q(newer__in=of), stance=self.stance, withdrawn_at=None)
            .order_by("id")
            .prefetch_related("kind_rows")
        )

    @staticmethod
    def _same(shift: Shift, change: Change, rows: dict[int, Utterance]) -> bool:
        """Say whether a stored shift still is the verdict, on the same evidence."""
        return (
            shift.direction == change.verdict.direction
            and shift.kinds == list(change.verdict.kinds)
            and (shift.status == Shift.Status.UNDECIDED) == (change.event == "undecided")
            and shift.older_statement_id == rows[change.older].canonical_id
            and shift.newer_statement_id == rows[change.newer].canonical_id
        )

    @staticmethod
    def _status(change: Change, *, confirmed: bool) -> str:
        if change.event == "undecided":
            return Shift.Status.UNDECIDED
        return Shift.Status.CONFIRMED if confirmed else Shift.Status(change.status)

    def _withdraw(self, shift: Shift, because: str) -> None:
        announced = shift.status != Shift.Status.UNDECIDED
        shift.status, shift.withdrawn_at = Shift.Status.WITHDRAWN, self.now
        shift.withdrawn_because = because
        shift.save(update_fields=["status", "withdrawn_at", "withdrawn_because"])
        if announced:
            self._event(shift, ShiftEvent.Kind.WITHDRAWN, correction=True)

    def _update(self, shift: Shift, change: Change, status: str) -> None:
        """Write what may move under an unchanged verdict: how sure it is."""
        wanted = {"status": status, "grade": change.grade, **_measures(change.verdict)}
        if all(getattr(shift, name) == value for name, value in wanted.items()):
            return
        was = shift.status
        for name, value in wanted.items():
            setattr(shift, name, value)
        shift.save(update_fields=list(wanted))
        if was != status == Shift.Status.CONFIRMED:
            self._event(shift, ShiftEvent.Kind.CONFIRMED, correction=False)

    def _record(
        self, change: Change, status: str, rows: dict[int, Utterance], *, replaces: Shift | None
    ) -> None:
        verdict = change.verdict
        shift = Shift.objects.create(
            stance=self.stance,
            older=rows[change.older],
            newer=rows[change.newer],
            older_statement_id=rows[change.older].canonical_id,
            newer_statement_id=rows[change.newer].canonical_id,
            direction=verdict.direction,
            grade=change.grade,
            reasons=list(verdict.reasons),
            evidence=_evidence(verdict),
            detector_version=shifts.DETECTOR_VERSION,
            status=status,
            recorded_at=self.now,
            **_measures(verdict),
        )
        ShiftKind.objects.bulk_create(ShiftKind(shift=shift, kind=kind) for kind in verdict.kinds)
        if replaces is not None:
            Shift.objects.filter(pk=replaces.pk).update(replaced_by=shift)
        if status == Shift.Status.UNDECIDED:
            return
        # Better evidence about something long on record is a correction, not news.
        old_news = change.newer not in self.fresh
        self._event(shift, ShiftEvent.Kind.DETECTED, correction=old_news)
        if status == Shift.Status.CONFIRMED:
            self._event(shift, ShiftEvent.Kind.CONFIRMED, correction=old_news)

    def _event(self, shift: Shift, kind: ShiftEvent.Kind, *, correction: bool) -> None:
        event, created = ShiftEvent.objects.get_or_create(
            shift=shift, kind=kind, defaults={"correction": correction, "at": self.now}
        )
        if created:
            self.happened.append(event)

    def _keep_events(self, of: Collection[int], changes: Sequence[Change]) -> None:
        wanted = {
            (change.event, change.older, change.newer): change
            for change in changes
            if change.event in StanceEvent.Kind.values
        }
        gone = Q(older__retracted_at__isnull=False) | Q(newer__retracted_at__isnull=False)
        held = StanceEvent.objects.held().filter(gone | Q(newer__in=of), stance=self.stance)
        known = {(row.kind, row.older_id, row.newer_id): row.pk for row in held}
        lost = [pk for key, pk in known.items() if key not in wanted]
        StanceEvent.objects.filter(pk__in=lost).update(retracted_at=self.now)
        StanceEvent.objects.bulk_create(
            StanceEvent(
                stance=self.stance,
                kind=kind,
                older_id=older,
                newer_id=newer,
                reasons=list(change.verdict.reasons),
                recorded_at=self.now,
            )
            for (kind, older, newer), change in wanted.items()
            if (kind, older, newer) not in known
        )


def _back(day: date) -> date:
    return day - REACH if day > date.min + REACH else date.min


def _on(day: date) -> date:
    return day + REACH if day < date.max - REACH else date.max


def _content(members: Sequence[Statement]) -> dict[str, Any]:
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


def _measures(verdict: Verdict) -> dict[str, float]:
    return {
        "score": verdict.score,
        "materiality": verdict.materiality,
        "confidence": verdict.confidence,
    }


def _evidence(verdict: Verdict) -> dict[str, Any]:
    return {
        "older": list(verdict.older_span),
        "newer": list(verdict.newer_span),
        "differences": [difference.as_dict() for difference in verdict.differences],
        "quantities": [quantity.as_dict() for quantity in verdict.quantities],
        "counterfactual": verdict.counterfactual,
    }
