"""Main text of a web page, and what the page says about itself."""

from typing import Any

import lxml.html  # type: ignore[import-untyped]  # lxml ships no types
import trafilatura
from lxml import etree

from tracker.parsing import markup, metadata
from tracker.parsing.decoding import decode
from tracker.parsing.outcome import refuse

MAX_PAGE = 5_000_000


def extract(body: bytes, charset: str) -> dict[str, str]:
    """Return text, title, outlet, language and published date of a page; raise Refused.

    The main text is trafilatura's.
    """
    if len(body) > MAX_PAGE:
        raise refuse("page_bytes", size=len(body), limit=MAX_PAGE)
    page = decode(body, declared=charset or markup.declared_charset(body), tolerant=True)
    markup.refuse_bombs(page)
    tree = _tree(page)
    facts = metadata.facts(tree)
    text = trafilatura.extract(tree, include_comments=False, include_tables=True)
    return {"text": text or "", **facts}


def _tree(page: str) -> Any:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(page.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise refuse("broken_page", detail=type(error).__name__) from error
    return tree
