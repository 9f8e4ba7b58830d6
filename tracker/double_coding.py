"""Two analysts code the same pairs, each blind to the other and to the machine's verdict.

What a pair was called shows only once two have coded it. From such pairs follows, for each
topic, how far the analysts agree beyond chance (`timeline.agreement`), and so how far any
machine could be asked to.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from timeline import agreement
from tracker.models import PairCoding, Shift, StanceEvent, Topic, Utterance

DISAGREEMENTS = 20  # latest ones shown for each topic
_UNMOVED = {PairCoding.Direction.NONE.value: 0, PairCoding.Direction.UNCLEAR.value: None}
_DEGREES = [degree.value for degree in PairCoding.Degree]

Pair = tuple[int, int]  # the ids of the older and the newer utterance


class CannotCodeError(ValueError):
    """A coding that makes no sense or comes too late; `field` is what is to blame."""

    def __init__(self, message: str, *, field: str = "newer") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class CodedPair:
    """A pair that two or more have coded, with their answers in the order of coming."""

    older: int
    newer: int
    codings: Sequence[PairCoding]

    @property
    def agreed(self) -> bool:
        """Whether all gave the same direction."""
        return len({coding.direction for coding in self.codings}) == 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the coders of one topic agree; an alpha is None where nothing can be said."""

    topic: Topic
    once: int
    twice: int
    direction: float | None
    degree: float | None
    disagreements: Sequence[CodedPair]


def next_pair(coder: User, *, topic: Topic | None = None) -> Pair | None:
    """Return the pair that this analyst codes next, None where there is none.

    First those that one other has coded. Pairs are those the detector called, left undecided
    or found to reaffirm: coders see changes and their absence alike.
    """
    rows = [
        row
        for source in (
            Shift.objects.filter(withdrawn_at=None),
            StanceEvent.objects.held().filter(kind=StanceEvent.Kind.REAFFIRMATION),
        )
        if (row := _first(source, coder, topic)) is not None
    ]
    if not rows:
        return None
    _, _, older, newer = min(rows)
    return older, newer


def code(
    older: Utterance,
    newer: Utterance,
    *,
    by: User,
    now: datetime,
    direction: str,
    degree: int | None,
    note: str = "",
) -> PairCoding:
    """Record one analyst's answer. Raises CannotCodeError for a second one, or for two stances.

    The degree of what did not change is 0 and that of what cannot be told is none, unasked.
    """
    if older.pk == newer.pk:
        raise CannotCodeError("a pair has two utterances")
    if older.stance_id != newer.stance_id:
        raise CannotCodeError("the two utterances belong to different stances")
    degree = _fitting(direction, degree)
    try:
        with transaction.atomic():
            return PairCoding.objects.create(
                older=older,
                newer=newer,
                coder=by,
                direction=direction,
                degree=degree,
                note=note,
                at=now,
            )
    except IntegrityError as error:
        if not _standing((older.pk, newer.pk)).filter(coder=by).exists():
            raise
        raise CannotCodeError("you have coded this pair already") from error


def _fitting(direction: str, degree: int | None) -> int | None:
    if direction in _UNMOVED:
        return _UNMOVED[direction]
    if not degree:
        raise CannotCodeError("say also how much of it moved", field="degree")
    return degree


def withdraw(coding: PairCoding, *, now: datetime) -> None:
    """Take a coding back. Raises CannotCodeError once another's answer can be seen."""
    pair = coding.older_id, coding.newer_id
    with transaction.atomic():
        # Both coders' rows are locked, so that none is taken back while the other arrives.
        rows = list(_standing(pair).select_for_update())
        if len(rows) > 1:
            raise CannotCodeError("another analyst has coded this pair: both answers stand")
        PairCoding.objects.standing().filter(pk=coding.pk).update(withdrawn_at=now)


def agreements() -> list[Agreement]:
    """Return the agreement on each topic with codings, by name; two queries."""
    codings = PairCoding.objects.standing().select_related("coder", "older__stance__actor", "newer")
    pairs: dict[int, dict[Pair, list[PairCoding]]] = defaultdict(lambda: defaultdict(list))
    for coding in codings.order_by("id"):
        topic = coding.older.stance.topic_id
        pairs[topic][coding.older_id, coding.newer_id].append(coding)
    topics = Topic.objects.filter(pk__in=pairs).order_by("name")
    return [_agreement(topic, pairs[topic.pk]) for topic in topics]


def _agreement(topic: Topic, pairs: dict[Pair, list[PairCoding]]) -> Agreement:
    both = [CodedPair(*pair, rows) for pair, rows in pairs.items() if len(rows) > 1]
    degrees = [[row.degree for row in pair.codings if row.degree is not None] for pair in both]
    return Agreement(
        topic,
        once=len(pairs) - len(both),
        twice=len(both),
        direction=agreement.nominal([row.direction for row in pair.codings] for pair in both),
        degree=agreement.ordinal(degrees, _DEGREES),
        disagreements=[pair for pair in reversed(both) if not pair.agreed][:DISAGREEMENTS],
    )


def _standing(pair: Iterable[int]) -> QuerySet[PairCoding]:
    older, newer = pair
    return PairCoding.objects.standing().filter(older=older, newer=newer)


def _first(
    source: QuerySet[Shift] | QuerySet[StanceEvent], coder: User, topic: Topic | None
) -> tuple[bool, int, int, int] | None:
    """Return (nobody else has coded it, its number, the pair) of the first of some pairs."""
    of_pair = PairCoding.objects.standing().filter(older=OuterRef("older"), newer=OuterRef("newer"))
    others = (
        of_pair.exclude(coder=coder)
        .order_by()
        .values("older", "newer")
        .annotate(number=Count("pk"))
        .values("number")
    )
    wanted = Q(newer__isnull=False, older__retracted_at=None, newer__retracted_at=None)
    if topic is not None:
        wanted &= Q(stance__topic=topic)
    found = (
        source.filter(wanted)
        .filter(~Exists(of_pair.filter(coder=coder)))
        .annotate(others=Coalesce(Subquery(others), 0))
        .filter(others__lt=2)
        .order_by("-others", "pk")
        .values_list("others", "pk", "older", "newer")
        .first()
    )
    return (found[0] == 0, *found[1:]) if found else None
