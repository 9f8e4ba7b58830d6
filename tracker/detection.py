"""A stance kept in step with its statements: utterances, positions, shifts, events.

Detection works on the neighbourhood of what changed: the statements near the marked days
(`tracker.grouping`), and the utterances that the detector would compare with those. Running
it again on unchanged statements changes no row.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from timeline import coding, shifts
from timeline.frames import measures
from timeline.series import FALLEN, changes
from timeline.shifts import LOOKBACK, Change, Verdict
from tracker.grouping import Regrouped, Regrouping
from tracker.leases import Clock
from tracker.models import (
    Decision,
    Event,
    FormerShift,
    Shift,
    ShiftKind,
    Stance,
    StanceEvent,
    Topic,
    Utterance,
)
from tracker.rendering import as_stored, said_of, shift_content
from tracker.silence import keep_silence
from tracker.verdicts import BY_DIRECTION, DECIDED, Choice, choice_of, decided

Pair = tuple[int, int]  # the ids of the older and the newer utterance
# Speaking order inside a text; between texts of one day any order that arrival leaves alone.
_ORDER = ("said_earliest", "said_latest", "canonical__start", "canonical__exact", "id")


def claim_marked(*, now: datetime, limit: int = 20) -> Iterator[int]:
    """Yield the ids of stances that want detection, at most `limit`.

    Each is claimed only when it is asked for, so that one whose detection dies costs no other
    an attempt; after DETECT_ATTEMPTS it is left with its `problem`.
    """
    clock = Clock(now)
    Stance.objects.give_up(now)
    for stance_id in list(Stance.objects.waiting(now).values_list("id", flat=True)[:limit]):
        if Stance.objects.claim(stance_id, clock.now()):
            yield stance_id


def detect(stance_id: int, *, now: datetime) -> list[Event]:
    """Bring one stance in step where it is marked; return the events that this gave.

    One transaction, or part of the caller's, who owes something for the events.
    """
    with transaction.atomic():
        # The lock makes a second worker wait here; it then finds no mark and does nothing.
        stance = (
            Stance.objects.select_for_update(of=("self",)).select_related("topic").get(pk=stance_id)
        )
        if stance.marked_at is None or stance.marked_from is None or stance.marked_until is None:
            return []
        marked = stance.marked_from, stance.marked_until
        regrouped = Regrouping(stance, now).run(*marked)
        events = _Decisions(stance, now, regrouped).run([*marked, *regrouped.days])
        keep_silence(stance, now)
        Stance.objects.filter(pk=stance_id).update(
            marked_at=None,
            marked_from=None,
            marked_until=None,
            attempts=0,
            lease=None,
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


class _Decisions:
    """The shifts and events of a stance around some days, decided anew."""

    def __init__(self, stance: Stance, now: datetime, regrouped: Regrouped) -> None:
        self.stance, self.now, self.regrouped = stance, now, regrouped
        self.happened: list[Event] = []

    def run(self, days: Collection[date]) -> list[Event]:
        """Decide the utterances of these days and those compared with them; return the events."""
        series, of = self._series(min(days), max(days))
        rejected, confirmed = set(self._judged("reject", of)), self._judged("confirm", of)
        changes = [
            decided(change, confirmed.get((change.older, change.newer)))
            for change in _changes(series, of, self._topic(), confirmed)
        ]
        rows = {row.pk: row for row in series}
        self._keep_shifts(rows, of, changes, rejected, confirmed)
        self._keep_events(of, changes)
        return self.happened

    def _topic(self) -> shifts.Topic:
        """Return what a number has to be of to decide: only on a topic that is a measure."""
        topic = self.stance.topic
        names = (topic.name, *(term["text"] for term in topic.terms))
        return shifts.Topic(
            tuple(name for name in names if measures(name)),
            more_is_softer=topic.orientation == Topic.Orientation.MORE_IS_SOFTER,
        )

    def _series(self, first: date, last: date) -> tuple[list[Utterance], set[int]]:
        """Return the utterances to load, in order, and which of them to decide.

        What was said from `first` to `last` touches three sorts of others: those that are
        compared with it; those before it, whose shifts it can take away; and those that are
        compared with these. So decided is from LOOKBACK utterances before to two LOOKBACKs after,
        and loaded is what that needs on either side.
        """
        held = Utterance.objects.held().filter(stance=self.stance).select_related("canonical")
        back = [f"-{name}" for name in _ORDER]
        doubted = list(held.filter(said_earliest__lt=first).order_by(*back)[:LOOKBACK])
        since = doubted[-1].said_earliest if doubted else first
        assert since is not None  # noqa: S101 - an utterance has days
        until = _over_after(held, _over_after(held, last))
        loaded = held.filter(said_earliest__gte=_over_before(held, _over_before(held, since)))
        series = sorted(loaded.filter(said_earliest__lte=until), key=_place)
        after = held.filter(said_earliest__gt=until).order_by(*_ORDER)[:LOOKBACK]
        of = {row.pk for row in series if said_of(row).earliest >= since}
        return sorted([*series, *after], key=_place), of

    def _keep_shifts(
        self,
        rows: dict[int, Utterance],
        of: Collection[int],
        changes: Sequence[Change],
        rejected: Collection[Pair],
        confirmed: Mapping[Pair, Choice | None],
    ) -> None:
        wanted = {
            (change.older, change.newer): _columns(change, rows, confirmed)
            for change in changes
            if change.event in ("shift", "undecided")
            and (change.older, change.newer) not in rejected
        }
        kinds = {(change.older, change.newer): _kinds(change.verdict) for change in changes}
        fallen = {(change.older, change.newer) for change in changes if change.event == "fallen"}
        replaced: dict[Pair, Shift] = {}
        for shift in self._standing(of):
            pair = shift.older_id, shift.newer_id
            if pair in wanted and _same(shift, wanted[pair], kinds[pair]):
                self._update(shift, wanted.pop(pair))
            else:
                self._withdraw(
                    shift,
                    _why_judged(shift, kinds, rejected, confirmed)
                    or self._why(pair, kinds, fallen),
                )
                replaced[pair] = shift
        for pair, columns in wanted.items():
            self._record(pair, columns, kinds[pair], replaces=replaced.get(pair))

    def _judged(self, kind: str, of: Collection[int]) -> dict[Pair, Choice | None]:
        """Return the pairs on which an analyst's decision of this kind stands, with its choice."""
        rows = Decision.objects.standing().filter(kind=kind, shift__newer__in=of)
        return {
            (row.shift.older_id, row.shift.newer_id): choice_of(row)
            for row in rows.select_related("shift")
            if row.shift is not None
        }

    def _about(self, of: Collection[int]) -> Q:
        """Return which rows to keep in step: those of the pairs decided, or of a lost utterance."""
        emptied = self.regrouped.emptied
        return Q(newer__in=of) | Q(newer__in=emptied) | Q(older__in=emptied)

    def _standing(self, of: Collection[int]) -> QuerySet[Shift]:
        rows = Shift.objects.filter(self._about(of), withdrawn_at=None)
        return rows.order_by("id").prefetch_related("kind_rows")

    def _why(self, pair: Pair, compared: Collection[Pair], fallen: Collection[Pair]) -> str:
        """Return in words why a shift between this pair no longer stands."""
        if pair in fallen:
            return FALLEN
        if self.regrouped.emptied & set(pair):
            return "one of its two statements was corrected or withdrawn"
        if pair in compared:
            return "better evidence gives another verdict"
        if any(newer == pair[1] for _, newer in compared):
            return "another statement came to light that stands between the two"
        return "on better evidence the two are not about the same"

    def _withdraw(self, shift: Shift, because: str) -> None:
        announced = shift.status != Shift.Status.UNDECIDED
        self._write(
            shift,
            {
                "status": Shift.Status.WITHDRAWN,
                "withdrawn_at": self.now,
                "withdrawn_because": because,
            },
        )
        if announced:
            self._event(shift, Event.Kind.WITHDRAWN, correction=True)

    def _update(self, shift: Shift, columns: dict[str, Any]) -> None:
        """Write what may move under an unchanged verdict: how sure it is, and on which words."""
        if all(getattr(shift, name) == value for name, value in columns.items()):
            return
        before = {name: getattr(shift, name) for name in ("materiality", "confidence", "grade")}
        self._write(shift, {**columns, "detector_version": shifts.DETECTOR_VERSION})
        if shift.status == Shift.Status.CONFIRMED:
            self._event(shift, Event.Kind.CONFIRMED, correction=False)
        if shift.status != Shift.Status.UNDECIDED and _is_stronger(shift, before):
            self.happened.append(
                Event.objects.create(
                    kind=Event.Kind.STRENGTHENED, shift=shift, before=before, at=self.now
                )
            )

    def _write(self, shift: Shift, columns: dict[str, Any]) -> None:
        """Change a shift, keeping what it showed before."""
        FormerShift.objects.create(
            shift=shift,
            content=shift_content(shift),
            recorded_at=shift.content_since,
            retracted_at=self.now,
        )
        for name, value in {**columns, "content_since": self.now}.items():
            setattr(shift, name, value)
        shift.save(update_fields=[*columns, "content_since"])

    def _record(
        self, pair: Pair, columns: dict[str, Any], kinds: Iterable[str], *, replaces: Shift | None
    ) -> None:
        shift = Shift.objects.create(
            stance=self.stance,
            older_id=pair[0],
            newer_id=pair[1],
            detector_version=shifts.DETECTOR_VERSION,
            content_since=self.now,
            recorded_at=self.now,
            **columns,
        )
        ShiftKind.objects.bulk_create(ShiftKind(shift=shift, kind=kind) for kind in kinds)
        if replaces is not None:
            Shift.objects.filter(pk=replaces.pk).update(replaced_by=shift)
        if shift.status == Shift.Status.UNDECIDED:
            return
        # Better evidence about something long on record is a correction, not news.
        old_news = pair[1] not in self.regrouped.fresh
        self._event(shift, Event.Kind.DETECTED, correction=old_news)
        if shift.status == Shift.Status.CONFIRMED:
            self._event(shift, Event.Kind.CONFIRMED, correction=old_news)

    def _event(self, shift: Shift, kind: Event.Kind, *, correction: bool) -> None:
        event, created = Event.objects.get_or_create(
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
        held = StanceEvent.objects.held().filter(self._about(of))
        known = {(row.kind, row.older_id, row.newer_id): row.pk for row in held}
        lost = [pk for key, pk in known.items() if key not in wanted]
        StanceEvent.objects.filter(pk__in=lost).update(retracted_at=self.now)
        self._unsaid(lost)
        made = StanceEvent.objects.bulk_create(
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
        self._reaffirmed(made)

    def _unsaid(self, lost: Collection[int]) -> None:
        """Record as events that positions were not stated again after all, where that was told."""
        told = StanceEvent.objects.filter(pk__in=lost, events__kind=Event.Kind.REAFFIRMED)
        for row in told.order_by("id"):
            event, created = Event.objects.get_or_create(
                kind=Event.Kind.UNSAID,
                stance_event=row,
                defaults={"correction": True, "at": self.now},
            )
            if created:
                self.happened.append(event)

    def _reaffirmed(self, made: Iterable[StanceEvent]) -> None:
        """Record as events the positions that were newly stated again; others are corrections."""
        for row in made:
            if row.kind == StanceEvent.Kind.REAFFIRMATION and row.newer_id in self.regrouped.fresh:
                self.happened.append(
                    Event.objects.create(kind=Event.Kind.REAFFIRMED, stance_event=row, at=self.now)
                )


def _is_stronger(shift: Shift, before: Mapping[str, Any]) -> bool:
    """Say whether a shift shows more of something than before: weight, certainty, a better mark."""
    return (
        shift.materiality > before["materiality"]
        or shift.confidence > before["confidence"]
        or any(now < then for now, then in zip(shift.grade, before["grade"], strict=False))
    )


def _place(row: Utterance) -> tuple[date, date, int, str, int]:
    """Return the key that _ORDER stands for, the same whatever a database's collation."""
    said = said_of(row)
    return said.earliest, said.latest, row.canonical.start, row.canonical.exact, row.pk


def _over_before(held: QuerySet[Utterance], day: date) -> date:
    """Return a day from which on LOOKBACK utterances were said that were over before `day`."""
    back = [f"-{name}" for name in _ORDER]
    over = held.filter(said_latest__lt=day).order_by(*back)
    last = list(over.values_list("said_earliest", flat=True)[:LOOKBACK])
    return min((said for said in last if said is not None), default=day)


def _over_after(held: QuerySet[Utterance], day: date) -> date:
    """Return the day by which LOOKBACK utterances said after `day` were over; the last, if none."""
    over = held.filter(said_earliest__gt=day).order_by("said_latest")
    days = list(over.values_list("said_latest", flat=True)[LOOKBACK - 1 : LOOKBACK])
    return days[0] if days and days[0] is not None else date.max


def _changes(
    series: Sequence[Utterance],
    of: Collection[int],
    topic: shifts.Topic,
    confirmed: Collection[Pair],
) -> list[Change]:
    """Return what the detector finds in a series, with the utterances of `of` as newer sides.

    It is given places in the series as keys: rows' own numbers tell the order of arrival.
    """
    places = {row.pk: place for place, row in enumerate(series)}
    found = changes(
        [_as_core(place, row) for place, row in enumerate(series)],
        of={places[pk] for pk in of},
        topic=topic,
        kept={
            (places[older], places[newer])
            for older, newer in confirmed
            if older in places and newer in places
        },
    )
    return [
        replace(change, older=series[change.older].pk, newer=series[change.newer].pk)
        for change in found
    ]


def _as_core(place: int, row: Utterance) -> shifts.Utterance:
    said = said_of(row)
    return shifts.Utterance(
        key=place,
        text=row.canonical.exact,
        earliest=said.earliest,
        latest=said.latest,
        fidelity=row.fidelity,
        grade=row.grade,
        sources=row.sources,
        position=coding.code(row.canonical.exact),
    )


def _kinds(verdict: Verdict) -> tuple[str, ...]:
    """Return the kinds of a shift; a clear direction is one, so that it can be asked for."""
    clear = BY_DIRECTION.get(verdict.direction)
    return (*verdict.kinds, clear) if clear and verdict.kinds else verdict.kinds


def _why_judged(
    shift: Shift,
    compared: Collection[Pair],
    rejected: Collection[Pair],
    confirmed: Mapping[Pair, Choice | None],
) -> str:
    """Return in words which analyst's verdict takes a shift's place, or was taken back; or ""."""
    pair = shift.older_id, shift.newer_id
    if pair in rejected:
        return "an analyst found no shift here"
    if pair not in compared:
        return ""
    if confirmed.get(pair) is not None:
        return DECIDED
    undone = DECIDED in shift.reasons
    return "the analyst's decision was taken back" if undone else ""


def _same(shift: Shift, columns: dict[str, Any], kinds: Sequence[str]) -> bool:
    """Say whether a stored shift still is the verdict, however sure and on whatever words."""
    undecided = Shift.Status.UNDECIDED
    return (
        shift.direction == columns["direction"]
        and shift.kinds == list(kinds)
        and (shift.status == undecided) == (columns["status"] == undecided)
    )


def _columns(
    change: Change, rows: dict[int, Utterance], confirmed: Collection[Pair]
) -> dict[str, Any]:
    verdict = change.verdict
    return {
        "older_statement_id": rows[change.older].canonical_id,
        "newer_statement_id": rows[change.newer].canonical_id,
        "direction": verdict.direction,
        "status": _status(change, confirmed),
        "score": verdict.score,
        "materiality": verdict.materiality,
        "confidence": verdict.confidence,
        "grade": change.grade,
        "reasons": list(verdict.reasons),
        "evidence": as_stored(_evidence(verdict)),
    }


def _status(change: Change, confirmed: Collection[Pair]) -> str:
    if change.event == "undecided":
        return Shift.Status.UNDECIDED
    by_analyst = (change.older, change.newer) in confirmed
    return Shift.Status.CONFIRMED if by_analyst else Shift.Status(change.status)


def _evidence(verdict: Verdict) -> dict[str, Any]:
    return {
        "older": list(verdict.older_span),
        "newer": list(verdict.newer_span),
        "differences": [difference.as_dict() for difference in verdict.differences],
        "quantities": [quantity.as_dict() for quantity in verdict.quantities],
        "counterfactual": verdict.counterfactual,
    }
