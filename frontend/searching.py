"""The search page: statements by their words, and the uses of a phrase through time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from frontend import exporting
from frontend.access import readers
from frontend.forms import InstantField, day_input
from frontend.reader import Piece, Span, pieces
from tracker import search
from tracker.models import Actor, Attestation, Source, Statement, Topic

PAGE = 30
WIDTH, HEIGHT = 640, 72  # of the chart of uses, in its own units
_EDGE = 4
_LEFT = 24  # for the number that the highest bar stands for
_YEARS = 10  # labels of the axis at most


class SearchForm(forms.Form):
    """Words to look for, and which statements count."""

    q = forms.CharField(
        label="Words",
        required=False,
        max_length=search.LONGEST_QUERY,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
        help_text='All of these words; "these in this order"; -without; begin*; this OR that.',
    )
    actor = forms.ModelChoiceField(
        Actor.objects.all(), required=False, to_field_name="slug", empty_label="everybody"
    )
    topic = forms.ModelChoiceField(
        Topic.objects.all(), required=False, to_field_name="slug", empty_label="any or none"
    )
    source = forms.ModelChoiceField(
        Source.objects.all(), required=False, to_field_name="slug", empty_label="every source"
    )
    attribution = forms.ChoiceField(
        required=False, choices=[("", "however"), *Statement.Attribution.choices]
    )
    fidelity = forms.ChoiceField(
        required=False, choices=[("", "however near"), *Statement.Fidelity.choices]
    )
    since = forms.DateField(label="Said from", required=False, widget=day_input())
    until = forms.DateField(label="Said until", required=False, widget=day_input())
    known_at = InstantField(label="Known at (UTC)", required=False)

    @property
    def narrows(self) -> bool:
        """Whether anything but words was given."""
        return any(self.data.get(name) for name in self.fields if name != "q")

    def filters(self) -> dict[str, Any]:
        """Return what was chosen in the form that `tracker.search` takes."""
        chosen = {name: value for name, value in self.cleaned_data.items() if value and name != "q"}
        for name in ("attribution", "fidelity"):
            if name in chosen:
                chosen[name] = (chosen[name],)
        return chosen


@dataclass(frozen=True, slots=True)
class Found:
    """A statement that was found: its words cut at what was looked for, and its utterance."""

    statement: Statement
    words: Sequence[Piece]
    utterance: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A month in the chart of uses."""

    x: float
    width: float
    height: float
    month: str
    passages: int

    @property
    def top(self) -> float:
        """Where it begins, from above."""
        return HEIGHT + _EDGE - self.height


@dataclass(frozen=True, slots=True)
class Uses:
    """The uses of a phrase: first, last, how often, and a bar for each month with one."""

    phrase: str
    first: Found
    last: Found
    passages: int
    days: int
    bars: Sequence[Bar]
    years: Sequence[tuple[float, int]]

    @property
    def most(self) -> int:
        """The passages of the highest bar."""
        return max((bar.passages for bar in self.bars), default=0)


@require_safe
@readers
def search_page(request: HttpRequest) -> HttpResponseBase:
    """Statements that hold the words asked for, and when they were first and last used."""
    form = SearchForm(request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        if wanted := exporting.wanted(request):
            return _file(request, form, wanted)
        context |= results(form, request.GET.get("after", "")) | {"kept": kept(form)}
    return render(request, "frontend/search.html", context)


def _file(request: HttpRequest, form: SearchForm, wanted: str) -> HttpResponseBase:
    """Return what is found as a file, or the page that says why it cannot be had (400)."""
    try:
        table = exporting.found(form.cleaned_data["q"], form.filters())
    except search.TooSlowError as error:
        context = {"form": form, "refused": str(error), "kept": kept(form)}
        return render(request, "frontend/search.html", context, status=400)
    return exporting.download(wanted, table)


def results(form: SearchForm, after: str) -> dict[str, Any]:
    """Return what a valid form finds: a page of statements, and the uses where it is a phrase.

    `tellable` are the words to subscribe to, empty where a subscription could not say the query.
    """
    words = form.cleaned_data["q"]
    query = search.parse(words)
    if query.refused:
        return {"refused": query.refused} if words.strip() else {}
    plain = phrase_of(query)
    try:
        page = _page(words, after, form.filters())
        uses = search.phrase(plain, **form.filters()) if plain and not after else None
    except search.TooSlowError as error:
        return {"refused": str(error)}
    hits = [hit for hit in (uses and uses.first, uses and uses.last, *page.hits) if hit]
    tied = _tied([hit.statement.pk for hit in hits])
    return {
        "found": [_found(hit, tied) for hit in page.hits],
        "after": page.after,
        "uses": _uses(plain, uses, tied) if uses else None,
        "tellable": plain,
    }


def _page(words: str, after: str, filters: Mapping[str, Any]) -> search.Page:
    """Return the page that goes on after a place, the first one where there is no such place."""
    try:
        return search.statements(words, limit=PAGE, after=after, **filters)
    except ValueError:
        return search.statements(words, limit=PAGE, **filters)


def kept(form: SearchForm) -> str:
    """Return what a saved search can keep of a valid form, as the query of an address."""
    terms = search.parse(form.cleaned_data["q"]).terms()
    words = " ".join(term.text for term in terms if not term.begins)
    named = {name: form.cleaned_data[name] for name in ("actor", "topic")}
    slugs = {name: row.slug for name, row in named.items() if row}
    return urlencode({**slugs, "words": words})


def phrase_of(query: search.Query) -> str:
    """Return the words of a query that asks for nothing but one phrase, else an empty text."""
    alone = all(len(group) == 1 and not group[0].begins for group in query.groups)
    return " ".join(term.text for term in query.terms()) if alone and not query.without else ""


def _tied(statements: Sequence[int]) -> dict[int, int]:
    rows = Attestation.objects.held().filter(statement__in=statements)
    return dict(rows.values_list("statement", "utterance"))


def _found(hit: search.Hit, tied: dict[int, int]) -> Found:
    marks = [Span(start, end, "found") for start, end in hit.snippet.marks]
    cut = pieces(hit.snippet.text, regions=(), statements=marks)
    return Found(hit.statement, cut, tied.get(hit.statement.pk))


def _uses(phrase: str, uses: search.Uses, tied: dict[int, int]) -> Uses | None:
    if uses.first is None or uses.last is None:
        return None
    bars, years = chart(uses.months)
    ends = _found(uses.first, tied), _found(uses.last, tied)
    return Uses(phrase, *ends, uses.passages, uses.days, bars, years)


def chart(months: Sequence[search.Month]) -> tuple[list[Bar], list[tuple[float, int]]]:
    """Return a bar for each month, and the places of the years, on one axis of whole months."""
    if not months:
        return [], []
    places = [_month(one.month) for one in months]
    first, last = places[0] // 12 * 12, max(places[-1] + 1, places[0] // 12 * 12 + 12)
    step = (WIDTH - _LEFT - _EDGE) / (last - first)
    most = max(one.passages for one in months)
    bars = [
        Bar(
            round(_LEFT + (place - first) * step, 1),
            round(max(1.0, step - 1), 1),
            round(max(2.0, one.passages / most * HEIGHT), 1),
            one.month,
            one.passages,
        )
        for place, one in zip(places, months, strict=True)
    ]
    every = max(1, -(-((last - first) // 12) // _YEARS))
    years = range(first // 12, (last - 1) // 12 + 1, every)
    return bars, [(round(_LEFT + (year * 12 - first) * step, 1), year) for year in years]


def _month(month: str) -> int:
    """Return the months since the year 0."""
    day = date.fromisoformat(f"{month}-01")
    return day.year * 12 + day.month - 1
