"""Files and addresses made to harm whoever reads them, generated so that none has to be stored.

`files()` yields every hostile file, `addresses()` every spelling of an address that must not be
connected to. Bodies are made on demand: together they would fill the memory.
"""

from collections.abc import Iterator

from tests.tracker.hostile import archives, feeds, pages, pdfs, texts
from tests.tracker.hostile.file import HostileFile
from tests.tracker.hostile.urls import CANARY, addresses

__all__ = ["CANARY", "HostileFile", "addresses", "files"]


def files() -> Iterator[HostileFile]:
    """Yield every hostile file, family by family, always in the same order."""
    for family in (pages, pdfs, archives, feeds, texts):
        yield from family.files()
