"""A change that is asked for again is made once."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from api.models import KeptAnswer
from tests.api import records
from tests.api.calling import Caller, conforms
from tests.api.many import TIMES, at_once
from tracker.models import Document


def _post(caller: Caller, key: str, body: Any, path: str = "documents") -> Any:
    return caller.client.post(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers=caller.headers | {"Idempotency-Key": key},
    )


@pytest.fixture
def body(db: None) -> dict[str, str]:
    """A document to be posted."""
    return {"source": records.source().slug, "text": "We are ready to talk."}


def test_the_same_request_is_answered_again_and_done_once(
    writer: Caller, body: dict[str, str]
) -> None:
    first, again = (_post(writer, "a", body) for _ in range(2))
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    conforms("post", again)
    assert Document.objects.count() == 1


def test_the_place_of_a_field_is_no_part_of_a_request(writer: Caller, body: dict[str, str]) -> None:
    _post(writer, "a", body)
    other_way_round = dict(reversed(body.items()))
    assert _post(writer, "a", other_way_round).headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("path", ["documents", "decisions"])
def test_a_key_with_another_request_is_refused(
    writer: Caller, body: dict[str, str], path: str
) -> None:
    _post(writer, "a", body)
    answer = _post(writer, "a", body | {"title": "another"}, path)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:stanceline:problem:key-reused"
    conforms("post", answer)


def test_a_key_is_one_callers_own(writer: Caller, body: dict[str, str]) -> None:
    _post(writer, "a", body)
    other = Caller(records.key("write"))
    assert _post(other, "a", body | {"text": "We are not."}).status_code == 202


def test_a_request_that_was_refused_leaves_its_key_free(
    writer: Caller, body: dict[str, str]
) -> None:
    assert _post(writer, "a", body | {"source": "nowhere"}).status_code == 400
    assert _post(writer, "a", body).status_code == 202
    assert not KeptAnswer.objects.filter(status=None).exists()


def test_while_the_first_request_runs_the_second_is_told_so(
    writer: Caller, body: dict[str, str]
) -> None:
    _post(writer, "a", body)
    now = timezone.now()
    KeptAnswer.objects.update(status=None, claimed_until=now + timedelta(seconds=60))
    answer = _post(writer, "a", body)
    assert answer.status_code == 409
    assert answer.headers["Retry-After"] == "1"
    conforms("post", answer)


def test_a_request_whose_server_died_is_done_by_the_next_one(
    writer: Caller, body: dict[str, str]
) -> None:
    _post(writer, "a", body)
    Document.objects.all().delete()
    now = timezone.now()
    KeptAnswer.objects.update(status=None, claimed_until=now - timedelta(seconds=1))
    assert _post(writer, "a", body).status_code == 202
    assert Document.objects.count() == 1


def test_who_lost_the_claim_meanwhile_changes_nothing(
    writer: Caller, body: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KeptAnswer, "keep", lambda self, **answer: False)
    assert _post(writer, "a", body).status_code == 409
    assert not Document.objects.exists()


def test_an_answer_is_kept_for_a_day(writer: Caller, body: dict[str, str]) -> None:
    _post(writer, "a", body)
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    _post(writer, "b", body)
    assert [row.key for row in KeptAnswer.objects.all()] == ["b"]


@pytest.mark.parametrize("key", ["", " ", "x" * 201, "a b", "é"])
def test_a_key_that_is_none_is_refused(writer: Caller, body: dict[str, str], key: str) -> None:
    answer = _post(writer, key, body)
    assert answer.status_code == 400
    field = answer.json()["fields"][0]
    assert (field["in"], field["name"]) == ("header", "Idempotency-Key")


def test_a_file_is_known_again_by_its_bytes(writer: Caller) -> None:
    headers = writer.headers | {"Idempotency-Key": "a"}

    def send(words: bytes) -> Any:
        form = {"source": records.source().slug, "file": SimpleUploadedFile("a.txt", words)}
        return writer.client.post("/api/v1/documents", form, headers=headers)

    assert send(b"We are ready to talk.").status_code == 202
    assert send(b"We are ready to talk.").headers["Idempotency-Replayed"] == "true"
    assert send(b"We are not ready to talk.").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_many_at_once_with_one_key_make_one_row_each(body: dict[str, str]) -> None:
    writer = Caller(records.key("write"))

    def post(number: int) -> tuple[int, int, int | None]:
        words = f"We are ready to talk about {number}."
        answer = _post(writer, f"key-{number}", body | {"text": words})
        return number, answer.status_code, answer.json().get("id")

    answers = at_once(post, [number for number in range(TIMES) for _ in range(20)])
    assert Document.objects.count() == TIMES
    assert {status for _, status, _ in answers} <= {202, 409}
    made = {(number, pk) for number, status, pk in answers if status == 202}
    assert sorted(number for number, _ in made) == list(range(TIMES))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_that_are_refused_leave_their_keys_free(body: dict[str, str]) -> None:
    writer = Caller(records.key("write"))

    def post(number: int) -> int:
        status: int = _post(writer, f"key-{number}", body | {"source": "nowhere"}).status_code
        return status

    assert set(at_once(post, [number for number in range(TIMES) for _ in range(20)])) <= {400, 409}
    assert not KeptAnswer.objects.exists()
