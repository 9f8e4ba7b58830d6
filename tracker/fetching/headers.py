"""What stands at the head of a request, and what of an answer's headers is used later."""

import email.utils
import re
from collections.abc import Mapping

from tracker.fetching.addresses import Target

USER_AGENT = "Stanceline"
_LONGEST_RETRY_AFTER = 86_400.0

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*")
_HEADERS = re.compile(rf"(?:{_HEADER.pattern}\r\n)*")


def head(method: str, target: Target, headers: Mapping[str, str]) -> bytes:
    """Return the head of a request, with its blank line; raise ValueError for a bad header."""
    given = {"Host": target.authority, "Connection": "close", "User-Agent": USER_AGENT, **headers}
    lines = "".join([f"{name}: {value}\r\n" for name, value in given.items()])
    # A header that holds a line end would be two, each of them well written.
    if not _HEADERS.fullmatch(lines) or lines.count("\n") != len(given):
        raise ValueError(f"{given!r} has what is no HTTP header")
    return f"{method} {target.path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")


def sendable(value: str) -> str:
    """Return `value` where it can be sent back as a condition, else nothing."""
    return value if _HEADER.fullmatch(f"x: {value}") else ""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After, at most a day.

    A date counts from the answer's own Date, so that the two clocks need not agree.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if re.fullmatch(r"\d{1,9}", value):
        return min(float(value), _LONGEST_RETRY_AFTER)
    try:
        until = email.utils.parsedate_to_datetime(value).timestamp()
        since = email.utils.parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(until - since, 0.0), _LONGEST_RETRY_AFTER)
