from django.db import migrations

from tracker.rows import RESOURCES

# Migration 0006 began the log with the rows of the tables as they are called now: those of a
# table that was renamed later (tracker_shiftevent) are missing where they were there before.
_MISSED = """
    INSERT INTO tracker_change ("transaction", resource, "row", kind, at)
    SELECT {transaction}, '{name}', missed.id, 'recorded', CURRENT_TIMESTAMP
    FROM {table} AS missed
    WHERE NOT EXISTS (
        SELECT 1 FROM tracker_change AS logged
        WHERE logged.resource = '{name}' AND logged."row" = missed.id
    )
    ORDER BY missed.id
"""


def log_what_was_missed(apps, schema_editor):
    """Log them as recorded now: a follower that is past the beginning still comes to them."""
    postgres = schema_editor.connection.vendor == "postgresql"
    transaction = "pg_current_xact_id()::text::bigint" if postgres else "0"
    with schema_editor.connection.cursor() as cursor:
        tables = set(schema_editor.connection.introspection.table_names(cursor))
        for name, resource in RESOURCES.items():
            if resource.table in tables:
                sql = _MISSED.format(transaction=transaction, name=name, table=resource.table)
                cursor.execute(sql)


class Migration(migrations.Migration):

    dependencies = [("tracker", "0017_what_documents_showed_before")]

    operations = [migrations.RunPython(log_what_was_missed, migrations.RunPython.noop)]
