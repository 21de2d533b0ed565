"""The pod of this process: it registers, beats, drains and leaves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls import pods, recovery, voice_runtime
from calls.media import live
from calls.models import Call, Pod
from calls.threads import in_thread
from tenants.context import run_in_tenant
from tests.calls.carrier import Webhooks
from tests.calls.socket import ScriptedSession, Sessions, Socket
from tests.tenants.cast import Cast
from voice.records import EndReason
from voice.worker import VoiceWorker

pytestmark = pytest.mark.django_db(transaction=True)


class Worker:
    """Stands in for the voice worker: warm at once."""

    ready = True
    closed = False

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    made = Worker()

    async def start(_: object) -> Worker:
        return made

    async def need_no_rehearsal(_: object) -> None:
        return

    monkeypatch.setattr(VoiceWorker, "start", start)
    monkeypatch.setattr(voice_runtime, "rehearse", need_no_rehearsal)
    monkeypatch.setattr(voice_runtime, "BEAT_S", 0.01)
    monkeypatch.setattr(voice_runtime, "DRAIN_LOOK_S", 0.01)
    return made


@pytest.fixture
async def running(worker: Worker) -> AsyncIterator[Worker]:
    await voice_runtime.start()
    yield worker
    await voice_runtime.stop()


@pytest.fixture
async def session(
    running: Worker,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    committed_cast: Cast,
    twilio: Webhooks,
) -> ScriptedSession:
    """A live call on this pod."""
    sessions = Sessions()
    monkeypatch.setattr(voice_runtime, "open_session", sessions.open)
    socket = Socket(settings.TWILIO_AUTH_TOKEN, signed=voice_runtime.stream_url())
    socket.start("CA1", await in_thread(twilio.token))
    return await sessions.next()


async def pod() -> Pod:
    return await in_thread(Pod.objects.get)


async def test_a_started_pod_takes_calls_and_says_where(worker: Worker, settings: Any) -> None:
    assert not voice_runtime.takes_calls()
    await voice_runtime.start()
    try:
        assert voice_runtime.takes_calls()
        assert id(voice_runtime.current()) == id(worker)
        started = await pod()
        assert started.stream_url == settings.PUBLIC_URL.replace("http", "ws") + "/media/twilio"
        assert (started.capacity, started.is_draining) == (8, False)
        worker.ready = False
        assert not voice_runtime.takes_calls()
    finally:
        await voice_runtime.stop()
    assert (worker.closed, voice_runtime.is_running()) == (True, False)
    gone = await pod()
    assert gone.is_draining
    with pytest.raises(RuntimeError, match="no voice worker runs"):
        voice_runtime.current()


async def test_a_pod_that_cannot_register_lets_its_engines_go(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> int:
        raise OSError("no database")

    monkeypatch.setattr(pods, "pod_register", refuse)
    with pytest.raises(OSError, match="no database"):
        await voice_runtime.start()
    assert (worker.closed, voice_runtime.is_running()) == (True, False)


async def test_a_running_pod_is_heard_of_even_after_a_failed_beat(
    running: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    beaten = asyncio.Event()
    loop = asyncio.get_running_loop()
    beat, fails = pods.pod_beat, [True]

    def shaky(**options: Any) -> None:
        if fails:
            fails.clear()
            raise recovery.AWAY[0]("the connection is lost")
        beat(**options)
        loop.call_soon_threadsafe(beaten.set)

    await in_thread(lambda: Pod.objects.update(heartbeat_at=long_ago))
    monkeypatch.setattr(pods, "pod_beat", shaky)
    async with asyncio.timeout(10):
        await beaten.wait()
    assert (await pod()).heartbeat_at > long_ago


async def test_draining_waits_for_live_calls(session: ScriptedSession) -> None:
    draining = asyncio.create_task(voice_runtime.drain(timeout_s=10))
    async with asyncio.timeout(10):
        while not (await pod()).is_draining:
            assert not voice_runtime.takes_calls()
    assert not draining.done()
    session.end(EndReason.COMPLETED)
    await draining
    assert live.count() == 0
    assert session.ends == [(EndReason.COMPLETED, "")]


async def test_a_drain_that_takes_too_long_ends_the_calls_with_their_reason(
    session: ScriptedSession, committed_cast: Cast
) -> None:
    await voice_runtime.drain(timeout_s=0)
    assert [reason for reason, _ in session.ends] == [EndReason.DRAINED]
    assert live.count() == 0
    (call,) = await run_in_tenant(committed_cast.harbor, lambda: list(Call.objects.all()))
    assert call.end_reason == "drained"


async def test_stopping_ends_live_calls(session: ScriptedSession) -> None:
    await voice_runtime.stop()
    assert [reason for reason, _ in session.ends] == [EndReason.DRAINED]
    assert live.count() == 0


async def test_a_conversation_that_does_not_end_by_itself_is_ended_and_stored(
    session: ScriptedSession, committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pod looks at each beat; what was said until then is kept."""
    session.receive_audio(b"\xff" * 160, timestamp_ms=0)
    (held,) = live._conversations.values()
    longest_s = session.context.rules.max_call_minutes * 60.0
    now = asyncio.get_running_loop().time()
    assert held.latest == pytest.approx(now + longest_s + live.GRACE_S, abs=10)

    held.latest = now - 1
    async with asyncio.timeout(10):
        await asyncio.wait({held.task})
    assert await voice_runtime._quiet_within(10)
    (call,) = await run_in_tenant(committed_cast.harbor, lambda: list(Call.objects.all()))
    assert (call.end_reason, call.error) == ("engine_failed", "it did not end by itself")
    turns = await run_in_tenant(committed_cast.harbor, lambda: list(call.turns.all()))
    assert [turn.text for turn in turns] == ["audio 1"]
