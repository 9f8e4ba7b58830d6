"""Actors, topics and sources: loaded from data files, and removed while nothing speaks of them.

Loading touches nothing that analysts changed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import ForeignObjectRel, Q

from tracker.models import Actor, Alias, Decision, Role, Source, Topic

Entry = Mapping[str, Any]
_PARTS = (Alias, Role)  # of an actor, which end with it


class NeededError(ValueError):
    """Something that stays: the record, a decision or somebody's filters speak of it."""


def remove(row: Actor | Role | Topic | Source) -> None:
    """Delete a row and its parts. Raises NeededError where anything else names it.

    A filter that lost its only actor would let everybody's shifts through: it counts too.
    """
    if _is_named(row):
        raise NeededError("The record, a decision or somebody's filters speak of it: it stays.")
    row.delete()


def _is_named(row: Actor | Role | Topic | Source) -> bool:
    return _is_decided_on(row) or any(
        relation.related_model._base_manager.filter(**{relation.field.name: row}).exists()
        for relation in row._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel) and relation.related_model not in _PARTS
    )


def _is_decided_on(row: Actor | Role | Topic | Source) -> bool:
    """Say whether a decision names it, which it does by its slug."""
    match row:
        case Actor():
            told = Q(detail__actor=row.slug) | Q(detail__before=row.slug)
        case Topic():
            told = Q(detail__topic=row.slug)
        case _:
            return False
    return Decision.objects.filter(told).exists()


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
