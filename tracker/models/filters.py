"""What somebody wants to hear of: filters, of a subscription or kept under a name."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import Signer
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from tracker.models.people import Actor, Topic
from tracker.models.stances import Shift

STATUSES = (Shift.Status.PROVISIONAL, Shift.Status.CONFIRMED, Shift.Status.WITHDRAWN)
SEARCH_SALT = "api.saved-search"  # of the marks in the addresses of feeds, which have to last
_FRACTION = [MinValueValidator(0.0), MaxValueValidator(1.0)]
GRADES = [letter + digit for letter in "ABCDEF" for digit in "123456"]
_GRADE = RegexValidator(r"^[A-F][1-6]$", "A grade is a letter A-F and a digit 1-6, such as C3.")


class _Known:
    """Refuses a list that holds anything but the values of a set."""

    def __init__(self, values: list[str]) -> None:
        self.values = values

    def __call__(self, given: Any) -> None:
        """Raise ValidationError for what is no list of known values."""
        if not isinstance(given, list) or any(one not in self.values for one in given):
            raise ValidationError(f"This has to be a list of {', '.join(self.values)}.")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.values == self.values

    def __hash__(self) -> int:
        return hash(tuple(self.values))

    def deconstruct(self) -> tuple[str, tuple[list[str]], dict[str, Any]]:
        """Return how a migration writes this down."""
        return "tracker.models.filters._Known", (self.values,), {}


class Filters(models.Model):
    """Which events to let through; an empty filter lets everything through.

    `worst_grade` asks for a letter and a digit at least as good, `minimum_sources` for as many
    independent sources on either side of a shift, `words` for passages that hold all of them.
    A filter on what an event does not have (the direction of a document) lets it through.
    """

    EMPTY: ClassVar[Mapping[str, Any]] = {
        "kinds": [],
        "directions": [],
        "statuses": [],
        "minimum_materiality": 0.0,
        "minimum_confidence": 0.0,
        "worst_grade": "",
        "minimum_sources": 1,
        "words": "",
    }

    kinds = models.JSONField(default=list, blank=True, validators=[_Known(Shift.Kind.values)])
    directions = models.JSONField(
        default=list, blank=True, validators=[_Known(Shift.Direction.values)]
    )
    statuses = models.JSONField(
        default=list, blank=True, validators=[_Known([str(status) for status in STATUSES])]
    )
    minimum_materiality = models.FloatField(default=0.0, validators=_FRACTION)
    minimum_confidence = models.FloatField(default=0.0, validators=_FRACTION)
    worst_grade = models.CharField(max_length=2, blank=True, validators=[_GRADE])
    minimum_sources = models.PositiveSmallIntegerField(default=1)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    minimum_materiality__gte=0,
                    minimum_materiality__lte=1,
                    minimum_confidence__gte=0,
                    minimum_confidence__lte=1,
                    minimum_sources__gte=1,
                ),
                name="%(class)s_minimums_in_range",
            ),
            models.CheckConstraint(
                condition=Q(worst_grade__in=["", *GRADES]),
                name="%(class)s_worst_grade_is_one",
            ),
        ]


class SavedSearch(Filters):
    """Filters that a user keeps under a name, to subscribe to them or to follow as a feed.

    No actors or no topics means all.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(max_length=120)
    actors = models.ManyToManyField(Actor, blank=True, related_name="+")
    topics = models.ManyToManyField(Topic, blank=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta(Filters.Meta):
        verbose_name_plural = "saved searches"
        ordering = ["id"]
        constraints = [
            *Filters.Meta.constraints,
            models.UniqueConstraint(fields=["owner", "name"], name="savedsearch_once_an_owner"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def mark(self) -> str:
        """What the address of its feed names it by: nobody can guess it."""
        return mark_of(self.pk)


def mark_of(search: int) -> str:
    """Return the mark of the saved search with this number."""
    return Signer(salt=SEARCH_SALT).sign(str(search))


def marked(mark: str) -> int:
    """Return the number of the saved search with this mark. Raises BadSignature."""
    return int(Signer(salt=SEARCH_SALT).unsign(mark))
