"""The history of a stance: the one payload that page, API, feed and export serve.

Plain dictionaries, ready for JSON; `docs/api.md` lists the fields. This module gives the
parts that follow from the others: the months of coverage and the gaps.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TypedDict

GAP = timedelta(days=183)  # half a year of silence is worth drawing as a gap


PASSAGES = 5  # recorded meanwhile, for a topic that is not raised to be a silence


class Month(TypedDict):
    """How much was recorded from an actor in a month, on any topic."""

    month: str
    statements: int


class Gap(TypedDict):
    """A time in which nothing was said on a topic; `recorded` counts statements on others."""

    since: str
    until: str
    days: int
    recorded: int


def coverage(days: Iterable[date]) -> list[Month]:
    """Return the months in which something was recorded, in order, from the days said."""
    counts = Counter([day.isoformat()[:7] for day in days])
    return [{"month": month, "statements": counts[month]} for month in sorted(counts)]


def gaps(said: Sequence[tuple[date, date]], recorded: Sequence[Month]) -> list[Gap]:
    """Return the gaps of at least half a year between what was said, oldest first.

    `said` holds first and last day of each utterance. Silence is not a position: a gap with
    much `recorded` in it is a topic not raised, one with nothing recorded is unknown.
    """
    found: list[Gap] = []
    end: date | None = None
    for earliest, latest in sorted(said):
        if end is not None and earliest - end >= GAP:
            found.append(_gap(end, earliest, recorded))
        end = latest if end is None else max(end, latest)
    return found


def silent_by(last: date, said: Sequence[date]) -> date | None:
    """Return the day by which a topic last spoken of on `last` has fallen silent; None if not.

    `said` are the days, in order, on which the actor's words on anything were recorded since:
    PASSAGES of them, and one half a year after `last`. Without them the record is what is silent.
    """
    if len(said) < PASSAGES:
        return None
    late = next((day for day in said if day - last >= GAP), None)
    return None if late is None else max(late, said[PASSAGES - 1])


def _gap(since: date, until: date, recorded: Sequence[Month]) -> Gap:
    months = f"{since:%Y-%m}", f"{until:%Y-%m}"
    inside = sum(
        month["statements"] for month in recorded if months[0] < month["month"] < months[1]
    )
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "days": (until - since).days,
        "recorded": inside,
    }
