"""What analysts send from a document's page; each error says what to do."""

from typing import Any, Final

from django import forms

from frontend.forms import EdtfField
from tracker import corrections
from tracker.corrections import Given
from tracker.models import Actor, Document, Topic

_MANNERS: Final = {
    "direct-verbatim": "quoted, in the speaker's own words",
    "direct-translated": "quoted in translation",
    "mixed-reported": "partly quoted, partly retold",
    "indirect-reported": "retold by a reporter",
    "indirect-paraphrased": "paraphrased",
}


def _note() -> forms.CharField:
    return forms.CharField(
        label="How you know",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class _Named(forms.Form):
    """A form among others on its page: the ids of its fields begin with its name."""

    name = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.auto_id = f"{self.name}_%s"


class RereadForm(_Named):
    """Why a document is to be read again."""

    name = "reread"

    note = forms.CharField(
        label="Why",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class SpeakerForm(_Named):
    """Who spoke the words of a statement."""

    name = "speaker"

    actor = forms.ModelChoiceField(
        Actor.objects.all(),
        label="Spoken by",
        required=False,
        to_field_name="slug",
        empty_label="nobody of this record",
        help_text="Choose the same again to say that it is right.",
    )
    note = _note()


class StatementForm(_Named):
    """A statement that the reading overlooked."""

    name = "statement"

    exact = forms.CharField(
        label="Its words",
        strip=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "spellcheck": "false"}),
        help_text="Select them in the text, or type them exactly as they stand there.",
        error_messages={"required": "Select the words in the text, or type them."},
    )
    near = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    actor = forms.ModelChoiceField(
        Actor.objects.all(),
        label="Spoken by",
        to_field_name="slug",
        empty_label="choose an actor",
        error_messages={"required": "Choose who spoke."},
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(),
        label="On",
        required=False,
        to_field_name="slug",
        empty_label="none of the topics",
    )
    manner = forms.ChoiceField(label="Given as", choices=list(_MANNERS.items()))
    said = EdtfField(
        label="Said on", required=False, help_text="Only where it is not the document's day."
    )
    note = _note()

    def given(self, text: str) -> Given:
        """Return the statement, found in a document's text; raises CorrectionError."""
        chosen = self.cleaned_data
        start, end = corrections.find(text, chosen["exact"], near=chosen["near"])
        attribution, fidelity = chosen["manner"].split("-")
        return Given(
            start, end, chosen["actor"], chosen["topic"], attribution, fidelity, chosen["said"]
        )


class OriginForm(_Named):
    """Which document this one reprints or translates."""

    name = "origin"

    origin = forms.ModelChoiceField(
        Document.objects.only("pk", "title", "origin"),
        label="Reprints or translates document",
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "inputmode": "numeric"}),
        help_text="Its number; empty where this is a text of its own. Both count as one witness.",
        error_messages={"invalid_choice": "There is no document with this number."},
    )
    note = _note()

    def __init__(self, *args: Any, document: Document, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial = {"origin": document.origin_id}
        self._document = document

    def clean_origin(self) -> Document | None:
        """Refuse the document itself, and circles."""
        origin: Document | None = self.cleaned_data["origin"]
        if origin is None:
            return None
        if self._document.pk in (origin.pk, origin.origin_id):
            raise forms.ValidationError("A document cannot reprint itself or its own reprint.")
        if self._document.reprints.exists():
            raise forms.ValidationError(
                "Other documents are marked as reprints of this one: correct those first."
            )
        return origin
