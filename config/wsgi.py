"""The WSGI entry that the web server calls."""

import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_django: Any = get_wsgi_application()

from api import short_way  # noqa: E402  # its models are there once Django is set up

application = short_way.first(_django)
