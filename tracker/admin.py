"""The site administration: actors, topics and sources to edit, the record to look at."""

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from tracker import models, sweeps
from tracker.models import Sweep


class _LookOnly(admin.ModelAdmin):
    """Rows that only the three steps may write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: the record is append-only."""
        return False


class _AliasInline(admin.TabularInline):
    model = models.Alias
    extra = 0


class _RoleInline(admin.TabularInline):
    model = models.Role
    extra = 0


@admin.register(models.Actor)
class ActorAdmin(admin.ModelAdmin):
    """Actors with their aliases and roles."""

    list_display = ["name", "kind", "slug"]
    search_fields = ["name", "slug", "aliases__name"]
    inlines = [_AliasInline, _RoleInline]


@admin.register(models.Topic)
class TopicAdmin(admin.ModelAdmin):
    """Topics with their terms."""

    list_display = ["name", "slug", "parent"]
    search_fields = ["name", "slug"]

    def save_model(
        self, request: HttpRequest, obj: models.Topic, form: ModelForm, change: bool
    ) -> None:
        """Store the topic and have the record read again by its terms."""
        super().save_model(request, obj, form, change)
        verb = "changed" if change else "added"
        sweeps.start(Sweep.Kind.REREAD, now=timezone.now(), reason=f"topic {obj.slug} {verb}")


@admin.register(models.Source)
class SourceAdmin(admin.ModelAdmin):
    """Sources with their grades."""

    list_display = ["name", "reliability", "slug"]
    list_filter = ["reliability"]
    search_fields = ["name", "slug"]


@admin.register(models.Document)
class DocumentAdmin(_LookOnly):
    """Documents as captured and read."""

    list_display = ["title", "source", "said_edtf", "published_edtf", "problem"]
    list_select_related = ["source"]
    search_fields = ["title"]


@admin.register(models.Statement)
class StatementAdmin(_LookOnly):
    """Statements, held and retracted."""

    list_display = ["actor", "topic", "said_edtf", "attribution", "fidelity", "retracted_at"]
    list_select_related = ["actor", "topic"]
    list_filter = ["actor", "topic"]


@admin.register(models.Shift)
class ShiftAdmin(_LookOnly):
    """Shifts with their status."""

    list_display = ["stance", "direction", "status", "confidence", "recorded_at", "withdrawn_at"]
    list_select_related = ["stance__actor", "stance__topic"]
    list_filter = ["status", "direction"]


@admin.register(models.Sweep)
class SweepAdmin(_LookOnly):
    """Passes over the record and how far they are."""

    list_display = ["kind", "state", "done", "total", "reason", "started_at"]


@admin.register(models.WatchedSource)
class WatchedSourceAdmin(_LookOnly):
    """Feeds and pages that are polled, with their last success and last error."""

    list_display = [
        "url",
        "source",
        "kind",
        "state",
        "last_success_at",
        "last_error",
        "next_poll_at",
    ]
    list_select_related = ["source"]


@admin.register(models.WatchedEntry)
class WatchedEntryAdmin(_LookOnly):
    """What was found at watched sources and what became of it."""

    list_display = ["__str__", "watched", "state", "problem", "found_at", "done_at"]
    list_select_related = ["watched"]
    list_filter = ["watched"]
    search_fields = ["url", "title"]


@admin.register(models.Decision)
class DecisionAdmin(_LookOnly):
    """What analysts decided, never overwritten."""

    list_display = ["kind", "by", "at", "undone_at"]
    list_select_related = ["by"]


@admin.register(models.Delivery)
class DeliveryAdmin(_LookOnly):
    """What is owed, sent and dead."""

    list_display = ["message_id", "endpoint", "attempts", "sent_at", "dead_at", "problem"]
    list_select_related = ["endpoint"]


@admin.register(models.Subscription)
class SubscriptionAdmin(admin.ModelAdmin):
    """Who wants to hear of what."""

    list_display = ["__str__", "endpoint", "actor", "topic", "confirmed_at", "disabled_at"]
    list_select_related = ["endpoint", "actor", "topic"]


@admin.register(models.SavedSearch)
class SavedSearchAdmin(admin.ModelAdmin):
    """Filters under a name."""

    list_display = ["name", "owner"]
    list_select_related = ["owner"]


@admin.register(models.Endpoint)
class EndpointAdmin(_LookOnly):
    """How the places do to which messages go."""

    list_display = ["__str__", "state", "failures", "last_success_at", "last_problem"]
    exclude = ["secret", "previous_secret"]
