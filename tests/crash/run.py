"""Deals blows to the whole service while statements come in, and counts what was lost or doubled.

    python -m tests.crash.run [--statements 10000] [--subscriptions 200] [--blows 200]
        [--seeds 1 2 3 4 5] [--ahead 60] [--without-outbox] [--one-blow]

For each seed one line of figures; the exit code is 1 where something was lost, spurious or
doubled after the id, where anything took more than 30 s (`--drained`) after the last blow, or,
with `--without-outbox` (the negative control), where nothing was lost. One statement in five
comes in as a document through the web process, the others as ready statements. Who writes waits
while many documents wait to be read, so that what is measured after the last blow is how the
service recovers, and not how slow the machine is; blows go on until all is written, five times as
many at most. `--one-blow` leaves nothing to chance: it kills both workers and empties Redis while
every message waits.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.load import Said, Told, names, oracle, slug, statements
from tests.crash.place import Place
from tests.crash.receiver import Message, Receiver
from tests.crash.waiting import Waits, waiting

PAUSES = 1.5, 3.0  # seconds between two blows
DRAINED = 30.0  # seconds after the last blow
QUIET = 15.0  # seconds in which the messages of the negative control run out
NAIVE = "tests.crash.naive"
LATE = 3.0  # and those of one blow, after which nothing of them is left
PATIENCE = 300.0  # after which a run counts as never drained
THROUGH_THE_WEB = 5  # one in so many statements
WRITTEN_BY = 0.9  # part of the blows by which all is written, on a machine that is fast enough
MOST = 5  # times as many blows as asked for are dealt at most while all is written
AHEAD = 60  # documents and stances that may wait before the writers wait for them


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens in a run."""

    statements: int
    subscriptions: int
    blows: int  # 0: one blow while every message waits
    ahead: int = AHEAD

    @property
    def actors(self) -> int:
        """Two subscriptions for each, and at most 100."""
        return max(1, min(100, self.subscriptions // 2))


@dataclass
class Figures:
    """What came of a run."""

    seed: int
    shifts: int = 0
    messages: int = 0
    lost: int = 0
    spurious: int = 0
    doubled_before_the_id: int = 0
    doubled_after_the_id: int = 0
    out_of_order: int = 0
    dead: int = 0
    withdrawn: int = 0
    drained: float = 0.0
    held_back: float = 0.0  # seconds for which the writers waited
    seconds: float = 0.0
    waits: Waits = field(default_factory=Waits)
    blows: Counter[str] = field(default_factory=Counter)

    def is_sound(self, *, drained: float) -> bool:
        """Say whether the promise was kept, all of it within so many seconds."""
        broken = self.lost, self.spurious, self.doubled_after_the_id, self.out_of_order, self.dead
        return not any(broken) and self.drained <= drained

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.blows.total()} blows, {self.shifts} shifts told to their "
            f"subscribers in {self.messages} messages ({self.withdrawn} of a withdrawal); "
            f"lost {self.lost}, spurious {self.spurious}, doubled before the id "
            f"{self.doubled_before_the_id}, after it {self.doubled_after_the_id}, out of order "
            f"{self.out_of_order}, dead {self.dead}; drained {self.drained:.1f} s after the last "
            f"blow ({self.seconds:.0f} s in all, the writers held back for {self.held_back:.0f})"
            f"\n    blows: "
            + ", ".join(f"{n} x {name}" for name, n in self.blows.most_common())
            + f"\n    waited for: {self.waits}"
        )


# --- What comes in ----------------------------------------------------------------------------


class Writer:
    """Hands statements in, over and over until each was taken; `progress` is how far it may be."""

    def __init__(self, said: Sequence[Said], place: Place, key: str, ahead: int) -> None:
        self.place, self.key, self.ahead = place, key, ahead
        self.progress = self.held_back = 0.0
        self._room = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._shares = [said[::THROUGH_THE_WEB], [one for n, one in enumerate(said) if n % 5]]
        self.threads = [
            threading.Thread(target=self._hand_in, args=(share, take), daemon=True)
            for share, take in zip(self._shares, (self._post, self._store), strict=True)
        ]

    def start(self) -> None:
        """Begin to hand in."""
        for thread in (*self.threads, self._watch):
            thread.start()

    @property
    def is_at_work(self) -> bool:
        """Say whether something is left to hand in."""
        return any(thread.is_alive() for thread in self.threads)

    def _look(self) -> None:
        """Let the writers wait while much waits to be read."""
        while self.is_at_work:
            if _backlog() <= self.ahead:
                self._room.set()
            else:
                self._room.clear()
                self.held_back += 0.5
            time.sleep(0.5)

    def _hand_in(self, share: Sequence[Said], take: Callable[[Said], None]) -> None:
        for place, one in enumerate(share, start=1):
            while self.progress * len(share) < place and self.progress < 1:
                time.sleep(0.05)
            self._room.wait()
            take(one)

    def _post(self, one: Said) -> None:
        body = {"text": one.report, "source": "wire", "said": one.day.isoformat()}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.place.port}/api/v1/documents",
            json.dumps(body).encode(),
            # No Idempotency-Key: the same bytes are one document however often they are sent,
            # and a key whose server died is refused for two minutes.
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        _until_done(lambda: posted(request))

    def _store(self, one: Said) -> None:
        from django.db import DatabaseError, connection
        from django.utils import timezone

        from tests.tracker.records import row
        from tracker import ingest

        ready = row(one.text, one.day.isoformat(), actor=one.actor)

        def stored() -> bool:
            try:
                ingest.store_chronology([ready], now=timezone.now())
            except DatabaseError:
                connection.close()
                return False
            return True

        _until_done(stored)


def posted(request: urllib.request.Request) -> bool:
    try:
        with urllib.request.urlopen(request, timeout=10):
            return True
    except urllib.error.HTTPError as error:
        if error.code not in (500, 502, 503):
            raise AssertionError(f"{error.code}: {error.read()[:500]!r}") from error
    except OSError:
        pass
    return False


def _until_done(attempt: Callable[[], bool]) -> None:
    while not attempt():
        time.sleep(0.2)


def people_and_key(size: Size, receiver: Receiver) -> tuple[str, dict[str, str]]:
    """Store people and subscriptions; return a key for writing, and path -> actor."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from api.models import ApiKey
    from tracker import alerts, people, roles
    from tracker.models import Actor

    title = {"title": "Foreign Minister", "organisation": "Ostravia", "since": "1980-01-01"}
    people.load_actors(
        {"slug": slug(name), "name": name, "kind": "person", "pronoun": "she"}
        | {"roles": [{**title, "until": None}]}
        for name in names(size.actors)
    )
    talks = {"slug": "talks", "name": "Talks", "description": "Talks with Karsk"}
    people.load_topics([{**talks, "terms": [{"text": "negotiate"}]}])
    people.load_sources([{"slug": "wire", "name": "Wire", "reliability": "B"}])
    actors = list(Actor.objects.order_by("slug"))
    told = {f"/{number}": actors[number % len(actors)] for number in range(size.subscriptions)}
    for path, actor in told.items():
        alerts.subscribe(
            owner=None,
            channel="webhook",
            address=f"http://127.0.0.1:{receiver.port}{path}",
            actor=actor,
            events=["shift.detected", "shift.withdrawn"],
            now=timezone.now(),
        )
    writer = User.objects.create_user("writer")
    roles.give(writer, roles.AccountRole.ANALYST)
    _, key = ApiKey.objects.issue(
        owner=writer, name="crash", scopes=["read", "write"], now=timezone.now()
    )
    return key, {path: actor.slug for path, actor in told.items()}


# --- What comes of it ---------------------------------------------------------------------------


def _backlog() -> int:
    """Return how many documents and stances wait; none of a database that is away."""
    return sum(
        count for name, count in _waiting().items() if name.startswith(("documents", "stances"))
    )


def _waiting() -> Counter[str]:
    """Return what still waits; a database that is away waits itself."""
    from django.db import DatabaseError, connection
    from django.utils import timezone

    try:
        return waiting(timezone.now())
    except DatabaseError:
        connection.close()
        return Counter({"the database": 1})


def _judge(figures: Figures, said: list[Said], told: dict[str, str], got: list[Message]) -> None:
    """Hold what the receiver has against what the oracle says."""
    wanted = set(oracle(said))
    first = {message.id: message for message in reversed(got)}
    figures.shifts, figures.messages = len(wanted), len(first)
    figures.doubled_before_the_id = len(got) - len(first)
    once = Counter((one.path, one.kind, one.shift) for one in first.values())
    figures.doubled_after_the_id = sum(count - 1 for count in once.values())
    figures.withdrawn = sum(one.kind == "shift.withdrawn" for one in first.values())
    standing: Counter[tuple[str, Told]] = Counter()
    for one in first.values():
        change = 1 if one.kind == "shift.detected" else -1
        standing[one.path, (one.actor, one.older, one.newer)] += change
    owed = {(path, shift) for path, actor in told.items() for shift in wanted if shift[0] == actor}
    figures.lost = sum(standing[key] < 1 for key in owed)
    figures.spurious = sum(max(0, n - (key in owed)) for key, n in standing.items())


def _order(figures: Figures, got: Collection[Message]) -> None:
    """Count the messages that came before an earlier one of their endpoint."""
    from tracker.models import Delivery

    rows = Delivery.objects.values_list("message_id", "pk")
    number = {str(message_id): pk for message_id, pk in rows}
    last: Counter[str] = Counter()
    for one in dict.fromkeys((one.path, one.id) for one in got):
        path, pk = one[0], number.get(one[1], 0)
        figures.out_of_order += pk < last[path]
        last[path] = max(last[path], pk)
    figures.dead = Delivery.objects.dead().count()


def _deal_blows(place: Place, writer: Writer, size: Size, figures: Figures) -> None:
    chance = random.Random(figures.seed)
    blows = place.blows()
    number = 0
    while number < size.blows or (writer.is_at_work and number < MOST * size.blows):
        writer.progress = (number + 1) / size.blows / WRITTEN_BY
        time.sleep(chance.uniform(*PAUSES))
        # Each sort once before any comes again by chance.
        name = [*blows][number] if number < len(blows) else chance.choice([*blows])
        blows[name](chance)
        figures.blows[name] += 1
        place.revive()
        number += 1


def _deal_one_blow(place: Place, receiver: Receiver, writer: Writer, figures: Figures) -> None:
    """Kill both workers and empty Redis while the first messages wait at the receiver's door.

    All is written and read before the workers start, so that each shift is detected once and for
    good, and what was announced before the blow is lost for certain where nothing keeps it.
    """
    from django.utils import timezone

    from tracker import ingest

    writer.progress = 1
    for thread in writer.threads:
        thread.join()
    while ingest.read_waiting(now=timezone.now()):
        pass
    receiver.shut()
    place.start_workers()
    if not receiver.held.wait(PATIENCE):
        raise RuntimeError("no message came")
    place.kill_workers()
    figures.blows["all workers killed and Redis emptied"] += 1
    receiver.reopen()
    place.start_workers()


def run(seed: int, size: Size, *, application: str) -> Figures:
    """Make one run and return its figures."""
    said = statements(size.statements, size.actors, seed)
    figures, receiver = Figures(seed), Receiver(seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stanceline-crash-") as home:
        place = Place(Path(home), application=application)
        try:
            place.prepare()
            environment(receiver)
            key, told = people_and_key(size, receiver)
            place.start()
            writer = Writer(said, place, key, size.ahead)
            writer.start()
            if size.blows:
                place.start_workers()
                _deal_blows(place, writer, size, figures)
            else:
                _deal_one_blow(place, receiver, writer, figures)
            for thread in writer.threads:
                thread.join()
            _drain(place, figures)
            got = list(receiver.messages)
            _judge(figures, said, told, got)
            _order(figures, got)
            figures.held_back = writer.held_back
            figures.seconds = time.monotonic() - began
        finally:
            place.stop()
            receiver.close()
    return figures


def _drain(place: Place, figures: Figures) -> None:
    began = now = place.mend()
    patience = DRAINED if place.application == NAIVE else PATIENCE
    while (left := _waiting()) and now - began < patience:
        time.sleep(0.25)
        before, now = now, time.monotonic()
        figures.waits.note(left, now - before)
    figures.drained = now - began
    if left:
        print(f"never drained: {dict(left)}", flush=True)  # noqa: T201 - as below
    if place.application == NAIVE:  # what it still has to say is known to its broker only
        time.sleep(QUIET if figures.blows.total() > 1 else LATE)


def environment(receiver: Receiver) -> None:
    """Set what all processes read, and let this one read it too."""
    os.environ.update(
        FETCH_ALLOW=f"127.0.0.1:{receiver.port}",
        FLOOD_EVENTS="0",  # all is old news here, and each piece is to be told by itself
        API_RATE_READ="0",
        API_RATE_WRITE="0",
        LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    import django

    django.setup()


def main() -> int:
    """Run each seed in a process of its own, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--statements", type=int, default=10_000)
    parser.add_argument("--subscriptions", type=int, default=200)
    parser.add_argument("--blows", type=int, default=200)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--ahead", type=int, default=AHEAD, help="what may wait to be read")
    parser.add_argument("--drained", type=float, default=DRAINED, help="seconds it may take")
    parser.add_argument("--one-blow", action="store_true", help="while every message waits")
    parser.add_argument("--without-outbox", action="store_true", help="the negative control")
    given = parser.parse_args()
    blows = 0 if given.one_blow else given.blows
    size = Size(given.statements, given.subscriptions, blows, given.ahead)
    if len(given.seeds) > 1:
        return max([_run_alone(seed) for seed in given.seeds])
    application = NAIVE if given.without_outbox else "tests.crash.hurried"
    figures = run(given.seeds[0], size, application=application)
    print(figures, flush=True)  # noqa: T201 - what this program is for
    if given.without_outbox:
        return int(figures.lost == 0)
    return int(not figures.is_sound(drained=given.drained))


def _run_alone(seed: int) -> int:
    """Run one seed in a process of its own: settings are read once a process."""
    import subprocess

    arguments = [*sys.argv[1:]]
    if "--seeds" in arguments:
        start = arguments.index("--seeds")
        end = start + 1
        while end < len(arguments) and arguments[end].isdigit():
            end += 1
        del arguments[start:end]
    command = [sys.executable, "-m", "tests.crash.run", *arguments, "--seeds", str(seed)]
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
