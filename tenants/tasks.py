"""What happens to tenants by the clock. Each task may run at any time, twice."""

import structlog
from celery import shared_task
from django.utils import timezone

from tenants.impersonation import looks_expire

log = structlog.get_logger(__name__)

SCHEDULE = {
    "tenants-looks-expire": {"task": "tenants.tasks.looks_end", "schedule": 60.0},
}
"""Beat's part of this app, every so many seconds."""


@shared_task  # type: ignore[untyped-decorator]
def looks_end() -> None:
    """Operators' looks whose time is up are over, and the owner's log says so."""
    if ended := looks_expire(now=timezone.now()):
        log.info("looks_ended", looks=ended)
