"""The WSGI entry that the web server calls."""

import gc
import os
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_django: Any = get_wsgi_application()

from api import short_way  # noqa: E402  # its models are there once Django is set up
from config.arriving import whole_bodies  # noqa: E402  # as above

application = short_way.first(whole_bodies(_django))

# What is there now stays: the collector need not go through it, and an answer of fifty rows
# (some hundred containers, none in a cycle) is no reason to look for garbage.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
