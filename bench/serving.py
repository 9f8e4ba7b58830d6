"""The service for benchmarks and pictures: an empty record of its own on a loopback port."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class QuietHandler(WSGIRequestHandler):
    """A request handler that prints nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Print nothing."""


def begin(name: str) -> Path:
    """Make a directory for all that the service keeps, set Django up on it, and return it.

    Nothing of the developer's is touched. To be called before anything imports a model.
    """
    var = tempfile.mkdtemp(prefix=f"stanceline-{name}-")
    os.environ |= {
        "VAR_DIR": var,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # playwright keeps an event loop in this thread
    }
    os.environ.pop("DATABASE_URL", None)
    import django  # after the environment that it reads

    django.setup()
    return Path(var)


@contextmanager
def served() -> Iterator[str]:
    """Serve the application on a free loopback port; give its address."""
    from django.core.wsgi import get_wsgi_application

    # Made only now: static files are indexed when it starts.
    application = get_wsgi_application()
    server: WSGIServer = make_server("127.0.0.1", 0, application, handler_class=QuietHandler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
