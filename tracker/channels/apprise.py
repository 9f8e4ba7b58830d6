"""Slack, Telegram and the rest through apprise, where requirements-extra.txt is installed.

Apprise opens its own connections, past the guarded client of tracker.fetching. So only those
of its services are let through that lie at fixed public addresses; its services for a
host of one's choice (`json://`, `form://`) go only to places that FETCH_ALLOW names.
"""

import importlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from tracker import fetching
from tracker.channels.errors import ChannelError
from tracker.channels.letters import Letter

FIXED = frozenset(
    {"slack", "tgram", "discord", "msteams", "gchat", "pover", "pbul", "webex", "wxteams"}
)
OF_ONES_CHOICE = frozenset({"json", "form"})
ABSENT = "apprise is not installed here: pip install -r requirements-extra.txt"


def judge(address: str, *, allow: Sequence[str] | None = None) -> None:
    """Raise ChannelError, not to be tried again, for an address that is not let through."""
    allow = settings.FETCH_ALLOW if allow is None else allow
    parts = urlsplit(address)
    listed = parts.scheme in OF_ONES_CHOICE and fetching.is_listed(f"http://{parts.netloc}/", allow)
    if parts.scheme not in FIXED and not listed:
        known = ", ".join(sorted(FIXED))
        raise ChannelError(
            f"'{parts.scheme}' is not one of the services that are let through: {known}",
            retryable=False,
        )
    if _library().Apprise.instantiate(address, suppress_exceptions=True) is None:
        raise ChannelError("apprise cannot read this address", retryable=False)


def send(letter: Letter, *, allow: Sequence[str]) -> None:
    """Send one letter as a short text. Raises ChannelError."""
    judge(letter.address, allow=allow)
    library = _library()
    service = library.Apprise(asset=library.AppriseAsset(app_id="Stanceline", async_mode=False))
    service.add(letter.address)
    data = json.loads(letter.body)["data"]
    if not service.notify(title=data["title"], body=_text(data, str(letter.message_id))):
        raise ChannelError("the service did not take the message; apprise's log says why")


def _text(data: dict[str, Any], message_id: str) -> str:
    lines = [data["summary"]]
    for name, key in (("Before", "older"), ("After", "newer")):
        if key in data:
            side = data[key]
            lines.append(
                f"{name} ({side['said']}, {side['source']}, {side['grade']}): {side['text']}"
            )
    lines += [f"- {event['title']}" for event in data.get("events", [])]
    lines += [*data["links"].values()][:1]
    return "\n".join([*lines, f"Message {message_id}"])


def _library() -> Any:
    try:
        return importlib.import_module("apprise")
    except ModuleNotFoundError as error:
        raise ChannelError(ABSENT, retryable=False, ours=True) from error
