"""The Celery app: work after the call."""

import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buddyhelps.settings")

app = Celery("buddyhelps")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _ensure_redis(**_: Any) -> None:
    """The queue is there before anybody uses it, on a machine without a Redis of its own."""
    from buddyhelps.embedded.configured import ensure_redis

    ensure_redis()


for _signal in (signals.before_task_publish, signals.celeryd_init, signals.beat_init):
    _signal.connect(_ensure_redis)
