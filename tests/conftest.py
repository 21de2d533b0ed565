"""What every test may use: real Postgres as the app's own role, a real Redis, child processes."""

import os
import shutil
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from buddyhelps.embedded.configured import ensure_redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")  # where pytest-django is absent


@pytest.fixture(scope="session", autouse=True)
def run_folder() -> Iterator[None]:
    """The files of this run go when it ends."""
    yield
    shutil.rmtree(settings.MEDIA_ROOT.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_server() -> str:
    """The address of a real Redis, with a database of this test process's own."""
    ensure_redis()
    return str(settings.REDIS_URL)


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The same, empty."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server


@pytest.fixture
def child_environment(transactional_db: None, redis_url: str) -> dict[str, str]:
    """The environment in which a child process (serve, place_call) sees the test's database.

    What the test wrote is committed, and swept away afterwards.
    """
    name = str(settings.DATABASES["default"]["NAME"])
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "buddyhelps.settings",
        "EMBEDDED_DATABASE": name,
        "LOG_LEVEL": "INFO",
    }
