"""The page on which pairs are coded, and the one that says how far coders agree."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.frontend.record import CLOSED, OPEN, Record, analyst
from tracker.models import PairCoding

CODING, AGREEMENT = "/review/coding/", "/review/agreement/"


def answer(record: Record, **fields: object) -> dict[str, object]:
    shift = record.stance.shifts.get()
    return {"older": shift.older_id, "newer": shift.newer_id, "direction": "hardened", **fields}


def test_a_pair_is_shown_without_what_the_machine_says(desk: Client, record: Record) -> None:
    record.story()
    html = desk.get(CODING).content.decode()
    assert OPEN in html
    assert CLOSED in html
    assert "eversal" not in html.replace("reversed", "")
    assert "negated" not in html


def test_an_answer_is_recorded_and_the_next_pair_comes(desk: Client, record: Record) -> None:
    record.story()
    response = desk.post(CODING, answer(record, degree=3, note="the negation"))
    coding = PairCoding.objects.get()
    assert response["Location"] == CODING
    assert (coding.coder.username, coding.degree, coding.note) == ("ada", 3, "the negation")
    assert "No pair waits" in desk.get(CODING).content.decode()


@pytest.mark.parametrize(
    ("direction", "degree"), [("none", 0), ("unclear", None)], ids=["none", "unclear"]
)
def test_what_did_not_change_has_no_degree_to_choose(
    desk: Client, record: Record, direction: str, degree: int | None
) -> None:
    record.story()
    desk.post(CODING, answer(record, direction=direction, degree=2))
    assert PairCoding.objects.get().degree == degree


def test_a_missing_degree_is_asked_for_in_place_and_nothing_is_lost(
    desk: Client, record: Record
) -> None:
    record.story()
    response = desk.post(CODING, answer(record, note="my note"))
    html = response.content.decode()
    assert response.status_code == 422
    assert "Say also how much of it moved." in html
    assert OPEN in html
    assert 'value="my note"' in html
    assert 'value="hardened" required id="id_direction_0" checked' in html.replace(
        'id="id_direction_0" required', 'required id="id_direction_0"'
    )


def test_nobody_sees_anothers_answer_before_giving_their_own(
    client: Client, record: Record, ada: User
) -> None:
    record.story()
    bo = analyst("bo")
    client.force_login(bo)
    client.post(CODING, answer(record, degree=1, note="bo's reason"))
    client.force_login(ada)
    for page in (CODING, AGREEMENT):
        assert "bo's reason" not in client.get(page).content.decode().replace("&#x27;", "'")
    client.post(CODING, answer(record, direction="none"))
    html = client.get(AGREEMENT).content.decode().replace("&#x27;", "'")
    assert "bo's reason" in html
    assert "“not changed”" in html


def test_an_answer_is_taken_back_by_its_coder_alone(
    client: Client, record: Record, ada: User
) -> None:
    record.story()
    client.force_login(ada)
    client.post(CODING, answer(record, degree=1))
    url = f"{CODING}{PairCoding.objects.get().pk}/withdraw/"
    client.force_login(analyst("bo"))
    assert client.post(url).status_code == 404
    client.force_login(ada)
    client.post(url)
    assert PairCoding.objects.get().withdrawn_at is not None


def test_numbers_that_are_none_lead_back_to_the_queue(desk: Client, record: Record) -> None:
    assert desk.post(CODING, {"older": "x", "newer": "9"})["Location"] == CODING


def test_coding_is_for_analysts(client: Client, record: Record) -> None:
    assert client.get(CODING)["Location"].startswith("/login/")
    client.force_login(User.objects.create_user("eve"))
    assert client.get(CODING).status_code == 403


def test_the_pages_take_as_many_queries_however_much_was_coded(
    desk: Client, record: Record, ada: User
) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).status_code == 200
        return len(captured)

    record.story()
    for number in range(3):
        older = record.utterance(f"{OPEN} {number}", "2024-03-01")
        record.shift(older, record.utterance(f"{CLOSED} {number}", "2025-03-01"), "reversal")
    desk.post(CODING, answer_of(record, 1))
    before = {url: queries(url) for url in (CODING, AGREEMENT)}
    bo = analyst("bo")
    for number in (2, 3):
        desk.post(CODING, answer_of(record, number))
        desk.force_login(bo)
        desk.post(CODING, answer_of(record, number))
        desk.force_login(ada)
    for url, most in ((CODING, 11), (AGREEMENT, 8)):
        assert queries(url) == before[url] <= most


def answer_of(record: Record, number: int) -> dict[str, object]:
    shift = record.stance.shifts.order_by("pk")[number]
    return {
        "older": shift.older_id,
        "newer": shift.newer_id,
        "direction": "hardened",
        "degree": 1 + number % 2,
    }
