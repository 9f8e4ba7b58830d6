"""What had last been said on each topic, as of a day of speaking and a moment of knowing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from tracker.models import FormerUtterance, Stance, Utterance
from tracker.rendering import utterance_content


def last_said(
    stances: QuerySet[Stance], *, said_until: date | None, known_at: datetime | None = None
) -> dict[int, dict[str, Any]]:
    """Return topic -> what the last utterance on it showed at `known_at`.

    An utterance that was rewritten since is judged by what it showed then.
    """
    standing = Utterance.objects.held(known_at).said_until(said_until)
    if known_at is not None:
        rewritten = FormerUtterance.objects.held(known_at).filter(utterance=OuterRef("pk"))
        standing = standing.exclude(Exists(rewritten))
    order = ("-said_earliest", "-said_latest", "-id")
    last = standing.filter(stance=OuterRef("pk")).order_by(*order).values("pk")[:1]
    rows = Utterance.objects.filter(
        pk__in=stances.order_by().annotate(last=Subquery(last)).values("last")
    ).select_related("canonical", "stance")
    found = [
        *((row.stance.topic_id, utterance_content(row)) for row in rows),
        *_former(stances, said_until, known_at),
    ]
    return dict(sorted(found, key=lambda pair: _place(pair[1])))


def _former(
    stances: QuerySet[Stance], said_until: date | None, known_at: datetime | None
) -> list[tuple[int, dict[str, Any]]]:
    """Return (topic, content) of what was shown at `known_at` and has been rewritten since."""
    if known_at is None:
        return []
    rows = FormerUtterance.objects.held(known_at).filter(utterance__stance__in=stances.order_by())
    contents = rows.values_list("utterance__stance__topic", "content")
    day = (said_until or date.max).isoformat()
    return [(topic, content) for topic, content in contents if content["said"]["latest"] <= day]


def _place(content: Mapping[str, Any]) -> tuple[str, str, int]:
    return content["said"]["earliest"], content["said"]["latest"], content["id"]
