"""Celery's way in: the ticks. Each looks for rows that wait, so that no message is ever needed.

A message only makes a tick come sooner. Whatever Redis loses, the next tick finds.
"""

import logging
from datetime import datetime

from celery import Task, shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from tracker import alerts, detection, fetches, ingest, sweeps, watching
from tracker.models import Heartbeat

logger = logging.getLogger(__name__)

_HINT = {"socket_timeout": 2, "socket_connect_timeout": 2, "max_retries": 0}


@shared_task
def read_tick() -> int:
    """Read documents that wait; return how many were read."""
    now = timezone.now()
    read = ingest.read_waiting(now=now)
    Heartbeat.objects.beat("read", now)
    if read:
        logger.info("read %d documents", read)
        hint(detect_tick)
    return read


@shared_task
def detect_tick() -> int:
    """Bring marked stances in step and owe what follows; return how many events there were."""
    now = timezone.now()
    events = detect_and_owe(now=now) + alerts.owe_waiting(now=now)
    Heartbeat.objects.beat("detect", now)
    if events:
        logger.info("%d events", events)
        hint(send_tick)
    return events


@shared_task
def send_tick() -> int:
    """Send what is due; return how many messages left. A receiver that hangs is not waited for."""
    now = timezone.now()
    sent = alerts.deliver_due(now=now, linger=False)
    Heartbeat.objects.beat("send", timezone.now())
    return sent


@shared_task
def digest_tick() -> int:
    """Write the digests and summaries whose time has come; return how many messages they owe."""
    now = timezone.now()
    owed = alerts.digest_due(now=now) + alerts.summarise_due(now=now)
    Heartbeat.objects.beat("digest", now)
    if owed:
        hint(send_tick)
    return owed


@shared_task
def silence_tick() -> int:
    """Record which watched sources have fallen silent; return how many."""
    now = timezone.now()
    silent = alerts.note_silent(now=now)
    Heartbeat.objects.beat("silence", now)
    return silent


@shared_task
def sweep_tick() -> int:
    """Order the next chunk of a sweep over the record; return how many rows were ordered."""
    now = timezone.now()
    ordered = sweeps.advance(now=now)
    Heartbeat.objects.beat("sweep", now)
    return ordered


@shared_task
def watch_tick() -> int:
    """Ask hosts for what is due at watched sources; return how many documents were stored.

    One at a time: hosts that do not answer must not take the workers from the other ticks.
    """
    now = timezone.now()
    busy = watching.busy(now=now) or fetches.busy(now=now)
    stored = 0 if busy else watching.poll_due(now=now)
    Heartbeat.objects.beat("watch", timezone.now())
    if stored:
        logger.info("stored %d documents of watched sources", stored)
        hint(read_tick)
    return stored


@shared_task
def fetch_tick() -> int:
    """Fetch the documents that were given by their address; return how many were stored.

    Not beside the watch tick: what waits for hosts may take one worker, never two.
    """
    now = timezone.now()
    busy = watching.busy(now=now) or fetches.busy(now=now)
    stored = 0 if busy else fetches.fetch_due(now=now)
    Heartbeat.objects.beat("fetch", timezone.now())
    if stored:
        logger.info("stored %d documents given by their address", stored)
        hint(read_tick)
    return stored


def detect_and_owe(*, now: datetime) -> int:
    """Detect, and write in the same transaction what is owed for it; return the events' number."""
    events = 0
    for stance_id in detection.claim_marked(now=now):
        with transaction.atomic():
            happened = detection.detect(stance_id, now=now)
            alerts.owe(happened, now=now)
        events += len(happened)
    return events


def hint(tick: Task) -> None:
    """Ask a worker to run a tick now. A broker that does not answer costs two seconds at most.

    Nothing depends on it: beat asks for every tick each second.
    """
    if not settings.HINTS:
        return
    try:
        with tick.app.connection_for_write(transport_options=_HINT) as connection:
            tick.apply_async(connection=connection, retry=False, expires=10)
    except (OperationalError, OSError) as error:
        logger.warning("no hint to the worker: %s", error)
