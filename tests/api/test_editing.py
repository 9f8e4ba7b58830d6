"""Editors add and change actors, roles, topics and sources."""

from typing import Any

import pytest

from tests.api import records
from tests.api.calling import Caller, conforms
from tracker.models import Actor, Alias, Role, Sweep, Topic


@pytest.fixture
def editor(db: None) -> Caller:
    """A program of an editor."""
    return Caller(records.key("read", "edit"))


NEW: dict[str, dict[str, Any]] = {
    "actors": {"slug": "tomas-brel", "name": "Tomas Brel", "aliases": ["T. Brel", "Brel"]},
    "topics": {"slug": "grain", "name": "Grain", "terms": [{"text": "grain"}]},
    "sources": {"slug": "harbour-post", "name": "Harbour Post", "reliability": "C"},
}


@pytest.mark.parametrize("path", NEW)
def test_what_is_added_is_found_where_the_answer_says(editor: Caller, path: str) -> None:
    answer = editor.posted(path, NEW[path])
    assert answer.status_code == 201
    conforms("post", answer)
    found = editor.get(answer.headers["Location"])
    assert found == answer.json()
    assert (found["slug"], found["name"]) == (NEW[path]["slug"], NEW[path]["name"])


@pytest.mark.parametrize("path", NEW)
def test_a_slug_is_given_once(editor: Caller, path: str) -> None:
    editor.post(path, NEW[path])
    problem = editor.post(path, NEW[path], status=409)
    assert problem["type"] == "urn:stanceline:problem:exists"
    assert [field["name"] for field in problem["fields"]] == ["slug"]


@pytest.mark.parametrize("path", ["actors", "topics"])
def test_the_record_is_read_again_by_what_is_known_now(editor: Caller, path: str) -> None:
    editor.post(path, NEW[path])
    assert Sweep.objects.get().kind == Sweep.Kind.REREAD
    assert str(NEW[path]["slug"]) in Sweep.objects.get().reason


def test_the_aliases_given_are_then_all_there_are(editor: Caller) -> None:
    records.actor()
    changed = editor.patch("actors/ilva-marenko", {"aliases": ["I. Marenko", "I. Marenko"]})
    assert changed["aliases"] == ["I. Marenko"]
    assert changed["name"] == "Ilva Marenko"


def test_a_slug_cannot_be_changed(editor: Caller) -> None:
    records.actor()
    problem = editor.patch("actors/ilva-marenko", {"slug": "other"}, status=400)
    assert problem["fields"][0]["code"] == "unknown"


@pytest.mark.parametrize("path", NEW)
def test_what_nothing_speaks_of_is_removed(editor: Caller, path: str) -> None:
    editor.post(path, NEW[path])
    editor.delete(f"{path}/{NEW[path]['slug']}")
    editor.get(f"{path}/{NEW[path]['slug']}", status=404)
    assert not Alias.objects.exists()


@pytest.mark.parametrize("path", ["actors/ilva-marenko", "topics/talks", "sources/velgrad-wire"])
def test_what_the_record_speaks_of_stays(editor: Caller, path: str) -> None:
    records.utterance()
    assert editor.delete(path, status=409)["type"] == "urn:stanceline:problem:used"
    editor.get(path)


@pytest.mark.parametrize("path", ["actors/ilva-marenko", "topics/talks"])
def test_what_somebodys_filters_name_stays(editor: Caller, path: str) -> None:
    records.saved_search(records.user("anna"))
    editor.delete(path, status=409)


def test_what_a_decision_names_stays(editor: Caller) -> None:
    records.actor()
    detail = {"before": "brel", "actor": "ilva-marenko"}
    brel = records.actor("brel", "Tomas Brel")
    said = records.statement(actor=brel)
    records.decision(kind="set_speaker", document=said.document, statement=said, detail=detail)
    editor.delete("actors/ilva-marenko", status=409)


def test_a_role_is_removed_and_the_record_read_again(editor: Caller) -> None:
    role = records.actor().roles.get()
    editor.delete(f"roles/{role.pk}")
    assert not Role.objects.exists()
    assert "role" in Sweep.objects.get().reason


def test_a_topic_is_no_part_of_itself(editor: Caller) -> None:
    records.topic()
    Topic.objects.create(slug="harbour", name="Harbour", parent=records.topic())
    for parent in ("talks", "harbour"):
        problem = editor.patch("topics/talks", {"parent": parent}, status=422)
        assert problem["type"] == "urn:stanceline:problem:circle"


def test_roles_are_listed_by_actor_and_day(anyone: Caller) -> None:
    marenko, brel = records.actor(), records.actor("tomas-brel", "Tomas Brel")
    Role.objects.create(actor=marenko, title="Mayor", since="2010-01-01", until="2015-12-31")
    for query, titles in (
        ({"actor": marenko.slug}, ["Foreign Minister", "Mayor"]),
        ({"actor": marenko.slug, "on": "2012-05-01"}, ["Mayor"]),
        ({"on": "2022-05-01"}, ["Foreign Minister", "Foreign Minister"]),
        ({"actor": brel.slug, "on": "2012-05-01"}, []),
    ):
        found = anyone.get("roles", query)["results"]
        assert sorted(row["title"] for row in found) == titles


def test_a_role_is_added_and_ended(editor: Caller) -> None:
    records.actor()
    role = {"actor": "ilva-marenko", "title": "Mayor", "since": "2010-01-01"}
    made = editor.post("roles", role)
    ended = editor.patch(f"roles/{made['id']}", {"until": "2015-12-31"})
    assert ended == made | {"until": "2015-12-31"}
    editor.post("roles", role, status=409)


def test_a_role_does_not_end_before_it_begins(editor: Caller) -> None:
    records.actor()
    dates = {"since": "2010-01-01", "until": "2009-01-01"}
    role = {"actor": "ilva-marenko", "title": "Mayor"} | dates
    editor.post("roles", role, status=422)
    made = Role.objects.get()
    editor.patch(f"roles/{made.pk}", {"until": "2009-01-01"}, status=422)


@pytest.mark.parametrize(
    ("path", "change", "name"),
    [
        ("actors", {"kind": "ghost"}, "kind"),
        ("actors", {"slug": "not a slug"}, "slug"),
        ("topics", {"terms": [{"text": "grain", "weight": 0}]}, "terms.0.weight"),
        ("topics", {"terms": [{"word": "grain"}]}, "terms.0.word"),
        ("topics", {"parent": "nowhere"}, "parent"),
        ("sources", {"reliability": "G"}, "reliability"),
        ("sources", {"home": "javascript:alert(1)"}, "home"),
    ],
)
def test_a_field_is_refused_by_name(
    editor: Caller, path: str, change: dict[str, Any], name: str
) -> None:
    problem = editor.post(path, NEW[path] | change, status=400)
    assert name in [field["name"] for field in problem["fields"]]
    assert not Actor.objects.exists()


def test_a_row_within_a_changed_list_is_whole(editor: Caller) -> None:
    records.topic()
    problem = editor.patch("topics/talks", {"terms": [{"weight": 2}]}, status=400)
    assert [field["name"] for field in problem["fields"]] == ["terms.0.text"]


def test_a_number_is_no_name(editor: Caller) -> None:
    problem = editor.post("actors", NEW["actors"] | {"name": 7, "aliases": [8]}, status=400)
    assert {field["name"] for field in problem["fields"]} == {"name", "aliases.0"}
