"""What people may send, checked; each error says what to do."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from frontend import wording
from tracker import dates, ingest, verdicts
from tracker.dates import BadDateError, EdtfDate
from tracker.models import Actor, Shift, Source, Stance, Statement, Topic
from tracker.positions import last_said


def day_input() -> forms.DateInput:
    """Return the input for a day."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class EdtfField(forms.CharField):
    """A date in EDTF; cleaned to an EdtfDate, or None where it is left empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **options)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false", "size": "26"}

    def to_python(self, value: Any) -> EdtfDate | None:  # type: ignore[override] # a date, no text
        """Return the date; raise ValidationError with the reason."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return dates.parse(text)
        except BadDateError as error:
            raise forms.ValidationError(str(error), code="bad_date") from error

    def run_validators(self, value: Any) -> None:
        """Leave a parsed date alone: the validators of text fields measure texts."""


class InstantField(forms.Field):
    """An instant in UTC; a day alone means its end, so that it takes in all of that day."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"})

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant, or None where it is left empty."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            day, instant = parse_date(text), parse_datetime(text)
        except ValueError as error:
            raise forms.ValidationError("give a day and time that exist") from error
        if day is not None:
            return datetime.combine(day, time.max, UTC)
        if instant is None:
            raise forms.ValidationError("give a day such as 2025-04-01, or a day and a time")
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

    def prepare_value(self, value: Any) -> str:
        """Return what the input can show: an instant in UTC, or nothing."""
        try:
            instant = value if isinstance(value, datetime) else self.to_python(value)
        except forms.ValidationError:
            return ""
        shown = instant.astimezone(UTC).replace(tzinfo=None, microsecond=0) if instant else None
        return shown.isoformat() if shown else ""


class ShownForm(forms.Form):
    """Which utterances of a timeline are shown: how their words are given, and by what source."""

    fidelity = forms.MultipleChoiceField(
        required=False,
        choices=Statement.Fidelity.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    grade = forms.ChoiceField(
        label="Source at least",
        required=False,
        choices=[("", "any"), *((letter, letter) for letter in "ABCDE")],
    )

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What else the address of the timeline says, to be kept when the form is sent."""
        names = ("said_until", "known_at", "from", "until", "undecided", "open")
        return [(name, self.data[name]) for name in names if self.data.get(name)]

    def narrowed(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return a history payload with what is shown; a shift stays where both sides do."""
        chosen = self.cleaned_data if self.is_valid() else {}
        fidelity, grade = chosen.get("fidelity"), chosen.get("grade")
        if not fidelity and not grade:
            return payload
        shown = [
            row
            for row in payload["utterances"]
            if (not fidelity or row["fidelity"] in fidelity)
            and (not grade or row["grade"][:1] <= grade)
        ]
        kept = {row["id"] for row in shown}
        shifts = [row for row in payload["shifts"] if {row["older"], row["newer"]} <= kept]
        return {**payload, "utterances": shown, "shifts": shifts}


class AsOfForm(forms.Form):
    """The two time axes: what had been said by then, and what this record held then."""

    said_until = forms.DateField(required=False, widget=day_input())
    known_at = InstantField(required=False)


class KnownForm(forms.Form):
    """As of what this record held at an instant."""

    known_at = InstantField(label="Known at (UTC)", required=False)


def _number(label: str, *, where: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.NumberInput({"size": 8}),
        help_text=where,
    )


class PairForm(KnownForm):
    """Two utterances to compare, by their numbers: the address of a comparison."""

    older = _number("Older utterance", where="The number at the top of its panel.")
    newer = _number("Newer utterance")

    field_order = ["older", "newer", "known_at"]


class DocumentPairForm(forms.Form):
    """Two documents to compare, by their numbers."""

    document = _number("Document", where="The number above its title.")
    other_document = _number("Other document")


class CompareForm(KnownForm):
    """What two actors, or one, had last said on a topic by two days, as the record held it."""

    actor = forms.ModelChoiceField(
        Actor.objects.all(), label="Actor", to_field_name="slug", empty_label="choose an actor"
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(), label="Topic", to_field_name="slug", empty_label="choose a topic"
    )
    said_until = forms.DateField(label="Older side: said until", widget=day_input())
    other_actor = forms.ModelChoiceField(
        Actor.objects.all(),
        label="Newer side: actor",
        to_field_name="slug",
        required=False,
        empty_label="the same actor",
    )
    other_said_until = forms.DateField(
        label="Newer side: said until",
        required=False,
        widget=day_input(),
        help_text="Empty: the same day.",
    )

    field_order = ["actor", "said_until", "other_actor", "other_said_until", "topic", "known_at"]

    def pair(self) -> tuple[int, int] | None:
        """Return the utterances asked for; None, with the reason, where a side has none."""
        chosen = self.cleaned_data
        older = self._last(chosen["actor"], "said_until", chosen["said_until"])
        newer = self._last(
            chosen["other_actor"] or chosen["actor"],
            "other_said_until",
            chosen["other_said_until"] or chosen["said_until"],
        )
        return (older, newer) if older and newer else None

    def _last(self, actor: Actor, field: str, day: date) -> int | None:
        stance = Stance.objects.filter(actor=actor, topic=self.cleaned_data["topic"])
        last = last_said(stance, said_until=day, known_at=self.cleaned_data["known_at"])
        for content in last.values():
            return int(content["id"])
        self.add_error(field, "Nothing on this topic is recorded from before that day.")
        return None


class ShiftFilterForm(forms.Form):
    """Which shifts to list. Without a status: those that the record stands by, and undecided."""

    actor = forms.ModelChoiceField(
        Actor.objects.all(), required=False, to_field_name="slug", empty_label="everybody"
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(), required=False, to_field_name="slug", empty_label="every topic"
    )
    kind = forms.ChoiceField(required=False, choices=[("", "every kind"), *wording.KIND.items()])
    direction = forms.ChoiceField(
        required=False, choices=[("", "every direction"), *wording.DIRECTION.items()]
    )
    status = forms.ChoiceField(
        required=False, choices=[("", "not withdrawn"), *wording.STATUS.items()]
    )

    def lookups(self) -> dict[str, Any]:
        """Return what was chosen as lookups on shifts; nothing where the choice is not valid."""
        chosen = {
            "stance__actor": self.cleaned_data.get("actor"),
            "stance__topic": self.cleaned_data.get("topic"),
            "kind_rows__kind": self.cleaned_data.get("kind"),
            "direction": self.cleaned_data.get("direction"),
            "status": self.cleaned_data.get("status"),
        }
        lookups = {name: value for name, value in chosen.items() if value}
        return lookups if "status" in lookups else {**lookups, "withdrawn_at": None}


class SetDateForm(forms.Form):
    """On which day the words of a document were said."""

    said = EdtfField(
        label="Said on",
        help_text="As exactly as you know it, and no more: 2022-04-01, 2022-04, 2022-04-01~ "
        "(about), 2022-04-01/2022-04-03 (one day among these).",
        error_messages={"required": "Give the day, the month or the days between which."},
    )
    note = forms.CharField(
        label="How you know",
        required=False,
        max_length=1000,
        help_text="Kept with your decision.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DecisionForm(forms.Form):
    """Why an analyst confirms or rejects a shift."""

    note = forms.CharField(
        label="Why",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class VerdictForm(DecisionForm):
    """What an analyst accepts: a shift, of which kinds, in which direction, and why.

    A clear direction is a kind besides those ticked. Sent without either, the verdict is left as
    the detector found or suggests it.
    """

    kinds = forms.MultipleChoiceField(
        label="What changed",
        required=False,
        choices=[(kind, wording.KIND[kind]) for kind in verdicts.KINDS_TO_CHOOSE],
        widget=forms.CheckboxSelectMultiple,
    )
    direction = forms.ChoiceField(
        label="Direction",
        required=False,
        choices=[(slug, wording.DIRECTION[slug]) for slug in verdicts.DIRECTIONS_TO_CHOOSE],
    )

    def __init__(self, posted: QueryDict | None = None, *, shift: Shift) -> None:
        choice = verdicts.suggested(shift)
        initial = {"kinds": list(choice.kinds), "direction": choice.direction}
        super().__init__(posted, initial=initial, auto_id=f"%s-shift-{shift.pk}")

    def clean(self) -> dict[str, Any]:
        """Refuse one of the two without the other."""
        given = {name: self.cleaned_data.get(name) for name in ("kinds", "direction")}
        if given["direction"] and not given["kinds"] and "kinds" not in self.errors:
            self.add_error("kinds", "Tick at least one kind, or reject the pair.")
        if given["kinds"] and not given["direction"] and "direction" not in self.errors:
            self.add_error("direction", "Choose a direction.")
        return self.cleaned_data

    def choice(self) -> verdicts.Choice | None:
        """Return the verdict chosen, if one was."""
        ticked = self.cleaned_data["kinds"]
        kinds = tuple(kind for kind in verdicts.KINDS_TO_CHOOSE if kind in ticked)
        return verdicts.Choice(kinds, self.cleaned_data["direction"]) if kinds else None


class AboutForm(forms.Form):
    """What somebody knows of a document: its source, and what is better known than read."""

    source = forms.ModelChoiceField(
        Source.objects.all(),
        empty_label="choose a source",
        help_text="The outlet that published it; its grade is part of every statement's grade.",
        error_messages={"required": "Choose the source: without one nothing can be graded."},
    )
    title = forms.CharField(label="Title", required=False, max_length=500)
    said = EdtfField(
        label="Said on",
        required=False,
        help_text="Only if you know better than the text: 2022-04-01, 2022-04, 2022-04~ (about).",
    )
    published = EdtfField(
        label="Published on", required=False, help_text="Only if you know better than the page."
    )

    def clean_said(self) -> EdtfDate | None:
        """Refuse a day that is still to come."""
        return self._past("said")

    def clean_published(self) -> EdtfDate | None:
        """Refuse a day that is still to come."""
        return self._past("published")

    def _past(self, name: str) -> EdtfDate | None:
        given: EdtfDate | None = self.cleaned_data[name]
        try:
            ingest.refuse_future(given, name=name, today=ingest.today(timezone.now()))
        except ingest.BadInputError as error:
            raise forms.ValidationError(str(error), code=error.code) from error
        return given


class AddForm(AboutForm):
    """A document to be added: pasted, uploaded or fetched; exactly one of the three."""

    text = forms.CharField(
        label="Text",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
        help_text="The whole text as published: its headline, dateline and questions help the "
        "reader.",
    )
    file = forms.FileField(
        label="File",
        required=False,
        help_text="Plain text, HTML, PDF or Word, up to 20 MB.",
    )
    url = forms.URLField(
        label="Address",
        required=False,
        max_length=2000,
        assume_scheme="https",
        help_text="Of the page itself. It is fetched once, and kept as it came.",
    )

    def clean(self) -> dict[str, Any]:
        """Refuse none and more than one of text, file and address."""
        cleaned: dict[str, Any] = super().clean() or {}
        given = [name for name in ("text", "file", "url") if self._has(name)]
        if not given:
            self.add_error("text", "Paste a text, choose a file or give an address.")
        for name in given[1:]:
            self.add_error(name, f"One document at a time: the {given[0]} is filled in as well.")
        return cleaned

    def _has(self, name: str) -> bool:
        given = self.files.get(name) or self.data.get(name)
        return bool(given.strip() if isinstance(given, str) else given)
