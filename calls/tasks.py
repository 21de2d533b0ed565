"""What happens beside the calls: sweeps, replays and notices. Each may run at any time, twice."""

import structlog
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from calls import admission, notices, privacy, recovery

log = structlog.get_logger(__name__)

SCHEDULE = {
    "calls-sweep": {"task": "calls.tasks.sweep", "schedule": 30.0},
    "calls-replay": {"task": "calls.tasks.replay", "schedule": 60.0},
    "calls-notices": {"task": "calls.tasks.send_notices", "schedule": 30.0},
    "calls-retention": {"task": "calls.tasks.retention", "schedule": 3600.0},
}
"""Beat's part of this app, every so many seconds."""


@shared_task  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Places nobody uses are free again; calls nobody has any more are over."""
    now = timezone.now()
    places, calls = admission.sweep(now=now), recovery.lost_calls_end(now=now)
    if places or calls:
        log.info("swept", places=places, calls=calls)


@shared_task  # type: ignore[untyped-decorator]
def replay() -> None:
    """What a killed server on this machine left behind is brought into the database."""
    if brought_in := recovery.journals_replay():
        log.info("journals_replayed", calls=brought_in)


@shared_task  # type: ignore[untyped-decorator]
def send_notices() -> None:
    """Everything in the outbox of notices goes out."""
    notices.notices_send(sender=notices.sender_from_settings())


@shared_task  # type: ignore[untyped-decorator]
def retention() -> None:
    """What each tenant has kept long enough goes."""
    if calls := privacy.retention_sweep(now=timezone.now()):
        log.info("kept_long_enough", calls=calls)


def notices_send_soon() -> None:
    """Have the outbox looked at now; if the queue is away, beat will do so later."""
    try:
        send_notices.apply_async(retry=False)
    except OperationalError:
        log.warning("queue_away_notices_wait")
