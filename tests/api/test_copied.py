"""Every table and every resource is copied (changes, export, sync-from), or it is said why not.

A new table or a new route fails here until somebody has decided.
"""

import pytest
from django.apps import apps

from api.shapes import people, record, stances, watched
from api.shapes.parts import Shape
from tests.api.test_access import TABLE
from tracker.rows import EVERY_ROW, RESOURCES

ACCOUNTS = "of an account of this installation, and accounts are not copied"
MACHINE = "how the work of this machine goes: a copy that had it would do that work as well"
MESSAGES = "messages that this installation owes: a copy that had them would send them again"
BLIND = "each codes blind to the others; what may be seen of it by all is the agreement"
LOG = "the log itself, and how far another's was followed"

LEFT_OUT = {
    "ApiKey": ACCOUNTS,
    "KeptAnswer": ACCOUNTS,
    "Tally": MACHINE,
    "Preferences": ACCOUNTS,
    "SavedSearch": ACCOUNTS,
    "Subscription": ACCOUNTS,
    "OptIn": ACCOUNTS,
    "Endpoint": "a receiver's address with its secret, " + ACCOUNTS,
    "Delivery": MESSAGES,
    "Digest": MESSAGES,
    "Match": MESSAGES,
    "PairCoding": BLIND,
    "Fetch": MACHINE + "; what was fetched is a document",
    "FetchedPage": MACHINE,
    "Host": MACHINE + "; a watched source names its host",
    "Sweep": MACHINE,
    "Heartbeat": MACHINE,
    "Change": LOG,
    "Following": LOG,
    "FollowedRow": LOG,
}
# What a list shows -> the tables of its rows, or why they are left out.
SHOWN: dict[str, tuple[str, ...] | str] = {
    "actors": ("actors", "aliases", "roles"),
    "roles": ("roles",),
    "topics": ("topics",),
    "sources": ("sources",),
    "documents": ("documents", "captures", "former_documents"),
    "statements": ("statements",),
    "utterances": ("utterances", "attestations", "former_utterances"),
    "stances": ("stances", "stance_events"),
    "shifts": ("shifts", "shift_kinds", "former_shifts", "events"),
    "decisions": ("decisions",),
    "merges": ("merges",),
    "watched": ("watched", "watched_entries"),
    "fetches": MACHINE,
    "sweeps": MACHINE,
    "codings": BLIND,
    "agreement": BLIND,
    "subscriptions": ACCOUNTS,
    "saved-searches": ACCOUNTS,
    "endpoints": ACCOUNTS,
    "deliveries": MESSAGES,
    "search": ("statements",),
    "phrases": ("statements",),
    "position": ("utterances",),
    "diff": ("utterances", "shifts"),
    "coverage": ("statements",),
    "changes": LOG,
    "export": LOG,
    "schema": "about the program",
    "docs": "about the program",
    "": "about the program",
}

SHAPES: dict[str, type[Shape]] = {
    "actors": people.ActorShape,
    "roles": people.RoleShape,
    "topics": people.TopicShape,
    "sources": people.SourceShape,
    "documents": record.DocumentDetailShape,
    "statements": record.StatementShape,
    "utterances": stances.UtteranceShape,
    "stances": stances.StanceShape,
    "shifts": stances.ShiftShape,
    "decisions": record.DecisionShape,
    "merges": stances.MergeShape,
    "watched": watched.WatchedShape,
    "watched_entries": watched.EntryShape,
}


def test_every_table_is_copied_or_left_out_for_a_reason() -> None:
    models = {
        model.__name__
        for name in ("tracker", "api")
        for model in apps.get_app_config(name).get_models()
    }
    copied = {resource.model.__name__ for resource in RESOURCES.values()}
    assert not copied & LEFT_OUT.keys()
    assert models == copied | LEFT_OUT.keys()


def test_every_resource_is_copied_or_left_out_for_a_reason() -> None:
    assert {route.partition("/")[0] for route in TABLE} == SHOWN.keys()
    copied = {name for shown in SHOWN.values() if isinstance(shown, tuple) for name in shown}
    assert copied == set(RESOURCES)


@pytest.mark.parametrize(
    "route", [route for route, shown in SHOWN.items() if isinstance(shown, tuple)]
)
def test_a_copy_shows_no_one_what_the_resource_does_not(route: str) -> None:
    """What takes more than reading by its own route is kept at the desk in the log, and no more."""
    kept = [RESOURCES[name].desk == EVERY_ROW for name in SHOWN[route]]
    assert kept == [TABLE[route]["GET"] == "write"] * len(kept)


@pytest.mark.parametrize(("name", "shape"), SHAPES.items())
def test_whatever_a_resource_shows_of_a_row_is_in_its_copy(name: str, shape: type[Shape]) -> None:
    resource = RESOURCES[name]
    shown = {column.partition("__")[0] for column in shape.columns}
    kept_here = {field.attname for field in resource.model._meta.concrete_fields} - {
        field.attname for field in resource.fields.values()
    }
    assert shown & kept_here == ({"marked_at"} if name == "stances" else set())  # in step, here
