"""One call: audio in, turns, the receptionist's words out, and an end that always comes."""

import asyncio
import logging
from typing import Final

from voice.conversation.brain import Brain, Receptionist
from voice.conversation.conductor import Conductor
from voice.conversation.crew import Crew
from voice.conversation.ear import Ear
from voice.ports import CallContext, FrontDesk, MediaSink, Voice
from voice.receptionist.dialogue import LeadRecord
from voice.records import CallAudio, CallRecord, EndReason
from voice.tracks import place_heard

logger = logging.getLogger(__name__)

WATCH_S: Final = 0.5
BLOCKED_MS: Final = 3_000.0
NO_FRAMES_MS: Final = 15_000.0
OVERTIME_MS: Final = 20_000.0
NO_LEAD: Final = LeadRecord()


class CallSession:
    """Runs one call from the greeting to its one end. Made and used on the event loop's thread.

    What it receives comes through the `receive_…` methods and `end`, which return at once;
    `run` returns the record when the call is over and never raises but CancelledError.
    """

    def __init__(
        self,
        context: CallContext,
        *,
        voice: Voice,
        sink: MediaSink,
        desk: FrontDesk,
        brain: Brain | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._context = context
        self._voice = voice
        self._sink = sink
        self._desk = desk
        self._brain = brain or Receptionist()
        self._ear = Ear(voice, context, now_ms=self._now_ms, on_probability=self._on_probability)
        self._conductor: Conductor | None = None
        self._over = asyncio.Event()
        self._reason: EndReason | None = None
        self._error = ""

    @property
    def late_frames(self) -> int:
        """Frames of replies that came later than the caller's ear needed them."""
        return self._conductor.output.late_frames if self._conductor is not None else 0

    def receive_audio(self, ulaw: bytes, *, timestamp_ms: int) -> None:
        """The caller's µ-law audio that begins at that time of the stream."""
        if self._reason is None:
            self._ear.receive(ulaw, timestamp_ms)

    def receive_mark(self, name: str) -> None:
        """The carrier has played everything up to this mark."""
        if self._reason is None and self._conductor is not None:
            self._conductor.output.mark_returned(name)

    def receive_dtmf(self, key: str) -> None:
        """The caller pressed a key; anything but 0-9, * and # is ignored."""
        if self._reason is None and self._conductor is not None:
            self._conductor.press(key)

    def end(self, reason: EndReason, error: str = "") -> None:
        """The call is over, for this reason; only the first one counts."""
        if self._reason is None:
            self._reason, self._error = reason, error
            self._over.set()

    async def run(self) -> CallRecord:
        """The whole call. Everything it started has ended when this returns."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._live(Crew(group, self._broken))
        finally:
            self.end(EndReason.SERVER_LOST, "the server stopped the call")
            await self._close_ear()
        return self._record()

    async def _live(self, crew: Crew) -> None:
        try:
            conductor = self._conductor = Conductor(
                self._context,
                voice=self._voice,
                sink=self._sink,
                desk=self._desk,
                brain=self._brain,
                ear=self._ear,
                crew=crew,
                end=self.end,
                broken=self._broken,
            )
        except Exception as error:
            self._broken(error)
            return
        crew.spawn(self._pump(conductor), "output")
        crew.spawn(self._watch(conductor), "watch")
        conductor.greet()
        await self._over.wait()
        await conductor.close()

    async def _pump(self, conductor: Conductor) -> None:
        try:
            await conductor.output.run()
        except OSError as error:
            self.end(EndReason.CARRIER_LOST, f"the line broke: {error}")

    async def _watch(self, conductor: Conductor) -> None:
        """Twice a second: time passes, and nothing may hang for long."""
        longest_ms = self._context.rules.max_call_minutes * 60_000.0 + OVERTIME_MS
        while True:
            await asyncio.sleep(WATCH_S)
            now_ms = self._now_ms()
            conductor.pass_time(now_ms)
            if conductor.output.blocked_ms() > BLOCKED_MS:
                self.end(EndReason.CARRIER_LOST, "the carrier takes no audio")
            if now_ms - self._ear.last_frame_ms > NO_FRAMES_MS:
                self.end(EndReason.CARRIER_LOST, "the carrier sends no audio")
            if now_ms > longest_ms:
                self.end(EndReason.MAX_DURATION, "the goodbye was never heard")

    async def _close_ear(self) -> None:
        try:
            await self._ear.close()
        except Exception:
            logger.exception("call %s: its recogniser did not close", self._context.call_id)

    def _record(self) -> CallRecord:
        conductor, duration_ms = self._conductor, round(self._now_ms())
        reason = self._reason or EndReason.SERVER_LOST
        if conductor is None:
            return CallRecord(reason, duration_ms, (), NO_LEAD, None, error=self._error)
        return CallRecord(
            reason=reason,
            duration_ms=duration_ms,
            turns=conductor.turns,
            lead=conductor.lead,
            audio=self._audio(conductor, duration_ms) if conductor.recording else None,
            keep_transcript=conductor.keep_transcript,
            error=self._error,
            late_frames=self.late_frames,
        )

    def _audio(self, conductor: Conductor, duration_ms: int) -> CallAudio:
        ledger, track = conductor.output.ledger, self._ear.track
        length_ms = max(track.end_ms, self._ear.to_media_ms(ledger.play_end_ms))
        heard = place_heard(
            ledger.played,
            offset_ms=self._ear.offset_ms,
            length_ms=min(length_ms, self._ear.to_media_ms(duration_ms)),
        )
        return CallAudio(track.whole(), heard)

    def _on_probability(self, at_ms: float, probability: float) -> None:
        if self._conductor is not None:
            self._conductor.on_probability(at_ms, probability)

    def _now_ms(self) -> float:
        return (self._loop.time() - self._started) * 1000

    def _broken(self, error: Exception) -> None:
        """A fault of ours: the call ends at once, and the carrier rings the plumber."""
        logger.error("call %s broke", self._context.call_id, exc_info=error)
        self.end(EndReason.ENGINE_FAILED, f"{type(error).__name__}: {error}")
