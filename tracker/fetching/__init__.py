"""The one door to the network: documents, feeds and webhooks all go through this client.

A person may type any address, and a page may redirect to any other, so each address is judged
before a byte is sent: the host name is resolved once, every answer must be a public unicast
address, and the connection goes to exactly the judged address. A body that is not provably
whole is refused, because a cut text would look like a change of position. The rules follow
RFC 6890 (special-purpose addresses), RFC 9110 and RFC 9112 (message framing), RFC 1952 (the
end mark of gzip) and RFC 9309 (robots.txt); docs/inputs.md lists them with their sentences.
"""

from tracker.fetching.addresses import PORTS
from tracker.fetching.answers import Posted
from tracker.fetching.client import Fetched, Judge, Limits, fetch, post
from tracker.fetching.headers import USER_AGENT
from tracker.fetching.lines import Lines
from tracker.fetching.places import is_listed, judge
from tracker.fetching.reasons import REASONS, FetchError
from tracker.fetching.robots import ROBOTS_BYTES, robots_allows

__all__ = [
    "PORTS",
    "REASONS",
    "ROBOTS_BYTES",
    "USER_AGENT",
    "FetchError",
    "Fetched",
    "Judge",
    "Limits",
    "Lines",
    "Posted",
    "fetch",
    "is_listed",
    "judge",
    "post",
    "robots_allows",
]
