"""What follows from the record: utterances, positions, shifts."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest, Least

from timeline.history import GAP
from tracker.leases import LEASE
from tracker.models.people import Actor, Topic
from tracker.models.record import Statement
from tracker.models.times import HeldQuerySet, Said, SaidQuerySet, said_constraint

DETECT_ATTEMPTS = 3
_DETECTION_GIVEN_UP = (
    f"detection was given up after {DETECT_ATTEMPTS} attempts; see the worker's log"
)


class StanceQuerySet(models.QuerySet["Stance"]):
    """Stances by whether they are in step with the record."""

    def out_of_step(self) -> "StanceQuerySet":
        """Return the stances with a mark that asks for detection, longest waiting first."""
        return self.exclude(marked_at=None).order_by("marked_at", "id")

    def waiting(self, now: datetime) -> "StanceQuerySet":
        """Return the marked stances that nobody is at work on and that still may be tried."""
        free = Q(lease=None) | Q(lease__lte=now)
        return self.out_of_step().filter(free, attempts__lt=DETECT_ATTEMPTS)

    def claim(self, stance_id: int, now: datetime) -> bool:
        """Take a waiting stance, its attempt counted; false where another was faster.

        The lease only reaches until detection has locked the row: a locked one is passed over.
        """
        waiting = self.waiting(now).order_by().filter(pk=stance_id)
        with transaction.atomic():
            free = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
            taken = self.filter(pk__in=free).update(lease=now + LEASE, attempts=F("attempts") + 1)
        return bool(taken)

    def give_up(self, now: datetime) -> None:
        """Write on the stances whose detection died each time that it was given up."""
        self.out_of_step().order_by().filter(
            attempts__gte=DETECT_ATTEMPTS, lease__lte=now, problem=""
        ).update(problem=_DETECTION_GIVEN_UP)

    def mark(self, stance_id: int, *, first: date, last: date, now: datetime) -> None:
        """Order detection for the days from `first` to `last`, besides what was ordered before.

        A stance that had been given up is tried again.
        """
        self.filter(pk=stance_id).update(
            marked_at=Coalesce(F("marked_at"), now),
            marked_from=Least(Coalesce(F("marked_from"), first), first),
            marked_until=Greatest(Coalesce(F("marked_until"), last), last),
            attempts=0,
            problem="",
        )

    def quiet(self, actor: int, first: date, last: date, *, again: bool) -> list[int]:
        """Return the stances of an actor that words said from `first` to `last` can show as silent.

        Those last heard of before, and half a year before the actor was last heard of at all,
        and not known to be silent by then; with `again` those known to be silent too.
        """
        of_actor = Statement.objects.held().filter(actor=actor, said_earliest__isnull=False)
        heard = of_actor.order_by("-said_earliest").values_list("said_earliest", flat=True).first()
        if heard is None:
            return []
        spoken = Utterance.objects.held().filter(stance=OuterRef("pk")).order_by("-said_earliest")
        silent = StanceEvent.objects.held().filter(stance=OuterRef("pk"), kind="silence")
        found = self.filter(actor=actor).annotate(
            spoken=Subquery(spoken.values("said_earliest")[:1]),
            silent=Subquery(silent.values("day")[:1]),
        )
        may_fall = Q(spoken__lt=last, spoken__lte=heard - GAP)
        may_fall &= Q(silent=None) | Q(silent__gt=first)
        chosen = found.filter(may_fall | Q(silent__isnull=False) if again else may_fall)
        return list(chosen.order_by("pk").values_list("pk", flat=True))


class Stance(models.Model):
    """One actor on one topic, over time.

    `marked_at` is the work order for detection. `marked_from` and `marked_until` are the
    first and last said day among the statements that changed since the last detection.
    """

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="stances")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="stances")
    marked_at = models.DateTimeField(null=True, blank=True)
    marked_from = models.DateField(null=True, blank=True)
    marked_until = models.DateField(null=True, blank=True)
    detected_at = models.DateTimeField(null=True, blank=True)
    detector_version = models.CharField(max_length=32, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.DateTimeField(null=True, blank=True)

    objects = StanceQuerySet.as_manager()

    class Meta:
        ordering = ["actor__name", "topic__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "topic"], name="stance_once_an_actor_and_topic"
            )
        ]
        indexes = [
            models.Index(
                fields=["marked_at"], condition=Q(marked_at__isnull=False), name="stance_marked"
            )
        ]

    def __str__(self) -> str:
        return f"{self.actor} on {self.topic}"


def mark_stances(statements: Iterable[Statement], now: datetime) -> None:
    """Order detection for the stances of these statements, over the days they were said on.

    And for other stances of their actors, which they may show as silent.
    """
    statements = list(statements)
    days: dict[tuple[int, int], list[date]] = {}
    for statement in statements:
        if statement.topic_id is not None and statement.said is not None:
            said_on = days.setdefault((statement.actor_id, statement.topic_id), [])
            said_on += [statement.said.earliest, statement.said.latest]
    # In the order of their keys, so that two readers never wait for each other.
    for (actor, topic), said in sorted(days.items()):
        stance, _ = Stance.objects.get_or_create(actor_id=actor, topic_id=topic)
        Stance.objects.mark(stance.pk, first=min(said), last=max(said), now=now)
    _mark_quiet(statements, now)


def _mark_quiet(statements: Sequence[Statement], now: datetime) -> None:
    """Order detection for the stances that these words, on whatever topic, may show as silent.

    Or as no longer so, where the words are retracted.
    """
    days: dict[int, list[date]] = {}
    for statement in statements:
        if statement.said is not None:
            days.setdefault(statement.actor_id, []).append(statement.said.earliest)
    gone = {row.actor_id for row in statements if row.retracted_at is not None}
    for actor, said in sorted(days.items()):
        for stance in Stance.objects.quiet(actor, min(said), max(said), again=actor in gone):
            Stance.objects.mark(stance, first=max(said), last=max(said), now=now)


class UtteranceQuerySet(SaidQuerySet["Utterance"]):
    """Utterances as the record held them."""


class Utterance(Said):
    """The speech act itself: one actor, one occasion, one thing said, on one topic.

    `canonical` is its best rendering. `position` is what that says, coded: the shape of
    `timeline.positions.Position.as_dict`; `value` is -10..+10, empty where it is not stated.
    These columns are what the record holds since `content_since`; what they were before is
    kept as FormerUtterance.
    """

    stance = models.ForeignKey(Stance, on_delete=models.CASCADE, related_name="utterances")
    canonical = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    position = models.JSONField(default=dict)
    value = models.SmallIntegerField(null=True, blank=True)
    fidelity = models.CharField(max_length=11, choices=Statement.Fidelity)
    grade = models.CharField(max_length=2)
    sources = models.PositiveSmallIntegerField(default=1)
    variance = models.JSONField(default=list, blank=True)
    content_since = models.DateTimeField()
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    objects = UtteranceQuerySet.as_manager()

    class Meta:
        ordering = ["said_earliest", "said_latest", "id"]
        constraints = [
            said_constraint("utterance"),
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gte=-10, value__lte=10),
                name="utterance_value_within_ten",
            ),
        ]
        indexes = [
            models.Index(fields=["stance", "said_earliest"], name="utterance_of_stance_by_day"),
            models.Index(fields=["said_earliest", "id"], name="utterance_by_said_day"),
        ]

    def __str__(self) -> str:
        return f"utterance {self.pk} of {self.said_edtf}"


class Former(models.Model):
    """What a row of detection's showed from `recorded_at` until `retracted_at`.

    `content` is that row as the history gives it, so that a look at what was known on a day
    shows what was seen then, whatever has been learnt, corrected or improved since.
    """

    content = models.JSONField()
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.content['id']} until {self.retracted_at:%Y-%m-%d}"


class FormerUtteranceQuerySet(HeldQuerySet["FormerUtterance"]):
    """Former contents as the record held them."""


class FormerUtterance(Former):
    """What an utterance showed before its attestations or its coding changed."""

    utterance = models.ForeignKey(Utterance, on_delete=models.CASCADE, related_name="former")

    objects = FormerUtteranceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["retracted_at"], name="formerutterance_until")]


class AttestationQuerySet(HeldQuerySet["Attestation"]):
    """Attestations as the record held them."""


class Attestation(models.Model):
    """A statement stands for an utterance, from `recorded_at` until `retracted_at`."""

    utterance = models.ForeignKey(Utterance, on_delete=models.CASCADE, related_name="attestations")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="attestations")
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    objects = AttestationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement"],
                condition=Q(retracted_at=None),
                name="attestation_of_one_utterance_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"statement {self.statement_id} attests utterance {self.utterance_id}"


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Shifts as they stand."""

    def standing(self) -> "ShiftQuerySet":
        """Return the shifts that the record stands by: provisional or confirmed."""
        return self.filter(status__in=[Shift.Status.PROVISIONAL, Shift.Status.CONFIRMED])


class Shift(models.Model):
    """The change of a stated position between two utterances of one stance.

    The verdict (kinds and direction) does not change once stored: where new evidence gives
    another one, this row is withdrawn and `replaced_by` names the new one. How sure it is and
    on which words it rests may change; what that was before is kept as FormerShift.
    `evidence` holds `{"older": [start, end], "newer": [start, end]}`, offsets into the two
    statements' exact words, and what decided: `differences`, `quantities`, `counterfactual`.
    """

    class Status(models.TextChoices):
        """How far the shift is established."""

        UNDECIDED = "undecided"
        PROVISIONAL = "provisional"
        CONFIRMED = "confirmed"
        WITHDRAWN = "withdrawn"

    class Direction(models.TextChoices):
        """Which way the position moved."""

        HARDENED = "hardened"
        SOFTENED = "softened"
        REVERSED = "reversed"
        CHANGED = "changed"
        NONE = "none"

    class Kind(models.TextChoices):
        """What changed."""

        REVERSAL = "reversal"
        HARDENING = "hardening"
        SOFTENING = "softening"
        CONDITION_ADDED = "condition_added"
        CONDITION_DROPPED = "condition_dropped"
        CONDITION_CHANGED = "condition_changed"
        DEMAND_ADDED = "demand_added"
        DEMAND_DROPPED = "demand_dropped"
        SCOPE_CHANGED = "scope_changed"
        COMMITMENT_STRENGTHENED = "commitment_strengthened"
        COMMITMENT_WEAKENED = "commitment_weakened"
        REFRAMING = "reframing"

    stance = models.ForeignKey(Stance, on_delete=models.CASCADE, related_name="shifts")
    older = models.ForeignKey(Utterance, on_delete=models.PROTECT, related_name="shifts_from")
    newer = models.ForeignKey(Utterance, on_delete=models.PROTECT, related_name="shifts_to")
    older_statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    newer_statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=8, choices=Direction)
    score = models.FloatField()
    materiality = models.FloatField()
    confidence = models.FloatField()
    grade = models.CharField(max_length=2)
    reasons = models.JSONField(default=list)
    evidence = models.JSONField(default=dict)
    detector_version = models.CharField(max_length=32)
    status = models.CharField(max_length=11, choices=Status)
    content_since = models.DateTimeField()
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="replaces"
    )

    objects = ShiftQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["older", "newer"],
                condition=Q(withdrawn_at=None),
                name="shift_once_a_pair_of_utterances",
            ),
            models.CheckConstraint(
                condition=~Q(older=F("newer")), name="shift_between_two_utterances"
            ),
            models.CheckConstraint(
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | (~Q(status="withdrawn") & Q(withdrawn_at=None)),
                name="shift_withdrawn_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    score__gte=0,
                    score__lte=1,
                    materiality__gte=0,
                    materiality__lte=1,
                    confidence__gte=0,
                    confidence__lte=1,
                ),
                name="shift_measures_between_0_and_1",
            ),
        ]
        indexes = [models.Index(fields=["stance", "status"], name="shift_of_stance_by_status")]

    def __str__(self) -> str:
        return f"{self.direction} between {self.older_id} and {self.newer_id}"

    @property
    def kinds(self) -> list[str]:
        """The kinds of this shift, in the order in which the detector gave them."""
        return [row.kind for row in self.kind_rows.all()]


class FormerShiftQuerySet(HeldQuerySet["FormerShift"]):
    """Former contents as the record held them."""


class FormerShift(Former):
    """What a shift showed before its status, its measures or its evidence changed."""

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="former")

    objects = FormerShiftQuerySet.as_manager()

    class Meta:
        ordering = ["id"]


class ShiftKind(models.Model):
    """One kind of a shift: rows of their own, so that every database can filter by them."""

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="kind_rows")
    kind = models.CharField(max_length=24, choices=Shift.Kind)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["shift", "kind"], name="shiftkind_once")]

    def __str__(self) -> str:
        return self.kind


class StanceEventQuerySet(HeldQuerySet["StanceEvent"]):
    """Events of a stance as the record held them."""


class StanceEvent(models.Model):
    """Something to show on a timeline that is no shift."""

    class Kind(models.TextChoices):
        """What is shown."""

        REAFFIRMATION = "reaffirmation"
        REVERSION = "reversion"
        SILENCE = "silence"

    stance = models.ForeignKey(Stance, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=13, choices=Kind)
    older = models.ForeignKey(Utterance, on_delete=models.CASCADE, related_name="+")
    newer = models.ForeignKey(
        Utterance, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # By which day's words it shows; empty where its utterances say that.
    day = models.DateField(null=True, blank=True)
    reasons = models.JSONField(default=list)
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    objects = StanceEventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "older", "newer"],
                condition=Q(retracted_at=None),
                name="stanceevent_once_a_pair",
            ),
            models.UniqueConstraint(
                fields=["stance"],
                condition=Q(kind="silence", retracted_at=None),
                name="stanceevent_one_silence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} after {self.older_id}"
