"""Events -> deliveries owed -> deliveries sent.

What is owed is written in the transaction that stores the event (`owing`), as a match for each
subscription that asked for it and one delivery for each endpoint. Digests and summaries
gather matches that wait (`digests`). A round of `sending` claims rows with a lease (`claiming`),
commits, has them carried with the rows' own message ids (`air`), and then marks them
(`marking`). `subscribing`, `opting_in` and `endpoints`
are what people do about it; `past` shows what a subscription would have sent.
"""

from tracker.alerts.claiming import claim
from tracker.alerts.digests import digest_due, summarise_due
from tracker.alerts.endpoints import CannotMoveError, bounce, enable, move, rotate_secret
from tracker.alerts.matching import found_by
from tracker.alerts.opting_in import (
    BadTokenError,
    ask_again,
    asked_about,
    confirm,
    named_by,
    unsubscribe,
)
from tracker.alerts.owing import owe, owe_waiting
from tracker.alerts.past import Preview, preview
from tracker.alerts.sending import deliver_due
from tracker.alerts.silences import note_silent
from tracker.alerts.subscribing import (
    CannotSubscribeError,
    change,
    end,
    pause,
    resume,
    send_test,
    subscribe,
)

__all__ = [
    "BadTokenError",
    "CannotMoveError",
    "CannotSubscribeError",
    "Preview",
    "ask_again",
    "asked_about",
    "bounce",
    "change",
    "claim",
    "confirm",
    "deliver_due",
    "digest_due",
    "enable",
    "end",
    "found_by",
    "move",
    "named_by",
    "note_silent",
    "owe",
    "owe_waiting",
    "pause",
    "preview",
    "resume",
    "rotate_secret",
    "send_test",
    "subscribe",
    "summarise_due",
    "unsubscribe",
]
