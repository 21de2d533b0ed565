"""The periodic tasks do what they say, however often they run."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from calls import tasks
from calls.admission import reserve
from calls.journal import Journal, JournalHead
from calls.models import Call, Pod, Reservation
from tenants.context import unscoped
from tests.calls.records import record, ringing_call
from tests.tenants.cast import Cast

pytestmark = pytest.mark.django_db


def test_the_sweep_frees_places_and_ends_calls_nobody_has(cast: Cast, pod: Pod) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    Pod.objects.update(heartbeat_at=long_ago)
    reserve(tenant=cast.harbor, call_sid="CA1", now=long_ago)
    call = ringing_call(cast)
    with unscoped(reason="test"):
        Call.objects.update(started_at=long_ago)

    for _ in range(2):
        tasks.sweep()

    with unscoped(reason="test"):
        call.refresh_from_db()
        assert Reservation.objects.get().state == "released"
    assert call.end_reason == "no_stream"


def test_the_replay_brings_in_what_a_dead_server_left(cast: Cast, settings: Any) -> None:
    call = ringing_call(cast)
    journal = Journal(
        Path(settings.SPOOL_DIR), JournalHead(str(call.pk), call.owner_id, call.carrier_call_sid)
    )
    journal.open()
    journal.end(record(), timezone.now())
    journal.close()

    for _ in range(2):
        tasks.replay()

    with unscoped(reason="test"):
        call.refresh_from_db()
    assert call.end_reason == "completed"
    assert list(Path(settings.SPOOL_DIR).iterdir()) == []


def test_without_the_queue_notices_wait_for_beat(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(**_: object) -> None:
        raise OperationalError("the queue is away")

    monkeypatch.setattr(tasks.send_notices, "apply_async", away)
    tasks.notices_send_soon()
    assert "queue_away_notices_wait" in caplog.text
