"""Any file -> its text, or a refusal with its reason; hostile files included.

Plain text is decoded here. Web pages, PDF, .docx and feeds are parsed in a child process whose
time and memory the kernel limits, because their parsers can be made to run for minutes, to
fill the memory or to crash; docs/inputs.md names every limit and every refusal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.parsing import sandbox
from tracker.parsing.decoding import decode
from tracker.parsing.kinds import kind_of
from tracker.parsing.outcome import REASONS, Extracted, FeedEntry, Refused, refuse

__all__ = [
    "MAX_BYTES",
    "MAX_TEXT",
    "REASONS",
    "Extracted",
    "FeedEntry",
    "ParsingLimits",
    "Refused",
    "decode",
    "entries",
    "extract",
    "kind_of",
]

MAX_BYTES = 20_000_000
MAX_TEXT = 5_000_000  # characters


@dataclass(frozen=True, slots=True)
class ParsingLimits:
    """What reading one file may cost; `seconds` bounds both the clock and the processor time."""

    seconds: float = 19.0  # with start and stop of the child, 20
    memory: int = 512 * 1024 * 1024
    size: int = MAX_BYTES


def extract(
    body: bytes,
    *,
    content_type: str = "",
    filename: str = "",
    limits: ParsingLimits = ParsingLimits(),
) -> Extracted:
    """Return the text of a file and what the file says about itself; raise Refused."""
    _refuse_size(body, limits)
    kind = kind_of(body, content_type=content_type, filename=filename)
    charset = _charset(content_type)
    if kind == "text":
        return _whole(Extracted(text=decode(body, declared=charset), content_type="text"))
    answer = _in_child("extract", body, {"kind": kind, "charset": charset}, limits)
    return _whole(Extracted(**answer, content_type=kind))


def entries(
    body: bytes, *, content_type: str = "", limits: ParsingLimits = ParsingLimits()
) -> Sequence[FeedEntry]:
    """Return the entries of an RSS or Atom feed, in its order; raise Refused."""
    _refuse_size(body, limits)
    answer = _in_child("entries", body, {"charset": _charset(content_type)}, limits)
    return [FeedEntry(**entry) for entry in answer]


def _refuse_size(body: bytes, limits: ParsingLimits) -> None:
    if not body.strip():
        raise refuse("empty")
    if len(body) > limits.size:
        raise refuse("bytes", size=len(body), limit=limits.size)


def _charset(content_type: str) -> str:
    return content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")


def _in_child(job: str, body: bytes, options: Mapping[str, str], limits: ParsingLimits) -> Any:
    return sandbox.run({"job": job, **options}, body, seconds=limits.seconds, memory=limits.memory)


def _whole(extracted: Extracted) -> Extracted:
    if not extracted.text.strip():
        raise refuse("empty")
    if len(extracted.text) > MAX_TEXT:
        raise refuse("text_length", limit=MAX_TEXT)
    return extracted
