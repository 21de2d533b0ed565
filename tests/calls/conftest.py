"""What the tests of calls share: the cast, a pod that takes calls, and a carrier that signs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from twilio.request_validator import RequestValidator

from calls.models import Pod
from tests.calls.carrier import Webhooks
from tests.tenants.cast import cast, committed_cast

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
