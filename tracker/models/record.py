"""What was captured, and what was read from it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Substr

from tracker.leases import LEASE
from tracker.models.people import Actor, Topic
from tracker.models.states import State
from tracker.models.times import (
    Published,
    Said,
    SaidQuerySet,
    published_constraint,
    said_constraint,
)

LONGEST_READING = timedelta(minutes=2)  # longer than any text takes, shorter than patience
READ_ATTEMPTS = 3
OPENING = 200  # characters with which a text begins, enough to know it by
UNSURE = 0.5  # confidence in a speaker up to which a person should look


class Source(models.Model):
    """An outlet, with a reliability grade: A (best) to E, F where it cannot be judged."""

    class Reliability(models.TextChoices):
        """The letters of the Admiralty code."""

        A = "A", "A: completely reliable"
        B = "B", "B: usually reliable"
        C = "C", "C: fairly reliable"
        D = "D", "D: not usually reliable"
        E = "E", "E: unreliable"
        F = "F", "F: reliability cannot be judged"

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    reliability = models.CharField(max_length=1, choices=Reliability, default=Reliability.F)
    home = models.URLField(blank=True)
    note = models.TextField(blank=True, help_text="why this grade")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reliability__in=list("ABCDEF")), name="source_reliability_a_to_f"
            )
        ]

    def __str__(self) -> str:
        return self.name


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents by where they are on their way."""

    def waiting(self, now: datetime) -> "DocumentQuerySet":
        """Return the documents that nobody reads at present and that still may be tried."""
        free = Q(read_lease=None) | Q(read_lease__lte=now)
        return self.filter(free, read_at=None, read_attempts__lt=READ_ATTEMPTS).order_by("id")

    def claim(self, document: "Document", now: datetime) -> bool:
        """Take a waiting document, its attempt counted; false where another was faster."""
        lease = now + LEASE
        waiting = self.waiting(now).order_by().filter(pk=document.pk)
        taken = bool(waiting.update(read_lease=lease, read_attempts=F("read_attempts") + 1))
        if taken:
            document.read_lease = lease
        return taken

    def prolong(self, document: "Document", until: datetime) -> None:
        """Keep a claimed document for longer, unless the claim was lost meanwhile."""
        claimed = self.filter(pk=document.pk, read_at=None, read_lease=document.read_lease)
        if claimed.update(read_lease=until):
            document.read_lease = until

    def order_reading(self) -> int:
        """Order these documents to be read (again); return how many."""
        return self.update(read_at=None, read_lease=None, read_attempts=0, problem="")

    def briefly(self) -> "DocumentQuerySet":
        """Return the documents without their texts, and of each without a title its `opening`."""
        opening = Case(When(title="", then=Substr("text", 1, OPENING)), default=Value(""))
        return self.defer("text", "regions").annotate(opening=opening)

    def in_triage(self) -> "DocumentQuerySet":
        """Return the documents that wait for a person, with their reason in `problem`."""
        return self.exclude(problem="").order_by("-id")


class Document(Said, Published):
    """One captured text of a source.

    An empty `read_at` is the work order. `problem` is why the document waits in triage;
    `said` and `published` are what is known of the whole document, given or read.
    """

    class Genre(models.TextChoices):
        """The shape of the text, which decides how it is read."""

        TRANSCRIPT = "transcript"
        INTERVIEW = "interview"
        WIRE = "wire"
        ARTICLE = "article"
        STATEMENT = "statement"
        CHRONOLOGY = "chronology"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="documents")
    origin = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reprints",
        help_text="the document that this one reprints or translates",
    )
    url = models.URLField(max_length=2000, blank=True)
    title = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    genre = models.CharField(max_length=12, choices=Genre, blank=True)
    language = models.CharField(max_length=12, blank=True)
    translated = models.BooleanField(default=False)
    venue = models.CharField(max_length=200, blank=True)
    # What a person or the page's metadata said of the dates: it wins over the text.
    given_said = models.CharField(max_length=64, blank=True)
    given_published = models.CharField(max_length=64, blank=True)
    fingerprint = models.JSONField(default=list, help_text="names and numbers, to find reprints")
    warnings = models.JSONField(default=list)
    regions = models.JSONField(default=list)
    problem = models.CharField(max_length=500, blank=True)
    captured_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    read_lease = models.DateTimeField(null=True, blank=True)
    read_attempts = models.PositiveSmallIntegerField(default=0)

    state = State("waiting", problem="triage", read_at="read")
    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            said_constraint("document"),
            published_constraint("document"),
            models.CheckConstraint(
                condition=~Q(origin=F("id")), name="document_is_not_its_own_origin"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(read_at=None), name="document_unread"),
            models.Index(fields=["-id"], condition=~Q(problem=""), name="document_in_triage"),
            models.Index(fields=["published_earliest", "id"], name="document_by_published_day"),
        ]

    def __str__(self) -> str:
        return self.title or f"document {self.pk}"


class Capture(models.Model):
    """The bytes of a document as they came, with their SHA-256 (fixity)."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="capture")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=200, blank=True)
    filename = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256"], name="capture_once_by_hash")]

    def __str__(self) -> str:
        return self.sha256[:12]


class StatementQuerySet(SaidQuerySet["Statement"]):
    """Statements as held and as said."""

    def unsure(self) -> "StatementQuerySet":
        """Return the held ones whose speaker is a guess that no person has settled."""
        settled = (
            Decision.objects.standing()
            .order_by()
            .filter(kind=Decision.Kind.SET_SPEAKER, statement=OuterRef("pk"))
        )
        return self.held().filter(~Exists(settled), confidence__lte=UNSURE)


class Statement(Said):
    """One attestation: a passage of a document that attributes words to an actor, on a topic.

    Anchored by character offsets into the document's text, and by the exact words with
    what stands around them (W3C Web Annotation selectors). A passage on two topics is two
    statements; one on none of the tracked topics has no topic and still counts as coverage.
    A correction retracts a statement and records another: content never changes.
    """

    class Attribution(models.TextChoices):
        """How the words are given (PARC)."""

        DIRECT = "direct"
        INDIRECT = "indirect"
        MIXED = "mixed"

    class Fidelity(models.TextChoices):
        """How near the passage is to what was spoken."""

        VERBATIM = "verbatim"
        TRANSLATED = "translated"
        REPORTED = "reported"
        PARAPHRASED = "paraphrased"

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="statements")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="statements")
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="statements"
    )
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    exact = models.TextField()
    prefix = models.CharField(max_length=64, blank=True)
    suffix = models.CharField(max_length=64, blank=True)
    attributed_as = models.CharField(max_length=300, blank=True)
    cue = models.CharField(max_length=200, blank=True)
    attribution = models.CharField(max_length=8, choices=Attribution)
    fidelity = models.CharField(max_length=11, choices=Fidelity)
    chain = models.JSONField(default=list, blank=True)
    terms = models.JSONField(default=list, blank=True)
    score = models.FloatField(default=0.0)
    confidence = models.FloatField(default=1.0)
    credibility = models.PositiveSmallIntegerField(
        default=6, help_text="Admiralty: 1 confirmed to 5 improbable, 6 cannot be judged"
    )
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)
    retracted_because = models.CharField(max_length=300, blank=True)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["said_earliest", "id"]
        constraints = [
            said_constraint("statement"),
            models.CheckConstraint(
                condition=Q(start__lt=F("end")), name="statement_anchor_in_order"
            ),
            models.CheckConstraint(
                condition=Q(credibility__gte=1, credibility__lte=6),
                name="statement_credibility_1_to_6",
            ),
            models.CheckConstraint(
                condition=Q(retracted_at=None) | Q(retracted_at__gte=F("recorded_at")),
                name="statement_retracted_after_recorded",
            ),
            models.UniqueConstraint(
                fields=["document", "start", "end", "actor", "topic"],
                condition=Q(retracted_at=None, topic__isnull=False),
                name="statement_once_a_passage_and_topic",
            ),
            models.UniqueConstraint(
                fields=["document", "start", "end", "actor"],
                condition=Q(retracted_at=None, topic=None),
                name="statement_once_a_passage_off_topic",
            ),
        ]
        indexes = [
            models.Index(
                fields=["actor", "topic", "said_earliest"], name="statement_of_stance_by_day"
            ),
            models.Index(fields=["actor", "said_earliest"], name="statement_of_actor_by_day"),
            models.Index(fields=["topic", "said_earliest", "id"], name="statement_of_topic_by_day"),
            models.Index(fields=["said_earliest", "id"], name="statement_by_said_day"),
            models.Index(
                fields=["id"],
                condition=Q(retracted_at=None, confidence__lte=UNSURE),
                name="statement_unsure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attributed_as or self.actor_id}: {self.exact[:60]}"

    @property
    def heir(self) -> "Statement":
        """The statement that stands in this one's place now: itself, where nothing replaced it."""
        heir = self
        while heir.replaced_by is not None:
            heir = heir.replaced_by
        return heir


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions that stand."""

    def standing(self, known_at: datetime | None = None) -> "DecisionQuerySet":
        """Return the decisions that nobody has undone, or had at `known_at`, oldest first."""
        if known_at is None:
            return self.filter(undone_at=None).order_by("id")
        stood = Q(undone_at=None) | Q(undone_at__gt=known_at)
        return self.filter(stood, at__lte=known_at).order_by("id")

    def on_pair(self, older: int, newer: int) -> "DecisionQuerySet":
        """Return the decisions on shifts between two utterances, whichever row they named."""
        return self.filter(shift__older=older, shift__newer=newer)


class Decision(models.Model):
    """What a person decided, when and why. Never overwritten; undoing it is recorded too.

    What is said of words in a document names them in `detail`, by offsets and by the exact words
    with what stands around them: statements come and go with each reading, words stay.
    """

    class Kind(models.TextChoices):
        """What was decided."""

        SET_DATE = "set_date", "set the date"
        SET_ORIGIN = "set_origin", "say what it reprints"
        SET_SPEAKER = "set_speaker", "say who spoke"
        ADD_STATEMENT = "add_statement", "add a statement"
        REREAD = "reread", "read again"
        JOIN = "join", "join: two statements attest one utterance"
        SPLIT = "split", "split: two statements do not attest one utterance"
        CONFIRM = "confirm", "confirm a shift"
        REJECT = "reject", "reject a shift"

    kind = models.CharField(max_length=16, choices=Kind)
    document = models.ForeignKey(
        Document, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    statement = models.ForeignKey(
        Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    other_statement = models.ForeignKey(
        Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    shift = models.ForeignKey(
        "tracker.Shift", null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    detail = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["set_date", "set_origin", "set_speaker", "add_statement", "reread"],
                    document__isnull=False,
                )
                | Q(
                    kind__in=["join", "split"],
                    statement__isnull=False,
                    other_statement__isnull=False,
                )
                | Q(kind__in=["confirm", "reject"], shift__isnull=False),
                name="decision_names_what_it_decides",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d}"
