"""Many requests at once, each from a thread with a database connection of its own."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Given = TypeVar("Given")
Answer = TypeVar("Answer")

# How often what must never happen is tried: few times here, 200 for the figures of docs/api.md.
TIMES = int(os.environ.get("STANCELINE_RACES", "10"))


def at_once(
    call: Callable[[Given], Answer], given: Iterable[Given], *, threads: int = 16
) -> list[Answer]:
    """Return what the calls return, made by many threads at once."""

    def and_close(one: Given) -> Answer:
        try:
            return call(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(and_close, given))
