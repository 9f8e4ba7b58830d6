"""The core: what a passage says, what differs between two, and when a stance moved.

Plain Python. No Django, no clock, no I/O beyond reading the packaged cue files.
"""
