"""A real Celery worker on the real queue: what it takes it finishes, or leaves to the next one."""

import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from celery.exceptions import AlwaysEagerIgnored
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from buddyhelps.celery import app
from calls.models import Reservation
from tenants.context import tenant_context, unscoped
from tests.infra.test_embedded import eventually
from tests.tenants.cast import Cast, committed_cast

__all__ = ["committed_cast"]

TASK = "calls.tasks.sweep"


@pytest.fixture
def queue(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def worker(child_environment: dict[str, str]) -> Iterator["subprocess.Popen[Any]"]:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "buddyhelps.celery", "worker"),
            *("-P", "threads", "-c", "1", "--without-gossip", "--without-mingle"),
        ],
        env=child_environment,
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait()


def publish() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AlwaysEagerIgnored)
        app.send_task(TASK)


@pytest.fixture
def forgotten(committed_cast: Cast) -> Reservation:
    """A place in line whose caller stopped asking an hour ago: work for the sweep."""
    asked_at = timezone.now() - timedelta(hours=1)
    with tenant_context(committed_cast.harbor):
        return Reservation.objects.create(
            tenant=committed_cast.harbor,
            call_sid="CA-forgotten",
            requested_at=asked_at,
            asked_at=asked_at,
        )


def test_worker_does_a_published_task_and_acknowledges_it(
    forgotten: Reservation, worker: "subprocess.Popen[Any]", queue: "redis.Redis"
) -> None:
    publish()
    eventually(lambda: 1 if state_of(forgotten) == "released" else None)
    eventually(lambda: 1 if taken(queue) == 0 else None)
    assert worker.poll() is None


def test_task_of_a_killed_worker_stays_to_be_done(
    worker: "subprocess.Popen[Any]", queue: "redis.Redis"
) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        table = Reservation._meta.db_table  # the sweep has to wait for it
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        publish()
        eventually(lambda: 1 if taken(queue) == 1 else None)
        worker.kill()
        worker.wait()
    assert (waiting(queue), taken(queue)) == (0, 1)


def state_of(reservation: Reservation) -> str:
    with unscoped(reason="the test looks at what the worker did"):
        return str(Reservation.objects.get(pk=reservation.pk).state)


def waiting(queue: "redis.Redis") -> int:
    return int(str(queue.llen("celery")))


def taken(queue: "redis.Redis") -> int:
    """Delivered, and not yet acknowledged; given to another worker after the visibility timeout."""
    return int(str(queue.hlen("unacked")))
