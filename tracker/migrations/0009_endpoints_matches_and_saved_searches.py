import django.core.validators
import django.db.models.deletion
import tracker.models.alerts
import tracker.models.filters
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tracker', '0008_shiftevent_to_event'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'Email'), ('webhook', 'Webhook'), ('apprise', 'Apprise')], max_length=8)),
                ('address', models.CharField(max_length=2000)),
                ('secret', models.CharField(blank=True, max_length=120)),
                ('previous_secret', models.CharField(blank=True, max_length=120)),
                ('previous_secret_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('failures', models.PositiveIntegerField(default=0)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('last_failure_at', models.DateTimeField(blank=True, null=True)),
                ('last_problem', models.CharField(blank=True, max_length=500)),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('disabled_because', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Match',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old', models.BooleanField(default=False)),
                ('flapping', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'matches',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='OptIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_sha256', models.CharField(max_length=64)),
                ('asked_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kinds', models.JSONField(blank=True, default=list, validators=[tracker.models.filters._Known(['reversal', 'hardening', 'softening', 'condition_added', 'condition_dropped', 'condition_changed', 'demand_added', 'demand_dropped', 'scope_changed', 'commitment_strengthened', 'commitment_weakened', 'reframing'])])),
                ('directions', models.JSONField(blank=True, default=list, validators=[tracker.models.filters._Known(['hardened', 'softened', 'reversed', 'changed', 'none'])])),
                ('statuses', models.JSONField(blank=True, default=list, validators=[tracker.models.filters._Known(['provisional', 'confirmed', 'withdrawn'])])),
                ('minimum_materiality', models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(1.0)])),
                ('minimum_confidence', models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(1.0)])),
                ('worst_grade', models.CharField(blank=True, max_length=2, validators=[django.core.validators.RegexValidator('^[A-F][1-6]$', 'A grade is a letter A-F and a digit 1-6, such as C3.')])),
                ('minimum_sources', models.PositiveSmallIntegerField(default=1)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('name', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'saved searches',
                'ordering': ['id'],
                'abstract': False,
            },
        ),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='delivery_once_a_subscription_and_event',
        ),
        migrations.RemoveConstraint(
            model_name='delivery',
            name='delivery_of_an_event_or_a_digest',
        ),
        migrations.RemoveConstraint(
            model_name='digest',
            name='digest_once_a_period',
        ),
        migrations.RemoveConstraint(
            model_name='subscription',
            name='subscription_channel_known',
        ),
        migrations.RemoveConstraint(
            model_name='subscription',
            name='subscription_webhook_has_a_secret',
        ),
        migrations.RemoveField(
            model_name='digest',
            name='subscription',
        ),
        migrations.AddField(
            model_name='delivery',
            name='notice',
            field=models.CharField(blank=True, choices=[('subscription.confirm', 'asks whether a subscription is wanted'), ('subscription.test', 'a test'), ('endpoint.disabled', 'tells that another endpoint gets no more messages')], max_length=20),
        ),
        migrations.AddField(
            model_name='digest',
            name='kind',
            field=models.CharField(choices=[('daily', 'Daily'), ('weekly', 'Weekly'), ('summary', 'Summary'), ('backlog', 'Backlog')], default='daily', max_length=7),
        ),
        migrations.AddField(
            model_name='digest',
            name='time_zone',
            field=models.CharField(default='UTC', max_length=64),
        ),
        migrations.AddField(
            model_name='event',
            name='document',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='tracker.document'),
        ),
        migrations.AddField(
            model_name='event',
            name='flapping',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='event',
            name='owed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='event',
            name='reason',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='event',
            name='stance_event',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='event', to='tracker.stanceevent'),
        ),
        migrations.AddField(
            model_name='event',
            name='source',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='tracker.source'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='backlog_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='frequency',
            field=models.CharField(choices=[('immediate', 'Immediate'), ('daily', 'Daily'), ('weekly', 'Weekly')], default='immediate', max_length=9),
        ),
        migrations.AddField(
            model_name='subscription',
            name='minimum_sources',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='subscription',
            name='period_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='period_until',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='statuses',
            field=models.JSONField(blank=True, default=list, validators=[tracker.models.filters._Known(['provisional', 'confirmed', 'withdrawn'])]),
        ),
        migrations.AddField(
            model_name='subscription',
            name='time_zone',
            field=models.CharField(default='UTC', max_length=64, validators=[tracker.models.alerts.known_time_zone]),
        ),
        migrations.AddField(
            model_name='subscription',
            name='words',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='subscription',
            name='worst_grade',
            field=models.CharField(blank=True, max_length=2, validators=[django.core.validators.RegexValidator('^[A-F][1-6]$', 'A grade is a letter A-F and a digit 1-6, such as C3.')]),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='subscription',
            field=models.ForeignKey(blank=True, help_text='what a notice is about', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='tracker.subscription'),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('shift.detected', 'Detected'), ('shift.confirmed', 'Confirmed'), ('shift.withdrawn', 'Withdrawn'), ('position.reaffirmed', 'Reaffirmed'), ('document.failed', 'Failed'), ('source.silent', 'Silent')], max_length=20),
        ),
        migrations.AlterField(
            model_name='event',
            name='shift',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='tracker.shift'),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='directions',
            field=models.JSONField(blank=True, default=list, validators=[tracker.models.filters._Known(['hardened', 'softened', 'reversed', 'changed', 'none'])]),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='kinds',
            field=models.JSONField(blank=True, default=list, validators=[tracker.models.filters._Known(['reversal', 'hardening', 'softening', 'condition_added', 'condition_dropped', 'condition_changed', 'demand_added', 'demand_dropped', 'scope_changed', 'commitment_strengthened', 'commitment_weakened', 'reframing'])]),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='minimum_confidence',
            field=models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(1.0)]),
        ),
        migrations.AlterField(
            model_name='subscription',
            name='minimum_materiality',
            field=models.FloatField(default=0.0, validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(1.0)]),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('owed_at', None)), fields=['id'], name='event_unowed'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('shift', 'kind'), name='event_once_a_shift_and_kind'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('document', 'reason'), name='event_once_a_document_and_reason'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(fields=('source', 'reason'), name='event_once_a_source_and_reason'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('document__isnull', True), ('kind__in', ['shift.detected', 'shift.confirmed', 'shift.withdrawn']), ('shift__isnull', False), ('source__isnull', True), ('stance_event__isnull', True)), models.Q(('document__isnull', True), ('kind__in', ['position.reaffirmed']), ('shift__isnull', True), ('source__isnull', True), ('stance_event__isnull', False)), models.Q(('document__isnull', False), ('kind__in', ['document.failed']), ('shift__isnull', True), ('source__isnull', True), ('stance_event__isnull', True)), models.Q(('document__isnull', True), ('kind__in', ['source.silent']), ('shift__isnull', True), ('source__isnull', False), ('stance_event__isnull', True)), _connector='OR'), name='event_is_about_what_its_kind_says'),
        ),
        migrations.AddField(
            model_name='endpoint',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='endpoints', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='delivery',
            name='endpoint',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='tracker.endpoint'),
        ),
        migrations.AddField(
            model_name='digest',
            name='endpoint',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='digests', to='tracker.endpoint'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='endpoint',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='tracker.endpoint'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('dead_at', None), ('sent_at', None)), fields=['endpoint', 'id'], name='delivery_line_of_endpoint'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('endpoint', 'event'), name='delivery_once_an_endpoint_and_event'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('digest', None), ('event__isnull', False), ('notice', '')), models.Q(('digest__isnull', False), ('event', None), ('notice', '')), models.Q(('digest', None), ('event', None), models.Q(('notice', ''), _negated=True)), _connector='OR'), name='delivery_of_an_event_a_digest_or_a_notice'),
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.UniqueConstraint(fields=('endpoint', 'kind', 'time_zone', 'until'), name='digest_once_a_period'),
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['daily', 'weekly', 'summary', 'backlog'])), name='digest_kind_known'),
        ),
        migrations.AddField(
            model_name='match',
            name='delivery',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='matches', to='tracker.delivery'),
        ),
        migrations.AddField(
            model_name='match',
            name='event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='matches', to='tracker.event'),
        ),
        migrations.AddField(
            model_name='match',
            name='subscription',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='matches', to='tracker.subscription'),
        ),
        migrations.AddField(
            model_name='optin',
            name='subscription',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opt_ins', to='tracker.subscription'),
        ),
        migrations.AddField(
            model_name='savedsearch',
            name='actors',
            field=models.ManyToManyField(blank=True, related_name='+', to='tracker.actor'),
        ),
        migrations.AddField(
            model_name='savedsearch',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_searches', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='savedsearch',
            name='topics',
            field=models.ManyToManyField(blank=True, related_name='+', to='tracker.topic'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='saved_search',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='tracker.savedsearch'),
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('period_until__isnull', False)), fields=['period_until'], name='subscription_next_digest'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_confidence__gte', 0), ('minimum_confidence__lte', 1), ('minimum_materiality__gte', 0), ('minimum_materiality__lte', 1), ('minimum_sources__gte', 1)), name='subscription_minimums_in_range'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(('worst_grade__in', ['', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'F1', 'F2', 'F3', 'F4', 'F5', 'F6'])), name='subscription_worst_grade_is_one'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('frequency', 'immediate'), ('period_since', None), ('period_until', None)), models.Q(('frequency__in', ['daily', 'weekly']), ('period_since__isnull', False), ('period_since__lt', models.F('period_until')), ('period_until__isnull', False)), _connector='OR'), name='subscription_digests_have_a_period'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.UniqueConstraint(fields=('owner', 'channel', 'address'), name='endpoint_once_an_owner'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.UniqueConstraint(condition=models.Q(('owner', None)), fields=('channel', 'address'), name='endpoint_once_without_an_owner'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'webhook', 'apprise'])), name='endpoint_channel_known'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('channel', 'webhook'), _negated=True), models.Q(('secret', ''), _negated=True), _connector='OR'), name='endpoint_webhook_has_a_secret'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('previous_secret', ''), ('previous_secret_until', None)), models.Q(models.Q(('previous_secret', ''), _negated=True), ('previous_secret_until__isnull', False)), _connector='OR'), name='endpoint_previous_secret_has_an_end'),
        ),
        migrations.AddConstraint(
            model_name='endpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('failing_since', None), ('failures', 0)), models.Q(('failing_since__isnull', False), ('failures__gt', 0)), _connector='OR'), name='endpoint_failing_since_its_first_failure'),
        ),
        migrations.AddIndex(
            model_name='match',
            index=models.Index(condition=models.Q(('delivery', None)), fields=['subscription', 'at'], name='match_waiting_for_a_message'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.UniqueConstraint(fields=('subscription', 'event'), name='match_once_a_subscription_and_event'),
        ),
        migrations.AddConstraint(
            model_name='optin',
            constraint=models.UniqueConstraint(fields=('token_sha256',), name='optin_token_once'),
        ),
        migrations.AddConstraint(
            model_name='optin',
            constraint=models.CheckConstraint(condition=models.Q(('asked_at__lt', models.F('expires_at'))), name='optin_asked_before_it_expires'),
        ),
        migrations.AddConstraint(
            model_name='savedsearch',
            constraint=models.CheckConstraint(condition=models.Q(('minimum_confidence__gte', 0), ('minimum_confidence__lte', 1), ('minimum_materiality__gte', 0), ('minimum_materiality__lte', 1), ('minimum_sources__gte', 1)), name='savedsearch_minimums_in_range'),
        ),
        migrations.AddConstraint(
            model_name='savedsearch',
            constraint=models.CheckConstraint(condition=models.Q(('worst_grade__in', ['', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'D1', 'D2', 'D3', 'D4', 'D5', 'D6', 'E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'F1', 'F2', 'F3', 'F4', 'F5', 'F6'])), name='savedsearch_worst_grade_is_one'),
        ),
        migrations.AddConstraint(
            model_name='savedsearch',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='savedsearch_once_an_owner'),
        ),
    ]
