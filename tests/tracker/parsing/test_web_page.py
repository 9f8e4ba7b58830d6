"""A page's main text and what it says about itself. The parser runs in this process here."""

import pytest

from tracker.parsing import Refused, extract
from tracker.parsing.web_page import extract as read_page

PARAGRAPHS = "".join(
    f"<p>Foreign Minister Ilva Marenko said on day {day} that Ostravia was ready for talks, "
    "provided that the Northern Pact took its interests into account.</p>"
    for day in range(6)
)


def page(head: str = "", body: str = "", *, attributes: str = "") -> bytes:
    article = f"<article>{body}{PARAGRAPHS}</article>"
    footer = (
        "<footer>© 2019 Velgrad Post, 1 March 2018 <time datetime='2017-01-01'>x</time></footer>"
    )
    return (
        f"<!doctype html><html {attributes}><head>{head}</head><body><nav>Home News Sport</nav>"
        f"{article}{footer}</body></html>"
    ).encode()


def facts(head: str = "", body: str = "", *, attributes: str = "") -> dict[str, str]:
    return read_page(page(head, body, attributes=attributes), "utf-8")


def published(head: str = "", body: str = "") -> str:
    return facts(head, body)["published"]


def data(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def test_the_main_text_is_read_without_navigation_and_footer() -> None:
    text = facts()["text"]
    assert text.count("ready for talks") == 6
    assert "Sport" not in text
    assert "2019" not in text


def test_a_page_goes_through_the_child_process() -> None:
    read = extract(page("<title>Talks</title>", attributes='lang="en"'), content_type="text/html")
    assert (read.content_type, read.title, read.language) == ("html", "Talks", "en")


def test_a_page_without_paragraphs_gives_its_text() -> None:
    read = read_page(b"<html><body><div>Talks<br>now</div><script>x()</script>", "")
    assert read["text"].split() == ["Talks", "now"]


def test_a_transcript_keeps_its_turns() -> None:
    turns = "<p><b>Question:</b> Will you talk?</p><p><b>Ilva Marenko:</b> Yes, we will.</p>"
    text = facts(body=turns)["text"]
    assert "Question: Will you talk?" in text
    assert "Ilva Marenko: Yes, we will." in text


@pytest.mark.parametrize(
    ("head", "date"),
    [
        (
            '<meta property="article:published_time" content="2024-07-29T23:58:00+03:00">',
            "2024-07-29",
        ),
        ('<meta name="DC.date.issued" content="2024-07">', "2024-07"),
        ('<meta name="pubdate" content="Mon, 29 Jul 2024 23:30:00 -0500">', "2024-07-29"),
        ('<meta name="date" content="July 29, 2024">', "2024-07-29"),
        ('<meta itemprop="datePublished" content="20240729">', "2024-07-29"),
        (data('{"@type":"NewsArticle","datePublished":"2024-07-29T01:00Z"}'), "2024-07-29"),
        (data('[{"@graph":[{"@type":["Report"],"datePublished":"2024-07-29"}]}]'), "2024-07-29"),
        ('<meta name="date" content="03/04/2024">', ""),
        ('<meta name="date" content="1970-01-01">', ""),
        ('<meta name="date" content="2024-13-45">', ""),
        ('<meta property="article:modified_time" content="2024-08-01">', ""),
        (data('{"@type":"Event","datePublished":"2024-07-29"}'), ""),
        (data("{broken"), ""),
        (data("[" * 99_999), ""),
        ("", ""),
    ],
)
def test_the_date_comes_from_what_is_written_for_machines(head: str, date: str) -> None:
    assert published(head) == date


@pytest.mark.parametrize(
    ("body", "date"),
    [
        ('<time datetime="2024-07-29T10:00">Monday</time>', "2024-07-29"),
        ('<span itemprop="datePublished" content="2024-07-29">Monday</span>', "2024-07-29"),
        ("<time pubdate>29 July 2024</time>", "2024-07-29"),
        ('<time class="updated" datetime="2024-08-01">x</time>', ""),
        ('<aside><time datetime="2024-08-01">x</time></aside>', ""),
        ('<footer><time pubdate datetime="2024-08-01">x</time></footer>', ""),
    ],
)
def test_the_date_may_stand_in_a_marked_element_of_the_article(body: str, date: str) -> None:
    assert published(body=body) == date


def test_a_date_of_the_data_wins_over_a_meta_tag() -> None:
    meta = '<meta name="date" content="2024-08-01">'
    assert (
        published(meta + data('{"@type":"Article","datePublished":"2024-07-29"}')) == "2024-07-29"
    )


def test_the_outlet_is_taken_off_the_title() -> None:
    head = (
        "<title>Ready for talks | Velgrad Post</title>"
        "<meta property='og:site_name' content='Velgrad Post'>"
    )
    assert (facts(head)["title"], facts(head)["outlet"]) == ("Ready for talks", "Velgrad Post")


def test_the_publisher_of_the_data_is_the_outlet() -> None:
    article = '{"@type":"NewsArticle","headline":"Talks","publisher":{"name":"Velgrad Post"}}'
    assert facts(data(article))["outlet"] == "Velgrad Post"


def test_data_of_other_shapes_says_nothing() -> None:
    read = facts(data('{"@type":[[]],"headline":{"a":1},"publisher":[[[]]],"inLanguage":{}}'))
    assert (read["title"], read["outlet"], read["language"]) == ("", "", "")


def test_surrogates_in_the_data_do_not_leave_the_child() -> None:
    head = data('{"@type":"Article","headline":"A\\ud800B \\ud83d\\ude00"}')
    assert extract(page(head), content_type="text/html").title == "A\ufffdB \U0001f600"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<div>" * 300 + b"x", "deep"),
        (b"<p " + b" ".join(b"a%d" % n for n in range(900)) + b">x", "attributes"),
        (b"<b>x</b>" * 110_000, "tags"),
        (b"x" * 5_000_001, "bytes"),
    ],
)
def test_a_bomb_is_refused_before_it_is_parsed(body: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        read_page(b"<html>" + body, "")
    assert caught.value.code == "too_large"


def test_long_values_are_no_attributes() -> None:
    style = '<p class="' + " ".join(f"c{n}" for n in range(2_000)) + '">x</p>'
    assert facts(body=style)["text"]
