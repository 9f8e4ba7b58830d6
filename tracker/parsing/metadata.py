"""What a web page says about itself: title, outlet, language, date of publication.

Only what was written for machines is believed (schema.org in JSON-LD, meta tags, marked `time`
elements), never a year in a footer or a copyright line.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracker.parsing.stamps import edtf_of

_ARTICLE = re.compile(
    r"(article|posting|report|webpage|transcript|statement|speech)", re.IGNORECASE
)
_MAX_SCRIPT = 500_000
_MAX_NODES = 2_000
_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "citation_publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "datepublished",
    "publication_date",
    "publish-date",
    "publish_date",
    "pubdate",
    "date",
)
_BESIDE_THE_ARTICLE = "ancestor::footer or ancestor::aside or ancestor::nav"
_OTHER_MOMENT = re.compile(r"modif|updat|comment|event", re.IGNORECASE)


def facts(tree: Any) -> dict[str, str]:
    """Return title, outlet, language and published (EDTF) of a parsed page, '' where unsaid."""
    article = next(_articles(tree), {})
    meta = _meta(tree)
    outlet = _first(meta.get("og:site_name"), _name(article.get("publisher")))
    return {
        "title": _title(tree, article, meta, outlet),
        "outlet": outlet,
        "language": _first(
            tree.get("lang"), meta.get("content-language"), article.get("inLanguage"),
            meta.get("og:locale"),
        ).replace("_", "-")[:35],
        "published": _published(tree, article, meta),
    }  # fmt: skip


def _title(tree: Any, article: Mapping[str, Any], meta: Mapping[str, str], outlet: str) -> str:
    """Return the page's own headline; the name of the outlet behind it is taken off."""
    headings = [heading.text_content() for heading in tree.iter("h1")]
    title = _first(
        article.get("headline"),
        meta.get("og:title"),
        meta.get("dc.title"),
        headings[0] if len(headings) == 1 else "",
        tree.findtext(".//title"),
    )
    if outlet:
        title = re.sub(rf"\s+[|–—·:-]+\s+{re.escape(outlet)}$", "", title)
    return title[:1_000]


def _published(tree: Any, article: Mapping[str, Any], meta: Mapping[str, str]) -> str:
    stamps = [
        article.get("datePublished"),
        *(meta.get(name) for name in _PUBLISHED_META),
        *_marked_times(tree),
    ]
    return next(
        (edtf for stamp in stamps if isinstance(stamp, str) and (edtf := edtf_of(stamp))), ""
    )


def _marked_times(tree: Any) -> Iterator[str]:
    """Yield the moments of elements marked as the publication's, then those in the article."""
    marked = tree.xpath(f"//*[@itemprop='datePublished' or @pubdate][not({_BESIDE_THE_ARTICLE})]")
    inside = tree.xpath(
        "(//article//time[@datetime] | //main//time[@datetime] | //header//time[@datetime])"
        f"[not({_BESIDE_THE_ARTICLE})]"
    )
    for element in [
        *marked,
        *(one for one in inside[:1] if not _OTHER_MOMENT.search(_labels(one))),
    ]:
        yield element.get("content") or element.get("datetime") or element.text_content()


def _labels(element: Any) -> str:
    return " ".join([*element.values(), element.getparent().get("class", "")])


def _meta(tree: Any) -> dict[str, str]:
    """Return the page's meta tags by lower-case name, the first of each."""
    found: dict[str, str] = {}
    for tag in tree.iter("meta"):
        name = (
            tag.get("property") or tag.get("name") or tag.get("itemprop") or tag.get("http-equiv")
        )
        if name and tag.get("content"):
            found.setdefault(name.strip().lower(), tag.get("content"))
    return found


def _articles(tree: Any) -> Iterator[Mapping[str, Any]]:
    for script in tree.xpath("//script[@type='application/ld+json']"):
        text = script.text or ""
        if len(text) > _MAX_SCRIPT:
            continue
        try:
            nodes = _nodes(json.loads(text))
        except (ValueError, RecursionError):
            continue
        yield from (node for node in nodes if _ARTICLE.search(str(node.get("@type", ""))))


def _nodes(data: Any) -> Sequence[Mapping[str, Any]]:
    """Return the objects at the top of JSON-LD, those under @graph included."""
    waiting: list[Any] = [data]
    found: list[Mapping[str, Any]] = []
    while waiting and len(found) < _MAX_NODES:
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            found.append(one)
            waiting.extend([one["@graph"]] if "@graph" in one else [])
    return found


def _name(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name", "")
    return value if isinstance(value, str) else ""


def _first(*values: Any) -> str:
    for value in values:
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
    return ""
