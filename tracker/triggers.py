"""What the database does by itself at each write: the change log, and on SQLite the words' index.

Whatever writes (a step, the administration, a shell, bulk statements) writes the log too, in the
same transaction. `manage.py migrate` makes the triggers anew each time from the models as they are,
so that a new column is watched and a table that Django rebuilt on SQLite has them again.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

from tracker.models import Change
from tracker.rows import RESOURCES, Resource

_FUNCTION = """
CREATE OR REPLACE FUNCTION tracker_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tracker_change (transaction, resource, "row", kind, at) VALUES (
    pg_current_xact_id()::text::bigint, TG_ARGV[0],
    CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, TG_ARGV[1], clock_timestamp());
  RETURN NULL;
END $$
"""
_PLACE = "((CAST(coalesce(julianday({row}.said_earliest), 0) + 0.5 AS INTEGER) << 40) | {row}.id)"
_SEARCHED = "substr({row}.exact, 1, 100000)"  # as in migration 0003
_ADD = "INSERT INTO tracker_statement_words (rowid, exact) VALUES (_PLACE, _SEARCHED);"
_TAKE = (
    "INSERT INTO tracker_statement_words (tracker_statement_words, rowid, exact) "
    "VALUES ('delete', _PLACE, _SEARCHED);"
)
_NOTED = """INSERT INTO tracker_change ("transaction", resource, "row", kind, at)
  VALUES (0, '{resource}', {row}.id, '{kind}', strftime('%Y-%m-%d %H:%M:%f', 'now'));"""

Trigger = tuple[str, str, str, str]  # name, event, table, body or condition


def install(connection: BaseDatabaseWrapper) -> None:
    """Make all triggers, anew where they are there."""
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for sql in _on_postgres() if postgres else _on_sqlite():
            cursor.execute(sql)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers of the change log away."""
    with connection.cursor() as cursor:
        for resource in RESOURCES.values():
            for name, *_ in _watches(resource, "IS DISTINCT FROM"):
                on = f" ON {resource.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _watches(resource: Resource, differs: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield (name, event, condition, kind) for each thing that can happen to a row."""
    stem = f"change_{resource.name}"
    yield f"{stem}_recorded", "INSERT", "", Change.Kind.RECORDED
    yield f"{stem}_removed", "DELETE", "", Change.Kind.REMOVED
    changed = " OR ".join(f'OLD."{column}" {differs} NEW."{column}"' for column in resource.columns)
    if resource.ends is not None:
        column, kind = resource.ends
        ended = f"OLD.{column} IS NULL AND NEW.{column} IS NOT NULL"
        yield f"{stem}_ended", "UPDATE", ended, kind
        changed = f"NOT ({ended}) AND ({changed})"
    yield f"{stem}_changed", "UPDATE", changed, Change.Kind.CHANGED


def _on_postgres() -> Iterator[str]:
    yield _FUNCTION
    for resource in RESOURCES.values():
        for name, event, condition, kind in _watches(resource, "IS DISTINCT FROM"):
            when = f"WHEN ({condition}) " if condition else ""
            yield (
                f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {resource.table} FOR EACH ROW "
                f"{when}EXECUTE FUNCTION tracker_note_change('{resource.name}', '{kind}')"
            )


def _on_sqlite() -> Iterator[str]:
    for resource in RESOURCES.values():
        for name, event, condition, kind in _watches(resource, "IS NOT"):
            row = "OLD" if event == "DELETE" else "NEW"
            body = _NOTED.format(resource=resource.name, row=row, kind=kind)
            yield from _made(name, event, resource.table, condition, body)
    add, take = _of_row(_ADD, "NEW"), _of_row(_TAKE, "OLD")
    for name, event, body in (
        ("statement_words_added", "INSERT", add),
        ("statement_words_taken", "DELETE", take),
        ("statement_words_changed", "UPDATE OF id, exact, said_earliest", take + add),
    ):
        yield from _made(name, event, "tracker_statement", "", body)


def _of_row(sql: str, row: str) -> str:
    return sql.replace("_PLACE", _PLACE).replace("_SEARCHED", _SEARCHED).format(row=row)


def _made(name: str, event: str, table: str, condition: str, body: str) -> Iterator[str]:
    when = f"WHEN {condition} " if condition else ""
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield f"CREATE TRIGGER {name} AFTER {event} ON {table} {when}BEGIN {body} END"
