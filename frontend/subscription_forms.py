"""What subscribers send, checked; each error says what to do."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.http import QueryDict

from frontend import wording
from frontend.templatetags.words import plain
from tracker.models import Actor, Delivery, Endpoint, Event, SavedSearch, Subscription, Topic
from tracker.models.alerts import DeliveryQuerySet, known_time_zone
from tracker.models.filters import GRADES, STATUSES

_CHOSEN = "None chosen: all. Ctrl with a click chooses several."
_Channel = Subscription.Channel
# What the address of a view calls its filters -> what filters call them.
_CARRIED: Final = {"kind": "kinds", "direction": "directions", "status": "statuses"}


def carried(asked: QueryDict) -> dict[str, Any]:
    """Return the filters that the address of a view gives, as initial values of a form."""
    several = {to: [one for one in asked.getlist(name) if one] for name, to in _CARRIED.items()}
    return {**several, "words": asked.get("words", "")}


def _several(label: str, choices: list[tuple[str, str]]) -> forms.MultipleChoiceField:
    """Return a field of boxes; none ticked means all."""
    return forms.MultipleChoiceField(
        label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple
    )


def _share(label: str, help_text: str) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        required=False,
        min_value=0,
        max_value=1,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"step": "0.05", "inputmode": "decimal"}),
    )


class _Day(forms.DateInput):
    """A day, from the browser's calendar."""

    input_type = "date"


class _Searches(forms.ModelChoiceField):  # type: ignore[type-arg] # a plain class at run time
    """A saved search, by its name; what could turn the order of the words is left out."""

    def label_from_instance(self, obj: SavedSearch) -> str:
        """Return the name as a browser shows it in a list."""
        return plain(obj.name)


class FiltersForm(forms.Form):
    """Which events to let through; empty fields let everything through."""

    kinds = _several("Kinds of shift", list(wording.KIND.items()))
    directions = _several("Directions", list(wording.DIRECTION.items()))
    statuses = _several("Status", [(s.value, wording.STATUS[s.value]) for s in STATUSES])
    minimum_materiality = _share("Materiality of at least", "0 to 1: how much it would matter.")
    minimum_confidence = _share("Confidence of at least", "0 to 1: how sure the verdict is.")
    worst_grade = forms.ChoiceField(
        label="Grade at least",
        required=False,
        choices=[("", "any"), *((grade, grade) for grade in GRADES)],
    )
    minimum_sources = forms.IntegerField(
        label="Independent sources at least",
        required=False,
        min_value=1,
        max_value=100,
        help_text="On either side of a shift.",
    )
    words = forms.CharField(
        label="With these words",
        required=False,
        max_length=300,
        help_text="All of them have to stand in one of the two passages.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def filters(self) -> dict[str, Any]:
        """Return what was chosen as fields of filters."""
        nothing = {"minimum_materiality": 0.0, "minimum_confidence": 0.0, "minimum_sources": 1}
        chosen = dict(self.cleaned_data)
        return chosen | {name: chosen[name] or value for name, value in nothing.items()}


class SavedSearchForm(FiltersForm):
    """Filters and the name that they are kept under."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Give it a name: you will look for it by that."},
    )
    actors = forms.ModelMultipleChoiceField(
        Actor.objects.all(),
        required=False,
        to_field_name="slug",
        help_text=_CHOSEN,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.all(),
        required=False,
        to_field_name="slug",
        help_text=_CHOSEN,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )


class SubscriptionForm(FiltersForm):
    """What somebody wants to hear of, and how often."""

    actor = forms.ModelChoiceField(
        Actor.objects.all(), required=False, to_field_name="slug", empty_label="everybody"
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(), required=False, to_field_name="slug", empty_label="every topic"
    )
    saved_search = _Searches(
        SavedSearch.objects.none(),
        label="Saved search",
        required=False,
        empty_label="none",
        help_text="Its filters count besides those given here.",
    )
    events = _several("What happens", list(wording.EVENTS.items()))
    frequency = forms.ChoiceField(label="How often", choices=list(wording.FREQUENCY.items()))
    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        validators=[known_time_zone],
        help_text="For the days of digests: Europe/Berlin, say.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    expires_at = forms.DateTimeField(
        label="Until",
        required=False,
        help_text="Nothing is sent from then on; empty: it goes on until you end it.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = forms.CharField(
        label="Why",
        required=False,
        max_length=500,
        help_text="Echoed in each message.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, owner: User | None, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["saved_search"]
        if isinstance(field, _Searches):
            field.queryset = SavedSearch.objects.filter(owner=owner).order_by("name")

    def wishes(self, *, now: datetime) -> dict[str, Any]:
        """Return what was chosen as fields of a subscription made or changed at `now`."""
        chosen = self.filters()
        return chosen | {"events": [kind for kind in Event.Kind.values if kind in chosen["events"]]}


class NewSubscriptionForm(SubscriptionForm):
    """Besides, where messages go."""

    channel = forms.ChoiceField(label="By", choices=list(wording.CHANNEL.items()))
    address = forms.CharField(
        label="To",
        max_length=2000,
        help_text="A mailbox, the address of a webhook (https://…), or one that Apprise knows.",
        error_messages={"required": "Say where messages go."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    backlog = forms.TypedChoiceField(
        label="Begin with",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "nothing: only what happens from now on"),
            (7, "one summary of the last 7 days"),
            (30, "one summary of the last 30 days"),
            (365, "one summary of the last 365 days"),
        ],
    )

    field_order = ["channel", "address"]

    def wishes(self, *, now: datetime) -> dict[str, Any]:
        """Return besides from when on a summary is wanted, if one is."""
        chosen = super().wishes(now=now)
        days = chosen.pop("backlog")
        return chosen | {"backlog_since": now - timedelta(days=days) if days else None}

    def clean(self) -> dict[str, Any]:
        """Refuse an address that is none of its channel."""
        cleaned: dict[str, Any] = super().clean() or {}
        channel, address = cleaned.get("channel"), cleaned.get("address", "")
        try:
            if address and channel == _Channel.EMAIL:
                validate_email(address)
            elif address and channel == _Channel.WEBHOOK:
                URLValidator(schemes=["https", "http"])(address)
        except ValidationError as error:
            self.add_error("address", error)
        return cleaned


class ReplayForm(forms.Form):
    """Of which days messages are to be sent again; the days begin and end where the reader is."""

    since = forms.DateField(label="From", widget=_Day())
    until = forms.DateField(label="To", required=False, widget=_Day())

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order."""
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            raise ValidationError("The days are in the wrong order.")
        return cleaned

    def messages_to(self, endpoint: Endpoint) -> DeliveryQuerySet:
        """Return the messages to an endpoint that were made on these days."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        chosen = Delivery.objects.filter(endpoint=endpoint, created_at__date__gte=since)
        return chosen.filter(created_at__date__lte=until) if until else chosen
