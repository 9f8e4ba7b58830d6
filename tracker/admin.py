"""The site administration: actors, topics and sources to edit, the record to look at.

What an account may do here follows from its role (`tracker.roles`), as everywhere else.
"""

from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet, URLField
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from tracker import models, roles, sweeps
from tracker.models import Sweep
from tracker.roles import Action

_LONG = ("text", "regions", "warnings", "fingerprint")  # of a document: never in a list


def _may(request: HttpRequest, action: Action) -> bool:
    """Say whether an account may do this; a page asks for each table in its menu, we but once."""
    if "rights" not in request.__dict__:
        request.__dict__["rights"] = roles.allowed(request.user)
    return action in request.__dict__["rights"]


class _ByRole(admin.ModelAdmin):
    """Rows that those may change whose role allows `action`."""

    action: ClassVar[Action] = Action.EDIT
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    list_per_page = 50
    show_full_result_count = False

    def _may(self, request: HttpRequest) -> bool:
        return _may(request, self.action)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Say whether the list is shown at all."""
        return self._may(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether rows may be looked at."""
        return self._may(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Say whether rows may be added."""
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether rows may be changed."""
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether rows may be deleted; what the record names cannot be anyway."""
        return self._may(request)


class _LookOnly(_ByRole):
    """Rows that only the steps, and people's recorded decisions, may write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: the record is append-only."""
        return False


class _InlineByRole(admin.TabularInline):
    """Rows on the page of another, for those who may change that."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether rows may be looked at."""
        return _may(request, Action.EDIT)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether rows may be added."""
        return _may(request, Action.EDIT)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether rows may be changed."""
        return _may(request, Action.EDIT)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Say whether rows may be deleted."""
        return _may(request, Action.EDIT)


# --- Accounts -------------------------------------------------------------------------------

admin.site.unregister([User, Group])


@admin.register(User)
class AccountAdmin(_ByRole, UserAdmin):
    """Accounts; their role is one of the groups."""

    action = Action.ADMINISTER
    list_display = ["username", "email", "role", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    fieldsets = (
        (None, {"fields": ("username", "password", "email", "is_active")}),
        ("Role", {"fields": ("groups", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return the accounts with their groups."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="role")
    def role(self, account: User) -> str:
        """Return the groups of an account."""
        names = [group.name for group in account.groups.all()]
        return ", ".join([*names, "superuser"] if account.is_superuser else names)


@admin.register(Group)
class RoleAdmin(_LookOnly, GroupAdmin):
    """The groups that are roles: made by a migration, not to be changed."""

    action = Action.ADMINISTER
    fields = ["name"]


# --- What is tracked ----------------------------------------------------------------------------


class _AliasInline(_InlineByRole):
    model = models.Alias


class _RoleInline(_InlineByRole):
    model = models.Role


@admin.register(models.Actor)
class ActorAdmin(_ByRole):
    """Actors with their aliases and roles."""

    list_display = ["name", "kind", "slug"]
    list_filter = ["kind"]
    search_fields = ["name", "slug", "aliases__name"]
    inlines = [_AliasInline, _RoleInline]


@admin.register(models.Topic)
class TopicAdmin(_ByRole):
    """Topics with their terms."""

    list_display = ["name", "slug", "parent"]
    list_select_related = ["parent"]
    search_fields = ["name", "slug"]
    autocomplete_fields = ["parent"]

    def save_model(
        self, request: HttpRequest, obj: models.Topic, form: ModelForm, change: bool
    ) -> None:
        """Store the topic and have the record read again by its terms."""
        super().save_model(request, obj, form, change)
        verb = "changed" if change else "added"
        sweeps.start(Sweep.Kind.REREAD, now=timezone.now(), reason=f"topic {obj.slug} {verb}")


@admin.register(models.Source)
class SourceAdmin(_ByRole):
    """Sources with their grades."""

    list_display = ["name", "reliability", "slug"]
    list_filter = ["reliability"]
    search_fields = ["name", "slug"]


# --- What was captured and read -------------------------------------------------------------


@admin.register(models.Document)
class DocumentAdmin(_LookOnly):
    """Documents as captured and read."""

    list_display = ["__str__", "source", "said_edtf", "published_edtf", "problem", "captured_at"]
    list_select_related = ["source"]
    list_filter = ["genre", "translated", "source"]
    search_fields = ["title", "url"]
    date_hierarchy = "captured_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Document]:
        """Return the documents without what is long in them."""
        return super().get_queryset(request).defer(*_LONG)


@admin.register(models.Statement)
class StatementAdmin(_LookOnly):
    """Statements, held and retracted."""

    list_display = ["__str__", "actor", "topic", "said_edtf", "fidelity", "retracted_at"]
    list_select_related = ["actor", "topic"]
    list_filter = [
        ("retracted_at", admin.EmptyFieldListFilter),
        *("attribution", "fidelity", "actor", "topic"),
    ]
    search_fields = ["exact", "attributed_as"]
    search_help_text = "Words of the statement, or the speaker as printed."


@admin.register(models.Fetch)
class FetchAdmin(_LookOnly):
    """Addresses that somebody gave, and what became of them."""

    list_display = ["url", "source", "state", "attempts", "problem", "by", "created_at"]
    list_select_related = ["source", "by"]
    list_filter = [("done_at", admin.EmptyFieldListFilter), "source"]
    search_fields = ["url"]


@admin.register(models.Decision)
class DecisionAdmin(_LookOnly):
    """What analysts decided, never overwritten."""

    list_display = ["kind", "by", "at", "note", "undone_at", "undone_by"]
    list_select_related = ["by", "undone_by"]
    list_filter = ["kind", ("undone_at", admin.EmptyFieldListFilter), "by"]
    search_fields = ["note"]
    date_hierarchy = "at"


# --- What follows ---------------------------------------------------------------------------------


@admin.register(models.Stance)
class StanceAdmin(_LookOnly):
    """Stances, and whether they are in step with the record."""

    list_display = ["__str__", "marked_at", "detected_at", "detector_version", "problem"]
    list_select_related = ["actor", "topic"]
    list_filter = [("marked_at", admin.EmptyFieldListFilter), "actor", "topic"]
    search_fields = ["actor__name", "topic__name"]


@admin.register(models.Utterance)
class UtteranceAdmin(_LookOnly):
    """Utterances, held and retracted."""

    list_display = ["__str__", "stance", "value", "fidelity", "grade", "sources", "retracted_at"]
    list_select_related = ["stance__actor", "stance__topic"]
    list_filter = [
        ("retracted_at", admin.EmptyFieldListFilter),
        *("fidelity", "stance__actor", "stance__topic"),
    ]
    search_fields = ["canonical__exact"]


@admin.register(models.Shift)
class ShiftAdmin(_LookOnly):
    """Shifts with their status."""

    list_display = ["stance", "direction", "status", "confidence", "recorded_at", "withdrawn_at"]
    list_select_related = ["stance__actor", "stance__topic"]
    list_filter = ["status", "direction", "stance__actor", "stance__topic"]
    search_fields = ["older_statement__exact", "newer_statement__exact"]
    date_hierarchy = "recorded_at"


# --- How the machine is doing -------------------------------------------------------------------


@admin.register(models.Sweep)
class SweepAdmin(_LookOnly):
    """Passes over the record and how far they are."""

    list_display = ["kind", "state", "done", "total", "reason", "started_at"]
    list_filter = ["kind", ("finished_at", admin.EmptyFieldListFilter)]
    search_fields = ["reason"]


@admin.register(models.Heartbeat)
class HeartbeatAdmin(_LookOnly):
    """When each tick last ran."""

    list_display = ["name", "at"]
    search_fields = ["name"]


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
    list_filter = ["kind", ("stopped_at", admin.EmptyFieldListFilter), "source"]
    search_fields = ["url"]


@admin.register(models.WatchedEntry)
class WatchedEntryAdmin(_LookOnly):
    """What was found at watched sources and what became of it."""

    list_display = ["__str__", "watched", "state", "problem", "found_at", "done_at"]
    list_select_related = ["watched"]
    list_filter = [("done_at", admin.EmptyFieldListFilter), "watched"]
    search_fields = ["url", "title"]


# --- Who hears of it ------------------------------------------------------------------------------


@admin.register(models.Event)
class EventAdmin(_LookOnly):
    """What happened that somebody may want to hear of."""

    list_display = ["kind", "at", "correction", "owed_at", "reason"]
    list_filter = ["kind", "correction", ("owed_at", admin.EmptyFieldListFilter)]
    search_fields = ["reason"]
    date_hierarchy = "at"


@admin.register(models.Delivery)
class DeliveryAdmin(_LookOnly):
    """What is owed, sent and dead."""

    action = Action.ADMINISTER
    list_display = ["message_id", "endpoint", "attempts", "sent_at", "dead_at", "problem"]
    list_select_related = ["endpoint"]
    list_filter = [
        ("sent_at", admin.EmptyFieldListFilter),
        ("dead_at", admin.EmptyFieldListFilter),
        *("endpoint__channel", "notice"),
    ]
    search_fields = ["message_id", "endpoint__address", "problem"]


@admin.register(models.Subscription)
class SubscriptionAdmin(_LookOnly):
    """Who wants to hear of what; changed on their own pages."""

    action = Action.ADMINISTER
    list_display = ["__str__", "owner", "endpoint", "actor", "topic", "confirmed_at", "disabled_at"]
    list_select_related = ["owner", "endpoint", "actor", "topic"]
    list_filter = ["frequency", ("disabled_at", admin.EmptyFieldListFilter), "actor", "topic"]
    search_fields = ["endpoint__address", "owner__username", "note"]


@admin.register(models.SavedSearch)
class SavedSearchAdmin(_ByRole):
    """Filters under a name."""

    action = Action.ADMINISTER
    list_display = ["name", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__username"]
    autocomplete_fields = ["owner", "actors", "topics"]


@admin.register(models.Endpoint)
class EndpointAdmin(_LookOnly):
    """How the places do to which messages go."""

    action = Action.ADMINISTER
    list_display = ["__str__", "owner", "state", "failures", "last_success_at", "last_problem"]
    list_select_related = ["owner"]
    list_filter = ["channel", ("disabled_at", admin.EmptyFieldListFilter)]
    search_fields = ["address", "owner__username"]
    exclude = ["secret", "previous_secret"]
