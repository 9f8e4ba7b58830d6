"""Who takes positions, in which role, on what."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from tracker.reading import KnownActor, KnownRole, Term, TopicTerms


class ActorQuerySet(models.QuerySet["Actor"]):
    """Actors as rows and as the reader knows them."""

    def known(self) -> tuple[KnownActor, ...]:
        """Return every actor in the form that reading takes, in the order of their slugs."""
        rows = self.order_by("slug").prefetch_related("aliases", "roles")
        return tuple(actor.as_known() for actor in rows)


class Actor(models.Model):
    """A person or an organisation that takes positions (Popolo: Person, Organization)."""

    class Kind(models.TextChoices):
        """What the actor is."""

        PERSON = "person"
        ORGANISATION = "organisation"

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.PERSON)
    pronoun = models.CharField(max_length=8, blank=True, help_text="he, she or they")
    description = models.TextField(blank=True)

    objects = ActorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["person", "organisation"]), name="actor_kind_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def as_known(self) -> KnownActor:
        """Return this actor in the form that reading takes."""
        return KnownActor(
            slug=self.slug,
            name=self.name,
            aliases=tuple(alias.name for alias in self.aliases.all()),
            roles=tuple(role.as_known() for role in self.roles.all()),
            pronoun=self.pronoun,
        )


class Alias(models.Model):
    """Another name or spelling of an actor."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)

    class Meta:
        verbose_name_plural = "aliases"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["actor", "name"], name="alias_once_an_actor")
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A dated office of an actor (Popolo: Membership). An empty end means: still held."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="roles")
    title = models.CharField(max_length=200)
    organisation = models.CharField(max_length=200, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["since", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["actor", "title", "organisation", "since"],
                name="role_once_an_actor_and_start",
            ),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(since__lte=F("until")),
                name="role_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.organisation}" if self.organisation else self.title

    def as_known(self) -> KnownRole:
        """Return this role in the form that reading takes."""
        return KnownRole(self.title, self.organisation, self.since, self.until)


class TopicQuerySet(models.QuerySet["Topic"]):
    """Topics as rows and as the reader knows them."""

    def terms(self) -> tuple[TopicTerms, ...]:
        """Return every topic with its terms in the form that reading takes, by slug."""
        return tuple(topic.as_terms() for topic in self.order_by("slug"))


class Topic(models.Model):
    """What a position is about, with the terms that find it.

    `terms` is a list of `{"text": str, "weight": float}`; `exclusions` a list of phrases
    that speak of something else although a term is in them.
    """

    class Orientation(models.TextChoices):
        """Which way a larger number points."""

        MORE_IS_HARDER = "more_is_harder"
        MORE_IS_SOFTER = "more_is_softer"

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    terms = models.JSONField(default=list)
    exclusions = models.JSONField(default=list, blank=True)
    orientation = models.CharField(
        max_length=16, choices=Orientation, default=Orientation.MORE_IS_HARDER
    )

    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="topic_is_not_its_own_parent")
        ]

    def __str__(self) -> str:
        return self.name

    def as_terms(self) -> TopicTerms:
        """Return this topic in the form that reading takes."""
        terms: list[dict[str, Any]] = self.terms
        return TopicTerms(
            slug=self.slug,
            name=self.name,
            terms=tuple(Term(term["text"], float(term.get("weight", 1.0))) for term in terms),
            exclusions=tuple(self.exclusions),
        )
