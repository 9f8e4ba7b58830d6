"""Shifts as Atom, JSON Feed and iCalendar, with all filters of the list."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from api.formats.plain import Context, Form, rows_of
from tracker import feeds

Row = Mapping[str, Any]


class Atom(Form):
    """An Atom feed."""

    media_type, format, charset = feeds.ATOM, "atom", "utf-8"

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return the feed."""
        return feeds.atom(_feed(data, context)).encode()


class JsonFeed(Form):
    """A JSON Feed."""

    media_type, format, json = feeds.JSON_FEED, "jsonfeed", True

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return the feed."""
        return feeds.json_feed(_feed(data, context)).encode()


class Calendar(Form):
    """A calendar of shifts."""

    media_type, format, charset = feeds.CALENDAR, "ics", "utf-8"

    def bytes_of(self, data: Any, context: Context) -> bytes:
        """Return the calendar."""
        return feeds.calendar(_feed(data, context)).encode()


FEEDS = (Atom, JsonFeed, Calendar)


def _feed(data: Any, context: Context) -> feeds.Feed:
    asked = context["view"].asked
    named = [str(asked[name]) for name in ("search", "actor", "topic") if asked.get(name)]
    return feeds.Feed(
        title=" on ".join(["Shifts", *named]),
        address=context["request"].build_absolute_uri(),
        entries=[_entry(row) for row in rows_of(data)],
        next=data.get("next") or "",
    )


def _entry(row: Row) -> feeds.Entry:
    return feeds.Entry(
        id=row["id"],
        actor=row["actor"]["name"],
        topic=row["topic"]["name"],
        direction=row["direction"],
        kinds=row["kinds"],
        status=row["status"],
        reasons=row["reasons"],
        older=_side(row["older"]),
        newer=_side(row["newer"]),
        recorded_at=row["recorded_at"],
        changed_at=row["changed_at"],
    )


def _side(side: Row) -> feeds.Side:
    said = side["said"]
    if said is None:
        return feeds.Side(side["text"], "", date.min, date.min)
    days = (date.fromisoformat(said[end]) for end in ("earliest", "latest"))
    return feeds.Side(side["text"], said["edtf"], *days)
