"""A call with nobody before the first real one, so that its caller waits for nothing to load."""

import asyncio

import structlog
from django.utils import timezone

from voice.audio import FRAME_MS, silence
from voice.ports import CallContext, Voice
from voice.receptionist.dialogue import Action, CallerSaid, LeadRecord, Scene
from voice.receptionist.rules import TenantRules
from voice.records import EndReason, TurnRecord

log = structlog.get_logger(__name__)

TIMEOUT_S = 60.0
NOBODY = 0
"""A tenant id no tenant has: what is cached for it serves nobody."""


class _Line:
    """A line nobody listens to; `spoken` is set by the first audio."""

    def __init__(self) -> None:
        self.spoken = asyncio.Event()

    async def send_audio(self, ulaw: bytes) -> None:
        self.spoken.set()

    async def send_mark(self, name: str) -> None:
        return

    async def send_clear(self) -> None:
        return


class _Desk:
    """A desk that does and keeps nothing."""

    async def perform(self, action: Action) -> None:
        return None

    def note_turn(self, turn: TurnRecord, lead: LeadRecord) -> None:
        return


async def rehearse(voice: Voice) -> None:
    """Answer a call from nobody until its greeting is heard, and think about one sentence.

    What goes wrong is logged: the first real call will say so louder.
    """
    from voice.receptionist import brain  # loads what it was trained on
    from voice.session import CallSession

    rules, scene = TenantRules("Rehearsal", "UTC"), Scene(now=timezone.now())
    state, _ = await asyncio.to_thread(brain.open_call, rules, scene)
    await asyncio.to_thread(brain.step, state, CallerSaid("my kitchen sink is leaking"))
    line = _Line()
    session = CallSession(
        CallContext("rehearsal", NOBODY, rules, scene), voice=voice, sink=line, desk=_Desk()
    )
    running = asyncio.ensure_future(session.run())
    try:
        async with asyncio.timeout(TIMEOUT_S):
            at_ms = 0
            while not line.spoken.is_set() and not running.done():
                session.receive_audio(silence(FRAME_MS), timestamp_ms=at_ms)
                at_ms += FRAME_MS
                await asyncio.sleep(FRAME_MS / 1000)
    except TimeoutError:
        log.warning("rehearsal_unheard", seconds=TIMEOUT_S)
    finally:
        session.end(EndReason.CALLER_HUNG_UP)
        await running
