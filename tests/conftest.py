"""What every test may use: real Postgres as the app's own role, a real Redis, child processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import redis
from django.conf import settings

from buddyhelps.embedded.configured import ensure_redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")  # where pytest-django is absent


def pytest_unconfigure() -> None:
    """The files of this run go when it ends."""
    shutil.rmtree(settings.DATA_DIR, ignore_errors=True)


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
    """The environment in which a child process (server, worker, place_call) sees what the test
    sees: its database, its Redis, its files, its secrets. PORT is one that is free.

    What the test wrote is committed, and swept away afterwards.
    """
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "buddyhelps.settings",
        "EMBEDDED_DATABASE": str(settings.DATABASES["default"]["NAME"]),
        "LOG_LEVEL": "INFO",
        "PORT": str(free_port()),
    }


@pytest.fixture
def web_server(child_environment: dict[str, str]) -> Iterator[str]:
    """A real server process, voice worker and all, on the test's database; its base URL."""
    base_url = f"http://127.0.0.1:{child_environment['PORT']}"
    server = subprocess.Popen(
        [sys.executable, "-m", "buddyhelps.server"],
        env=child_environment,
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(base_url, server)
        yield base_url
    finally:
        server.terminate()
        server.send_signal(signal.SIGTERM)  # the second one does not wait for calls
        server.wait(timeout=30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(base_url: str, server: "subprocess.Popen[Any]") -> None:
    """Return once /readyz says so; fail at once if the process ends."""
    deadline = time.monotonic() + 120
    while True:
        assert server.poll() is None, "the server ended while starting"
        assert time.monotonic() < deadline, "the server was not ready in 120 s"
        try:
            if httpx.get(f"{base_url}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
