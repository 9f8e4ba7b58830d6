"""A citation of one statement: as text, BibTeX and CSL-JSON."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from frontend import wording
from frontend.access import readers
from tracker.models import Statement

_ARCHIVE = "https://web.archive.org/web"
_SPECIAL = re.compile(r"[\\{}$&#^_~%]")
_ESCAPED = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Citation:
    """Who said something when, in which document, and where that can be read."""

    number: int
    actor: str
    said: str
    words: str
    rendering: str
    is_quotation: bool
    title: str
    source: str
    published: str
    published_day: date | None
    url: str
    captured: date
    page: str

    @property
    def archive(self) -> str:
        """The archived copies nearest to the day of capture, where the address is known."""
        return archived(self.url, self.captured)

    def text(self) -> str:
        """Return the citation in one paragraph."""
        words = f"“{self.words}”" if self.is_quotation else self.words
        where = f"“{self.title}”, {self.source}" if self.title else self.source
        out = f", published {self.published}" if self.published else ", undated"
        places = [self.url, self.archive and f"archived copies: {self.archive}"]
        found = "; ".join(place for place in places if place)
        return (
            f"{self.actor}, said {self.said}: {words} ({self.rendering}). In: {where}{out}. "
            f"{f'{found}. ' if found else ''}Captured {self.captured}; {self.page}"
        )

    def bibtex(self) -> str:
        """Return the document as an entry of BibTeX, with the words as its note."""
        fields = {
            "author": f"{{{_tex(self.source)}}}",
            "title": _tex(self.title or f"Document of {self.source}"),
            "date": self.published_day.isoformat() if self.published_day else "",
            "url": quote(self.url or self.page, safe=":/?#[]@!$&'()*+,;=%~"),
            "urldate": self.captured.isoformat(),
            "note": _tex(f"{self.actor}, said {self.said}, {self.rendering}: {self.words}"),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@online{{stanceline-{self.number},\n" + ",\n".join(lines) + "\n}\n"

    def csl(self) -> dict[str, Any]:
        """Return the document as an item of CSL-JSON, with the words as its note."""
        item = {
            "id": f"stanceline-{self.number}",
            "type": "webpage",
            "title": self.title,
            "container-title": self.source,
            "issued": _parts(self.published_day),
            "accessed": _parts(self.captured),
            "URL": self.url or self.page,
            "archive_location": self.archive,
            "note": f"{self.actor}, said {self.said}, {self.rendering}: {self.words}",
        }
        return {name: value for name, value in item.items() if value}


def archived(url: str, captured: date) -> str:
    """Return where copies of an address near a day are kept by the Wayback Machine, if any are."""
    return f"{_ARCHIVE}/{captured:%Y%m%d}/{url}" if url.startswith(("http://", "https://")) else ""


def citation(statement: Statement) -> Citation:
    """Return the citation of a statement with its actor, document and source loaded."""
    document = statement.document
    manner = statement.attribution, statement.fidelity
    return Citation(
        statement.pk,
        statement.actor.name,
        _day(statement.said),
        _plain(statement.exact),
        wording.rendering(*manner),
        wording.is_quotation(*manner),
        _plain(document.title),
        document.source.name,
        _day(document.published) if document.published else "",
        document.published_earliest,
        document.url,
        document.captured_at.date(),
        f"{settings.PUBLIC_URL}{reverse('document', args=[document.pk])}#c{statement.start}",
    )


@require_safe
@readers
def cite(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """One statement's citation: `txt`, `bib` or `json`."""
    rows = Statement.objects.select_related("actor", "document__source")
    found = citation(get_object_or_404(rows.defer("document__text", "document__regions"), pk=pk))
    if form == "json":
        options = {"ensure_ascii": False, "indent": 2}
        return JsonResponse([found.csl()], safe=False, json_dumps_params=options)
    body = found.text() + "\n" if form == "txt" else found.bibtex()
    return HttpResponse(body, content_type="text/plain; charset=utf-8")


def _day(value: Any) -> str:
    return wording.when(value.edtf, value.earliest, value.latest) if value else "on a day not known"


def _plain(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())


def _tex(text: str) -> str:
    return _SPECIAL.sub(lambda match: _ESCAPED.get(match[0], f"\\{match[0]}"), _plain(text))


def _parts(day: date | datetime | None) -> dict[str, Sequence[Sequence[int]]] | None:
    return {"date-parts": [[day.year, day.month, day.day]]} if day else None
