"""A bound on how long the database may look for something, on PostgreSQL and on SQLite."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

_STEPS = 1000  # of SQLite's machine between two looks at the clock: some 50 microseconds


class TooLongError(Exception):
    """A query that was given up."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Give up queries that take longer: each on PostgreSQL, together on SQLite.

    Raises TooLongError. SQLite looks at the clock between rows only: what its index of words does
    to find the next one is not interrupted.
    """
    bounded = _postgres if connection.vendor == "postgresql" else _sqlite
    try:
        with bounded(seconds):
            yield
    except OperationalError as error:
        if not _is_given_up(error.__cause__):
            raise
        raise TooLongError from error


@contextmanager
def _postgres(seconds: float) -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {max(1, round(1000 * seconds))}")
        yield


@contextmanager
def _sqlite(seconds: float) -> Iterator[None]:
    connection.ensure_connection()
    driver: sqlite3.Connection = connection.connection
    until = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _is_given_up(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT
    return isinstance(cause, QueryCanceled)
