"""Every setting, read from the environment once; a value that cannot be used stops the start.

With nothing set: SQLite and the bundled broker, both under `var/`. `docs/operations.md`
lists each variable; a test keeps that list and this file the same.
"""

import contextlib
import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """Return the key of this installation: from SECRET_KEY, else made once and kept in VAR_DIR."""
    given: str = env.str("SECRET_KEY", "")
    if given:
        return given
    path = VAR_DIR / "secret_key"
    if not path.exists():
        # Written whole under another name first: no other process may read an empty key.
        fresh = VAR_DIR / f"secret_key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # another process of this start was first
            path.hardlink_to(fresh)
        fresh.unlink()
    key = path.read_text().strip()
    if not key:
        raise ImproperlyConfigured(f"{path} is empty: delete it, or set SECRET_KEY")
    return key


def _broker_socket() -> Path:
    """Return where the bundled broker listens: in VAR_DIR, unless that path is too long."""
    path = VAR_DIR / "run" / "broker.sock"
    if len(os.fsencode(path)) <= 100:  # the system allows 107 bytes, on macOS 103
        return path
    name = hashlib.sha256(os.fsencode(VAR_DIR)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"stanceline-{name}" / "broker.sock"


def _rate(name: str, given: str) -> tuple[int, int] | None:
    """Return (requests, seconds) of a limit such as 600/60; None for 0, which sets none."""
    if given == "0":
        return None
    match = re.fullmatch(r"([1-9]\d{0,8})/([1-9]\d{0,6})", given)
    if match is None:
        raise ImproperlyConfigured(f"{name} must be requests/seconds, such as 600/60, or 0")
    return int(match[1]), int(match[2])


DEBUG = env.bool("DEBUG", False)
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "config.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "tracker",
    "api",
    "frontend",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "frontend.security.content_security_policy",
    "api.cors.allow_origins",
    "api.short_way.take",  # what follows is for pages, changes, and questions that are not plain
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "frontend.access.rights",
                "frontend.overdue.overdue",
            ],
        },
    },
]

# --- What is stored, and where -----------------------------------------------------------
# Empty is unset: `DATABASE_URL= make run` and a container's empty variable mean the default.
_database_url = (
    env.str("DATABASE_URL", "") or f"sqlite:///{quote(str(VAR_DIR / 'stanceline.sqlite3'))}"
)
DATABASES = {"default": env.db_url_config(_database_url)}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        # A write that starts as a read cannot be upgraded while another writer is at work:
        # taking the lock at BEGIN turns "database is locked" into a short wait.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        "timeout": 30,
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    _database["CONN_HEALTH_CHECKS"] = True
else:
    raise ImproperlyConfigured(
        "DATABASE_URL must name SQLite (sqlite:///…) or PostgreSQL (postgres://…)"
    )
_database["CONN_MAX_AGE"] = 60  # opening SQLite for each request took longer than most reads
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.ManifestStorage"},
}

# --- The broker: hints and ticks, never the truth ----------------------------------------
BROKER_SOCKET = _broker_socket()
REDIS_URL = env.str("REDIS_URL", f"unix://{quote(str(BROKER_SOCKET))}")
if not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must start with redis://, rediss:// or unix://")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
HINTS = env.bool("HINTS", True)  # whether a tick that found work asks for the next step at once
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # a tick lost with its worker comes again in a second
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = (
    "celery.beat:Scheduler"  # the schedule below never changes: no file to corrupt
)
# A tick that waited longer than this is stale: the next one does its work.
_TICK: dict[str, Any] = {"options": {"expires": 10}}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "read": {"task": "tracker.tasks.read_tick", "schedule": 1.0, **_TICK},
    "detect": {"task": "tracker.tasks.detect_tick", "schedule": 1.0, **_TICK},
    "send": {"task": "tracker.tasks.send_tick", "schedule": 1.0, **_TICK},
    "digest": {"task": "tracker.tasks.digest_tick", "schedule": 5.0, **_TICK},
    "silence": {"task": "tracker.tasks.silence_tick", "schedule": 10.0, **_TICK},
    "sweep": {"task": "tracker.tasks.sweep_tick", "schedule": 1.0, **_TICK},
    "fetch": {"task": "tracker.tasks.fetch_tick", "schedule": 1.0, **_TICK},
    "watch": {"task": "tracker.tasks.watch_tick", "schedule": 10.0, **_TICK},
}

# --- Mail --------------------------------------------------------------------------------
EMAIL_CONFIG = env.email("EMAIL_URL", f"filemail:///{str(VAR_DIR / 'mail').lstrip('/')}")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", "Stanceline <stanceline@localhost>")

# --- Alerts ------------------------------------------------------------------------------
FLOOD_EVENTS = env.int("FLOOD_EVENTS", 5)  # more old news at once are one summary; 0: never
ENDPOINT_FAILING_HOURS = env.int("ENDPOINT_FAILING_HOURS", 72)  # about one whole schedule of tries
SEND_PER_HOST = env.int("SEND_PER_HOST", 16)  # messages at once to one host, of one process
SOURCE_SILENT_DAYS = env.int("SOURCE_SILENT_DAYS", 14)
OLDEST_UNSENT_SECONDS = env.int("OLDEST_UNSENT_SECONDS", 600)
# The alarm is promised within 30 seconds, and is asked for now and then.
TICK_LATE_SECONDS = env.int("TICK_LATE_SECONDS", 25)
if TICK_LATE_SECONDS <= 10:
    raise ImproperlyConfigured("TICK_LATE_SECONDS must be more than 10: a tick comes every ten")
_LEAST = ENDPOINT_FAILING_HOURS, SOURCE_SILENT_DAYS, SEND_PER_HOST
if min(FLOOD_EVENTS, OLDEST_UNSENT_SECONDS, *(value - 1 for value in _LEAST)) < 0:
    raise ImproperlyConfigured(
        "FLOOD_EVENTS and OLDEST_UNSENT_SECONDS must not be negative, ENDPOINT_FAILING_HOURS, "
        "SOURCE_SILENT_DAYS and SEND_PER_HOST must be at least 1"
    )

# --- Who may look, and what may be reached -----------------------------------------------
PUBLIC_READING = env.bool("PUBLIC_READING", True)
CORS_ORIGINS = env.list("CORS_ORIGINS", default=[])  # sites whose pages may read the API; * is any
API_RATES = {
    "read": _rate("API_RATE_READ", env.str("API_RATE_READ", "600/60")),
    "write": _rate("API_RATE_WRITE", env.str("API_RATE_WRITE", "300/60")),
}
FETCH_ALLOW = env.list(
    "FETCH_ALLOW", default=[]
)  # host:port or network that may be reached although private
CONTACT = env.str("CONTACT", "")  # shown to the hosts whose feeds and pages are polled
if not re.fullmatch(r"[!-'*-~]*", CONTACT):
    raise ImproperlyConfigured(
        "CONTACT must be an address (https:// or e-mail) in ASCII, without spaces and parentheses"
    )
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "overview"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024

SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Language and time -------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

REST_FRAMEWORK = {
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter of those endpoints that declare it
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.access.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.access.RolePermission"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "api.errors.problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stanceline",
    "DESCRIPTION": "Dated position statements, their histories, and shifts between them.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["api.schema.introduced"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "fontTools": {"level": "WARNING"},
        "pypdf": {"level": "ERROR"},
        # Three ticks a second, each announced twice, would bury everything else.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
