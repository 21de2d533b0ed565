"""Settings of a process that only talks by text with what is stored: no web, no queue.

It starts in half the time. Every model it needs is here, and the same database as anywhere.
"""

import sys

sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # structlog would load it at once,
# for tracebacks in colour, and it takes a tenth of the start

from buddyhelps.settings import *  # noqa: E402, F403

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "tenants",
    "calls",
    "billing",
]
MIDDLEWARE = []
