"""How often somebody may ask."""

from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.test import Client
from pytest_django import Settings

from api import throttles
from api.models import Tally
from tests.api import records
from tests.api.calling import Caller
from tests.api.many import at_once
from tests.servers.broker import Broker

LONG = 10**7  # seconds: no period ends while a test runs
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def few(settings: Settings) -> None:
    """Three reads and two writes are allowed; nobody but the database counts."""
    settings.API_RATES = {"read": (3, LONG), "write": (2, LONG)}
    settings.REDIS_URL = "unix:///nowhere/broker.sock"


@pytest.mark.usefixtures("few")
def test_every_answer_says_what_is_left_and_the_last_one_when_to_come_again(
    anyone: Caller,
) -> None:
    answers = [anyone.client.get("/api/v1/topics") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    lefts = [answer.headers["RateLimit"].partition(";t=")[0] for answer in answers]
    assert lefts == [f'"read";r={left}' for left in (2, 1, 0, 0)]
    assert answers[0].headers["RateLimit-Policy"] == f'"read";q=3;w={LONG}'
    wait = int(answers[3].headers["RateLimit"].partition(";t=")[2])
    assert abs(int(answers[3].headers["Retry-After"]) - wait) <= 1
    assert answers[3].json()["type"] == "urn:stanceline:problem:throttled"
    assert "3 requests" in answers[3].json()["detail"]


@pytest.mark.usefixtures("few")
def test_reads_and_writes_and_callers_are_counted_apart(anyone: Caller, writer: Caller) -> None:
    for _ in range(3):
        anyone.get("topics")
    anyone.get("topics", status=429)
    for status in (400, 400, 429):
        writer.post("documents", {}, status=status)
    writer.get("topics")


@pytest.mark.usefixtures("few")
def test_two_keys_of_one_owner_share_one_limit(db: None) -> None:
    owner = records.user("anna")
    callers = [Caller(records.key("read", owner=owner)) for _ in range(2)]
    for number in range(3):
        callers[number % 2].get("topics")
    for caller in callers:
        caller.get("topics", status=429)


@pytest.mark.usefixtures("few")
def test_a_new_period_begins_anew_and_old_tallies_go(db: None) -> None:
    later = datetime.fromtimestamp(NOW.timestamp() + LONG, UTC)
    counts = [throttles.spend("anna", "read", now=now) for now in (NOW, NOW, later, later)]
    assert [spent.count for spent in counts if spent] == [1, 2, 1, 2]
    assert Tally.objects.count() == 1


@pytest.mark.django_db
def test_without_a_limit_nothing_is_counted(anyone: Caller) -> None:
    assert "RateLimit" not in anyone.client.get("/api/v1/topics").headers
    assert not Tally.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["database", "redis"])
def test_of_many_at_once_exactly_as_many_as_allowed_get_through(
    place: str,
    settings: Settings,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttles, "_PATIENCE", 20.0)  # the machine may be busy
    throttles._client.cache_clear()
    settings.API_RATES = {"read": (50, LONG), "write": None}
    settings.REDIS_URL = "unix:///nowhere/broker.sock"
    throttles._redis.back_at = 0.0
    if place == "redis":
        broker: Broker = request.getfixturevalue("broker")
        settings.REDIS_URL = broker.url
        redis.Redis.from_url(broker.url).flushdb()
    caller = Caller(records.key("read"))
    caller.get("")  # the use of the key is noted; one of the fifty

    def ask(number: int) -> int:
        return Client().get("/api/v1/topics", headers=caller.headers).status_code

    statuses = sorted(at_once(ask, range(320), threads=32))
    throttles._client.cache_clear()
    assert statuses == [200] * 49 + [429] * 271
    assert Tally.objects.exists() == (place == "database")


@pytest.mark.django_db
def test_a_redis_that_hangs_is_asked_once_and_then_left_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def hang(self: Any, name: str, seconds: int) -> int:
        asked.append(name)
        raise redis.TimeoutError("no answer")

    settings.API_RATES = {"read": (3, LONG), "write": None}
    monkeypatch.setattr(throttles._Redis, "add", hang)
    throttles._redis.back_at = 0.0
    counts = [throttles.spend("anna", "read", now=NOW) for _ in range(3)]
    assert [spent.count for spent in counts if spent] == [1, 2, 3]
    assert len(asked) == 1
