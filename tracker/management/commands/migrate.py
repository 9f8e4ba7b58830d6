"""Django's `migrate`, which afterwards makes the database's triggers anew."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections, transaction

from tracker import triggers
from tracker.models import Change


class Command(Migrate):
    """Migrate, then make the triggers of the tables as they are now (tracker/triggers.py)."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run."""
        super().handle(*args, **options)
        connection = connections[options["database"]]
        if Change._meta.db_table in connection.introspection.table_names():
            with transaction.atomic(using=connection.alias):
                triggers.install(connection)
