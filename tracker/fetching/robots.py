"""What robots.txt lets a robot fetch (RFC 9309)."""

import urllib.robotparser
from http import HTTPStatus

ROBOTS_BYTES = 512_000  # RFC 9309 asks for at least 500 KiB


def robots_allows(robots_body: bytes, status: int, url: str, agent: str) -> bool:
    """Tell whether robots.txt, answered with `status`, lets `agent` fetch `url` (RFC 9309).

    A missing file (4xx) allows all; an unreachable one (5xx, or anything else) allows nothing.
    """
    if status != HTTPStatus.OK:
        return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    rules = urllib.robotparser.RobotFileParser()
    rules.parse(robots_body[:ROBOTS_BYTES].decode("utf-8-sig", "replace").splitlines())
    return rules.can_fetch(agent, url)
