"""How the service is doing, judged by rows: heartbeats, and the oldest work that waits.

A living process proves nothing (a worker can live and eat no tasks), so none is looked at.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tracker.models import Delivery, Document, Endpoint, Heartbeat, Stance, WatchedSource

TICKS = ("read", "detect", "send", "digest", "silence", "sweep", "fetch", "watch")


# Each can fall again (a message that is replayed is sent no more): none is a counter.
MEANINGS = {
    "documents_waiting": "Documents that wait to be read.",
    "documents_in_triage": "Documents that wait for a person.",
    "stances_marked": "Stances that wait for detection.",
    "deliveries_owed": "Messages neither sent nor given up.",
    "deliveries_sent": "Messages sent.",
    "deliveries_dead": "Messages given up.",
    "deliveries_failing": "Messages owed after a try that failed.",
    "endpoints_failing": "Endpoints whose last try failed.",
    "endpoints_disabled": "Endpoints switched off.",
    "watched_sources": "Watched sources.",
    "watched_sources_failing": "Watched sources whose last poll failed.",
    "oldest_unsent_seconds": "For how long the oldest message has been due.",
    "heartbeat_seconds": "Since when a tick has not run.",
}


@dataclass(frozen=True, slots=True)
class Measures:
    """What waits: counts, and ages in seconds (0 where nothing waits)."""

    documents_waiting: int
    documents_in_triage: int
    stances_marked: int
    deliveries_owed: int
    deliveries_sent: int
    deliveries_dead: int
    deliveries_failing: int
    endpoints_failing: int
    endpoints_disabled: int
    watched_sources: int
    watched_sources_failing: int
    oldest_unsent_seconds: float
    heartbeat_seconds: dict[str, float | None]


def measures(now: datetime) -> Measures:
    """Return what the rows tell at `now`."""
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    return Measures(
        documents_waiting=Document.objects.filter(read_at=None, problem="").count(),
        documents_in_triage=Document.objects.in_triage().count(),
        stances_marked=Stance.objects.out_of_step().count(),
        deliveries_owed=Delivery.objects.owed().count(),
        deliveries_sent=Delivery.objects.exclude(sent_at=None).count(),
        deliveries_dead=Delivery.objects.dead().count(),
        deliveries_failing=Delivery.objects.owed().filter(attempts__gt=0).count(),
        endpoints_failing=Endpoint.objects.failing().count(),
        endpoints_disabled=Endpoint.objects.exclude(disabled_at=None).count(),
        watched_sources=WatchedSource.objects.watched().count(),
        watched_sources_failing=WatchedSource.objects.failing().count(),
        oldest_unsent_seconds=_oldest_unsent(now),
        heartbeat_seconds={
            tick: (now - beats[tick]).total_seconds() if tick in beats else None for tick in TICKS
        },
    )


def problems(found: Measures) -> list[str]:
    """Return what is wrong, in words; nothing where the service is ready."""
    said = [
        f"the {tick} tick has not run for {'ever' if age is None else f'{age:.0f} s'}"
        for tick, age in found.heartbeat_seconds.items()
        if age is None or age > settings.TICK_LATE_SECONDS
    ]
    late = _late(found.oldest_unsent_seconds)
    return [*said, late] if late else said


def overdue(now: datetime) -> str:
    """Return in words that the oldest unsent message waits too long; empty where none does."""
    return _late(_oldest_unsent(now))


def _late(seconds: float) -> str:
    late = seconds > settings.OLDEST_UNSENT_SECONDS
    return f"a message has been due for {seconds:.0f} s" if late else ""


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer that this web process runs."""
    return JsonResponse({"live": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 where work gets done, 503 with the reasons where it does not."""
    try:
        connection.ensure_connection()
        said = problems(measures(timezone.now()))
    except DatabaseError as error:
        said = [f"the database does not answer: {type(error).__name__}"]
    return JsonResponse({"ready": not said, "problems": said}, status=503 if said else 200)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the measures in the Prometheus text format."""
    found = measures(timezone.now())
    lines = [
        line
        for name, means in MEANINGS.items()
        for line in (
            f"# HELP stanceline_{name} {means}",
            f"# TYPE stanceline_{name} gauge",
            *_samples(name, getattr(found, name)),
        )
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def _samples(name: str, value: float | dict[str, float | None]) -> list[str]:
    """Return one line for a number, one for each tick that ran at least once for the heartbeats."""
    if not isinstance(value, dict):
        return [f"stanceline_{name} {value}"]
    ran = {tick: age for tick, age in value.items() if age is not None}
    return [f'stanceline_{name}{{tick="{tick}"}} {age}' for tick, age in ran.items()]


def _oldest_unsent(now: datetime) -> float:
    """Return for how long the oldest delivery that is due has been waiting, in seconds.

    From its next try, not from its making: a receiver that is down for a day is no fault here.
    """
    due = Delivery.objects.owed().aggregate(oldest=Min("next_try_at"))["oldest"]
    return max(0.0, (now - due).total_seconds()) if due is not None else 0.0
