"""The voice worker of this process, and the pod it makes of this machine.

The ASGI lifespan calls `start` and `stop`; media sockets ask for `current`.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils import timezone

from calls import metrics, pods, recovery
from calls.media import live
from calls.media.session import Session
from calls.pods import stream_url
from calls.rehearsal import rehearse
from calls.threads import in_thread
from voice.capacity import carried_calls
from voice.ports import CallContext, FrontDesk, MediaSink
from voice.profiles import load_profile
from voice.records import EndReason

if TYPE_CHECKING:
    from voice.llm import LanguageModel
    from voice.worker import VoiceWorker

__all__ = [
    "current",
    "drain",
    "is_running",
    "language_model",
    "open_session",
    "start",
    "stop",
    "stream_url",
    "takes_calls",
]

log = structlog.get_logger(__name__)

BEAT_S = 5.0
REPLAY_S = 10.0
DRAIN_LOOK_S = 0.2
STOP_TIMEOUT_S = 10.0
EMBEDDED_CALLS = 8
"""What the embedded engines carry on two cores; a profile or POD_CAPACITY says it better."""


@dataclass(slots=True)
class _Runtime:
    worker: "VoiceWorker"
    pod_id: int
    keeper: "asyncio.Task[None]"
    is_draining: bool = False


_runtime: _Runtime | None = None


async def start() -> None:
    """Warm the voice worker, bring in what a killed process left behind, and take calls.

    Raises EngineUnavailable, or the database's error.
    """
    global _runtime
    from voice.worker import VoiceWorker  # the engines: only where calls are answered

    worker = await VoiceWorker.start(settings.VOICE)
    try:
        await in_thread(recovery.journals_replay)
        await rehearse(worker)
        capacity = await asyncio.to_thread(_capacity)
        pod_id = await in_thread(pods.pod_register, capacity=capacity, now=timezone.now())
    except BaseException:
        await worker.close()
        raise
    keeper = asyncio.create_task(_keep(pod_id), name="pod-keeper")
    _runtime = _Runtime(worker, pod_id, keeper)
    log.info("voice_started", pod=pods.pod_name(), capacity=capacity, streams=stream_url())


def current() -> "VoiceWorker":
    """The running voice worker. Raises RuntimeError if there is none."""
    if _runtime is None:
        raise RuntimeError("no voice worker runs in this process; start() makes one")
    return _runtime.worker


def language_model() -> "LanguageModel | None":
    """The running worker's language model, if there is a worker and it has one."""
    return None if _runtime is None else _runtime.worker.language_model


def is_running() -> bool:
    """Whether streams that were promised a place can be answered."""
    return _runtime is not None


def takes_calls() -> bool:
    """Whether new calls may be sent here: warm, healthy, and nobody asked us to stop."""
    return _runtime is not None and not _runtime.is_draining and _runtime.worker.ready


def open_session(context: CallContext, sink: MediaSink, desk: FrontDesk) -> Session:
    """The conversation for a call, on the running worker."""
    from voice.session import CallSession

    return CallSession(context, voice=current(), sink=sink, desk=desk)


async def drain(*, timeout_s: float) -> None:
    """Take no new calls; return once the live ones are stored, or end them after `timeout_s`."""
    if _runtime is None:
        return
    _runtime.is_draining = True
    with contextlib.suppress(*recovery.AWAY):  # without a database nobody sends us calls anyway
        await in_thread(pods.pod_drain, pod_id=_runtime.pod_id)
    if not await _quiet_within(timeout_s):
        log.warning("drain_ends_live_calls", calls=live.count())
        live.end_all(EndReason.DRAINED, f"the server stopped and could wait only {timeout_s:.0f} s")
        await _quiet_within(STOP_TIMEOUT_S)


async def stop() -> None:
    """End what is still live, leave the fleet and let the engines go."""
    global _runtime
    if _runtime is None:
        return
    ending, _runtime.is_draining = _runtime, True
    live.end_all(EndReason.DRAINED, "the server was stopped")
    await _quiet_within(STOP_TIMEOUT_S)
    ending.keeper.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ending.keeper
    with contextlib.suppress(*recovery.AWAY):
        await in_thread(pods.pod_leave, pod_id=ending.pod_id)
    _runtime = None
    await ending.worker.close()


async def _quiet_within(timeout_s: float) -> bool:
    """Whether the last call ended and was stored in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while live.count():
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(DRAIN_LOOK_S)
    return True


async def _keep(pod_id: int) -> None:
    """Say that we live, and bring in journals that waited for the database, until cancelled."""
    loop = asyncio.get_running_loop()
    replay_at = loop.time() + REPLAY_S
    while True:
        await asyncio.sleep(BEAT_S)
        for call_sid in live.end_overdue():
            log.error("zombie_call_ended", call_sid=call_sid)
            metrics.zombies.inc()
        try:
            await in_thread(
                pods.pod_beat, pod_id=pod_id, call_sids=live.call_sids(), now=timezone.now()
            )
            if loop.time() >= replay_at:
                replay_at = loop.time() + REPLAY_S
                await in_thread(recovery.journals_replay)
        except Exception:  # whatever it is, the next beat may fare better
            log.exception("pod_beat_failed")


def _capacity() -> int:
    """How many calls this pod takes: as configured, as its profile carries, or the embedded few."""
    if settings.POD_CAPACITY:
        return int(settings.POD_CAPACITY)
    if settings.VOICE.profile:
        return max(1, carried_calls(load_profile(settings.VOICE.profile)))
    return EMBEDDED_CALLS
