"""The administration: searched, filtered, constant in queries, and by role."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.frontend.record import CLOSED, OPEN, Record
from tests.tracker.records import subscription
from tracker import alerts, models, review, roles
from tracker.roles import AccountRole

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 2, 1, tzinfo=UTC)
LOOKED_AT = [
    *(models.Document, models.Statement, models.Utterance, models.Shift, models.Stance),
    *(models.Decision, models.Delivery, models.Subscription, models.Endpoint, models.Event),
    *(models.Sweep, models.WatchedSource, models.WatchedEntry, models.Fetch, models.Heartbeat),
]
EDITED = [models.Actor, models.Topic, models.Source]
ADMINISTERED = [User, models.Delivery, models.Subscription, models.Endpoint, models.SavedSearch]


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def boss() -> User:
    user = User.objects.create_user("boss")
    roles.give(user, AccountRole.ADMINISTRATOR)
    return user


@pytest.fixture
def editor() -> User:
    user = User.objects.create_user("editor")
    roles.give(user, AccountRole.EDITOR)
    return user


@pytest.fixture
def desk(client: Client, boss: User) -> Client:
    client.force_login(boss)
    return client


def page(model: type[Model], what: str = "changelist", *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def more(record: Record, boss: User, number: int) -> None:
    """Write one more row of most kinds, each of another owner, source and stance's neighbour."""
    other = models.Source.objects.create(slug=f"source-{number}", name=f"Source {number}")
    older = record.utterance(f"{OPEN} {number}", "2024-03-01")
    newer = record.utterance(f"{CLOSED} {number}", "2025-03-01")
    shift = record.shift(older, newer, "reversal")
    review.confirm(shift, by=User.objects.create_user(f"user-{number}"), now=NOW)
    record.document(f"Text {number}", source=other)
    made = subscription(owner=boss, actor=record.actor, topic=record.topic)
    alerts.send_test(made, now=NOW)
    models.Event.objects.create(kind=models.Event.Kind.DETECTED, shift=shift, at=NOW)
    actor = models.Actor.objects.create(slug=f"actor-{number}", name=f"Actor {number}")
    topic = models.Topic.objects.create(slug=f"topic-{number}", name="T", parent=record.topic)
    models.Stance.objects.create(actor=actor, topic=topic)
    models.Fetch.objects.create(
        source=other, url="https://a.example", created_at=NOW, next_try_at=NOW, by=boss
    )
    models.SavedSearch.objects.create(owner=boss, name=str(number), created_at=NOW)


def test_every_list_takes_as_many_queries_however_long_it_is(
    desk: Client, record: Record, boss: User
) -> None:
    def queries(model: type[Model]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(page(model)).status_code == 200
        return len(captured)

    for number in (1, 2):
        more(record, boss, number)
    listed = list(admin.site._registry)
    before = {model: queries(model) for model in listed}
    for number in range(3, 9):
        more(record, boss, number)
    after = {model: queries(model) for model in listed}
    assert after == before
    assert max(after.values()) <= 20


def test_every_list_is_searched_and_filtered(desk: Client, record: Record, boss: User) -> None:
    more(record, boss, 1)
    for model, known in admin.site._registry.items():
        assert known.search_fields, model
        assert desk.get(page(model), {"q": "a"}).status_code == 200, model


def test_a_statement_is_found_by_its_words(desk: Client, record: Record) -> None:
    record.story()
    html = desk.get(page(models.Statement), {"q": "not ready for talks"}).content.decode()
    assert "1 statement" in html


@pytest.mark.parametrize("model", LOOKED_AT)
def test_what_is_append_only_is_only_looked_at(
    desk: Client, record: Record, boss: User, model: type[Model]
) -> None:
    more(record, boss, 1)
    assert desk.get(page(model, "add")).status_code == 403
    row = model._default_manager.first()
    if row is None:
        return
    url = page(model, "change", row.pk)
    html = desk.get(url).content.decode()
    assert 'name="_save"' not in html
    assert desk.post(url, {}).status_code == 403
    assert desk.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    desk.post(page(model), chosen)
    assert model._default_manager.filter(pk=row.pk).exists()


def test_the_secrets_of_webhooks_are_not_shown(desk: Client, boss: User) -> None:
    place = subscription(owner=boss).endpoint
    html = desk.get(page(models.Endpoint, "change", place.pk)).content.decode()
    assert place.address in html
    assert place.secret not in html


def test_an_editor_changes_what_is_tracked_and_sees_no_accounts(
    client: Client, record: Record, editor: User
) -> None:
    client.force_login(editor)
    for model in EDITED:
        assert client.get(page(model, "add")).status_code == 200
    for model in ADMINISTERED:
        assert client.get(page(model)).status_code == 403
    words = {"slug": "gazette", "name": "The Gazette", "reliability": "C", "home": "", "note": ""}
    client.post(page(models.Source, "add"), words)
    assert models.Source.objects.filter(slug="gazette").exists()
    html = client.get(page(models.Actor, "change", record.actor.pk)).content.decode()
    assert "Foreign Minister" in html  # the roles of an actor, on its page


def test_analysts_and_viewers_do_not_enter(client: Client, record: Record) -> None:
    for role in (AccountRole.VIEWER, AccountRole.ANALYST):
        user = User.objects.create_user(role.value)
        roles.give(user, role)
        client.force_login(user)
        assert client.get(page(models.Actor)).status_code == 302


def test_an_administrator_gives_an_account_its_role(desk: Client, editor: User) -> None:
    html = desk.get(page(User)).content.decode()
    assert "editors" in html
    assert desk.get(page(User, "change", editor.pk)).status_code == 200
    assert desk.get(page(User, "add")).status_code == 200


def test_an_editor_cannot_make_themselves_an_administrator(client: Client, editor: User) -> None:
    client.force_login(editor)
    url = page(User, "change", editor.pk)
    assert client.post(url, {"username": "editor", "is_superuser": "on"}).status_code == 403
    assert roles.role_of(User.objects.get(pk=editor.pk)) is AccountRole.EDITOR
