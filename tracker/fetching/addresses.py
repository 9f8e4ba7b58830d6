"""How an address may be spelled, and what it names: the scheme, the host, the port, the path."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

from tracker.fetching.reasons import FetchError

PORTS = {"http": 80, "https": 443}
MAX_URL = 4_096

_PLAIN = re.compile(r"[!-\[\]-~]*")  # printable ASCII without the backslash
_URL = re.compile(r"(https?)://([^/?#]+)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(\d{1,5}))?")
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_LONGEST_NAME = 253
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)  # as resolvers read a last label


@dataclass(frozen=True, slots=True)
class Target:
    """One judged spelling of an address; `host` is without the brackets of IPv6."""

    url: str
    scheme: str
    authority: str
    host: str
    port: int
    path: str


def target_of(url: str) -> Target:
    """Return what `url` names; raise FetchError where it is not plainly written."""
    refuse_odd_characters(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise FetchError("url_scheme")
    scheme, authority, path, query = match.groups(default="")
    if "@" in authority:
        raise FetchError("url_userinfo")
    host, port = host_and_port(authority, scheme.lower())
    return Target(url, scheme.lower(), authority.lower(), host, port, (path or "/") + query)


def refuse_odd_characters(text: str) -> None:
    """Raise FetchError where `text` is too long, or not printable ASCII without a backslash."""
    if len(text) > MAX_URL or not _PLAIN.fullmatch(text):
        raise FetchError("url_characters")


@lru_cache(maxsize=1024)
def host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    """Return host, in lower case, and port; raise FetchError where the host is none."""
    match = _AUTHORITY.fullmatch(authority)
    host = match[1].lower() if match else ""
    if match is None or not _is_host(host):
        raise FetchError("url_host", host=authority)
    return host.strip("[]"), int(match[2] or PORTS[scheme])


def _is_host(text: str) -> bool:
    if text.startswith("["):
        return "%" not in text and is_ip(text.strip("[]"))
    if is_ip(text):
        return True
    last = text.rpartition(".")[2]
    return (
        len(text) <= _LONGEST_NAME and bool(_NAME.fullmatch(text)) and not _NUMBER.fullmatch(last)
    )


def is_ip(text: str) -> bool:
    """Tell whether `text` is an IP address, without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
