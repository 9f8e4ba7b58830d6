"""The links of a web page, found without building its tree.

A page that links to documents is asked for often and by nobody's hand. Each match stays inside one
tag, so the time is linear in the page's length and no child process is needed.
"""

import html
import re
import urllib.parse

from tracker.parsing import markup
from tracker.parsing.decoding import decode
from tracker.parsing.outcome import refuse

MAX_PAGE = 5_000_000
_LINK = re.compile(
    r"""<a\s(?:[^<>]*?\s)?href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""", re.IGNORECASE
)
_SAFE = "%/:=&?~#+!$,;'@()*[]-._"


def links(body: bytes, *, charset: str = "", base: str) -> list[str]:
    """Return the http and https addresses that a page at `base` links to, each once, in order.

    They are written in ASCII and without their fragment. Raises Refused.
    """
    if len(body) > MAX_PAGE:
        raise refuse("page_bytes", size=len(body), limit=MAX_PAGE)
    page = decode(body, declared=charset or markup.declared_charset(body), tolerant=True)
    found = (_address(next(filter(None, groups), ""), base) for groups in _LINK.findall(page))
    return [url for url in dict.fromkeys(found) if url.startswith(("http://", "https://"))]


def ascii_url(url: str) -> str:
    """Return `url` with what is not ASCII, and spaces, percent-encoded as UTF-8."""
    return urllib.parse.quote(url.strip(), safe=_SAFE)


def _address(href: str, base: str) -> str:
    try:
        joined = urllib.parse.urljoin(base, html.unescape(href).strip())
    except ValueError:  # a broken IPv6 address, or the like
        return ""
    return ascii_url(urllib.parse.urldefrag(joined).url)
