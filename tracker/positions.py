"""What had last been said on each topic, as of a day of speaking and a moment of knowing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from tracker.models import FormerUtterance, Stance, Utterance
from tracker.rendering import date_payload, utterance_content

# The ORM takes longer to build this than a database to answer it.
_HELD_NOW = """
  SELECT t.slug, t.name, u.id, u.said_edtf, u.said_earliest, u.said_latest, u.said_basis, s.exact,
    u.value, {act}, u.position, u.fidelity, u.grade, u.sources
  FROM tracker_stance st
    JOIN tracker_topic t ON t.id = st.topic_id
    JOIN tracker_utterance u ON u.id = (
      SELECT v.id FROM tracker_utterance v
      WHERE v.stance_id = st.id AND v.retracted_at IS NULL {until}
      ORDER BY v.said_earliest DESC, v.said_latest DESC, v.id DESC LIMIT 1)
    JOIN tracker_statement s ON s.id = u.canonical_id
  WHERE st.actor_id = %s {topic}
  ORDER BY t.slug
"""
_ACT = {"postgresql": "u.position ->> 'act'", "sqlite": "json_extract(u.position, '$.act')"}


def held_now(
    actor_id: int, *, topic_id: int | None = None, said_until: date | None = None
) -> list[dict[str, Any]]:
    """Return what an actor last said on each topic, as the record holds it now, by topic's slug.

    Each is `{"topic": {"slug", "name"}, "utterance": …}` with the parts of `utterance_content`
    that say something without its attestations, `position` as JSON that is written already
    (`orjson.Fragment`). One query.
    """
    until = "AND v.said_latest <= %s" if said_until else ""
    topic = "AND st.topic_id = %s" if topic_id else ""
    sql = _HELD_NOW.format(act=_ACT[connection.vendor], until=until, topic=topic)
    day = connection.ops.adapt_datefield_value(said_until)
    parameters = [value for value in (day, actor_id, topic_id) if value is not None]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [_held(row) for row in cursor.fetchall()]


def _held(row: tuple[Any, ...]) -> dict[str, Any]:
    slug, name, pk, edtf, earliest, latest, basis, text, value, act, position, *graded = row
    fidelity, grade, sources = graded
    return {
        "topic": {"slug": slug, "name": name},
        "utterance": {
            "id": pk,
            "said": date_payload(edtf, earliest, latest, basis),
            "text": text,
            "value": value,
            "act": act,
            "position": orjson.Fragment(position),
            "fidelity": fidelity,
            "grade": grade,
            "sources": sources,
        },
    }


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
