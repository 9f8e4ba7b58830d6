"""A document's text is cut where its status changes."""

from frontend.reader import Span, as_corrected, pieces, tally

TEXT = "Headline\n\nShe said: we are ready."


def test_the_pieces_are_the_whole_text() -> None:
    found = pieces(TEXT, regions=[Span(0, 8, "heading")], statements=[Span(20, 32, "s")])
    assert "".join(piece.text for piece in found) == TEXT


def test_what_no_region_covers_is_unread() -> None:
    found = pieces(TEXT, regions=[Span(0, 8, "heading")])
    assert [piece.region for piece in found] == ["heading", "unread"]


def test_a_statement_opens_only_in_its_first_piece() -> None:
    regions = [Span(0, 25, "narration"), Span(25, len(TEXT), "statement")]
    found = pieces(TEXT, regions=regions, statements=[Span(20, 32, "s")])
    assert [piece.opening for piece in found] == [(), ("s",), (), ()]
    assert [piece.statements for piece in found] == [(), ("s",), ("s",), ()]


def test_two_statements_on_one_passage_both_open_there() -> None:
    found = pieces(TEXT, regions=(), statements=[Span(20, 32, "one"), Span(20, 32, "other")])
    assert found[1].opening == ("one", "other")


def test_a_region_of_blanks_has_no_label() -> None:
    regions = [Span(0, 8, "heading"), Span(8, 10, "narration"), Span(10, len(TEXT), "statement")]
    assert [piece.begins for piece in pieces(TEXT, regions=regions)] == [True, False, True]


def test_a_region_cut_by_a_statement_is_labelled_once() -> None:
    regions = [Span(0, len(TEXT), "narration")]
    found = pieces(TEXT, regions=regions, statements=[Span(20, 32, "s")])
    assert [piece.begins for piece in found] == [True, False, False]


def test_spans_beyond_the_text_cut_nothing() -> None:
    assert [p.text for p in pieces("abc", regions=[Span(0, 99, "narration")])] == ["abc"]


def test_an_empty_text_has_no_pieces() -> None:
    assert pieces("", regions=()) == []


def test_the_tally_counts_every_character_once() -> None:
    regions = [Span(0, 8, "heading"), Span(10, 20, "narration"), Span(20, len(TEXT), "narration")]
    found = {part.region: part for part in tally(pieces(TEXT, regions=regions))}
    assert sum(part.characters for part in found.values()) == len(TEXT)
    assert (found["narration"].stretches, found["narration"].characters) == (2, len(TEXT) - 10)


def test_a_statement_that_a_person_added_cuts_its_region() -> None:
    regions = as_corrected([Span(0, 30, "narration")], [Span(10, 20, "s"), Span(15, 25, "t")])
    assert [(r.start, r.end, r.what) for r in regions] == [
        *((0, 10, "narration"), (10, 20, "statement"), (20, 25, "statement")),
        (25, 30, "narration"),
    ]


def test_a_region_of_a_statement_without_one_is_of_somebody_else() -> None:
    regions = [Span(0, 10, "statement"), Span(10, 20, "statement")]
    assert [r.what for r in as_corrected(regions, [Span(2, 5, "s")])] == [
        "statement",
        "other_speaker",
    ]


def test_an_added_statement_may_span_regions() -> None:
    regions = [Span(0, 10, "narration"), Span(10, 20, "question"), Span(20, 30, "heading")]
    found = as_corrected(regions, [Span(5, 25, "s")])
    assert [(r.start, r.end) for r in found if r.what == "statement"] == [
        *((5, 10), (10, 20)),
        (20, 25),
    ]
