"""`filter(pk__among=numbers)`: `in` for very many numbers, as one parameter and not one each.

Django looks at each value of an `in` and writes a place for it; for a thousand rows that takes
longer than the database takes to find them.
"""

import json
from collections.abc import Collection
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigAutoField, ForeignKey, Lookup
from django.db.models.sql.compiler import SQLCompiler


class Among(Lookup):
    """Whether a column is one of many whole numbers; give a set, for Django walks lists."""

    lookup_name = "among"
    prepare_rhs = False
    rhs: Collection[int]

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        """Return the condition with the numbers as JSON."""
        column, params = self.process_lhs(compiler, connection)
        numbers = json.dumps(list(self.rhs))
        chosen = "(SELECT value FROM json_each(%s))"
        return f"{column} IN {chosen}", [*params, numbers]

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        """Return the condition with the numbers as an array."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*params, list(self.rhs)]


BigAutoField.register_lookup(Among)
ForeignKey.register_lookup(Among)
