from django.db import migrations

# They are copied from now on: a follower that is past the beginning comes to those that are there.
_LOGGED = """
    INSERT INTO tracker_change ("transaction", resource, "row", kind, at)
    SELECT {transaction}, '{name}', id, 'recorded', CURRENT_TIMESTAMP FROM {table}
    WHERE NOT EXISTS (SELECT 1 FROM tracker_change WHERE resource = '{name}')
    ORDER BY id
"""
_TABLES = {
    "merges": "tracker_mergeproposal",
    "watched": "tracker_watchedsource",
    "watched_entries": "tracker_watchedentry",
}


def log_what_is_there(apps, schema_editor):
    """Log the rows of these tables as recorded now, where nothing was logged of them."""
    postgres = schema_editor.connection.vendor == "postgresql"
    transaction = "pg_current_xact_id()::text::bigint" if postgres else "0"
    with schema_editor.connection.cursor() as cursor:
        for name, table in _TABLES.items():
            cursor.execute(_LOGGED.format(transaction=transaction, name=name, table=table))


class Migration(migrations.Migration):

    dependencies = [("tracker", "0021_latest_entry_of_each_watched_source")]

    operations = [migrations.RunPython(log_what_is_there, migrations.RunPython.noop)]
