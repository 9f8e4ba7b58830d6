"""What subscribers send, checked; each error says what to do."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from frontend import wording
from tracker.models import Actor, Event, Subscription, Topic
from tracker.models.alerts import known_time_zone
from tracker.models.filters import GRADES, STATUSES

_Channel = Subscription.Channel


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


class SubscriptionForm(forms.Form):
    """What somebody wants to hear of, and how often."""

    actor = forms.ModelChoiceField(
        Actor.objects.all(), required=False, to_field_name="slug", empty_label="everybody"
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(), required=False, to_field_name="slug", empty_label="every topic"
    )
    events = _several("What happens", list(wording.EVENTS.items()))
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
    words = forms.CharField(
        label="With these words",
        required=False,
        max_length=300,
        help_text="All of them have to stand in one of the two passages.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    frequency = forms.ChoiceField(label="How often", choices=list(wording.FREQUENCY.items()))
    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        validators=[known_time_zone],
        help_text="For the days of digests: Europe/Berlin, say.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    note = forms.CharField(
        label="Why",
        required=False,
        max_length=500,
        help_text="Echoed in each message.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def wishes(self) -> dict[str, Any]:
        """Return what was chosen as fields of a subscription."""
        chosen = dict(self.cleaned_data)
        for name in ("minimum_materiality", "minimum_confidence"):
            chosen[name] = chosen[name] or 0.0
        chosen["events"] = [kind for kind in Event.Kind.values if kind in chosen["events"]]
        return chosen


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

    field_order = ["channel", "address"]

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
