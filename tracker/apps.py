"""Registers the app."""

import sqlite3
from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class TrackerConfig(AppConfig):
    """Position tracking: the record, its stances and its alerts."""

    name = "tracker"
    verbose_name = "Position tracking"

    def ready(self) -> None:
        """See to it that a statement may carry as many values as its database takes."""
        connection_created.connect(_take_many_values)


def _take_many_values(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let SQLite take what it can: Django knows its limit of long ago, 999 values a statement.

    A thousand rows would be written by fifteen statements.
    """
    if connection.vendor == "sqlite":
        most = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        connection.features.max_query_params = most
