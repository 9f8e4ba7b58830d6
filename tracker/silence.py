"""Silence of a stance: its topic is no longer raised while the record of its actor goes on.

It proves nothing and is no shift. It follows from the record alone, whatever day it is: see
`timeline.history.silent_by`. It is retracted when the topic is raised again.
"""

from datetime import date, datetime

from timeline.history import GAP, PASSAGES, silent_by
from timeline.shifts import LOOKBACK
from tracker.models import Stance, StanceEvent, Statement, Utterance

_TOPICS = 8  # statements that one passage may be, one a topic; more are not looked at
_ORDER = ("-said_earliest", "-said_latest", "-canonical__start", "-canonical__exact", "-id")


def keep_silence(stance: Stance, now: datetime) -> None:
    """Record that a stance fell silent, or retract that it is; nothing where that is unchanged."""
    last = _last(stance)
    day = _silent_by(stance, last.said_latest) if last and last.said_latest else None
    held = StanceEvent.objects.held().filter(stance=stance, kind=StanceEvent.Kind.SILENCE)
    known = held.first()
    if known and last and (known.older_id, known.day) == (last.pk, day):
        return
    held.update(retracted_at=now)
    if last and day:
        StanceEvent.objects.create(
            stance=stance,
            kind=StanceEvent.Kind.SILENCE,
            older=last,
            day=day,
            reasons=[f"not raised since {last.said_latest}, with other words recorded by {day}"],
            recorded_at=now,
        )


def _last(stance: Stance) -> Utterance | None:
    """Return the utterance that was over last, of the LOOKBACK ones that began last."""
    latest = Utterance.objects.held().filter(stance=stance).order_by(*_ORDER)[:LOOKBACK]
    return max(latest, key=lambda row: row.said_latest or date.min, default=None)


def _silent_by(stance: Stance, last: date) -> date | None:
    """Return the day by which the words recorded of the actor since `last` show a silence."""
    since = Statement.objects.held().filter(actor=stance.actor_id, said_earliest__gt=last)
    rows = since.order_by("said_earliest").values_list("said_earliest", "document", "start")
    passages = list(dict.fromkeys(rows[: PASSAGES * _TOPICS]))[:PASSAGES]
    late = rows.filter(said_earliest__gte=last + GAP)[:1]
    return silent_by(last, sorted(day for day, *_ in dict.fromkeys([*passages, *late]) if day))
