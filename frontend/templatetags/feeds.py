"""Links to the feeds of shifts."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from tracker import feeds
from tracker.models.filters import STATUSES

register = template.Library()
_FORMS = ((feeds.ATOM, "atom"), (feeds.JSON_FEED, "jsonfeed"))


@register.simple_tag
def feed_links(**filters: str) -> SafeString:
    """Return the links to the feeds with these filters, of which empty ones count nothing.

    Unless a status was chosen, withdrawn shifts are in them: whoever was told of one by a feed
    is to be told by it that it no longer stands.
    """
    given: dict[str, str | list[str]] = {"status": [str(status) for status in STATUSES]}
    given |= {name: value for name, value in filters.items() if value}
    shifts = reverse("api:shifts")
    return format_html_join(
        "\n  ",
        '<link rel="alternate" type="{}" title="Shifts" href="{}?{}">',
        ((kind, shifts, urlencode(given | {"format": form}, doseq=True)) for kind, form in _FORMS),
    )
