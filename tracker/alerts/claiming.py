"""Which of the deliveries that are due are taken now, by this process, with a lease."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from tracker.channels import Letter
from tracker.leases import LEASE
from tracker.models import Delivery, Endpoint, Match, Subscription
from tracker.models.endpoints import valid_secrets

AHEAD = 1_024  # messages taken at once, in line behind those in the air, where a host answers
MAIL = "mail"  # the one mail server, as a host
_PLACE = re.compile(r"://([^/?#]*)")


@dataclass(frozen=True, slots=True)
class Room:
    """How many messages may join those in the air, and how their hosts have been doing.

    `prompt` and `slow` are tries that may begin at once, `ahead` is how many messages may be
    taken in all. `taken` counts those of each host that are there already.
    """

    prompt: int
    slow: int
    ahead: int = AHEAD
    slow_hosts: frozenset[str] = frozenset()
    answering: frozenset[str] = frozenset()
    taken: Mapping[str, int] = field(default_factory=dict)


class _Head(NamedTuple):
    """The first delivery in an endpoint's line, with where it goes."""

    pk: int
    endpoint: int
    channel: str
    address: str
    secret: str
    previous: str
    previous_until: datetime | None
    disabled_at: datetime | None
    failures: int


_OF_ENDPOINT = (
    *("endpoint_id", "endpoint__channel", "endpoint__address", "endpoint__secret"),
    *("endpoint__previous_secret", "endpoint__previous_secret_until", "endpoint__disabled_at"),
    "endpoint__failures",
)


class _Taken(NamedTuple):
    """A row that was taken, as it was before; the fields are its columns."""

    pk: int
    message_id: UUID
    body: str
    attempts: int
    notice: str
    subscription_id: int | None


def host_of(channel: str, address: str) -> str:
    """Return who has to answer: the host of an address, and for mail the one mail server."""
    if channel == Endpoint.Channel.EMAIL:
        return MAIL
    place = _PLACE.search(address)
    return place[1] if place else address


def claim(*, now: datetime, limit: int, room: Room | None = None) -> list[Letter]:
    """Take due deliveries for this process, their attempts counted, and return them.

    Of each endpoint only the first in line, and none that is in the air already.
    """
    room = room or Room(limit, limit, limit)
    with transaction.atomic():
        heads = {head.pk: head for head in _chosen(now, limit, room)}
        # Whoever locked a row first has it; the others pass over it.
        free = Delivery.objects.due(now).filter(pk__among=heads).select_for_update(skip_locked=True)
        taken = [_Taken(*row) for row in free.values_list(*_Taken._fields)]
        Delivery.objects.filter(pk__among={row.pk for row in taken}).update(
            lease_until=now + LEASE, attempts=F("attempts") + 1
        )
    asked_for = _asked_for({row.pk for row in taken if not row.notice})
    return [_letter(row, heads[row.pk], row.pk in asked_for, now) for row in taken]


def _asked_for(pks: Collection[int]) -> set[int]:
    """Return which of these deliveries tell of what a subscription that goes on asked for."""
    told = Match.objects.filter(delivery__among=pks).order_by()
    matches = list(told.values_list("delivery_id", "subscription_id"))
    rows = Subscription.objects.going_on().filter(pk__among={asked for _, asked in matches})
    going_on = set(rows.order_by().values_list("pk", flat=True))
    return {delivery for delivery, asked in matches if delivery and asked in going_on}


def _letter(row: _Taken, head: _Head, asked_for: bool, now: datetime) -> Letter:
    """Return what leaves for a row that was taken; notices are wanted without being asked for."""
    return Letter(
        pk=row.pk,
        message_id=row.message_id,
        body=row.body,
        attempts=row.attempts + 1,
        notice=row.notice,
        subscription_id=row.subscription_id,
        endpoint_id=head.endpoint,
        channel=head.channel,
        address=head.address,
        secrets=valid_secrets(head.secret, head.previous, head.previous_until, now),
        wanted=head.disabled_at is None and (asked_for or bool(row.notice)),
        failing=head.failures > 0,
    )


def _chosen(now: datetime, limit: int, room: Room) -> list[_Head]:
    """Return the due deliveries for which there is room, the longest due first."""
    heads = Delivery.objects.due(now).first_in_line().values_list("pk", *_OF_ENDPOINT)
    prompt, slow = heads.filter(endpoint__failures=0), Q(endpoint__failures__gt=0)
    if room.slow_hosts:
        at_slow_hosts = reduce(or_, map(_at_host, room.slow_hosts))
        prompt, slow = prompt.exclude(at_slow_hosts), slow | at_slow_hosts
    chosen = _fitting((_Head(*row) for row in prompt[: room.ahead]), room)
    # Where all is well, one look at the endpoints spares one at each delivery that is due.
    if room.slow_hosts or Endpoint.objects.filter(failures__gt=0).exists():
        chosen += [_Head(*row) for row in heads.filter(slow)[: room.slow]]
    return chosen[:limit]


def _fitting(heads: Iterable[_Head], room: Room) -> list[_Head]:
    """Return which messages can be tried at once, or stand in line for a host that answers."""
    chosen, taken, free = [], Counter(room.taken), room.prompt
    for head in heads:
        host = host_of(head.channel, head.address)
        begins = free > 0 and taken[host] < settings.SEND_PER_HOST
        if begins or host in room.answering:
            chosen.append(head)
            taken[host] += 1
            free -= begins
    return chosen


def _at_host(host: str) -> Q:
    """Return which endpoints a host answers for: the opposite of `host_of`."""
    if host == MAIL:
        return Q(endpoint__channel=Endpoint.Channel.EMAIL)
    place = f"://{host}"
    return Q(endpoint__address__contains=f"{place}/") | Q(endpoint__address__endswith=place)
