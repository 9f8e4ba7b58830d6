from django.db import migrations

ROLES = ["viewers", "analysts", "editors", "administrators"]


def make_groups(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    for name in ROLES:
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    """The groups that are roles. Undoing it leaves them: accounts may be their members."""

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("tracker", "0003_search_the_words_of_statements"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
