from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("tracker", "0007_codings_of_pairs")]

    operations = [
        migrations.RemoveConstraint("ShiftEvent", "shiftevent_once_a_shift_and_kind"),
        migrations.RenameModel("ShiftEvent", "Event"),
    ]
