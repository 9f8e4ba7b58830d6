"""The analyst's work in a real browser: correcting, adding, judging; by keyboard too."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.frontend.browsing import Opener, Story
from tracker.models import Decision, Document, PairCoding

pytestmark = pytest.mark.browser

SELECT_LAST = """words => {
  const walker = document.createTreeWalker(document.getElementById("text"), NodeFilter.SHOW_TEXT);
  let last = null;
  while (walker.nextNode()) if (walker.currentNode.data.includes(words)) last = walker.currentNode;
  const place = last.data.lastIndexOf(words);
  getSelection().setBaseAndExtent(last, place, last, place + words.length);
}"""


def test_selected_words_become_those_of_an_added_statement(opener: Opener, told: Story) -> None:
    text = "𝒯he talks, she says.\u202e No talks, no treaty."
    document = told.record.document(text)
    page = opener(f"/documents/{document.pk}/")
    page.evaluate(SELECT_LAST, "talks")
    box = page.locator("#add-statement")
    expect(box.get_by_label("Its words")).to_have_value("talks")
    box.get_by_label("Spoken by").select_option("ilva-marenko")
    box.get_by_label("Said on").fill("2024-03-03")
    box.get_by_role("button").click()
    expect(page.get_by_role("status").first).to_contain_text("Recorded")
    assert Decision.objects.get().detail["start"] == text.rindex("talks")


def test_a_click_on_attributed_words_leads_to_their_statement(opener: Opener, told: Story) -> None:
    statement = told.older.canonical
    page = opener(f"/documents/{statement.document_id}/")
    page.locator("[data-statement]").first.click()
    assert page.url.endswith(f"#s{statement.pk}")


def test_a_statement_is_added_by_keyboard_alone(opener: Opener, told: Story) -> None:
    document = told.record.document("No talks, no treaty.")
    page = opener(f"/documents/{document.pk}/")
    page.locator("#add-statement summary").focus()
    for key in ("Enter", "Tab"):
        page.keyboard.press(key)
    page.keyboard.type("No talks")
    page.keyboard.press("Tab")
    page.keyboard.type("Ilva")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.type("2024-03-03")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Recorded")
    assert Decision.objects.get().detail["exact"] == "No talks"


def test_without_scripts_a_statement_is_added_by_typing_its_words(
    opener: Opener, told: Story
) -> None:
    document = told.record.document("No talks, no treaty.")
    page = opener(f"/documents/{document.pk}/", java_script_enabled=False)
    box = page.locator("#add-statement")
    box.locator("summary").click()
    box.get_by_label("Its words").fill("no treaty")
    box.get_by_label("Spoken by").select_option("ilva-marenko")
    box.get_by_label("Said on").fill("2024-03-03")
    box.get_by_role("button").click()
    assert Decision.objects.get().detail["exact"] == "no treaty"


def test_a_preview_shows_what_will_be_read_and_keeps_the_chosen_file(
    opener: Opener, told: Story
) -> None:
    before = Document.objects.count()
    page = opener("/add/")
    words = "Velgrad, 3 March 2024\n\n“We are ready for talks,” Ilva Marenko said."
    file = FilePayload(name="a.txt", mimeType="text/plain", buffer=words.encode())
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Source").select_option(label="Velgrad Wire")
    page.get_by_role("button", name="Show first").click()
    expect(page.locator("#preview")).to_contain_text("1 passage of known actors")
    expect(page.locator("#preview")).to_be_focused()
    assert Document.objects.count() == before
    page.get_by_role("button", name="Store and read").click()
    page.wait_for_url("**/documents/*/")
    assert Document.objects.count() == before + 1


# --- The desk and double coding by keyboard alone ---------------------------------------------


def test_a_morning_at_the_desk_by_keyboard_alone(opener: Opener, told: Story) -> None:
    page = opener("/review/")
    page.keyboard.press("j")
    expect(page.locator(f".case:has(#case-shift-{told.shift.pk})")).to_be_focused()
    page.keyboard.press("w")
    page.keyboard.type("both transcripts agree, arc")
    page.keyboard.press("Enter")  # what was typed decided nothing; Enter accepts
    expect(page.get_by_role("status")).to_contain_text("Your decision is recorded")
    decision = Decision.objects.get()
    assert (decision.kind, decision.note) == ("confirm", "both transcripts agree, arc")
    expect(page.locator("#place-1")).to_be_focused()  # the case that came next
    page.goto("/review/?kind=merge")
    for key in ("j", "s"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("Your decision is recorded")
    assert Decision.objects.standing().last() == Decision.objects.get(kind="split")
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("undone")
    assert not Decision.objects.standing().filter(kind="split").exists()


def test_a_date_is_set_from_the_desk_by_keyboard_alone(opener: Opener, told: Story) -> None:
    page = opener("/review/?kind=date")
    for key in ("j", "e"):
        page.keyboard.press(key)
    page.keyboard.type("2024-03")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Recorded")
    assert Decision.objects.get().detail["said"] == "2024-03"
    assert page.url.endswith("/review/?kind=date&page=1#place-1")


def test_a_pair_is_coded_by_keyboard_alone(opener: Opener, told: Story) -> None:
    page = opener("/review/coding/")
    for key in ("h", "2", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("Your answer is recorded")
    coding = PairCoding.objects.get()
    assert (coding.direction, coding.degree) == ("hardened", 2)
    page.keyboard.press("z")
    expect(page.get_by_role("status")).to_contain_text("taken back")


def test_a_verdict_is_edited_by_keyboard_alone(opener: Opener, told: Story) -> None:
    page = opener("/review/?kind=shift")
    page.keyboard.press("j")
    page.keyboard.press("e")
    case = page.locator(".case:has(fieldset)")
    expect(case.locator("fieldset input").first).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Space") if page.evaluate("document.activeElement.checked") else None
        page.keyboard.press("Tab")
    case.get_by_label("scope changed").focus()
    page.keyboard.press("Space")
    case.get_by_label("Direction").focus()
    page.keyboard.type("chang")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_role("status").first).to_contain_text("recorded")
    assert Decision.objects.get().detail["kinds"] == ["scope_changed"]
