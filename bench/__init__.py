"""Measurements: quality on labelled sets, and speed beside a baseline in one run."""
