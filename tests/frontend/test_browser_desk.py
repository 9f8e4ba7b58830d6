"""The analyst's work in a real browser: correcting, adding, judging; by keyboard too."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.frontend.browsing import Opener, Story
from tracker.models import Decision, Document

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
