"""Leases are short, and renewed while the work goes on."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError

from tests.tracker.records import NOW, READY, known_people, later, row
from tracker import ingest, leases
from tracker.leases import LEASE, Clock, kept
from tracker.models import Document, Stance


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY", 0.01)


def test_a_clock_goes_on_from_the_moment_it_was_given() -> None:
    clock = Clock(NOW)
    time.sleep(0.01)
    assert NOW + timedelta(seconds=0.01) <= clock.now() < NOW + timedelta(seconds=5)


@pytest.mark.usefixtures("impatient")
def test_a_lease_is_renewed_until_the_work_ends_even_when_the_database_was_away() -> None:
    renewed, again = [0], threading.Event()

    def renew() -> None:
        renewed[0] += 1
        if renewed[0] == 1:
            raise OperationalError("the database is restarted")
        again.set()

    with kept(renew, at_most=LEASE):
        assert again.wait(10)
    seen = renewed[0]
    time.sleep(0.1)
    assert renewed[0] == seen


@pytest.mark.usefixtures("impatient")
def test_work_that_hangs_is_not_renewed_for_ever() -> None:
    renewed = []
    with kept(lambda: renewed.append(1), at_most=timedelta(0)):
        time.sleep(0.1)
    assert renewed == []


@pytest.mark.django_db
def test_a_document_is_kept_by_whom_it_was_taken_only() -> None:
    known_people()
    ingest.store_chronology([row(READY, "2023-05-24")], now=NOW)
    mine, other = Document.objects.get(), Document.objects.get()
    assert Document.objects.claim(mine, NOW)
    Document.objects.prolong(mine, later(seconds=60))
    assert not Document.objects.claim(other, NOW + LEASE)
    assert Document.objects.claim(other, later(seconds=60))
    Document.objects.prolong(mine, later(seconds=90))
    assert Document.objects.get().read_lease == other.read_lease
    assert ingest.read_document(other, now=NOW)
    assert Stance.objects.out_of_step().exists()
