"""GET position."""

from datetime import timedelta

from tests.api import records
from tests.api.calling import Caller
from tracker.models import FormerUtterance
from tracker.rendering import utterance_content

WHO = {"actor": "ilva-marenko"}
HARD = "We are not ready to talk while Karsk holds the harbour."


def test_a_position_is_the_last_thing_said(anyone: Caller) -> None:
    records.utterance(records.statement("2024-03-01"))
    last = records.utterance(records.statement("2024-06-01", HARD))
    found = anyone.get("position", WHO | {"topic": "talks"})
    assert [row["utterance"]["id"] for row in found["positions"]] == [last.pk]
    assert found["positions"][0]["utterance"]["text"] == HARD


def test_said_until_gives_the_position_as_of_a_day(anyone: Caller) -> None:
    first = records.utterance(records.statement("2024-03-01"))
    records.utterance(records.statement("2024-06-01", HARD))
    found = anyone.get("position", WHO | {"said_until": "2024-05-31"})
    assert [row["utterance"]["id"] for row in found["positions"]] == [first.pk]
    assert found["said_until"] == "2024-05-31"


def test_without_a_topic_every_topic_spoken_of_is_there(anyone: Caller) -> None:
    records.utterance()
    records.utterance(records.statement(topic=records.topic("harbour", "The harbour")))
    records.utterance(records.statement(actor=records.actor("tomas-brel", "Tomas Brel")))
    found = anyone.get("position", WHO)
    assert [row["topic"]["slug"] for row in found["positions"]] == ["harbour", "talks"]


def test_known_at_never_tells_of_what_was_recorded_later(anyone: Caller) -> None:
    later = records.NOW + timedelta(days=1)
    first = records.utterance(records.statement("2024-03-01"))
    records.utterance(records.statement("2024-06-01", HARD, recorded_at=later), recorded_at=later)
    harbour = records.topic("harbour", "The harbour")
    records.utterance(records.statement(topic=harbour, recorded_at=later), recorded_at=later)
    found = anyone.get("position", WHO | {"known_at": records.NOW.isoformat()})
    assert [row["utterance"]["id"] for row in found["positions"]] == [first.pk]


def test_a_rewritten_utterance_shows_the_words_that_were_shown_then(anyone: Caller) -> None:
    later = records.NOW + timedelta(days=1)
    rewritten = records.utterance()
    FormerUtterance.objects.create(
        utterance=rewritten,
        content=utterance_content(rewritten),
        recorded_at=records.NOW,
        retracted_at=later,
    )
    rewritten.canonical = records.statement("2024-03-04", HARD, recorded_at=later)
    rewritten.set_said(rewritten.canonical.said)
    rewritten.save()
    then = {"known_at": records.NOW.isoformat()}
    texts = [
        [row["utterance"]["text"] for row in anyone.get("position", WHO | query)["positions"]]
        for query in (then, then | {"said_until": "2024-03-01"}, {}, {"said_until": "2024-03-01"})
    ]
    assert texts == [[records.TEXT], [records.TEXT], [HARD], []]


def test_a_silent_actor_has_no_position(anyone: Caller) -> None:
    records.actor()
    records.topic()
    assert anyone.get("position", WHO | {"topic": "talks"})["positions"] == []


def test_somebody_has_to_be_named(anyone: Caller) -> None:
    problem = anyone.get("position", status=400)
    assert problem["fields"] == [
        {"in": "query", "name": "actor", "code": "required", "reason": "This field is required."}
    ]
