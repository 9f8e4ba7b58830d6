"""Web pages that are deep, wide, endless, mislabelled or broken."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.tracker.hostile.file import HostileFile

_SENTENCE = "Minister Ilva Marenko said that Ostravia was ready for talks. "
_HTML = "text/html; charset=utf-8"


def files() -> Iterator[HostileFile]:
    """Yield the hostile web pages."""
    for name, make in {**_deep(), **_wide(), **_endless(), **_lying(), **_data()}.items():
        yield HostileFile(f"page/{name}", partial(_encoded, make), content_type=_HTML)
    for charset in ("utf-7", "idna", "punycode", "zlib", "unicode_escape", "utf-16", "x", "koi8-r"):
        for place in ("header", "meta"):
            yield _mislabelled(charset, place)
    for share in range(1, 10):
        yield HostileFile(f"page/cut-{share}0", partial(_cut, share), content_type=_HTML)


def _encoded(make: Callable[[], str]) -> bytes:
    return make().encode("utf-8", "surrogatepass")


def _page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def _deep() -> dict[str, Callable[[], str]]:
    tags = ("div", "span", "b", "font", "a", "blockquote", "table", "li", "p", "em")
    made: dict[str, Callable[[], str]] = {}
    for depth in (400, 2_000, 20_000, 200_000):
        for tag in tags:
            made[f"deep-{tag}-{depth}"] = partial(_nested, tag, depth)
    made["deep-list"] = lambda: _page("<ul><li>" * 20_000 + _SENTENCE)
    made["deep-table"] = lambda: _page("<table><tr><td>" * 20_000 + _SENTENCE)
    made["deep-unnamed"] = lambda: _page("<x-y>" * 50_000 + _SENTENCE)
    made["deep-svg"] = lambda: _page("<svg>" + "<g>" * 50_000 + _SENTENCE)
    made["misnested"] = lambda: _page("<b><i><u>" * 5_000 + _SENTENCE + "</b></i></u>" * 5_000)
    made["ends-only"] = lambda: _page("</div>" * 150_000 + _SENTENCE)
    return made


def _nested(tag: str, depth: int) -> str:
    return _page(f"<{tag}>" * depth + _SENTENCE + f"</{tag}>" * depth)


def _wide() -> dict[str, Callable[[], str]]:
    made: dict[str, Callable[[], str]] = {}
    for tag in ("div", "p", "meta", "a", "html"):
        made[f"attributes-{tag}"] = partial(_attributes, tag)
    return made | {
        "attributes-bare": lambda: _page("<p " + _numbered(" a{}") + f">{_SENTENCE}</p>"),
        "attributes-same": lambda: _page(f"<p {'a=1 ' * 50_000}>{_SENTENCE}</p>"),
        "attributes-glued": lambda: _page("<p " + _numbered('a{}="1"') + f">{_SENTENCE}</p>"),
        "attributes-open": lambda: "<p " + _numbered(" a{}=1"),
        "attributes-hidden": lambda: _page(
            '<p title="<"' + _numbered(" a{}=1") + f">{_SENTENCE}</p>"
        ),
        "attribute-long": lambda: _page(f'<p title="{"x" * 4_000_000}">{_SENTENCE}</p>'),
        "attribute-picture": lambda: _page(
            f'<img src="data:image/png;base64,{"A" * 3_000_000}"><p>{_SENTENCE * 9}</p>'
        ),
        "classes": lambda: _page('<p class="' + _numbered(" c{}") + f'">{_SENTENCE}</p>'),
        "tag-name-long": lambda: _page(f"<{'a' * 3_000_000}>{_SENTENCE}"),
        "namespaces": lambda: _page(_numbered('<p xmlns:n{}="u">x</p>') + _SENTENCE),
    }


def _attributes(tag: str) -> str:
    return _page(f"<{tag} " + _numbered(' a{}="1"') + f">{_SENTENCE}</{tag}>")


def _numbered(pattern: str) -> str:
    return "".join(pattern.format(number) for number in range(50_000))


def _endless() -> dict[str, Callable[[], str]]:
    return {
        "tags-b": lambda: _page("<b>x</b>" * 500_000),
        "tags-br": lambda: _page("x<br>" * 900_000),
        "tags-p": lambda: _page(f"<p>{_SENTENCE}</p>" * 60_000),
        "tags-p-under-the-limit": lambda: _page("<p>x</p>" * 90_000),
        "links": lambda: _page(f'<p><a href="/a">{_SENTENCE}</a></p>' * 40_000),
        "cells": lambda: _page("<table>" + "<tr><td>x<td>y</tr>" * 30_000 + "</table>"),
        "tables": lambda: _page("<table><tr><td>x</table>" * 30_000),
        "divs-flat": lambda: _page(f"<div>{_SENTENCE}</div>" * 40_000),
        "one-paragraph": lambda: _page(f"<p>{_SENTENCE * 70_000}</p>"),
        "one-word": lambda: _page(f"<p>{'x' * 4_500_000}</p>"),
        "spaces": lambda: _page(f"<p>a{' ' * 4_500_000}b</p>"),
        "line-ends": lambda: _page("<p>a" + "\n" * 4_500_000 + "b</p>"),
        "comments": lambda: _page("<!-- x -->" * 400_000 + _SENTENCE),
        "comment-open": lambda: _page(f"<p>{_SENTENCE}</p><!-- {'x ' * 2_000_000}"),
        "script-open": lambda: _page(f"<p>{_SENTENCE}</p><script>{'x();' * 1_000_000}"),
        "style-open": lambda: _page(f"<style>{'a{}' * 1_000_000}"),
        "textarea-open": lambda: _page(f"<textarea>{_SENTENCE * 50_000}"),
        "cdata": lambda: _page("<![CDATA[" * 300_000 + _SENTENCE),
        "left-angles": lambda: _page("<" * 4_000_000),
        "right-angles": lambda: _page(">" * 4_000_000),
        "tag-starts": lambda: "<a" * 2_000_000,
        "entities-amp": lambda: _page("&amp;" * 900_000),
        "entities-bare": lambda: _page("&" * 4_000_000),
        "entities-numeric": lambda: _page("<p>" + "&#x1F600;" * 400_000),
        "entities-long": lambda: _page(f"<p>&{'a' * 4_000_000};{_SENTENCE}"),
        "page-too-large": lambda: _page(_SENTENCE * 90_000),
    }


def _lying() -> dict[str, Callable[[], str]]:
    bomb = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return {
        "surrogate-entities": lambda: _page(f"<p>&#xD800;&#xDFFF;&#0;&#x110000;{_SENTENCE}</p>"),
        "surrogates-raw": lambda: _page(f"<p>\ud800{_SENTENCE}</p>"),
        "nul": lambda: _page(f"<p>\0{_SENTENCE}</p>"),
        "doctype-entities": lambda: f'<!DOCTYPE html [<!ENTITY l0 "x">{bomb}]>{_page("&l11;")}',
        "doctype-file": lambda: f'<!DOCTYPE html SYSTEM "file:///etc/passwd">{_page(_SENTENCE)}',
        "entity-file": lambda: (
            '<!DOCTYPE html [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
            + _page(f"<p>&f;{_SENTENCE}")
        ),
        "base-file": lambda: _page(f"<p>{_SENTENCE}</p>", '<base href="file:///etc/">'),
        "refresh": lambda: _page(
            _SENTENCE, '<meta http-equiv="refresh" content="0;url=http://127.0.0.1/">'
        ),
        "xinclude": lambda: _page(
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
        ),
        "no-text": lambda: _page(""),
        "only-navigation": lambda: _page("<nav>Home</nav><footer>2019</footer>"),
        "frames": lambda: "<html><frameset><frame src='http://127.0.0.1/'></frameset></html>",
    }


def _data() -> dict[str, Callable[[], str]]:
    def data(text: str) -> str:
        return _page(
            f"<p>{_SENTENCE * 9}</p>", f'<script type="application/ld+json">{text}</script>'
        )

    return {
        "data-deep": lambda: data("[" * 200_000),
        "data-deep-objects": lambda: data('{"@graph":' * 20_000 + "1" + "}" * 20_000),
        "data-wide": lambda: data("[" + ",".join(['{"@type":"Thing"}'] * 20_000) + "]"),
        "data-surrogate": lambda: data(
            '{"@type":"NewsArticle","headline":"A\\ud800\\u0000B","datePublished":"2024-07-29"}'
        ),
        "data-number": lambda: data('{"@type":"NewsArticle","datePublished":' + "9" * 20_000 + "}"),
        "data-date": lambda: data('{"@type":"Article","datePublished":"99999-99-99T99:99"}'),
        "data-types": lambda: data('{"@type":[[]],"headline":{"a":1},"publisher":[[[]]]}'),
        "data-many": lambda: _page(
            _SENTENCE, '<script type="application/ld+json">{}</script>' * 50_000
        ),
        "meta-many": lambda: _page(_SENTENCE, '<meta name="date" content="soon">' * 90_000),
        "time-many": lambda: _page('<article><time datetime="x">x</time>' * 400 + _SENTENCE),
        "title-long": lambda: _page(_SENTENCE, f"<title>{'T ' * 1_000_000}</title>"),
    }


def _mislabelled(charset: str, place: str) -> HostileFile:
    head = f'<meta charset="{charset}">' if place == "meta" else ""
    body = _page(f"<p>{_SENTENCE}+ADw-script+AD4- \xff\xfe</p>", head).encode("latin-1")
    declared = f"text/html; charset={charset}" if place == "header" else "text/html"
    return HostileFile(f"page/charset-{charset}-{place}", lambda: body, content_type=declared)


def _cut(tenths: int) -> bytes:
    page = _page(f"<article><p>{_SENTENCE}</p></article>" * 200, "<title>T</title>").encode()
    return page[: len(page) * tenths // 10]
