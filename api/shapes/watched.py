"""Watched sources and what was found there."""

from typing import Any

from rest_framework import serializers

from api.choices import Choice, EntryState, WatchState
from api.shapes.parts import Row, Shape, SourceReference, only, source_reference
from tracker.models import WatchedEntry, WatchedSource


class WatchedShape(Shape):
    """A feed or a page that is polled, and how it does."""

    columns = (
        *("id", "source__slug", "source__name", "source__reliability", "url", "kind", "prefix"),
        *("every", "next_poll_at", "failures", "last_success_at", "last_error", "last_error_at"),
        *("created_at", "stopped_at"),
    )
    id = serializers.IntegerField()
    state = Choice(WatchState)
    source = SourceReference()  # type: ignore[assignment]  # a name in the answer, not the serializer's own
    url = serializers.CharField()
    kind = Choice(WatchedSource.Kind)
    prefix = serializers.CharField(help_text="how the links that are documents begin; or empty")
    every = serializers.IntegerField(help_text="minutes between two polls")
    next_poll_at = serializers.DateTimeField(allow_null=True, help_text="null: stopped")
    failures = serializers.IntegerField(help_text="failed polls in a row")
    last_success_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    last_error_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    waiting = serializers.IntegerField(help_text="entries that are still to be captured")
    captured = serializers.IntegerField(help_text="entries that are documents now")
    refused = serializers.IntegerField(help_text="entries that were given up")

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return a watched source without the counts of its entries."""
        told = only(row, "failures", "last_success_at", "stopped_at")
        return {
            "id": row["id"],
            "state": WatchedSource(**told).state,
            "source": source_reference(row, "source"),
            **only(row, "url", "kind", "prefix", "every"),
            "next_poll_at": None if row["stopped_at"] else row["next_poll_at"],
            **only(row, "failures", "last_success_at", "last_error", "last_error_at"),
            **only(row, "created_at", "stopped_at"),
        }


class EntryShape(Shape):
    """Something that was found at a watched source. `state` waiting, captured or refused."""

    columns = (
        *("id", "watched_id", "url", "title", "published", "document_id", "problem", "attempts"),
        *("found_at", "next_try_at", "done_at"),
    )
    id = serializers.IntegerField()
    state = Choice(EntryState)
    watched = serializers.IntegerField(help_text="number of the watched source")
    url = serializers.CharField(help_text="empty: the feed has the entry itself")
    title = serializers.CharField()
    published = serializers.CharField(help_text="EDTF, as the feed says; or empty")
    document = serializers.IntegerField(allow_null=True, help_text="what was captured")
    problem = serializers.CharField(help_text="why it was refused, or the last try failed")
    attempts = serializers.IntegerField()
    found_at = serializers.DateTimeField()
    next_try_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)

    @classmethod
    def of(cls, row: Row) -> dict[str, Any]:
        """Return an entry."""
        document, done_at = row["document_id"], row["done_at"]
        return {
            "id": row["id"],
            "state": WatchedEntry(document_id=document, done_at=done_at).state,
            "watched": row["watched_id"],
            **only(row, "url", "title", "published"),
            "document": document,
            **only(row, "problem", "attempts", "found_at"),
            "next_try_at": row["next_try_at"] if done_at is None else None,
            "done_at": done_at,
        }
