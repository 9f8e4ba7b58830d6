"""Servers end with the test run, even with one that is killed."""

from functools import cache

from tracker.running.processes import Guardian


@cache
def guardian() -> Guardian:
    """Return this process's guardian: when the process ends, it ends what is on its list."""
    return Guardian()
