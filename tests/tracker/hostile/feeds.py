"""Feeds that are deep, wide, endless, full of entities or of links to where none may lead."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.tracker.hostile.file import HostileFile

_ITEM = "<item><title>Talks</title><link>https://post.example/1</link></item>"
_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def files() -> Iterator[HostileFile]:
    """Yield the hostile feeds."""
    for name, make in {**_entities(), **_shapes(), **_content()}.items():
        yield HostileFile(f"feed/{name}", make, content_type="application/rss+xml")
    for tenth in range(1, 10):
        yield HostileFile(f"feed/cut-{tenth}0", partial(_cut, tenth), filename="a.rss")


def _feed(inside: str, before: str = "", root: str = "") -> bytes:
    declaration = '<?xml version="1.0" encoding="utf-8"?>'
    channel = f"<channel><title>News</title>{inside}</channel>"
    return f'{declaration}{before}<rss version="2.0"{root}>{channel}</rss>'.encode()


def _entities() -> dict[str, Callable[[], bytes]]:
    laughs = f'<!DOCTYPE r [<!ENTITY l0 "x">{_LAUGHS}]>'
    long = f'<!DOCTYPE r [<!ENTITY l "{"x" * 100_000}">]>'
    return {
        "laughs": lambda: _feed("<item><title>&l11;</title></item>", laughs),
        "laughs-utf-16": lambda: (
            _feed("<item><title>&l11;</title></item>", laughs)
            .decode()
            .replace("utf-8", "utf-16")
            .encode("utf-16")
        ),
        "long-entity": lambda: _feed(f"<item><title>{'&l;' * 20_000}</title></item>", long),
        "file": lambda: _feed(
            "<item><title>&f;</title></item>",
            '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        ),
        "network": lambda: _feed(
            "<item><title>&f;</title></item>",
            '<!DOCTYPE r [<!ENTITY f SYSTEM "http://127.0.0.1/">]>',
        ),
        "parameter": lambda: _feed(
            _ITEM, '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]>'
        ),
        "outside-definition": lambda: _feed(_ITEM, '<!DOCTYPE rss SYSTEM "file:///etc/passwd">'),
    }


def _shapes() -> dict[str, Callable[[], bytes]]:
    attributes = " ".join(f'a{n}="1"' for n in range(50_000))
    spaces = " ".join(f'xmlns:n{n}="u{n}"' for n in range(50_000))
    made: dict[str, Callable[[], bytes]] = {
        "items": lambda: _feed(_ITEM * 20_000),
        "items-many": lambda: _feed(_ITEM * 4_000),
        "items-too-many": lambda: _feed(_ITEM * 6_000),
        "attributes": lambda: _feed(f"<item {attributes}><title>x</title></item>"),
        "namespaces": lambda: _feed(_ITEM, root=f" {spaces}"),
        "tags": lambda: _feed("<a/>" * 1_000_000),
        "item-long": lambda: _feed(f"<item><title>{'x ' * 4_000_000}</title></item>"),
        "angles": lambda: _feed("<" * 2_000_000),
        "ampersands": lambda: _feed(f"<item><title>{'&' * 2_000_000}</title></item>"),
        "sections": lambda: _feed(f"<item><title>{'<![CDATA[x]]>' * 200_000}</title></item>"),
        "section-open": lambda: _feed(f"<item><title><![CDATA[{'x' * 3_000_000}</title></item>"),
        "not-whole": lambda: _feed(_ITEM)[:-30] + b"<item>" * 50_000,
        "bases": lambda: _feed('<item xml:base="http://a/"><title>x</title></item>' * 4_000),
    }
    for depth in (300, 2_000, 20_000, 200_000):
        made[f"deep-{depth}"] = partial(_nested, "a", depth)
        made[f"deep-items-{depth}"] = partial(_nested, "item", depth)
    return made


def _nested(tag: str, depth: int) -> bytes:
    return _feed(f"<{tag}>" * depth + "x" + f"</{tag}>" * depth)


def _content() -> dict[str, Callable[[], bytes]]:
    page = "&lt;div&gt;" * 30_000
    return {
        "links": lambda: _feed(
            "<item><title>x</title><link>file:///etc/passwd</link></item>"
            "<item><title>x</title><link>javascript:alert(1)</link></item>"
        ),
        "dates": lambda: _feed(
            f"<item><title>x</title><pubDate>{'9' * 50_000}</pubDate></item>"
            "<item><title>x</title><pubDate>99 Foo 99999 99:99</pubDate></item>"
        ),
        "summary-deep": lambda: _feed(
            f"<item><title>x</title><description>{page}</description></item>"
        ),
        "not-a-feed": lambda: b"<?xml version='1.0'?><rss/>",
        "named-only": lambda: b"rss",
        "wrong-charset": lambda: _feed(_ITEM).replace(b"utf-8", b"utf-16"),
        "odd-charset": lambda: _feed(_ITEM).replace(b"utf-8", b"zlib_codec"),
        "broken-bytes": lambda: _feed(_ITEM).replace(b"Talks", b"\xd0\xff\xfe" * 99),
        "nul": lambda: _feed(_ITEM).replace(b"Talks", b"Ta\0ks"),
    }


def _cut(tenths: int) -> bytes:
    whole = _feed(_ITEM * 50)
    return whole[: len(whole) * tenths // 10]
