"""Give each owner and address one endpoint, and each delivery the match that it tells of."""

from django.db import migrations
from django.db.models import F

BATCH = 1000


def fill(apps, schema_editor):
    Endpoint = apps.get_model("tracker", "Endpoint")
    Subscription = apps.get_model("tracker", "Subscription")
    Delivery = apps.get_model("tracker", "Delivery")
    Match = apps.get_model("tracker", "Match")
    apps.get_model("tracker", "Event").objects.update(owed_at=F("at"))
    apps.get_model("tracker", "Digest").objects.all().delete()  # none was ever made
    for row in Subscription.objects.order_by("id").iterator():
        endpoint, _ = Endpoint.objects.get_or_create(
            owner=row.owner,
            channel=row.channel,
            address=row.address,
            defaults={"secret": row.secret, "created_at": row.created_at},
        )
        Subscription.objects.filter(pk=row.pk).update(endpoint=endpoint)
    matches, first, repeated = [], {}, []
    rows = Delivery.objects.order_by("id").select_related("subscription", "event__shift__newer")
    for row in rows.iterator(chunk_size=BATCH):
        place = row.subscription.endpoint_id, row.event_id
        # Two subscriptions of one owner to one address had two messages of one event.
        kept = first.setdefault(place, row.pk)
        if kept != row.pk:
            repeated.append(row.pk)
        matches.append(
            Match(
                subscription_id=row.subscription_id,
                event_id=row.event_id,
                delivery_id=kept,
                at=row.created_at,
            )
        )
    Match.objects.bulk_create(matches, batch_size=BATCH)
    for start in range(0, len(repeated), BATCH):
        Delivery.objects.filter(pk__in=repeated[start : start + BATCH]).delete()
    for start, end in _ranges(first.values()):
        few = Delivery.objects.filter(pk__gte=start, pk__lte=end).select_related("subscription")
        for row in few.iterator(chunk_size=BATCH):
            Delivery.objects.filter(pk=row.pk).update(
                endpoint=row.subscription.endpoint_id, subscription=None
            )


def _ranges(pks):
    pks = sorted(pks)
    return [(pks[start], pks[min(start + BATCH, len(pks)) - 1]) for start in range(0, len(pks), BATCH)]


class Migration(migrations.Migration):

    dependencies = [("tracker", "0009_endpoints_matches_and_saved_searches")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
