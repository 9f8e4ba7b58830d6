"""The Celery application. Its settings are the CELERY_ ones in config/settings.py."""

import os

from celery import Celery

# Set before billiard is imported by the worker: SIGTERM then ends a prefork worker in
# seconds (soft shutdown) instead of waiting for the running task however long it takes.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("stanceline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
