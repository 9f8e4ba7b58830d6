"""Static files under names that carry their content's hash."""

import re
from collections.abc import Iterator
from typing import Any, Final

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# A comment that begins and ends with its lines; one within a line is a cast, beside code.
_COMMENT: Final = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*$", re.DOTALL | re.MULTILINE)


def bare(script: str) -> str:
    """Return a script without its doc comments. Lines keep their numbers."""
    return _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), script)


class _Bare:
    """A storage whose scripts are read without their comments."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def open(self, path: str) -> "ContentFile[bytes]":
        """Return the file without its comments."""
        with self._storage.open(path) as file:
            return ContentFile(bare(file.read().decode()).encode())


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Hashed names, also inside the imports of ES modules, since no build step rewrites them.

    The types of our scripts are a quarter of their bytes and stand in comments, which no reader
    needs to load: the hashed copies are without.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """Make the hashed copies, our own scripts bare."""
        for name, (storage, path) in paths.items():
            if name.startswith("frontend/") and name.endswith(".js"):
                paths[name] = (_Bare(storage), path)
        yield from super().post_process(paths, dry_run, **options)
