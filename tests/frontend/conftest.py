"""A record of invented people, and somebody who may decide."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

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
