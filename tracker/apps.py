"""Registers the app."""

from django.apps import AppConfig


class TrackerConfig(AppConfig):
    """Position tracking: the record, its stances and its alerts."""

    name = "tracker"
    verbose_name = "Position tracking"
