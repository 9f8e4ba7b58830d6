"""Whether messages are overdue: said on every page to those who can do something about it."""

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tracker import health


def overdue(request: HttpRequest) -> dict[str, object]:
    """Return, for every template, in words that messages wait too long; empty where none does.

    It is asked for only where a template does.
    """

    def words() -> str:
        return health.overdue(timezone.now())

    return {"overdue": SimpleLazyObject(words)}
