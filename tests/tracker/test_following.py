"""How a copy begins, goes on and is refused; that it becomes exact is tested over HTTP."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from tests.api import records
from tests.servers.site import Answer, Site
from tracker import fetching, following
from tracker.copying import end_of_log
from tracker.models import FollowedRow, Following, Topic
from tracker.rows import RESOURCES, encoded

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "https://desk.example/api/v1"
NEW = "https://new.example/api/v1"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From where the other one was asked; it answers that nothing changed."""
    places: list[str] = []

    def ask(row: Following, *given: Any) -> bool:
        places.append(f"{row.url} {row.cursor}")
        return False

    monkeypatch.setattr(following, "_ask", ask)
    return places


def _copy() -> Following:
    records.topic()
    return Following.objects.create(
        url=HOME, cursor="7.9", applied_at=timezone.now(), own_log=end_of_log()
    )


def test_a_copy_goes_on_from_where_it_was(asked: list[str]) -> None:
    _copy()
    call_command("sync-from", f"{HOME}/")
    assert asked == [f"{HOME} 7.9"]


def test_a_copy_with_rows_of_its_own_is_refused(asked: list[str]) -> None:
    _copy()
    own = records.topic("own")
    with pytest.raises(CommandError, match=rf"topics of its own \(number {own.pk}\)"):
        call_command("sync-from", HOME)
    assert asked == []


def test_what_was_only_changed_here_does_not_matter(asked: list[str]) -> None:
    _copy()
    row = records.topic()
    row.name = "Another name"
    row.save()
    call_command("sync-from", HOME)
    assert len(asked) == 1


def test_a_copy_follows_one_other_which_may_move(asked: list[str]) -> None:
    _copy()
    with pytest.raises(CommandError, match=f"--moved-from {HOME}"):
        call_command("sync-from", NEW)
    with pytest.raises(CommandError, match="does not follow"):
        call_command("sync-from", NEW, moved_from="https://else.example/api/v1")
    call_command("sync-from", NEW, moved_from=HOME)
    assert asked == [f"{NEW} 7.9"]


def test_a_loaded_export_goes_on_from_a_place_in_the_log(asked: list[str]) -> None:
    records.topic()
    with pytest.raises(CommandError, match="of its own"):
        call_command("sync-from", HOME)
    call_command("sync-from", HOME, since="7.3")
    assert asked == [f"{HOME} 7.3"]
    Following.objects.update(fetched_at=timezone.now())
    with pytest.raises(CommandError, match="from a place already"):
        call_command("sync-from", HOME, since="8.1")


# --- A server that does not answer as it should ---------------------------------------------------

ASKED = "/api/v1/changes?limit=500"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def home(settings: Settings) -> Iterator[Site]:
    """A server that is followed; what it answers is up to the test."""
    one = Site()
    settings.FETCH_ALLOW = [*settings.FETCH_ALLOW, one.place]
    yield one
    one.close()


def _batch(*rows: Any, following: str = "1.1.00000000", more: bool = False) -> Answer:
    results = [{"resource": name, "id": pk, "row": row} for name, pk, row in rows]
    body = {"results": results, "next": following, "more": more}
    return Answer(orjson.dumps(body), headers=JSON)


def _follow(home: Site) -> str:
    said = StringIO()
    call_command("sync-from", home.url("/api/v1"), stderr=said)
    return said.getvalue()


def _topic(slug: str = "talks", pk: int = 7) -> dict[str, Any]:
    row: dict[str, Any] = orjson.loads(
        encoded(next(RESOURCES["topics"].rows([records.topic().pk])))
    )
    Topic.objects.all().delete()
    return row | {"id": pk, "slug": slug}


@pytest.mark.django_db(transaction=False)
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(b"oops", 500), "status 500.*run this again"),
        (Answer(b"busy", 503), "status 503.*run this again"),
        (Answer(b"busy", 429, {"Retry-After": "3600"}), "status 429.*run this again"),
        (Answer(b"{}", 400, JSON), "status 400.*its log is another one"),
        (Answer(b"{}", 401, JSON), "status 401.*SYNC_KEY has to hold a key"),
        (Answer(b"{}", 403, JSON), "status 403.*scope `read`"),
        (Answer(b"", 404), "status 404.*up to /api/v1"),
        (Answer(b"", 301, {"Location": "/elsewhere"}), "redirects.*--moved-from"),
        (Answer(b"<html>"), "sent 'text/html'"),
        (Answer(b"<html>", headers=JSON), "did not answer with a batch of changes"),
        (Answer(b"[]", headers=JSON), "did not answer with a batch of changes"),
        (Answer(b"{}", headers=JSON), "did not answer with a batch of changes"),
        (Answer(b'{"results": 5}', headers=JSON), "did not answer with a batch of changes"),
        (Answer(b'{"results": [[]]}', headers=JSON), "did not answer with a batch of changes"),
        (
            Answer(b'{"results": [], "next"', headers=JSON, cut=9),
            "not provably whole.*run this again",
        ),
        (_batch(following=5), "named no place"),  # type: ignore[arg-type]  # as garbage may
        (_batch(following="9" * 61), "named no place"),
        (_batch(following="", more=True), "no other place to ask on from"),
        (_batch(("users", 1, None)), "users is not known here"),
        (_batch(("topics", "1", None)), "topics 1 has another number"),
        (_batch(("topics", 1, [])), "a row of topics is an object"),
        (_batch(("topics", 1, {"id": 1})), "a row of topics has to have"),
    ],
)
def test_what_is_no_answer_is_named_and_nothing_is_kept(
    home: Site, answer: Answer, reason: str
) -> None:
    home.pages[ASKED] = answer
    with pytest.raises(CommandError, match=f"(?s){reason}"):
        _follow(home)
    assert list(Following.objects.values_list("cursor", "applied_at")) == [("", None)]
    assert not FollowedRow.objects.exists()
    home.pages[ASKED] = _batch(("topics", 7, _topic()))
    _follow(home)  # once the server is mended, the same command goes on
    assert Topic.objects.get().pk == 7


def test_a_row_with_another_number_than_it_says_is_refused(home: Site) -> None:
    home.pages[ASKED] = _batch(("topics", 8, _topic(pk=7)))
    with pytest.raises(CommandError, match="topics 8 has another number"):
        _follow(home)


def test_a_mistyped_place_can_be_given_again(home: Site) -> None:
    records.topic()
    home.pages[f"{ASKED}&since=7.x"] = Answer(b"{}", 400, JSON)
    home.pages[f"{ASKED}&since=7.3"] = _batch()
    for since, reason in (("9" * 61, "at most 60 characters"), ("7.x", "status 400")):
        with pytest.raises(CommandError, match=reason):
            call_command("sync-from", home.url("/api/v1"), since=since)
    call_command("sync-from", home.url("/api/v1"), since="7.3")
    assert Following.objects.get().cursor == "1.1.00000000"


def test_a_server_that_takes_too_long_is_left(home: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_LIMITS", fetching.Limits(seconds=0.2, redirects=0))
    home.pages[ASKED] = Answer(b"{}", headers=JSON, seconds=1)
    with pytest.raises(CommandError, match="did not finish within"):
        _follow(home)


def test_a_server_that_nobody_hears_of_is_named(settings: Settings) -> None:
    settings.FETCH_ALLOW = ["127.0.0.1:9"]
    with pytest.raises(CommandError, match="could not be reached"):
        call_command("sync-from", "http://127.0.0.1:9/api/v1")


def test_who_is_asked_to_wait_a_little_waits(home: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            home.pages[ASKED] = _batch(("topics", 7, _topic()))

    monkeypatch.setattr(following, "sleep", wait)
    home.pages[ASKED] = Answer(b"", 429, {"Retry-After": "30"})
    assert "asked to wait for 30 seconds" in _follow(home)
    assert waited == [30, 30, 30]
    home.pages[ASKED.replace("limit=500", "limit=500&since=1.1.00000000")] = Answer(
        b"", 429, {"Retry-After": "30"}
    )
    with pytest.raises(CommandError, match="status 429"):
        _follow(home)
    assert len(waited) == 3 + 10


def test_what_came_before_a_failure_is_kept_and_not_asked_for_again(home: Site) -> None:
    home.pages[ASKED] = _batch(("topics", 7, _topic()), more=True)
    on = f"{ASKED}&since=1.1.00000000"
    home.pages[on] = Answer(b"", 500)
    with pytest.raises(CommandError, match="status 500"):
        _follow(home)
    assert not Topic.objects.exists()  # a copy moves from one whole state to the next
    home.pages[on] = _batch(following="1.2.00000000")
    _follow(home)
    assert Topic.objects.get().slug == "talks"
    assert home.paths() == [ASKED, on, on]


def test_rows_that_changed_places_are_taken_over(home: Site) -> None:
    """One gave up a name that another took: in the order of their first changes they collide."""
    home.pages[ASKED] = _batch(("topics", 7, _topic("a", 7)), ("topics", 8, _topic("b", 8)))
    _follow(home)
    swapped = [("topics", 7, {**_row(7), "slug": "b"}), ("topics", 8, {**_row(8), "slug": "a"})]
    home.pages[f"{ASKED}&since=1.1.00000000"] = _batch(*swapped, following="1.2.00000000")
    _follow(home)
    assert dict(Topic.objects.values_list("pk", "slug")) == {7: "b", 8: "a"}


def _row(pk: int) -> dict[str, Any]:
    row: dict[str, Any] = orjson.loads(encoded(next(RESOURCES["topics"].rows([pk]))))
    return row


def test_of_two_runs_at_once_one_ends(home: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower one would put the older place, and older rows, over what the other has stored."""
    home.pages[ASKED] = _batch(("topics", 7, _topic()))

    def beside(*args: Any, **about: Any) -> Any:
        Following.objects.update(cursor="1.9.00000000")
        return fetching.fetch(*args, **about)

    monkeypatch.setattr(following, "fetch", beside)
    with pytest.raises(CommandError, match="Another run"):
        _follow(home)
    assert Following.objects.get().cursor == "1.9.00000000"
    assert not FollowedRow.objects.exists()
