"""Nobody's change is lost: what is changed must be what was read."""

from typing import Any

import pytest

from tests.api import records
from tests.api.calling import Caller, conforms
from tests.api.many import TIMES, at_once
from tracker.models import Source


@pytest.fixture
def editor(db: None) -> Caller:
    """A program of an editor."""
    return Caller(records.key("read", "edit"))


def _patch(caller: Caller, path: str, body: Any, etag: str | None) -> Any:
    condition = {} if etag is None else {"If-Match": etag}
    return caller.client.patch(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers=caller.headers | condition,
    )


def _etag(caller: Caller, path: str) -> str:
    etag: str = caller.client.get(f"/api/v1/{path}", headers=caller.headers).headers["ETag"]
    return etag


def test_a_change_of_what_was_read_is_made_and_has_a_version_of_its_own(editor: Caller) -> None:
    records.source()
    before = _etag(editor, "sources/velgrad-wire")
    answer = _patch(editor, "sources/velgrad-wire", {"note": "cited by all"}, before)
    assert answer.status_code == 200
    conforms("patch", answer)
    assert answer.json()["note"] == "cited by all"
    assert answer.headers["ETag"] == _etag(editor, "sources/velgrad-wire") != before


def test_a_change_of_an_older_version_is_refused(editor: Caller) -> None:
    records.source()
    before = _etag(editor, "sources/velgrad-wire")
    _patch(editor, "sources/velgrad-wire", {"note": "one"}, before)
    answer = _patch(editor, "sources/velgrad-wire", {"note": "other"}, before)
    assert answer.status_code == 412
    conforms("patch", answer)
    assert Source.objects.get().note == "one"


def test_a_change_must_say_of_what_it_is_one(editor: Caller) -> None:
    records.source()
    for slug in ("velgrad-wire", "nowhere"):
        answer = _patch(editor, f"sources/{slug}", {"note": "one"}, None)
        assert answer.status_code == 428
        conforms("patch", answer)


@pytest.mark.parametrize("form", ["*", "W/{}", '"other", {}'])
def test_the_forms_of_a_condition(editor: Caller, form: str) -> None:
    records.source()
    etag = form.format(_etag(editor, "sources/velgrad-wire"))
    assert _patch(editor, "sources/velgrad-wire", {"note": "one"}, etag).status_code == 200


def test_what_is_not_there_cannot_be_changed(editor: Caller) -> None:
    assert _patch(editor, "sources/nowhere", {"note": "one"}, "*").status_code == 404


def test_a_deletion_may_name_its_version(subscriber: Caller, owner: Any) -> None:
    path = f"subscriptions/{records.subscription(owner).pk}"
    wrong = subscriber.headers | {"If-Match": '"other"'}
    assert subscriber.client.delete(f"/api/v1/{path}", headers=wrong).status_code == 412
    right = subscriber.headers | {"If-Match": _etag(subscriber, path)}
    assert subscriber.client.delete(f"/api/v1/{path}", headers=right).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_is_made_and_one_refused() -> None:
    editor = Caller(records.key("edit"))
    for number in range(TIMES):
        records.source(f"source-{number}")
        path = f"sources/source-{number}"
        etag = _etag(editor, path)
        answers = at_once(
            lambda note: _patch(editor, path, {"note": note}, etag),  # noqa: B023  # used at once
            ["one", "other"],
            threads=2,
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        (made,) = [answer for answer in answers if answer.status_code == 200]
        assert Source.objects.get(slug=f"source-{number}").note == made.json()["note"]
