"""The state of a row, told by its columns: said once, for Python and for SQL."""

from typing import Any, Self, overload

from django.db.models import Model, Q


class State:
    """An attribute of a model: the state of each row, named by its columns.

    `State("owed", sent_at="sent", dead_at="dead")`: a row whose `sent_at` is not as a new row has
    it (empty) is `sent`, else one whose `dead_at` is not is `dead`, and any other is `owed`.
    """

    def __init__(self, otherwise: str, **columns: str) -> None:
        self.names = (otherwise, *columns.values())
        self._columns = columns

    def __set_name__(self, model: type[Model], name: str) -> None:
        """Note whose columns these are."""
        self._model = model

    @overload
    def __get__(self, row: None, model: type[Model]) -> Self: ...
    @overload
    def __get__(self, row: Model, model: type[Model]) -> str: ...
    def __get__(self, row: Model | None, model: type[Model]) -> Self | str:
        """Return the state of a row; of the model, what tells it."""
        if row is None:
            return self
        for column, state in self._columns.items():
            field = self._field(column)
            if getattr(row, field.attname) != field.get_default():
                return state
        return self.names[0]

    def condition(self, state: str | None) -> Q:
        """Return the condition on rows in this state, or none at all. Raises KeyError."""
        if state is None:
            return Q()
        left = Q()
        for column, name in self._columns.items():
            empty = Q(**{column: self._field(column).get_default()})
            if name == state:
                return left & ~empty
            left &= empty
        if state != self.names[0]:
            raise KeyError(state)
        return left

    def _field(self, column: str) -> Any:
        return self._model._meta.get_field(column)
