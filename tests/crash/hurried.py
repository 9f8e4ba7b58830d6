"""The Celery application of a crash run: the product's, with retries after seconds, not hours.

A receiver that refuses a message twice would be left alone for five minutes, and a run that has
to be drained after 30 seconds would measure that.
"""

from datetime import timedelta

import django

from config.celery import app

django.setup()

from tracker.alerts import marking  # noqa: E402 - Django has to be set up first

hurried = tuple(timedelta(seconds=min(seconds, 5)) for seconds in range(1, 10))
setattr(marking, "WAITS", hurried)  # noqa: B010 - the module exports no such name

__all__ = ["app"]
