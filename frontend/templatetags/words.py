"""Filters: slugs as words, and text of documents so that it shows as nothing but text."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from frontend import wording
from tracker.models import Document, Subscription

register = template.Library()

# Characters that a browser obeys instead of showing: they can turn the order of the words
# around them, or hide some. Shown by their code point. Line ends and tabs stay.
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


@register.filter
def shown(text: str) -> SafeString:
    """Return a document's text escaped, its control characters as visible signs."""
    return mark_safe(mark_controls(str(escape(text))))  # noqa: S308 - escaped in this line


@register.filter
def shown_html(html: str) -> SafeString:
    """Return escaped HTML of `timeline.diff.as_html` with its control characters visible."""
    return mark_safe(mark_controls(html))  # noqa: S308 - as_html escapes what it is given


def mark_controls(html: str) -> str:
    """Return escaped HTML in which each control character is a visible sign."""
    return _CONTROL.sub(lambda match: f'<span class="control">U+{ord(match[0]):04X}</span>', html)


@register.filter
def plain(text: Any) -> str:
    """Return a text without control characters, for places that hold no markup."""
    return _CONTROL.sub("", str(text))


@register.filter
def named(document: Document) -> str:
    """Return how a document is called."""
    return wording.document(document)


@register.filter
def kind(slug: str) -> str:
    """Return a kind of shift in words."""
    return wording.KIND.get(slug, slug.replace("_", " "))


@register.filter
def kinds(slugs: Sequence[str]) -> str:
    """Return kinds of shift in words, one after the other."""
    return ", ".join(kind(slug) for slug in slugs)


@register.filter
def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 source`, `12,000 sources`."""
    return wording.count(number, noun)


@register.filter
def number(value: int) -> str:
    """Return a number as people write it: `12,000`."""
    return f"{value:,}"


@register.filter
def arrow(direction: str) -> str:
    """Return the sign of a direction."""
    return wording.ARROW.get(direction, "·")


@register.filter
def direction(slug: str) -> str:
    """Return a direction in words."""
    return wording.DIRECTION.get(slug, slug)


@register.filter
def region(slug: str) -> str:
    """Return a kind of region in words."""
    return wording.REGION.get(slug, slug.replace("_", " "))


@register.filter
def event(slug: str) -> str:
    """Return an event of a stance in words."""
    return wording.EVENT.get(slug, slug.replace("_", " "))


@register.filter
def happening(slug: str) -> str:
    """Return an event that is told of in words."""
    return wording.EVENTS.get(slug, slug)


@register.filter
def often(slug: str) -> str:
    """Return how often messages come in words."""
    return wording.FREQUENCY.get(slug, slug)


@register.filter
def state(subscription: Subscription) -> str:
    """Return the state that a subscription is in now."""
    return subscription.state_at(timezone.now())


@register.filter
def stance_value(number: int | None) -> str:
    """Return a stance value with its sign, or "not stated"."""
    return wording.value(number)


@register.filter
def grade(code: str) -> str:
    """Return a grade in words."""
    return wording.grade(code)


@register.filter
def credibility(number: int) -> str:
    """Return a credibility in words."""
    return wording.CREDIBILITY.get(number, "")


@register.filter
def reliability(letter: str) -> str:
    """Return a reliability in words."""
    return wording.RELIABILITY.get(letter, "")


@register.filter
def rendering(statement: Any) -> str:
    """Return in words how a statement or an attestation gives what was said."""
    return wording.rendering(*_manner(statement))


@register.filter
def is_quotation(statement: Any) -> bool:
    """Say whether a statement may stand in quotation marks."""
    return wording.is_quotation(*_manner(statement))


@register.filter
def warning(code: str) -> str:
    """Return what a warning means for the reader."""
    return wording.WARNING.get(code, "")


@register.filter
def spaced(slug: str) -> str:
    """Return a slug as words."""
    return str(slug).replace("_", " ")


@register.filter
def percent(share: float) -> str:
    """Return a share from 0 to 1 as a whole percentage."""
    return f"{share:.0%}".replace("%", " %")


@register.filter
def alpha(number: float | None) -> str:
    """Return a coefficient of agreement with what may be concluded from it."""
    if number is None:
        return "nothing to compare yet"
    trust = "reliable" if number >= 0.8 else "tentative" if number >= 0.667 else "not reliable"
    return f"{number:.2f} ({trust})".replace("-", "−")


@register.filter
def when(said: Any) -> str:
    """Return a date of a payload or of a row in words."""
    if not said:
        return "day not known"
    if isinstance(said, dict):
        bounds = (date.fromisoformat(said[side]) for side in ("earliest", "latest"))
        return wording.when(said["edtf"], *bounds)
    return wording.when(said.edtf, said.earliest, said.latest)


@register.simple_tag(takes_context=True)
def here(context: template.Context, names: str) -> str:
    """Mark a link of the navigation on the pages with these names: its own and those below."""
    request = context.get("request")
    match = request and request.resolver_match
    if match is None or match.url_name not in names.split():
        return ""
    return mark_safe(f' aria-current="{"page" if match.url_name == names.split()[0] else "true"}"')  # noqa: S308 - a constant


@register.filter
def instant(moment: datetime | None) -> str:
    """Return an instant to the minute in the reader's time zone, which it names."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return _time(moment, f"{wording.day(local.date())} {local:%H:%M} {_zone(local)}")


@register.filter
def day(moment: datetime | None) -> str:
    """Return the day of an instant in the reader's time zone."""
    return "" if moment is None else _time(moment, wording.day(timezone.localtime(moment).date()))


def _zone(local: datetime) -> str:
    """Return the short name of a zone; one that has none but its distance is told from UTC."""
    name = local.tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else name


def _time(moment: datetime, words: str) -> SafeString:
    utc = moment.astimezone(UTC)
    return format_html('<time datetime="{}">{}</time>', f"{utc:%Y-%m-%dT%H:%M:%SZ}", words)


def _manner(statement: Any) -> tuple[str, str]:
    if isinstance(statement, dict):
        return statement["attribution"], statement["fidelity"]
    return statement.attribution, statement.fidelity
