"""The pages in a real browser: quiet consoles, no barrier, keyboard, without scripts."""

import re
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from tests.frontend.browsing import STANCE, WIDTHS, Opener, Story
from tests.frontend.record import NOW
from tracker.models import Decision, Document, Shift

pytestmark = pytest.mark.browser


def size(width: int) -> dict[str, int]:
    return {"width": width, "height": WIDTHS[width]}


@pytest.mark.parametrize("width", list(WIDTHS))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_quiet_and_fits_its_window(
    opener: Opener, told: Story, complaints: list[str], width: int, scheme: str
) -> None:
    page = opener("/", viewport=size(width), color_scheme=scheme)
    for path in told.pages():
        page.goto(path)
        too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not too_wide, path
        assert complaints == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_no_barrier_on_any_page(
    opener: Opener, told: Story, width: int, scheme: str
) -> None:
    page = opener("/", viewport=size(width), color_scheme=scheme)
    for path in [*told.pages(), "/nowhere/"]:
        page.goto(path)
        result = Axe().run(page)
        assert result.violations_count == 0, f"{path}: {result.generate_report()}"


def test_every_page_reads_without_scripts(opener: Opener, told: Story) -> None:
    page = opener("/", java_script_enabled=False)
    for path in told.pages():
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("#chart")).not_to_be_visible()


def test_without_scripts_a_link_of_the_table_opens_the_panel(opener: Opener, told: Story) -> None:
    page = opener(STANCE, java_script_enabled=False)
    page.get_by_role("link", name="1 March 2024").click()
    expect(page.locator("#panel")).to_contain_text("quoted verbatim")


def test_the_chart_draws_each_utterance_in_the_shape_of_its_fidelity(opener: Opener) -> None:
    page = opener(STANCE)
    chart = page.locator("#chart")
    expect(chart.locator("path.mark.verbatim")).to_have_count(2)
    expect(chart.locator("path.mark.translated")).to_have_count(1)
    expect(chart.locator("path.mark.reported")).to_have_count(1)


def test_more_sources_make_a_larger_mark(opener: Opener) -> None:
    page = opener(STANCE)
    widths = {
        name: page.locator(f"#chart .mark.{name}").first.bounding_box() or {"width": 0}
        for name in ("reported", "verbatim")
    }
    assert widths["reported"]["width"] > widths["verbatim"]["width"]


def test_an_interval_has_a_whisker_and_a_day_has_none(opener: Opener, told: Story) -> None:
    page = opener(STANCE, viewport=size(2560))
    whisker = "#chart [data-key=u{}] .whisker"
    expect(page.locator(whisker.format(told.newer.pk))).to_have_count(1)
    expect(page.locator(whisker.format(told.older.pk))).to_have_count(0)


def test_not_stated_lies_on_a_rail_below_every_value(opener: Opener, told: Story) -> None:
    page = opener(STANCE)
    rail = page.locator(f"#chart [data-key=u{told.unstated.pk}] .mark").bounding_box()
    lowest = page.get_by_text("−10", exact=True).bounding_box()
    assert rail is not None
    assert lowest is not None
    assert rail["y"] > lowest["y"]


def test_a_provisional_shift_is_dashed_and_an_undecided_one_dotted(opener: Opener) -> None:
    page = opener(STANCE)
    dashes = {
        status: page.locator(f"#chart path.shift.{status}").evaluate(
            "path => getComputedStyle(path).strokeDasharray"
        )
        for status in ("provisional", "undecided")
    }
    assert dashes["provisional"] != "none"
    assert dashes["provisional"] != dashes["undecided"]


def test_undecided_pairs_can_be_left_out_and_the_address_says_so(opener: Opener) -> None:
    page = opener(STANCE)
    page.get_by_role("button", name="Undecided").click()
    expect(page.locator("#chart path.shift.undecided")).to_have_count(0)
    expect(page.locator("#chart path.shift.provisional")).to_have_count(1)
    page.reload()
    expect(page.locator("#chart path.shift.undecided")).to_have_count(0)


def test_filters_narrow_chart_table_file_and_address(
    opener: Opener, told: Story, complaints: list[str]
) -> None:
    page = opener(STANCE)
    page.get_by_role("checkbox", name="reported").check()
    expect(page.locator("#chart .item.utterance")).to_have_count(1)
    expect(page.locator("#rows")).to_contain_text("1 of 4 utterances")
    assert page.url.endswith("?fidelity=reported")
    with page.expect_download() as saving:
        page.get_by_role("link", name="CSV").click()
    assert len(saving.value.path().read_text().splitlines()) == 2
    page.reload()
    expect(page.get_by_role("checkbox", name="reported")).to_be_checked()
    expect(page.locator("#chart .item.utterance")).to_have_count(1)
    page.get_by_role("checkbox", name="reported").uncheck()
    page.get_by_label("Source at least").select_option("A")
    expect(page.locator("#chart .item")).to_have_count(0)
    expect(page.locator("#rows")).to_contain_text("No utterance is left")
    assert complaints == []


def test_a_gap_is_drawn_as_a_gap(opener: Opener) -> None:
    page = opener(STANCE)
    expect(page.locator("#chart rect.gap title")).to_contain_text("without a record")


def focused(page: Page) -> str:
    key: str = page.evaluate("document.activeElement.dataset.key ?? document.activeElement.id")
    return key


def test_the_arrow_keys_walk_through_utterances_and_shifts_in_time(
    opener: Opener, told: Story
) -> None:
    page = opener(STANCE)
    page.locator("#chart [tabindex='0']").focus()
    seen = [focused(page)]
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        seen.append(focused(page))
    undecided = Shift.objects.get(status="undecided")
    assert seen == [
        f"u{told.older.pk}",
        f"s{undecided.pk}",
        f"u{told.told.pk}",
        f"u{told.unstated.pk}",
        f"s{told.shift.pk}",
        f"u{told.newer.pk}",
    ]
    page.keyboard.press("Home")
    assert focused(page) == f"u{told.older.pk}"


def test_enter_opens_and_escape_closes_and_the_address_follows(opener: Opener, told: Story) -> None:
    page = opener(STANCE)
    page.locator("#chart [tabindex='0']").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("between 1 March 2025 and 20 March 2025")
    expect(page.locator("#panel")).to_be_focused()
    assert page.url.endswith(f"?open=u{told.newer.pk}")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_have_count(0)
    assert focused(page) == f"u{told.newer.pk}"
    assert "open=" not in page.url


def test_the_back_button_closes_what_was_opened(opener: Opener, told: Story) -> None:
    page = opener(STANCE)
    page.locator(f"#chart [data-key=s{told.shift.pk}]").click()
    expect(page.locator("#panel")).to_contain_text("one side is negated")
    page.go_back()
    expect(page.locator("#panel")).to_have_count(0)


def test_a_tap_opens_the_panel_in_view(opener: Opener, told: Story) -> None:
    page = opener(STANCE, viewport=size(360), has_touch=True, is_mobile=True)
    page.locator(f"#chart [data-key=u{told.told.pk}]").tap()
    expect(page.locator("#panel")).to_be_in_viewport()
    expect(page.locator("#panel")).to_contain_text("reported; not a quotation")


def test_the_address_of_an_open_item_and_a_window_can_be_sent(opener: Opener, told: Story) -> None:
    page = opener(STANCE)
    page.locator(f"#chart [data-key=u{told.told.pk}]").focus()
    page.keyboard.press("+")
    page.wait_for_url("**from=*")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()
    sent = opener(page.url)
    expect(sent.locator("#panel")).to_contain_text("reported; not a quotation")
    labels = "nodes => nodes.map(node => node.textContent)"
    ticks = "#chart .tick-label"
    assert sent.locator(ticks).evaluate_all(labels) == page.locator(ticks).evaluate_all(labels)


def test_dragging_over_the_band_below_zooms_to_those_days(opener: Opener) -> None:
    page = opener(STANCE)
    page.locator("#chart .band").scroll_into_view_if_needed()
    band = page.locator("#chart .band").bounding_box()
    assert band is not None
    y = band["y"] + band["height"] / 2
    page.mouse.move(band["x"] + 0.1 * band["width"], y)
    page.mouse.down()
    page.mouse.move(band["x"] + 0.5 * band["width"], y, steps=4)
    page.mouse.up()
    page.wait_for_url("**from=*")
    page.get_by_role("button", name="All").click()
    expect(page).not_to_have_url(re.compile("from="))


def test_the_arrow_keys_move_the_window_with_them(opener: Opener, told: Story) -> None:
    page = opener(STANCE)
    page.locator("#chart [tabindex='0']").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_url("**from=*")
    page.keyboard.press("End")
    assert focused(page) == f"u{told.newer.pk}"
    expect(page.locator(f"#chart [data-key=u{told.newer.pk}]")).to_be_in_viewport()


def inked(page: Page) -> int:
    """Return how many pixels of the chart's canvas are painted."""
    count: int = page.locator("#chart canvas").evaluate(
        """canvas => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
        .data.filter((value, place) => place % 4 === 3 && value > 0).length"""
    )
    return count


def test_more_than_a_thousand_marks_are_still_drawn_walked_and_opened(
    opener: Opener, told: Story, complaints: list[str]
) -> None:
    told.record.many(1100)
    page = opener(STANCE)
    assert page.locator("#chart-data").count() == 0
    assert inked(page) > 1000
    expect(page.locator("#chart-note")).to_contain_text("1,104 utterances are in view")
    assert page.locator("#chart .item").count() < 5
    page.locator("#chart [tabindex='0']").focus()
    first = focused(page)
    page.keyboard.press("ArrowRight")
    assert focused(page) not in ("", first)
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("2 January 2012")
    expect(page.get_by_role("link", name="Earlier")).to_be_visible()
    assert complaints == []


def test_a_click_on_pixels_opens_the_mark_that_is_there(opener: Opener, told: Story) -> None:
    told.record.many(1100)
    page = opener(STANCE)
    shift = page.locator(f"#chart [data-key=u{told.newer.pk}]")
    page.locator("#chart [tabindex='0']").focus()
    page.keyboard.press("End")
    box = shift.locator(".ring").bounding_box()
    page.locator("h1").click()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#panel")).to_contain_text("between 1 March 2025 and 20 March 2025")


def test_zoomed_in_far_enough_pixels_become_links_again(opener: Opener, told: Story) -> None:
    told.record.many(1100)
    page = opener(f"{STANCE}?from=2012-01-01&until=2012-03-01")
    expect(page.locator("#chart .item")).not_to_have_count(0)
    assert page.locator("#chart .item").count() > 50
    expect(page.locator("#chart-note")).not_to_be_visible()
    expect(page.locator("#chart canvas")).to_have_count(0)
    page.get_by_role("button", name="All").click()
    expect(page.locator("#chart canvas")).to_have_count(1)


def test_on_paper_the_pixels_are_lines_again(opener: Opener, told: Story) -> None:
    told.record.many(1100)
    page = opener(STANCE)
    expect(page.locator("#chart canvas")).to_have_count(1)
    page.emulate_media(media="print")
    expect(page.locator("#chart canvas")).to_have_count(0)
    expect(page.locator("#chart path.median")).not_to_have_count(0)
    page.emulate_media(media="screen")
    expect(page.locator("#chart canvas")).to_have_count(1)


def test_dragging_the_plot_moves_through_time_and_opens_nothing(
    opener: Opener, told: Story, complaints: list[str]
) -> None:
    told.record.many(1100)
    page = opener(f"{STANCE}?from=2013-01-01&until=2014-01-01")
    ground = page.locator("#chart .ground").bounding_box()
    assert ground is not None
    x, y = ground["x"] + 0.8 * ground["width"], ground["y"] + 30
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 0.5 * ground["width"], y, steps=40)
    page.mouse.up()
    page.wait_for_url(re.compile(r"from=2013-0[67]-"))
    assert "open=" not in page.url
    assert complaints == []


def test_the_chart_is_saved_as_a_picture_that_needs_no_page(
    opener: Opener, told: Story, complaints: list[str]
) -> None:
    page = opener(STANCE)
    with page.expect_download() as saving:
        page.get_by_role("button", name="SVG").click()
    assert saving.value.suggested_filename.endswith(".svg")
    text = saving.value.path().read_text()
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "class=" not in text
    assert "href=" not in text
    assert 'stroke-dasharray="7' in text
    with page.expect_download() as saving:
        page.get_by_role("button", name="PNG").click()
    assert saving.value.path().read_bytes().startswith(b"\x89PNG")
    assert complaints == []


def test_the_small_charts_of_a_page_are_saved_as_one_picture(
    opener: Opener, told: Story, complaints: list[str]
) -> None:
    page = opener("/")
    for path, within in (
        ("/topics/negotiations/", "Ilva Marenko"),
        ("/search/?q=ready", "“ready”"),
    ):
        page.goto(path)
        with page.expect_download() as saving:
            page.get_by_role("button", name="SVG").click()
        text = saving.value.path().read_text()
        assert within in text
        assert "class=" not in text
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    with page.expect_download() as saving:
        page.get_by_role("button", name="PNG").click()
    assert saving.value.path().read_bytes().startswith(b"\x89PNG")
    assert complaints == []


def test_a_chart_of_pixels_is_saved_as_lines(opener: Opener, told: Story) -> None:
    told.record.many(1100)
    page = opener(STANCE)
    with page.expect_download() as saving:
        page.get_by_role("button", name="SVG").click()
    assert "<image" not in saving.value.path().read_text()
    assert "1,104 utterances" in page.locator("#chart-note").inner_text()


def test_shifts_are_ticked_and_set_out_in_a_brief_by_keyboard(opener: Opener, told: Story) -> None:
    page = opener("/shifts/")
    page.get_by_role("checkbox", name=f"Shift {told.shift.pk}").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="A brief").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/brief/?shift={told.shift.pk}")
    expect(page.locator("article")).to_have_count(1)


def test_two_fingers_zoom(opener: Opener) -> None:
    page = opener(STANCE, has_touch=True)
    page.evaluate(
        """() => {
        const ground = document.querySelector("#chart .ground");
        const { left, width, top } = ground.getBoundingClientRect();
        const point = (name, pointerId, share, target = ground) => target.dispatchEvent(
          new PointerEvent(name, { pointerId, pointerType: "touch", bubbles: true, button: 0,
            clientX: left + share * width, clientY: top + 30 }));
        point("pointerdown", 1, 0.4);
        point("pointerdown", 2, 0.6);
        point("pointermove", 1, 0.2, window);
        point("pointermove", 2, 0.8, window);
        point("pointerup", 1, 0.2, window);
        point("pointerup", 2, 0.8, window);
        }"""
    )
    page.wait_for_url("**from=*until=*")


def test_hostile_text_runs_nothing_in_the_chart_or_the_panel(
    opener: Opener, told: Story, complaints: list[str]
) -> None:
    evil = '</script><img src=x onerror="document.title=1"><script>document.title=1</script>'
    spoken = told.record.utterance(evil, "2025-05-01")
    page = opener(f"{STANCE}?open=u{spoken.pk}")
    expect(page.locator("#panel blockquote")).to_contain_text("onerror")
    assert page.title() != "1"
    assert complaints == []


def test_a_word_of_100_kilobytes_widens_no_page(
    opener: Opener, told: Story, complaints: list[str]
) -> None:
    word = "river" * 20_000
    older = told.record.utterance(f"Long {word}", "2025-05-01")
    newer = told.record.utterance(f"Longer {word}", "2025-06-01")
    shift = told.record.shift(older, newer, "reversal", reasons=[f"number: '{word}'"])
    page = opener("/", viewport=size(360))
    for path in (
        *(STANCE, f"{STANCE}?open=u{older.pk}", f"{STANCE}?open=s{shift.pk}"),
        *(f"/compare/?older={older.pk}&newer={newer.pk}", f"/brief/?shift={shift.pk}"),
        *("/search/?q=Long", f"/documents/{older.canonical.document_id}/"),
    ):
        page.goto(path)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), path
    assert complaints == []


def test_a_waiting_document_shows_by_itself_that_it_was_read(opener: Opener, told: Story) -> None:
    document = told.record.document("A text.", read_at=None)
    page = opener(f"/documents/{document.pk}/")
    expect(page.locator("#progress")).to_be_visible()
    Document.objects.filter(pk=document.pk).update(read_at=NOW)
    expect(page.locator("#progress")).to_have_count(0)


def test_an_error_while_adding_loses_not_even_the_chosen_file(opener: Opener) -> None:
    page = opener("/add/")
    speech = b"Spoken on 3 March 2024."
    page.set_input_files(
        "#id_file", FilePayload(name="speech.txt", mimeType="text/plain", buffer=speech)
    )
    page.get_by_role("button", name="Store and read").click()
    expect(page.locator("#add-problem")).to_contain_text("Nothing was stored yet")
    expect(page.locator(".errorlist")).to_contain_text("Choose the source")
    page.select_option("#id_source", label="Velgrad Wire")
    page.get_by_role("button", name="Store and read").click()
    page.wait_for_url("**/documents/*/")
    assert Document.objects.filter(text="Spoken on 3 March 2024.").exists()


def test_the_date_of_a_document_is_set_by_keyboard_alone(opener: Opener, told: Story) -> None:
    page = opener(f"/documents/{told.undated.pk}/")
    page.locator("#id_said").focus()
    page.keyboard.type("soon")
    page.keyboard.press("Enter")
    expect(page.locator(".errorlist")).to_contain_text("is not an EDTF date")
    page.locator("#id_said").fill("2024-03")
    page.keyboard.press("Enter")
    expect(page.locator("#progress")).to_be_visible()
    told.undated.refresh_from_db()
    assert told.undated.given_said == "2024-03"


def test_single_keys_judge_a_pair_and_undo_it(opener: Opener, told: Story) -> None:
    page = opener("/review/")
    page.keyboard.press("j")
    expect(page.locator(".case").first).to_be_focused()
    page.keyboard.press("r")
    expect(page.get_by_role("status")).to_contain_text("Your decision is recorded")
    assert Decision.objects.get().shift == told.shift
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("undone")
    expect(page.locator(f"#case-shift-{told.shift.pk}")).to_be_visible()


def test_a_key_typed_into_a_note_decides_nothing(opener: Opener, told: Story) -> None:
    page = opener("/review/")
    page.locator(f"#why-shift-{told.shift.pk}").press_sequentially("cru")
    expect(page.locator(f"#why-shift-{told.shift.pk}")).to_have_value("cru")
    assert Decision.objects.count() == 0
