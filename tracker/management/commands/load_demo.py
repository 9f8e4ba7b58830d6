"""`manage.py load_demo`: the fixtures, by the same way in that every user takes."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from tracker import chronology, dates, ingest
from tracker.models import Actor, Document, Source, Topic
from tracker.people import load_actors, load_sources, load_topics

FIXTURES: Path = settings.BASE_DIR / "fixtures"


class Command(BaseCommand):
    """Loads actors, topics, sources, then stores documents and the chronology to be read."""

    help = "Load the demo: people and topics at once, documents and chronology for the workers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--only-people", action="store_true", help="actors, topics and sources, no documents"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load what is not there yet; a second run changes nothing."""
        with transaction.atomic():
            load_actors(_fixture("actors.json"))
            load_topics(_fixture("topics.json"))
            load_sources(_fixture("sources.json"))
        if options["only_people"]:
            return
        stored = self._documents() + self._chronology()
        waiting = Document.objects.waiting(timezone.now()).count()
        self.stdout.write(f"demo: {stored} documents, {waiting} wait to be read")

    def _documents(self) -> int:
        entries = _fixture("documents.json")
        for entry in entries:
            ingest.store(
                (FIXTURES / "documents" / entry["file"]).read_bytes(),
                now=timezone.now(),
                source=Source.objects.get(slug=entry["source"]),
                filename=entry["file"],
                url=entry.get("url", ""),
                title=entry.get("title", ""),
                said=dates.parse(entry["said"]) if entry.get("said") else None,
                published=dates.parse(entry["published"]) if entry.get("published") else None,
            )
        return len(entries)

    def _chronology(self) -> int:
        known = chronology.Known(
            actors=set(Actor.objects.values_list("slug", flat=True)),
            topics=set(Topic.objects.values_list("slug", flat=True)),
            sources=set(Source.objects.values_list("slug", flat=True)),
        )
        text = (FIXTURES / "chronology.jsonl").read_text(encoding="utf-8")
        rows, errors = chronology.parse(text, known=known, form="jsonl")
        if errors:
            raise ValueError("fixtures/chronology.jsonl: " + "; ".join(errors))
        return len(ingest.store_chronology(rows, now=timezone.now()))


def _fixture(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    return rows
