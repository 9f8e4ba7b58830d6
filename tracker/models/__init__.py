"""The words of docs/domain.md as tables.

`people` holds actors, roles and topics; `record` what was captured and read; `stances`
what follows from it; `merging` what grouping is not sure of; `coding` what analysts say of pairs
independently; `events` what happened; `filters` and `alerts` who hears of it, `endpoints` where;
`fetches` what is to be fetched; `former` what documents showed before; `watch` what is asked again
and again; `work` how the machine is doing; `changes` what a copy needs to keep in step; `accounts`
what users set for themselves; `among` asks for very many rows by their numbers; `states` names the
states of rows.
"""

from tracker.models.accounts import Preferences
from tracker.models.alerts import Delivery, Digest, Match, OptIn, Subscription
from tracker.models.among import Among
from tracker.models.changes import Change, FollowedRow, Following
from tracker.models.coding import PairCoding
from tracker.models.endpoints import Endpoint
from tracker.models.events import Event
from tracker.models.fetches import Fetch, FetchedPage
from tracker.models.filters import SavedSearch
from tracker.models.former import FormerDocument
from tracker.models.merging import MergeProposal
from tracker.models.people import Actor, Alias, Role, Topic
from tracker.models.record import Capture, Decision, Document, Source, Statement
from tracker.models.stances import (
    Attestation,
    FormerShift,
    FormerUtterance,
    Shift,
    ShiftKind,
    Stance,
    StanceEvent,
    Utterance,
)
from tracker.models.watch import Host, WatchedEntry, WatchedSource
from tracker.models.work import Heartbeat, Sweep

__all__ = [
    "Actor",
    "Alias",
    "Among",
    "Attestation",
    "Capture",
    "Change",
    "Decision",
    "Delivery",
    "Digest",
    "Document",
    "Endpoint",
    "Event",
    "Fetch",
    "FetchedPage",
    "FollowedRow",
    "Following",
    "FormerDocument",
    "FormerShift",
    "FormerUtterance",
    "Heartbeat",
    "Host",
    "Match",
    "MergeProposal",
    "OptIn",
    "PairCoding",
    "Preferences",
    "Role",
    "SavedSearch",
    "Shift",
    "ShiftKind",
    "Source",
    "Stance",
    "StanceEvent",
    "Statement",
    "Subscription",
    "Sweep",
    "Topic",
    "Utterance",
    "WatchedEntry",
    "WatchedSource",
]
