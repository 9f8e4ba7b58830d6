

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tracker', '0010_one_endpoint_an_owner_and_address'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='subscription',
            name='address',
        ),
        migrations.RemoveField(
            model_name='subscription',
            name='channel',
        ),
        migrations.RemoveField(
            model_name='subscription',
            name='secret',
        ),
        migrations.AlterField(
            model_name='delivery',
            name='endpoint',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='tracker.endpoint'),
        ),
        migrations.AlterField(
            model_name='digest',
            name='endpoint',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='digests', to='tracker.endpoint'),
        ),
        migrations.AlterField(
            model_name='digest',
            name='kind',
            field=models.CharField(choices=[('daily', 'Daily'), ('weekly', 'Weekly'), ('summary', 'Summary'), ('backlog', 'Backlog')], max_length=7),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='endpoint',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='tracker.endpoint'),
        ),
    ]
