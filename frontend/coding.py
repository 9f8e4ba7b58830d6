"""Double coding: one pair at a time, without the machine's verdict, and how far coders agree."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend import evidence
from frontend.access import AnalystRequest, analysts, readers
from tracker import double_coding
from tracker.double_coding import CannotCodeError
from tracker.models import PairCoding, Topic, Utterance

UNPROCESSABLE = 422  # a form that came back with errors: not a success, nothing was done
MINE = 10  # own latest codings shown
_KEYS = {"hardened": "h", "softened": "s", "reversed": "r", "changed": "c", "none": "n"}
_Direction = PairCoding.Direction


class TopicForm(forms.Form):
    """On which topic to code."""

    topic = forms.ModelChoiceField(
        Topic.objects.all(), required=False, to_field_name="slug", empty_label="every topic"
    )


class CodingForm(forms.Form):
    """What changed from the older to the newer of two utterances."""

    older = forms.ModelChoiceField(Utterance.objects.all(), widget=forms.HiddenInput)
    newer = forms.ModelChoiceField(Utterance.objects.all(), widget=forms.HiddenInput)
    direction = forms.ChoiceField(
        label="From the older to the newer, the position is",
        choices=_Direction.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what happened to the position."},
    )
    degree = forms.TypedChoiceField(
        label="How much of it moved",
        choices=PairCoding.Degree.choices[1:],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label="Why",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, object]:
        """Set the degree of what did not change, and ask for that of what did."""
        cleaned: dict[str, object] = super().clean() or {}
        direction = cleaned.get("direction")
        if direction in (_Direction.NONE, _Direction.UNCLEAR):
            cleaned["degree"] = 0 if direction == _Direction.NONE else None
        elif direction and cleaned.get("degree") is None:
            self.add_error("degree", "Say also how much of it moved.")
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@analysts
def code(request: AnalystRequest) -> HttpResponse:
    """One pair to be coded; posting records the answer and leads to the next pair."""
    asked = TopicForm(request.GET)
    topic = asked.cleaned_data["topic"] if asked.is_valid() else None
    if request.method != "POST":
        pair = double_coding.next_pair(request.user, topic=topic)
        form = CodingForm(initial=dict(zip(("older", "newer"), pair, strict=True)) if pair else {})
        return _page(request, form, pair, asked)
    form = CodingForm(request.POST)
    if form.is_valid():
        try:
            double_coding.code(**form.cleaned_data, by=request.user, now=timezone.now())
        except CannotCodeError as error:
            messages.error(request, f"Nothing was recorded: {error}.")
        else:
            messages.success(request, "Your answer is recorded.")
        return redirect(request.get_full_path())
    shown = form.data.get("older", ""), form.data.get("newer", "")
    if not all(number.isdigit() and number.isascii() for number in shown):
        return redirect("coding")
    return _page(request, form, (int(shown[0]), int(shown[1])), asked, status=UNPROCESSABLE)


@require_POST
@analysts
def withdraw(request: AnalystRequest, pk: int) -> HttpResponse:
    """Take back one's own coding, as long as nobody else has coded the pair."""
    mine = get_object_or_404(PairCoding.objects.standing().filter(coder=request.user), pk=pk)
    try:
        double_coding.withdraw(mine, now=timezone.now())
    except CannotCodeError as error:
        messages.error(request, f"Nothing was taken back: {error}.")
    else:
        messages.success(request, "Your answer is taken back; the pair comes up again.")
    return redirect("coding")


@require_safe
@readers
def agreement(request: HttpRequest) -> HttpResponse:
    """How far coders agree on each topic, and where they do not."""
    return render(request, "frontend/agreement.html", {"agreements": double_coding.agreements()})


def _page(
    request: AnalystRequest,
    form: CodingForm,
    pair: tuple[int, int] | None,
    asked: TopicForm,
    *,
    status: int = 200,
) -> HttpResponse:
    mine = PairCoding.objects.standing().filter(coder=request.user)
    context = {
        "form": form,
        "asked": asked,
        "directions": list(zip(form["direction"], [*_KEYS.values(), "u"], strict=True)),
        "mine": mine.select_related("older__stance__actor", "older__stance__topic")[:MINE],
        **(_sides(pair) if pair else {}),
    }
    return render(request, "frontend/coding.html", context, status=status)


def _sides(pair: tuple[int, int]) -> dict[str, object]:
    """Return both utterances with their words, as they stand: nothing is marked for coders."""
    found = evidence.utterances().in_bulk(pair)
    older, newer = (found.get(pk) for pk in pair)
    return {"older": older, "newer": newer} if older and newer else {}
