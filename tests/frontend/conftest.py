"""A record of invented people, and somebody who may decide."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from playwright.sync_api import Browser, Page

    from tests.frontend.browsing import Opener, Story
    from tests.frontend.record import Record

# Models are imported in the fixtures: pytest reads this file before Django is set up when the
# tests of this folder are asked for alone.


@pytest.fixture
def record(db: None) -> "Record":
    """An actor, a topic, a source, a stance; the test writes the rest."""
    from tests.frontend.record import Record

    return Record()


@pytest.fixture
def ada(db: None) -> "User":
    """An analyst."""
    from tests.frontend.record import analyst

    return analyst()


@pytest.fixture
def desk(client: "Client", ada: "User") -> "Client":
    """A client in which the analyst is logged in."""
    client.force_login(ada)
    return client


@pytest.fixture
def eve(record: "Record") -> "User":
    """Somebody who may only look and subscribe."""
    from django.contrib.auth.models import User

    return User.objects.create_user("eve", email="eve@example.org")


@pytest.fixture
def hers(client: "Client", eve: "User") -> "Client":
    """A client in which Eve is logged in."""
    client.force_login(eve)
    return client


@pytest.fixture
def told(transactional_db: None, ada: "User") -> "Story":
    """What the browser looks at, over a record of one actor."""
    from tests.frontend.browsing import Story
    from tests.frontend.record import Record

    return Story(Record(), ada)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def opener(
    chromium: "Browser", live_server: Any, told: "Story", ada: "User", complaints: list[str]
) -> Iterator["Opener"]:
    """Opens a page of the service as the analyst, in a context with the options given."""
    from django.test import Client

    from tests.frontend.browsing import QUIET

    contexts = []
    client = Client()
    client.force_login(ada)
    session = client.cookies["sessionid"].value

    def opened(path: str, **options: Any) -> "Page":
        context = chromium.new_context(base_url=live_server.url, **options)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(QUIET)
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
