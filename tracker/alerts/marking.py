"""What came of tries -> their rows: sent, to be tried again and when, dead, or not tried."""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Value, When

from tracker.alerts import endpoints
from tracker.channels import ChannelError, Letter
from tracker.models import Delivery
from tracker.models.alerts import TRIES, WAITS

logger = logging.getLogger(__name__)

JITTER = 0.1


class Recalled(Exception):  # noqa: N818  # no error: a message that was not tried after all
    """Its host stopped answering while it stood in line; it is put back."""


def settle(outcomes: Sequence[tuple[Letter, Exception | None]], now: datetime) -> int:
    """Write the outcomes of tries on their rows; return how many letters left.

    What left is written first, in a transaction of its own: a fault over the others takes
    nothing of it back.
    """
    sent, failed, recalled = [], [], []
    for letter, outcome in outcomes:
        match outcome:
            case None:
                sent.append(letter)
            case ChannelError() as problem:
                failed.append((letter, problem))
            case Recalled():
                recalled.append(letter)
            case fault:
                # A fault of ours: the lease runs out, the try counts, and the others go on.
                logger.error("sending broke down %s", facts(letter), exc_info=fault)
    _sent(sent, now)
    _failed(failed, now)
    _put_back(recalled)
    return len(sent)


def facts(letter: Letter) -> str:
    """Return what every line of the log says of a letter, as key=value."""
    return (
        f"message={letter.message_id} delivery={letter.pk} endpoint={letter.endpoint_id} "
        f"channel={letter.channel} attempt={letter.attempts}"
    )


def _sent(letters: Sequence[Letter], now: datetime) -> None:
    if not letters:
        return
    with transaction.atomic():
        rows = Delivery.objects.owed().filter(pk__among={letter.pk for letter in letters})
        rows.update(sent_at=now, lease_until=None, problem="")
        endpoints.note_success({letter.endpoint_id for letter in letters}, now=now)
    if logger.isEnabledFor(logging.INFO):
        for letter in letters:
            logger.info("sent %s", facts(letter))


def _put_back(letters: Sequence[Letter]) -> None:
    """Let go of letters that were not tried after all."""
    if letters:
        rows = Delivery.objects.owed().filter(pk__among={letter.pk for letter in letters})
        rows.filter(attempts__gt=0).update(lease_until=None, attempts=F("attempts") - 1)


def _failed(failures: Sequence[tuple[Letter, ChannelError]], now: datetime) -> None:
    """Write what went wrong, and when the next tries are; dead letters where there is none."""
    alike: dict[tuple[int, str, bool], list[tuple[int, datetime]]] = {}
    for letter, problem in failures:
        waiting = wait(letter.attempts, problem)
        key = letter.attempts, problem.reason[:500], waiting is None
        alike.setdefault(key, []).append((letter.pk, now + (waiting or timedelta())))
        word = "dead" if waiting is None else "failed"
        logger.warning("%s %s problem=%r", word, facts(letter), problem.reason)
    theirs = [(letter.endpoint_id, problem) for letter, problem in failures if not problem.ours]
    if alike:
        with transaction.atomic():
            for (attempts, reason, dead), tries in alike.items():
                _put_off(tries, attempts, reason, dead_at=now if dead else None)
            endpoints.note_failures(theirs, now=now)


def _put_off(
    tries: Sequence[tuple[int, datetime]], attempts: int, reason: str, *, dead_at: datetime | None
) -> None:
    """Write the next tries of letters that failed in the same way, or their end."""
    # A sender that was frozen until another took a letter over must not end that one's lease.
    mine = Delivery.objects.owed().filter(pk__among={pk for pk, _ in tries}, attempts=attempts)
    moments = (When(pk=pk, then=Value(at, DateTimeField())) for pk, at in tries)
    next_try = F("next_try_at") if dead_at else Case(*moments, default=F("next_try_at"))
    mine.update(dead_at=dead_at, next_try_at=next_try, lease_until=None, problem=reason)


def wait(attempts: int, problem: ChannelError) -> timedelta | None:
    """Return how long to wait for the next try after so many, None where there is none."""
    if problem.gone or not problem.retryable or attempts >= TRIES:
        return None
    waiting = WAITS[attempts - 1]
    # Jitter keeps a thousand deliveries that failed together from returning together.
    waiting *= 1 + random.uniform(0, JITTER)  # noqa: S311  # spreads load, keeps no secret
    return max(waiting, timedelta(seconds=problem.retry_after or 0))
