"""What the tests of calls share: the cast, a pod that takes calls, and a carrier that signs."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from twilio.request_validator import RequestValidator

from calls import voice_runtime
from calls.media import live
from calls.models import Pod
from calls.threads import in_thread
from tests.calls.carrier import Webhooks
from tests.calls.socket import Sessions, Socket
from tests.tenants.cast import Cast, cast, committed_cast

__all__ = ["cast", "committed_cast"]


@pytest.fixture(autouse=True)
def own_folders(settings: object, tmp_path: Path) -> None:
    """Journals and recordings of one test alone."""
    settings.SPOOL_DIR = tmp_path / "spool"  # type: ignore[attr-defined]
    settings.RECORDINGS_DIR = tmp_path / "recordings"  # type: ignore[attr-defined]


@pytest.fixture
def pod(db: None) -> Pod:
    """A pod that takes two calls and has just been heard of."""
    now = datetime.now(UTC)
    return Pod.objects.create(
        name="pod-1",
        stream_url="ws://127.0.0.1:8000/media/twilio",
        capacity=2,
        started_at=now,
        heartbeat_at=now,
    )


@pytest.fixture
def twilio(settings: object, client: Client) -> Webhooks:
    """Twilio, asking our webhooks."""
    return Webhooks(client, RequestValidator(settings.TWILIO_AUTH_TOKEN), settings.PUBLIC_URL)  # type: ignore[attr-defined]


@pytest.fixture
def live_pod(committed_cast: Cast, pod: Pod) -> Pod:
    """The pod, where other threads see it."""
    return pod


@pytest.fixture
async def sessions(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sessions]:
    """Conversations are scripted ones; none is left over."""
    opened = Sessions()
    monkeypatch.setattr(voice_runtime, "open_session", opened.open)
    monkeypatch.setattr(voice_runtime, "is_running", lambda: True)
    yield opened
    assert live.count() == 0


@pytest.fixture
def connect(settings: Any) -> Callable[..., Socket]:
    """Opens a media socket as Twilio does."""
    return lambda **options: Socket(settings.TWILIO_AUTH_TOKEN, **options)


@pytest.fixture
async def token(live_pod: Pod, twilio: Webhooks) -> str:
    """Lets the stream of call CA1 in."""
    return await in_thread(twilio.token)
