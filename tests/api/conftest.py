"""Who calls.

pytest reads this file before Django is set up when it is asked for this folder alone, so what
needs models is imported by the fixtures themselves.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from tests.api.calling import Caller


@pytest.fixture
def anyone(db: None) -> "Caller":
    """Somebody without a login."""
    from tests.api.calling import Caller  # see above

    return Caller()


@pytest.fixture
def writer(db: None) -> "Caller":
    """A program with a key that may write."""
    from tests.api import records  # see above
    from tests.api.calling import Caller  # see above

    return Caller(records.key("read", "write"))


@pytest.fixture
def owner(db: None) -> "User":
    """A user who subscribes."""
    from tests.api import records  # see above

    return records.user("owner", email="owner@desk.example")


@pytest.fixture
def subscriber(owner: "User") -> "Caller":
    """A program with the owner's key for subscriptions."""
    from tests.api import records  # see above
    from tests.api.calling import Caller  # see above

    return Caller(records.key("subscribe", owner=owner))
