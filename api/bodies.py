"""The bodies that may be posted, each field with its type and its limits.

A name that is not listed is refused.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import EmailValidator
from rest_framework import serializers

from api.choices import Choice
from api.fields import (
    ActorField,
    EdtfField,
    Fraction,
    InstantField,
    Numbered,
    OwnSearchField,
    Patterned,
    RowsField,
    Slug,
    SourceField,
    Strict,
    Text,
    TopicField,
    WebAddress,
    web_address,
)
from tracker import verdicts
from tracker.models import (
    Actor,
    Decision,
    Document,
    Event,
    PairCoding,
    Shift,
    Source,
    Statement,
    Subscription,
    Topic,
    Utterance,
    WatchedSource,
)
from tracker.models.alerts import known_time_zone
from tracker.models.filters import STATUSES
from tracker.models.watch import FEWEST_MINUTES, MOST_MINUTES

TEXT_LIMIT = 5_000_000


class NothingBody(Strict):
    """An empty object: the address says it all."""


class ActorChangeBody(Strict):
    """What may be changed of an actor; `aliases` takes the place of all there are."""

    name = Text(max_length=200)
    kind = Choice(Actor.Kind, default=Actor.Kind.PERSON.value)
    pronoun = Text(max_length=8, default="", allow_blank=True, help_text="he, she, they, or empty")
    description = Text(max_length=10_000, default="", allow_blank=True)
    aliases = serializers.ListField(child=Text(max_length=200), max_length=100, default=list)

    def validate_aliases(self, value: list[str]) -> list[str]:
        """Return the aliases, each once."""
        return sorted(set(value))


class ActorBody(ActorChangeBody):
    """A new actor."""

    slug = Slug(max_length=80)


class RoleChangeBody(Strict):
    """What may be changed of a role; null stands for an open end."""

    title = Text(max_length=200)
    organisation = Text(max_length=200, default="", allow_blank=True)
    since = serializers.DateField(allow_null=True, default=None)
    until = serializers.DateField(allow_null=True, default=None)


class RoleBody(RoleChangeBody):
    """A new role of an actor."""

    actor = ActorField(help_text="slug of the actor")


class TermBody(Strict):
    """A word or phrase that finds a topic."""

    text = Text(max_length=200)
    weight = serializers.FloatField(min_value=0.01, max_value=100, default=1.0)


class TopicChangeBody(Strict):
    """What may be changed of a topic; each list takes the place of the one there is."""

    name = Text(max_length=200)
    description = Text(max_length=10_000, default="", allow_blank=True)
    parent = TopicField(  # type: ignore[assignment]  # a field, not the serializer's own
        allow_null=True, default=None, help_text="slug of the topic that this one is a part of"
    )
    orientation = Choice(Topic.Orientation, default=Topic.Orientation.MORE_IS_HARDER.value)
    terms = serializers.ListField(child=TermBody(), max_length=200)
    exclusions = serializers.ListField(child=Text(max_length=200), max_length=200, default=list)


class TopicBody(TopicChangeBody):
    """A new topic."""

    slug = Slug(max_length=80)


class SourceChangeBody(Strict):
    """What may be changed of a source."""

    name = Text(max_length=200)
    reliability = Choice(Source.Reliability, default=Source.Reliability.F.value)
    home = WebAddress(max_length=200, default="", allow_blank=True)
    note = Text(max_length=10_000, default="", allow_blank=True, help_text="why this grade")


class SourceBody(SourceChangeBody):
    """A new source."""

    slug = Slug(max_length=80)


class WatchedChangeBody(Strict):
    """What may be changed of a watched source."""

    source = SourceField(  # type: ignore[assignment]  # a field, not the serializer's own
        help_text="slug of the source that its documents are of"
    )
    every = serializers.IntegerField(
        min_value=FEWEST_MINUTES,
        max_value=MOST_MINUTES,
        default=60,
        help_text="minutes between two polls",
    )
    prefix = Text(
        max_length=2000,
        default="",
        allow_blank=True,
        help_text="with the kind pages: how the links that are documents begin",
    )


class WatchedBody(WatchedChangeBody):
    """A feed or a page to be polled."""

    url = WebAddress(max_length=2000, help_text="its address")
    kind = Choice(WatchedSource.Kind, default=WatchedSource.Kind.FEED.value)


class DocumentBody(Strict):
    """What is known of a document besides its text. Given dates win over what the text says."""

    source = SourceField(  # type: ignore[assignment]  # a field, not the serializer's own
        help_text="slug of the source"
    )
    title = Text(max_length=500, required=False, default="", allow_blank=True)
    language = Patterned(
        r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?)?$",
        max_length=12,
        default="",
        allow_blank=True,
        help_text="BCP 47, such as en",
    )
    said = EdtfField(required=False, help_text="EDTF: when it was said")
    published = EdtfField(required=False, help_text="EDTF: when it came out")


class DocumentTextBody(DocumentBody):
    """A document as text, or the address of one: exactly one of the two."""

    text = Text(max_length=TEXT_LIMIT, required=False, trim_whitespace=False)
    url = WebAddress(
        max_length=2000, required=False, help_text="fetched if there is no text, else kept with it"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError where there is nothing to store."""
        if "text" not in attrs and "url" not in attrs:
            raise serializers.ValidationError({"text": ["Give text or url."]}, "required")
        return attrs


class DocumentFileBody(DocumentBody):
    """A document as a file: text, HTML, PDF or .docx."""

    file = serializers.FileField(
        allow_empty_file=True, use_url=False, max_length=300, help_text="the file"
    )


class StatementBody(Strict):
    """A statement that the reading overlooked, by its words in a document.

    `exact` alone is enough where the words stand there once; `prefix` and `suffix`, or `start`
    and `end`, say which are meant, and must agree with the text.
    """

    document = Numbered(queryset=Document.objects.all(), help_text="number of the document")
    actor = ActorField(help_text="slug of the actor who said it")
    topic = TopicField(required=False, help_text="slug of the topic; without it, none")
    exact = Text(max_length=20_000, trim_whitespace=False, help_text="the words, letter for letter")
    prefix = Text(
        max_length=64,
        default="",
        allow_blank=True,
        trim_whitespace=False,
        help_text="what stands before them",
    )
    suffix = Text(
        max_length=64,
        default="",
        allow_blank=True,
        trim_whitespace=False,
        help_text="what stands after them",
    )
    start = serializers.IntegerField(
        min_value=0, max_value=TEXT_LIMIT, required=False, help_text="offset of their first letter"
    )
    end = serializers.IntegerField(
        min_value=1, max_value=TEXT_LIMIT, required=False, help_text="offset after their last"
    )
    attribution = Choice(Statement.Attribution)
    fidelity = Choice(Statement.Fidelity)
    said = EdtfField(
        required=False, help_text="EDTF: when it was said; without it, on the document's day"
    )
    note = Text(max_length=2000, default="", allow_blank=True)


class DecisionBody(Strict):
    """A person's word on a shift, on two statements, or on a document and what is in it."""

    NEEDED: ClassVar[Mapping[str, frozenset[str]]] = {
        Decision.Kind.CONFIRM: frozenset({"shift"}),
        Decision.Kind.REJECT: frozenset({"shift"}),
        Decision.Kind.JOIN: frozenset({"statement", "other_statement"}),
        Decision.Kind.SPLIT: frozenset({"statement", "other_statement"}),
        Decision.Kind.SET_DATE: frozenset({"document", "said"}),
        Decision.Kind.SET_ORIGIN: frozenset({"document", "origin"}),
        Decision.Kind.SET_SPEAKER: frozenset({"statement", "actor"}),
        Decision.Kind.REREAD: frozenset({"document"}),
    }
    TAKEN: ClassVar[Mapping[str, frozenset[str]]] = {
        Decision.Kind.CONFIRM: frozenset({"kinds", "direction"})
    }

    kind = Choice(Decision.Kind, among=NEEDED)
    shift = Numbered(
        queryset=Shift.objects.select_related("older", "newer"),
        required=False,
        help_text="with confirm and reject: number of the shift",
    )
    statement = Numbered(
        queryset=Statement.objects.select_related("document", "actor"),
        required=False,
        help_text="with join, split and set_speaker: number of a statement",
    )
    other_statement = Numbered(
        queryset=Statement.objects.all(),
        required=False,
        help_text="with join and split: number of the other",
    )
    document = Numbered(
        queryset=Document.objects.select_related("origin"),
        required=False,
        help_text="with set_date, set_origin and reread: number of the document",
    )
    origin = Numbered(
        queryset=Document.objects.select_related("origin"),
        required=False,
        allow_null=True,
        help_text="with set_origin: number of what the document reprints; null: nothing",
    )
    actor = ActorField(
        required=False,
        allow_null=True,
        help_text="with set_speaker: slug of who spoke; null: nobody who is followed here",
    )
    said = EdtfField(required=False, help_text="with set_date: EDTF")
    kinds = serializers.ListField(
        child=Choice(Shift.Kind, among=verdicts.KINDS_TO_CHOOSE),
        required=False,
        min_length=1,
        max_length=len(verdicts.KINDS_TO_CHOOSE),
        help_text="with confirm: what the shift is, in place of what was detected",
    )
    direction = Choice(
        Shift.Direction,
        among=verdicts.DIRECTIONS_TO_CHOOSE,
        required=False,
        help_text="with confirm, beside `kinds`",
    )
    note = Text(max_length=2000, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError unless exactly what the kind needs is there."""
        needed, taken = self.NEEDED[attrs["kind"]], self.TAKEN.get(attrs["kind"], frozenset())
        given = attrs.keys() - {"kind", "note"}
        reasons = {name: ["This kind needs it."] for name in needed - given}
        reasons |= {name: ["This kind does not take it."] for name in given - needed - taken}
        if len(given & taken) == 1:
            (other,) = taken - given
            reasons[other] = ["Kinds and direction come together."]
        if reasons:
            raise serializers.ValidationError(reasons, "mismatch")
        return attrs


class CodingBody(Strict):
    """One's own answer to: what changed from the older utterance to the newer one?"""

    older = Numbered(queryset=Utterance.objects.all(), help_text="number of the older utterance")
    newer = Numbered(queryset=Utterance.objects.all(), help_text="number of the newer utterance")
    direction = Choice(PairCoding.Direction)
    degree = serializers.IntegerField(
        min_value=0,
        max_value=3,
        allow_null=True,
        default=None,
        help_text="1 slightly, 2 clearly, 3 wholly; not needed with none and unclear",
    )
    note = Text(max_length=1000, default="", allow_blank=True)


class DocumentBatchBody(Strict):
    """Many documents, each as a text or an address."""

    rows = RowsField(child=DocumentTextBody())


class StatementBatchBody(Strict):
    """Many statements."""

    rows = RowsField(child=StatementBody())


class DecisionBatchBody(Strict):
    """Many decisions."""

    rows = RowsField(child=DecisionBody())


class FiltersBody(Strict):
    """Which events to let through. Empty lists and texts mean all."""

    kinds = serializers.ListField(child=Choice(Shift.Kind), max_length=12, default=list)
    directions = serializers.ListField(child=Choice(Shift.Direction), max_length=5, default=list)
    statuses = serializers.ListField(
        child=Choice(Shift.Status, among=STATUSES), max_length=3, default=list
    )
    minimum_materiality = Fraction(default=0.0)
    minimum_confidence = Fraction(default=0.0)
    worst_grade = Patterned(
        r"^([A-F][1-6])?$",
        default="",
        allow_blank=True,
        help_text="a letter and a digit that must not be worse, such as C3",
    )
    minimum_sources = serializers.IntegerField(
        min_value=1, max_value=100, default=1, help_text="independent ones, on either side"
    )
    words = Text(
        max_length=300, default="", allow_blank=True, help_text="all of them in the passages"
    )


class ReplayBody(Strict):
    """Which messages to send once more, by when they were made."""

    since = InstantField(help_text="from then on")
    until = InstantField(required=False, help_text="before then; without it, until now")


class SavedSearchBody(FiltersBody):
    """Filters and the name to keep them under."""

    name = Text(max_length=120)
    actors = serializers.ListField(child=ActorField(), max_length=100, default=list)
    topics = serializers.ListField(child=TopicField(), max_length=100, default=list)


class SubscriptionChangeBody(FiltersBody):
    """What may be changed of a subscription: which events to hear of, and how often."""

    actor = ActorField(allow_null=True, default=None, help_text="slug; null: every actor")
    topic = TopicField(allow_null=True, default=None, help_text="slug; null: every topic")
    saved_search = OwnSearchField(
        allow_null=True, default=None, help_text="number of one's own saved search"
    )
    events = serializers.ListField(
        child=Choice(Event.Kind),
        max_length=6,
        default=list,
        help_text="empty: all that happens to shifts",
    )
    frequency = Choice(Subscription.Frequency, default=Subscription.Frequency.IMMEDIATE.value)
    time_zone = Text(max_length=64, default="UTC", help_text="of digests, such as Europe/Berlin")
    note = Text(max_length=500, default="", allow_blank=True)
    expires_at = InstantField(allow_null=True, default=None, help_text="null: never")

    def validate_time_zone(self, name: str) -> str:
        """Return the name of a time zone. Raises ValidationError."""
        try:
            known_time_zone(name)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages, "invalid") from error
        return name


class SubscriptionBody(SubscriptionChangeBody):
    """Which events to hear of, how often, and where."""

    _JUDGES: ClassVar[Mapping[str, Callable[[str], object]]] = {
        Subscription.Channel.WEBHOOK: web_address,
        Subscription.Channel.EMAIL: EmailValidator(),
    }

    channel = Choice(Subscription.Channel)
    address = Text(max_length=2000, help_text="e-mail address or webhook's URL")
    backlog_since = InstantField(
        required=False, help_text="one summary of what happened since then comes first"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the values. Raises ValidationError for an address that is not of the channel."""
        judge = self._JUDGES.get(attrs["channel"])
        try:
            if judge is not None:
                judge(attrs["address"])
        except (serializers.ValidationError, DjangoValidationError) as error:
            reasons = serializers.as_serializer_error(error)["non_field_errors"]
            raise serializers.ValidationError({"address": reasons}) from error
        return attrs


class EndpointChangeBody(Strict):
    """Where a webhook has moved to."""

    address = WebAddress(max_length=2000, help_text="the webhook's new URL")
