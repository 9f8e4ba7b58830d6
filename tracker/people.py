"""Actors, topics and sources as data files: loaded without touching what analysts changed."""

from collections.abc import Iterable, Mapping
from typing import Any

from tracker.models import Actor, Alias, Role, Source, Topic

Entry = Mapping[str, Any]


def load_actors(entries: Iterable[Entry]) -> None:
    """Store the actors that are not there yet, with aliases and roles."""
    for entry in entries:
        actor, created = Actor.objects.get_or_create(
            slug=entry["slug"],
            defaults={
                "name": entry["name"],
                "kind": entry["kind"],
                "pronoun": entry.get("pronoun", ""),
                "description": entry.get("description", ""),
            },
        )
        if created:
            Alias.objects.bulk_create(
                Alias(actor=actor, name=name) for name in entry.get("aliases", ())
            )
            Role.objects.bulk_create(Role(actor=actor, **role) for role in entry.get("roles", ()))


def load_topics(entries: Iterable[Entry]) -> None:
    """Store the topics that are not there yet."""
    for entry in entries:
        Topic.objects.get_or_create(
            slug=entry["slug"],
            defaults={
                "name": entry["name"],
                "description": entry["description"],
                "terms": entry["terms"],
                "exclusions": entry.get("exclusions", []),
                "orientation": entry.get("orientation") or Topic.Orientation.MORE_IS_HARDER,
            },
        )


def load_sources(entries: Iterable[Entry]) -> None:
    """Store the sources that are not there yet."""
    for entry in entries:
        Source.objects.get_or_create(
            slug=entry["slug"],
            defaults={
                "name": entry["name"],
                "reliability": entry["reliability"],
                "home": entry.get("home", ""),
                "note": entry.get("reason", ""),
            },
        )
