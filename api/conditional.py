"""What lets a client, and what is between, not ask or not fetch again: ETag, dates, 304, gzip.

The tag is that of the bytes, so it cannot be wrong; it is weak, because the same answer may come
packed. Last-Modified is when anything in the record changed: what one row shows is made of others
too (a statement's title, an actor's name), and a date that leaves them out would call old what
is not. Packed is only what everybody with the right to read sees: an answer that holds a secret
beside something that the asker chose could be guessed by its length (BREACH).
"""

import gzip
import re
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.http import http_date, parse_http_date_safe
from django.utils.text import compress_sequence
from xxhash import xxh3_128_hexdigest

from api.access import Need
from api.formats.plain import Octets, Words
from tracker import changes

_VARY = "Accept-Encoding, Authorization, Cookie"
_SMALLEST = 1000  # bytes; below, packing saves no packet
_LEVEL = 5
_AS_THEY_CAME = (Octets.media_type, Words.media_type)  # tagged by their hash, so never packed
_KEPT = ("Cache-Control", "ETag", "Last-Modified", "Vary", "RateLimit", "RateLimit-Policy", "Link")
_STARTED = timezone.now()  # another version of the program may show the same rows otherwise


def last_modified(now: datetime) -> dict[str, str]:
    """Return the header that says since when the record is as it is; none while it is written to.

    A date has whole seconds: one that is not over yet could still see another change.
    """
    settled = changes.settled_since()
    if settled is None or max(settled, _STARTED) > now - timedelta(seconds=2):
        return {}
    return {"Last-Modified": http_date(max(settled, _STARTED).timestamp())}


def finished(need: Need | None, request: HttpRequest, response: Any) -> HttpResponseBase:
    """Return the answer to a GET with its tag, or 304 where the asker has it; packed if wished."""
    reading = request.method in ("GET", "HEAD") and need in (Need.READ, Need.OPEN)
    if not reading or response.status_code != 200:
        return _whole(response)
    private = bool(request.META.get("HTTP_AUTHORIZATION") or request.META.get("HTTP_COOKIE"))
    response.headers.setdefault(
        "Cache-Control", "private, no-cache" if private else "public, no-cache"
    )
    packs = (
        _takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        and response.headers.get("Content-Type") not in _AS_THEY_CAME
    )
    by = response.headers.get("Vary")
    response.headers["Vary"] = f"{by}, {_VARY}" if by else _VARY
    if isinstance(response, StreamingHttpResponse):
        return _packed_stream(response) if packs else response
    whole = _whole(response)
    if "ETag" not in whole.headers:
        whole.headers["ETag"] = f'W/"{xxh3_128_hexdigest(whole.content)}"'
    if _is_known(request, whole):
        return _unchanged(whole)
    if packs and len(whole.content) >= _SMALLEST:
        whole.content = gzip.compress(whole.content, _LEVEL, mtime=0)
        whole.headers["Content-Encoding"] = "gzip"
    return whole


def _whole(response: Any) -> HttpResponse:
    """Return the answer with its bytes.

    The framework takes the type off an empty body; a list without rows, as lines, is empty and
    has its type all the same.
    """
    rendered: HttpResponse = (
        response.render() if isinstance(response, SimpleTemplateResponse) else response
    )
    form = getattr(rendered, "accepted_renderer", None)
    if form is not None and getattr(rendered, "data", None) is not None:
        rendered.headers.setdefault("Content-Type", form.media_type)
    return rendered


def _takes_gzip(accepted: str) -> bool:
    """Say whether Accept-Encoding names gzip, and not to refuse it (`gzip;q=0`)."""
    for coding in accepted.split(","):
        name, _, quality = coding.partition(";")
        if name.strip().lower() == "gzip":
            return re.fullmatch(r"(q=(1(\.0*)?|0?\.0*[1-9]\d*))?", quality.strip()) is not None
    return False


def _is_known(request: HttpRequest, response: HttpResponse) -> bool:
    """Say whether the asker has this answer: by its tag or, where none was sent, by its date."""
    if "HTTP_IF_NONE_MATCH" in request.META:
        return _has(request.META["HTTP_IF_NONE_MATCH"], response.headers["ETag"])
    if "HTTP_IF_MODIFIED_SINCE" not in request.META:
        return False
    seen = parse_http_date_safe(request.META["HTTP_IF_MODIFIED_SINCE"])
    changed = parse_http_date_safe(response.headers.get("Last-Modified", ""))
    return seen is not None and changed is not None and changed <= seen


def _has(condition: str, tag: str) -> bool:
    """Say whether If-None-Match names the tag; weak and strong ones count as the same."""
    named = {one.strip().removeprefix("W/") for one in condition.split(",")}
    return "*" in named or tag.removeprefix("W/") in named


def _unchanged(response: HttpResponse) -> HttpResponse:
    answer = HttpResponseNotModified()
    for name in _KEPT:
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


def _packed_stream(response: StreamingHttpResponse) -> StreamingHttpResponse:
    parts: Any = response.streaming_content
    response.streaming_content = compress_sequence(parts)
    response.headers["Content-Encoding"] = "gzip"
    return response
