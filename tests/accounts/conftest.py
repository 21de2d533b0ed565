"""The cast, an empty Redis for each test (it counts tries), and what was sent by mail."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.tenants.cast import cast, committed_cast

__all__ = ["cast", "committed_cast"]

Committed = Callable[[], AbstractContextManager[object]]


@pytest.fixture(autouse=True)
def empty_redis(redis_url: str) -> None:
    """No try, no used code of another test counts."""


@pytest.fixture
def committed(
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> Committed:
    """`with committed():` what waits for the commit happens at its end, as after a request."""
    return lambda: django_capture_on_commit_callbacks(execute=True)
