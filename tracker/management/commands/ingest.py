"""`manage.py ingest PATH|URL...`: documents in, dated statements out, with progress."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from tracker import chronology, dates, ingest
from tracker.dates import BadDateError, EdtfDate
from tracker.fetching import FetchError
from tracker.ingest import BadInputError, Stored
from tracker.models import Actor, Document, Source, Stance, Topic
from tracker.parsing import MAX_BYTES, Refused
from tracker.tasks import detect_and_owe

WHOLE_FILES: dict[str, Literal["jsonl", "csv"]] = {".jsonl": "jsonl", ".csv": "csv"}


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says of every document it names."""

    source: Source
    title: str
    language: str
    said: EdtfDate | None
    published: EdtfDate | None


class Command(BaseCommand):
    """Stores and reads documents; refuses each bad one with a message and goes on."""

    help = (
        "Store documents (text, HTML, PDF, .docx, a URL, or ready statements as .jsonl/.csv), "
        "read them and bring their stances in step. Exit code 1 where something was refused, "
        "2 where a document waits in triage."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("what", nargs="+", metavar="PATH|URL")
        parser.add_argument("--source", default="unknown", help="slug of the outlet")
        parser.add_argument("--said", help="EDTF date on which this was said: 2022-04-01, 2022-04")
        parser.add_argument("--published", help="EDTF date on which this came out")
        parser.add_argument("--title", default="")
        parser.add_argument("--language", default="", help="ISO 639 code, where known")
        parser.add_argument(
            "--only-store", action="store_true", help="leave the reading to the workers"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would come of it, keep nothing"
        )
        parser.add_argument(
            "--skip-bad-rows", action="store_true", help="import the good rows of .jsonl/.csv"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Store all, read all, and say what came of each."""
        if not options["dry_run"]:
            self._run(options)
            return
        self.stdout.write("dry run: nothing of this is kept")
        with transaction.atomic():
            self._run(options)
            transaction.set_rollback(True)

    def _run(self, options: dict[str, Any]) -> None:
        given = self._given(options)
        refused: list[str] = []
        stored: list[Stored] = []
        for what in self._progress(options["what"], "stored", options):
            try:
                stored += self._store(what, given, options)
            except (Refused, FetchError, BadInputError) as error:
                refused.append(f"{what}: {getattr(error, 'reason', error)}")
            except OSError as error:
                refused.append(f"{what}: {error.strerror or error}")
        if not options["only_store"]:
            self._read([row.document for row in stored], options)
        for row in stored:
            self._report(row, given)
        self._conclude(stored, refused, options)

    def _conclude(self, stored: list[Stored], refused: list[str], options: dict[str, Any]) -> None:
        for message in refused:
            self.stderr.write(self.style.ERROR(f"refused  {message}"))
        if refused:
            raise CommandError(f"{len(refused)} of {len(options['what'])} refused", returncode=1)
        if Document.objects.in_triage().filter(pk__in=[row.document.pk for row in stored]).exists():
            raise CommandError("some documents wait in triage (see above)", returncode=2)

    def _given(self, options: dict[str, Any]) -> Given:
        try:
            said, published = (
                dates.parse(options[name]) if options[name] else None
                for name in ("said", "published")
            )
        except BadDateError as error:
            raise CommandError(str(error), returncode=1) from error
        return Given(
            self._source(options["source"]), options["title"], options["language"], said, published
        )

    def _source(self, slug: str) -> Source:
        if slug == "unknown":
            defaults = {"name": "Unknown source"}
            return Source.objects.get_or_create(slug="unknown", defaults=defaults)[0]
        named = Source.objects.filter(slug=slug).first()
        if named is None:
            known = ", ".join(Source.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"source '{slug}' is not known (known: {known})", returncode=1)
        return named

    def _store(self, what: str, given: Given, options: dict[str, Any]) -> list[Stored]:
        now = timezone.now()
        about: dict[str, Any] = {
            "source": given.source,
            "title": given.title,
            "language": given.language,
            "said": given.said,
            "published": given.published,
        }
        if what.startswith(("http://", "https://")):
            stored = ingest.capture_url(what, now=now, allow=settings.FETCH_ALLOW, **about)
        else:
            path = Path(what)
            if path.is_file() and path.stat().st_size > MAX_BYTES:
                size = path.stat().st_size
                raise BadInputError("too_large", f"{size:,} bytes; at most {MAX_BYTES:,} are read")
            body = path.read_bytes()
            if path.suffix in WHOLE_FILES:
                return self._store_rows(path, body, options)
            stored = ingest.store(body, now=now, filename=path.name, **about)
        self._date(stored, given)
        return [stored]

    def _date(self, stored: Stored, given: Given) -> None:
        """Let a date that is given resolve a document that waits in triage for one."""
        document = stored.document
        if given.said is not None and not stored.created and document.problem:
            ingest.set_date(
                document,
                said=given.said,
                by=None,
                now=timezone.now(),
                note="given to manage.py ingest",
            )

    def _store_rows(self, path: Path, body: bytes, options: dict[str, Any]) -> list[Stored]:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise BadInputError("encoding", f"not UTF-8 at byte {error.start}") from error
        known = chronology.Known(
            actors=set(Actor.objects.values_list("slug", flat=True)),
            topics=set(Topic.objects.values_list("slug", flat=True)),
            sources=set(Source.objects.values_list("slug", flat=True)),
            today=ingest.today(timezone.now()),
        )
        rows, errors = chronology.parse(text, known=known, form=WHOLE_FILES[path.suffix])
        for message in errors:
            self.stderr.write(self.style.WARNING(f"{path}: {message}"))
        if errors and not options["skip_bad_rows"]:
            raise BadInputError("bad_rows", f"{len(errors)} bad rows; nothing imported")
        if not rows:
            raise BadInputError("empty", "no rows in it")
        return ingest.store_chronology(rows, now=timezone.now())

    def _read(self, documents: list[Document], options: dict[str, Any]) -> None:
        for document in self._progress(documents, "read", options):
            document.refresh_from_db()
            if Document.objects.claim(document, timezone.now()):
                ingest.read_document(document, now=timezone.now())
        while Stance.objects.waiting(timezone.now()).exists():
            detect_and_owe(now=timezone.now())

    def _progress(self, items: list[Any], verb: str, options: dict[str, Any]) -> Iterator[Any]:
        yield from tqdm(
            items,
            desc=verb,
            unit="document",
            file=self.stderr,
            disable=options["verbosity"] == 0 or not self.stderr.isatty(),
        )

    def _report(self, row: Stored, given: Given) -> None:
        document = row.document
        document.refresh_from_db()
        state = "stored" if row.created else "already held"
        self.stdout.write(f"{state}  document {document.pk}: {self._found(document)}")
        if given.said is not None and document.given_said not in ("", given.said.edtf):
            self.stdout.write(
                self.style.WARNING(
                    f"  it is held with the date {document.given_said}; {given.said} was not taken"
                )
            )
        if document.problem:
            self.stdout.write(self.style.WARNING(f"  in triage: {document.problem}"))

    def _found(self, document: Document) -> str:
        if document.state == "waiting":
            return f"{document} (waits to be read)"
        on_topic = document.statements.held().exclude(topic=None).count()
        found = f"{document.genre or 'unread'}, {on_topic} statements on topic"
        if document.said is not None:
            found += f", said {document.said.edtf}"
        if document.warnings:
            found += ", warnings: " + ", ".join(w["code"] for w in document.warnings)
        return found
