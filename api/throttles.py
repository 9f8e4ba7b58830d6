"""How often somebody may ask: counted by one atomic step, told in every answer.

Counted is in Redis where one answers, else in the database: never by reading, adding and
writing, which lets any number of simultaneous requests through. A Redis that hangs costs one
request a fifth of a second, and is then left alone for a while. A limit counts anew when
the place of counting changes.
"""

import logging
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rest_framework.exceptions import Throttled

from api.models import Tally

logger = logging.getLogger(__name__)

_PATIENCE = 0.2  # seconds that a request waits for Redis
_LEFT_ALONE = 10.0  # seconds for which a Redis that failed is not asked again


@dataclass(frozen=True, slots=True)
class Spent:
    """What a caller has used of a limit."""

    policy: str
    limit: int
    seconds: int
    count: int
    ends_in: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields of the IETF's draft on rate limits: the rule, and what is left of it."""
        left = max(0, self.limit - self.count)
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={self.seconds}',
            "RateLimit": f'"{self.policy}";r={left};t={self.ends_in}',
        }

    def judge(self) -> None:
        """Raise Throttled where this is more than the limit."""
        if self.count > self.limit:
            raise Throttled(wait=self.ends_in, detail=self._reason)

    @property
    def _reason(self) -> str:
        return (
            f"At most {self.limit} requests that {self.policy} are taken in {self.seconds} "
            f"seconds; the next is taken in {self.ends_in}."
        )


def spend(caller: str, policy: str, *, now: datetime) -> Spent | None:
    """Count one request of `caller` under the policy `read` or `write`; None where none is set."""
    rate = settings.API_RATES[policy]
    if rate is None:
        return None
    limit, seconds = rate
    period = int(now.timestamp()) // seconds
    end = (period + 1) * seconds
    count = _count(f"{policy} {caller} {seconds} {period}", end, seconds, now)
    return Spent(policy, limit, seconds, count, math.ceil(end - now.timestamp()))


def _count(name: str, end: int, seconds: int, now: datetime) -> int:
    if time.monotonic() >= _redis.back_at:
        try:
            return _redis.add(name, seconds)
        except (RedisError, OSError) as error:
            logger.warning("requests are counted in the database for now: %s", error)
            _redis.back_at = time.monotonic() + _LEFT_ALONE
    return Tally.objects.add(name, ends_at=datetime.fromtimestamp(end, UTC), now=now)


class _Redis:
    """The counters in Redis, and until when it is left alone."""

    def __init__(self) -> None:
        self.back_at = 0.0

    def add(self, name: str, seconds: int) -> int:
        """Count one more; return the new count. Raises RedisError, OSError."""
        pipeline = _client(settings.REDIS_URL).pipeline(transaction=True)
        pipeline.incr(f"stanceline:{name}")
        pipeline.expire(f"stanceline:{name}", seconds)
        return int(pipeline.execute()[0])


_redis = _Redis()


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=_PATIENCE,
        socket_connect_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
