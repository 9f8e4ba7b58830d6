"""The full-text index of tracker/search.py: kept by the database itself, in step with every write.

PostgreSQL: a generated column and a GIN index. SQLite: a contentless FTS5 table and triggers.
A later migration that makes Django rebuild tracker_statement on SQLite drops the triggers with
the old table: it has to run `keep_in_step` again (a test looks for them).
"""

from django.db import migrations

_LONGEST = 100_000  # characters of a passage that are searched: a tsvector may have a megabyte

# What PostgreSQL would join to one token (hosts, paths, numbers with signs, tags) is parted first,
# so that both databases see the same words.
_POSTGRES = [
    f"""ALTER TABLE tracker_statement ADD COLUMN words tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', translate(left(exact, {_LONGEST}), '-_./\\:@&=?#+%<>~', repeat(' ', 16)))
    ) STORED""",
    "CREATE INDEX statement_by_words ON tracker_statement USING gin (words) WITH (fastupdate = off)",
    """CREATE INDEX statement_by_day ON tracker_statement
        ((coalesce(said_earliest, date '0001-01-01')), id)""",
]
_POSTGRES_BACK = [
    "DROP INDEX statement_by_day",
    "ALTER TABLE tracker_statement DROP COLUMN words",
]

# The number of a row in the index is its day before its id: the index itself is in order of days.
_PLACE = "((CAST(coalesce(julianday({row}.said_earliest), 0) + 0.5 AS INTEGER) << 40) | {row}.id)"
_ADD = (
    "INSERT INTO tracker_statement_words (rowid, exact) "
    f"VALUES ({_PLACE.format(row='NEW')}, substr(NEW.exact, 1, {_LONGEST}));"
)
_TAKE = (
    "INSERT INTO tracker_statement_words (tracker_statement_words, rowid, exact) "
    f"VALUES ('delete', {_PLACE.format(row='OLD')}, substr(OLD.exact, 1, {_LONGEST}));"
)
_TRIGGERS = {
    "statement_words_added": ("INSERT", _ADD),
    "statement_words_taken": ("DELETE", _TAKE),
    "statement_words_changed": ("UPDATE OF id, exact, said_earliest", _TAKE + _ADD),
}


def keep_in_step(schema_editor):
    """Make the triggers of SQLite, anew where they are there already."""
    for name, (event, body) in _TRIGGERS.items():
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}", params=None)
        schema_editor.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON tracker_statement BEGIN {body} END",
            params=None,
        )


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in _POSTGRES:
            schema_editor.execute(statement, params=None)
        return
    schema_editor.execute(
        "CREATE VIRTUAL TABLE tracker_statement_words USING fts5("
        "exact, content='', columnsize=0, tokenize='unicode61 remove_diacritics 0')",
        params=None,
    )
    schema_editor.execute(
        "INSERT INTO tracker_statement_words (rowid, exact) "
        f"SELECT {_PLACE.format(row='s')}, substr(s.exact, 1, {_LONGEST}) FROM tracker_statement s",
        params=None,
    )
    keep_in_step(schema_editor)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in _POSTGRES_BACK:
            schema_editor.execute(statement, params=None)
        return
    for name in _TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}", params=None)
    schema_editor.execute("DROP TABLE tracker_statement_words", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('tracker', '0002_watched_sources'),
    ]

    operations = [migrations.RunPython(make_index, drop_index)]
