"""RSS and Atom, parsed in this process."""

from pathlib import Path

import pytest

from tracker.parsing import FeedEntry, Refused, entries, extract
from tracker.parsing.feed import entries as read_entries

RSS = """<?xml version="1.0" encoding="{charset}"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Новости</title><language>ru</language>{items}</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title type="html">&lt;b&gt;Talks&lt;/b&gt;</title><id>urn:1</id><link href="https://post.example/1"/>
<updated>2024-08-01T00:00:00Z</updated><published>2024-07-29T23:58:00-05:00</published>
<content type="html">&lt;p&gt;Ready&lt;/p&gt;</content></entry></feed>"""


def rss(*items: str, charset: str = "utf-8") -> bytes:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return RSS.format(charset=charset, items=inside).encode(charset)


def test_an_rss_feed_goes_through_the_child_process() -> None:
    item = (
        "<title>Talks &amp; more</title><link>https://post.example/1</link><guid>g1</guid>"
        "<pubDate>Mon, 29 Jul 2024 23:58:00 +0300</pubDate>"
        "<description>&lt;p&gt;Ready&lt;/p&gt;</description>"
    )
    assert list(entries(rss(item))) == [
        FeedEntry("Talks & more", "https://post.example/1", "2024-07-29", "<p>Ready</p>", "g1")
    ]


def test_an_atom_entry_gives_its_day_of_publication_and_its_content() -> None:
    (entry,) = read_entries(ATOM.encode(), "")
    assert entry == {
        "title": "Talks",
        "url": "https://post.example/1",
        "published": "2024-07-29",
        "summary_html": "<p>Ready</p>",
        "key": "urn:1",
    }


def test_a_feed_is_a_document_too() -> None:
    read = extract(rss("<title>Talks</title><description>Ready.</description>"))
    assert (read.content_type, read.title, read.language) == ("feed", "Новости", "ru")
    assert read.text == "Talks\nReady."


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "windows-1251"])
def test_a_feed_is_read_in_its_charset(charset: str) -> None:
    (entry,) = read_entries(rss("<title>Переговоры</title>", charset=charset), "")
    assert entry["title"] == "Переговоры"


def test_an_entry_without_a_date_has_none() -> None:
    (entry,) = read_entries(rss("<title>Talks</title>"), "")
    assert entry["published"] == ""


@pytest.mark.parametrize("link", ["file:///etc/passwd", "javascript:alert(1)", "data:,x"])
def test_a_link_that_is_no_web_address_is_left_out(link: str) -> None:
    (entry,) = read_entries(rss(f"<title>x</title><link>{link}</link>"), "")
    assert entry["url"] == ""


def test_the_name_of_a_file_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss("<title>secret</title>"))
    for name in (str(path), path.as_uri()):
        with pytest.raises(Refused, match="neither"):
            read_entries(name.encode(), "")


@pytest.mark.parametrize(
    ("body", "code", "reason"),
    [
        (b"ready for talks", "parse_failed", "neither"),
        (rss("<title>x</title>")[:-20], "parse_failed", "breaks off"),
        (rss("<title>&l;</title>").replace(b"<rss", b"<!DOCTYPE r [<!ENTITY l 'x'>]><rss"),
         "parse_failed", "entities"),
        (rss(*["<title>x</title>"] * 5_001), "too_large", "5,000 entries"),
        (rss("<a>" * 300), "too_large", "deep"),
    ],
)  # fmt: skip
def test_a_feed_that_is_none_is_refused(body: bytes, code: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        read_entries(body, "")
    assert caught.value.code == code
