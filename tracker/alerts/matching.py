"""Which events a filter lets through, decided on plain facts, and in words why one did."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from tracker.models import (
    Event,
    Match,
    SavedSearch,
    Shift,
    ShiftKind,
    StanceEvent,
    Statement,
    Subscription,
)
from tracker.models.alerts import SubscriptionQuerySet
from tracker.models.filters import GRADES, Filters

_WORD = re.compile(r"\w+")
Pair = tuple[int, int | None]  # the ids of an actor and of a topic


@dataclass(frozen=True)
class Facts:
    """What an event offers to filters; None where it has no such thing.

    `stances` are the pairs of actor and topic that it concerns: one for a shift, all that the
    source attests for a document or a source.
    """

    kind: str
    stances: frozenset[Pair]
    passages: Callable[[], Iterable[str]] = tuple  # read only where a filter asks for words
    kinds: tuple[str, ...] | None = None
    direction: str | None = None
    status: str | None = None
    materiality: float | None = None
    confidence: float | None = None
    grade: str | None = None
    sources: int | None = None

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the passages, in lower case."""
        return words_of(*self.passages())


def words_of(*texts: str) -> frozenset[str]:
    """Return the words of texts, in lower case and each once."""
    return frozenset(word for text in texts for word in _WORD.findall(text.casefold()))


def facts_of(event: Event) -> Facts:
    """Return what an event offers to filters: a shift's status is that which the event gave it."""
    if event.shift is not None:
        return _of_shift(event, event.shift)
    if event.stance_event is not None:
        return _of_stance_event(event.kind, event.stance_event)
    if event.document is not None:
        document = event.document
        return Facts(
            event.kind,
            _attested_by(document.source_id),
            lambda: (document.title, document.text),
        )
    if event.source_id is not None:
        return Facts(event.kind, _attested_by(event.source_id))
    raise ValueError(f"{event!r} is about nothing")


def _of_shift(event: Event, shift: Shift) -> Facts:
    return Facts(
        event.kind,
        frozenset({(shift.stance.actor_id, shift.stance.topic_id)}),
        lambda: (shift.older_statement.exact, shift.newer_statement.exact),
        kinds=tuple(shift.kinds),
        direction=shift.direction,
        status=_status(event, shift),
        materiality=shift.materiality,
        confidence=shift.confidence,
        grade=shift.grade,
        sources=min(shift.older.sources, shift.newer.sources),
    )


def _status(event: Event, shift: Shift) -> str:
    """Return the status that an event gave to its shift; the shift's own may be another by now."""
    if event.kind == Event.Kind.DETECTED:
        born = shift.events.filter(kind=Event.Kind.CONFIRMED, at=event.at).exists()
        return Shift.Status.CONFIRMED if born else Shift.Status.PROVISIONAL
    return {
        Event.Kind.STRENGTHENED: shift.status,
        Event.Kind.CONFIRMED: Shift.Status.CONFIRMED,
        Event.Kind.WITHDRAWN: Shift.Status.WITHDRAWN,
    }[Event.Kind(event.kind)]


def _of_stance_event(kind: str, happened: StanceEvent) -> Facts:
    sides = [side for side in (happened.older, happened.newer) if side is not None]
    return Facts(
        kind,
        frozenset({(happened.stance.actor_id, happened.stance.topic_id)}),
        lambda: [side.canonical.exact for side in sides],
        grade=max((side.grade for side in sides), key=_weakness),
        sources=min(side.sources for side in sides),
    )


def _attested_by(source: int) -> frozenset[Pair]:
    rows = Statement.objects.held().filter(document__source=source).order_by()
    return frozenset(rows.values_list("actor", "topic").distinct())


def _weakness(grade: str) -> tuple[str, str]:
    return grade[:1], grade[1:]


def lets_through(filters: Filters, facts: Facts) -> bool:
    """Say whether filters let an event with these facts through, whoever it is about."""
    return (
        _among(facts.kinds, filters.kinds)
        and _among(None if facts.direction is None else (facts.direction,), filters.directions)
        and _among(None if facts.status is None else (facts.status,), filters.statuses)
        and (facts.materiality is None or facts.materiality >= filters.minimum_materiality)
        and (facts.confidence is None or facts.confidence >= filters.minimum_confidence)
        and (facts.sources is None or facts.sources >= filters.minimum_sources)
        and _good_enough(facts.grade, filters.worst_grade)
        and (not filters.words or words_of(filters.words) <= facts.words)
    )


def _among(found: Collection[str] | None, wanted: Collection[str]) -> bool:
    return found is None or not wanted or any(one in wanted for one in found)


def _good_enough(grade: str | None, worst: str) -> bool:
    """Say whether both marks of a grade are at least as good as those of the worst."""
    return grade is None or not worst or (grade[0] <= worst[0] and grade[1] <= worst[1])


def concerns(facts: Facts, actors: Collection[int], topics: Collection[int]) -> bool:
    """Say whether an event is about one of these actors on one of these topics (none: all)."""
    return any(
        (not actors or actor in actors) and (not topics or topic in topics)
        for actor, topic in facts.stances
    ) or not (actors or topics)


def search_lets_through(search: SavedSearch, facts: Facts) -> bool:
    """Say whether a saved search lets an event through."""
    actors = [actor.pk for actor in search.actors.all()]
    topics = [topic.pk for topic in search.topics.all()]
    return concerns(facts, actors, topics) and lets_through(search, facts)


def subscription_lets_through(subscription: Subscription, facts: Facts) -> bool:
    """Say whether a subscription's own filters let an event through; not its saved search's."""
    actors = [subscription.actor_id] if subscription.actor_id is not None else []
    topics = [subscription.topic_id] if subscription.topic_id is not None else []
    return concerns(facts, actors, topics) and lets_through(subscription, facts)


def asked(subscription: Subscription, event: Event, facts: Facts) -> bool:
    """Say whether an event is what the subscription asked for, and news besides another one."""
    if event.kind == Event.Kind.STRENGTHENED:
        return _crosses(subscription, event, facts)
    if not subscription.wants_kind(event.kind):
        return False
    if event.kind == Event.Kind.WITHDRAWN and not _asked_for_withdrawals(subscription):
        return False
    # A shift that is confirmed from the start is one piece of news, not two.
    if _born_confirmed(event) and subscription.wants_kind(Event.Kind.DETECTED):
        return False
    return subscription_lets_through(subscription, facts)


def _crosses(subscription: Subscription, event: Event, facts: Facts) -> bool:
    """Say whether a shift that became stronger passes only now, for who asks for new shifts."""
    kinds = Event.Kind.DETECTED, Event.Kind.STRENGTHENED
    before = replace(facts, **(event.before or {}))
    return (
        any(map(subscription.wants_kind, kinds))
        and _passes(subscription, facts)
        and not _passes(subscription, before)
    )


def _passes(subscription: Subscription, facts: Facts) -> bool:
    """Say whether all filters of a subscription let an event through, its saved search's too."""
    search = subscription.saved_search
    return subscription_lets_through(subscription, facts) and (
        search is None or search_lets_through(search, facts)
    )


def _asked_for_withdrawals(subscription: Subscription) -> bool:
    """Say whether withdrawals were named; whoever was told of a shift hears of its own anyway."""
    return Event.Kind.WITHDRAWN in subscription.events or (
        Shift.Status.WITHDRAWN in subscription.statuses
    )


def _born_confirmed(event: Event) -> bool:
    shift = event.shift
    return (
        event.kind == Event.Kind.CONFIRMED and shift is not None and event.at == shift.recorded_at
    )


def candidates(event: Event, facts: Facts, *, now: datetime) -> SubscriptionQuerySet:
    """Return the active subscriptions that an event may concern: more than want to hear of it.

    Those whose saved search does not let it through are left out here.
    """
    actors = {actor for actor, _ in facts.stances}
    topics = {topic for _, topic in facts.stances if topic is not None}
    active = Subscription.objects.active(now)
    if event.shift is not None:
        # Told once that the stance goes back and forth, nobody hears of each turn of it.
        muted = Match.objects.filter(event__shift=event.shift, flapping=True)
        active = active.exclude(pk__in=muted.values("subscription"))
        if event.kind == Event.Kind.STRENGTHENED:  # news to who was not told of the shift yet
            told = Subscription.objects.told_of(event.shift)
            active = active.exclude(pk__in=told.values("pk"))
    return active.filter(
        Q(actor=None) | Q(actor__in=actors),
        Q(topic=None) | Q(topic__in=topics),
        Q(saved_search=None) | Q(saved_search__in=_searches(facts)),
    )


def _searches(facts: Facts) -> list[int]:
    used = SavedSearch.objects.filter(subscriptions__isnull=False).distinct()
    rows = used.prefetch_related("actors", "topics")
    return [search.pk for search in rows if search_lets_through(search, facts)]


def found_by(search: SavedSearch, shifts: QuerySet[Shift]) -> QuerySet[Shift]:
    """Return the shifts that a saved search finds: the same rules as for events, as a query."""
    found = shifts.filter(
        materiality__gte=search.minimum_materiality, confidence__gte=search.minimum_confidence
    )
    asked = {
        "direction__in": search.directions,
        "status__in": search.statuses,
        "stance__actor__in": [actor.pk for actor in search.actors.all()],
        "stance__topic__in": [topic.pk for topic in search.topics.all()],
    }
    found = found.filter(**{lookup: wanted for lookup, wanted in asked.items() if wanted})
    if search.kinds:
        rows = ShiftKind.objects.filter(kind__in=search.kinds).values("shift")
        found = found.filter(pk__in=rows)
    if search.minimum_sources > 1:
        enough = search.minimum_sources
        found = found.filter(older__sources__gte=enough, newer__sources__gte=enough)
    if search.worst_grade:
        good = [grade for grade in GRADES if _good_enough(grade, search.worst_grade)]
        found = found.filter(grade__in=good)
    for word in words_of(search.words):
        whole = rf"(^|\W){word}(\W|$)"  # a word holds nothing that a pattern takes for a sign
        found = found.filter(
            Q(older_statement__exact__iregex=whole) | Q(newer_statement__exact__iregex=whole)
        )
    return found


def rule(subscription: Subscription) -> dict[str, Any]:
    """Return which filters of a subscription an event had to pass: those that are set."""
    found: dict[str, Any] = _set(subscription)
    found |= {"actor": subscription.actor.slug} if subscription.actor else {}
    found |= {"topic": subscription.topic.slug} if subscription.topic else {}
    found |= {"events": subscription.events} if subscription.events else {}
    search = subscription.saved_search
    return found | ({"saved_search": _search_rule(search)} if search else {})


def _search_rule(search: SavedSearch) -> dict[str, Any]:
    found: dict[str, Any] = {"id": search.pk, "name": search.name, **_set(search)}
    actors = [actor.slug for actor in search.actors.all()]
    topics = [topic.slug for topic in search.topics.all()]
    return found | ({"actors": actors} if actors else {}) | ({"topics": topics} if topics else {})


def _set(filters: Filters) -> dict[str, Any]:
    return {
        name: getattr(filters, name)
        for name, empty in Filters.EMPTY.items()
        if getattr(filters, name) != empty
    }
