"""The application asked in this process, from WSGI's environ to the bytes of the body.

What is left out is the server: sockets, HTTP, threads.
"""

import sys
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any


def get(path: str) -> bytes:
    """Return the body of the answer, which has to be a 200."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_ACCEPT": "application/json",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
    }
    seen: list[str] = []
    # Not closed as by a server: that is where it would look after the connection we measure by.
    body = b"".join(_application()(environ, lambda status, headers: seen.append(status)))
    assert seen[0].startswith("200"), (path, seen, body[:500])
    return body


@cache
def _application() -> Callable[..., Any]:
    from django.db import connection

    from config.wsgi import application

    # A connection that is opened anew in the middle would be another process to watch.
    connection.settings_dict["CONN_MAX_AGE"] = None
    connection.close()  # its end was set when it was opened
    return application
