"""One call's ear: frames placed in time, voice activity, utterances cut out and recognised."""

import asyncio
from collections.abc import Callable
from typing import Final

from voice.audio import TELEPHONE_HZ, Resampler, level_dbfs, resample, ulaw_to_float
from voice.errors import EngineError, VoiceError
from voice.ports import CallContext, Voice
from voice.stt import RECOGNITION_HZ, Expectation, RecognitionRequest, Transcript
from voice.tracks import CallerTrack
from voice.transcribers import BatchTranscriber
from voice.turn_model import LISTENS_S
from voice.vad import CHUNK_MS

LIMIT_S: Final = 4.0
"""A busy machine may take this long; the session says "one moment" meanwhile."""

RETRY_WITHIN_S: Final = 1.5
STREAM_BYTES: Final = 1_280
"""Audio goes to a listening recogniser in pieces of 160 ms, resampled in one go."""

SETTLING_FRAMES: Final = 500
"""Frames that may have waited in the socket while the call was opened come in one burst; only
those after them show when the stream began."""


class Ear:
    """Takes the carrier's frames; calls back with the call clock's time and P(speech).

    The caller's timeline starts with the stream; `offset_ms` is the clock at its start.
    """

    def __init__(
        self,
        voice: Voice,
        context: CallContext,
        *,
        now_ms: Callable[[], float],
        on_probability: Callable[[float, float], None],
    ) -> None:
        self.track = CallerTrack()
        self.offset_ms = 0.0
        self.last_frame_ms = now_ms()
        self._frames = 0
        self.now_ms = now_ms
        self._on_probability = on_probability
        self._heard_ms = 0
        self._vad = voice.open_vad(self._take_probability)
        self._transcriber = voice.open_transcriber(
            call_id=context.call_id, tenant_id=context.tenant_id
        )
        self._judge = voice.turn_judge
        self._tenant_id = context.tenant_id
        self._streams = not isinstance(self._transcriber, BatchTranscriber)
        self._stream = bytearray()
        self._upsampler = Resampler(TELEPHONE_HZ, RECOGNITION_HZ)

    def receive(self, ulaw: bytes, timestamp_ms: int) -> None:
        """One frame, any length, that starts at that time of the caller's timeline."""
        now_ms = self.last_frame_ms = self.now_ms()
        fresh = self.track.place(ulaw, timestamp_ms)
        if not fresh:
            return
        if self._frames < SETTLING_FRAMES:
            self._frames += 1
            offset_ms = now_ms - self.track.end_ms
            self.offset_ms = offset_ms if self._frames == 1 else min(self.offset_ms, offset_ms)
        self._vad.push(ulaw_to_float(fresh))
        if self._streams:
            self._stream += fresh
            if len(self._stream) >= STREAM_BYTES:
                self._flush()

    @property
    def judges(self) -> bool:
        """Whether there is a turn model to ask."""
        return self._judge is not None

    def to_media_ms(self, clock_ms: float) -> int:
        """A moment of the call's clock on the caller's timeline."""
        return max(round(clock_ms - self.offset_ms), 0)

    def level_db(self, start_ms: float, end_ms: float) -> float:
        """The caller's level between two moments of the call's clock, in dBFS."""
        return level_dbfs(ulaw_to_float(self._cut(start_ms, end_ms)))

    def now_level_db(self) -> float:
        """The level of the 32 ms judged last."""
        return level_dbfs(ulaw_to_float(self.track.cut(self._heard_ms - CHUNK_MS, self._heard_ms)))

    async def transcribe(
        self, start_ms: float, end_ms: float, expectation: Expectation
    ) -> Transcript:
        """The words between two moments of the call's clock. A quick failure is tried again.

        Raises EngineError, EngineUnavailable or Overloaded, after LIMIT_S at the latest.
        """
        self._flush()
        samples = resample(ulaw_to_float(self._cut(start_ms, end_ms)), TELEPHONE_HZ, RECOGNITION_HZ)
        request = RecognitionRequest(samples, expectation)
        started_ms = self.now_ms()
        try:
            return await self._try(request, LIMIT_S)
        except VoiceError:
            left_s = LIMIT_S - (self.now_ms() - started_ms) / 1000
            if left_s < LIMIT_S - RETRY_WITHIN_S:
                raise
            return await self._try(request, left_s)

    async def judge(self, start_ms: float, end_ms: float) -> float | None:
        """P(the caller has finished) by the sound between two moments; None if nobody can tell."""
        if self._judge is None:
            return None
        start_ms = max(start_ms, end_ms - 1000 * LISTENS_S)
        heard = ulaw_to_float(self._cut(start_ms, end_ms))
        samples = resample(heard, TELEPHONE_HZ, RECOGNITION_HZ)
        return await self._judge.finished(samples, tenant_id=self._tenant_id)

    def mask(self, start_ms: float, end_ms: float) -> None:
        """Silence a stretch of the recording for good."""
        self.track.mask(int(start_ms - self.offset_ms), int(end_ms - self.offset_ms) + 1)

    async def close(self) -> None:
        """Let go of the shared tick and of the recogniser; safe to call once."""
        self._vad.close()
        await self._transcriber.close()

    async def _try(self, request: RecognitionRequest, timeout_s: float) -> Transcript:
        deadline = asyncio.get_running_loop().time() + timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                return await self._transcriber.transcribe(request, deadline=deadline)
        except TimeoutError:
            raise EngineError(f"speech recognition gave nothing within {timeout_s} s") from None
        except VoiceError:
            raise
        except Exception as error:
            raise EngineError(f"speech recognition broke: {error!r}") from error

    def _cut(self, start_ms: float, end_ms: float) -> bytes:
        return self.track.cut(int(start_ms - self.offset_ms), int(end_ms - self.offset_ms))

    def _take_probability(self, probability: float) -> None:
        self._heard_ms += CHUNK_MS
        self._on_probability(self._heard_ms + self.offset_ms, probability)

    def _flush(self) -> None:
        if self._stream:
            self._transcriber.push(self._upsampler.push(ulaw_to_float(self._stream)))
            self._stream.clear()
