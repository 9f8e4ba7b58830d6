"""Health is what the rows tell: heartbeats, and the oldest work that waits."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.tracker.records import NOT_READY, READY, known_people, row, settle, state, subscription
from tracker import alerts, health
from tracker.health import Measures
from tracker.models import Delivery, Heartbeat

pytestmark = pytest.mark.django_db


def beat(*, before: timedelta = timedelta(0), but: str = "") -> None:
    """Leave the heartbeats of every tick, that of `but` long ago."""
    now = timezone.now()
    for name in health.TICKS:
        late = timedelta(minutes=5) if name == but else before
        Heartbeat.objects.beat(name, now - late)


def ready(client: Client) -> tuple[int, Any]:
    answer = client.get("/health/ready")
    return answer.status_code, json.loads(answer.content)


def owe_a_message(now: datetime) -> None:
    known_people()
    subscription()
    state(row(READY, "2023-05-24"), row(NOT_READY, "2024-05-24"), now=now)
    alerts.owe(settle(now), now=now)


def test_a_service_whose_ticks_run_is_ready(client: Client) -> None:
    beat()
    assert ready(client) == (200, {"ready": True, "problems": []})


def test_a_service_that_never_ran_says_so(client: Client) -> None:
    status, answer = ready(client)
    assert status == 503
    assert len(answer["problems"]) == len(health.TICKS)
    assert "the read tick has not run for ever" in answer["problems"]


@pytest.mark.parametrize("tick", health.TICKS)
def test_a_late_tick_is_named(tick: str, client: Client) -> None:
    beat(but=tick)
    status, answer = ready(client)
    assert status == 503
    (problem,) = answer["problems"]
    assert problem.startswith(f"the {tick} tick has not run for 30")


def test_a_living_process_proves_nothing(client: Client) -> None:
    assert client.get("/health/live").status_code == 200
    assert ready(client)[0] == 503


def test_a_message_that_has_been_due_for_long_is_a_problem(client: Client) -> None:
    beat()
    owe_a_message(timezone.now() - timedelta(minutes=11))
    status, answer = ready(client)
    assert status == 503
    assert "a message has been due for 6" in answer["problems"][0]


def test_a_message_that_waits_for_its_next_try_is_none(client: Client) -> None:
    beat()
    owe_a_message(timezone.now() - timedelta(minutes=11))
    Delivery.objects.update(next_try_at=timezone.now() + timedelta(hours=5))
    assert ready(client)[0] == 200


def test_metrics_count_what_is_owed_sent_and_dead(client: Client) -> None:
    owe_a_message(timezone.now())
    told = client.get("/metrics").content.decode().splitlines()
    assert "stanceline_deliveries_owed 1" in told
    assert "stanceline_deliveries_sent 0" in told
    assert "stanceline_deliveries_dead 0" in told
    beat()
    told = client.get("/metrics").content.decode().splitlines()
    families = [line for line in told if line.startswith("# TYPE ")]
    assert families == [f"# TYPE stanceline_{name} gauge" for name in Measures.__dataclass_fields__]
    samples = [line for line in told if not line.startswith("# ")]
    assert len(samples) == len(families) - 1 + len(health.TICKS)
    assert all(len(line.split(" ")) == 2 for line in samples)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_looking_changes_nothing(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405
