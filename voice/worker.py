"""The voice worker: the engines of one machine, and what a call uses of them."""

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from voice.batch_stats import BatcherSnapshot
from voice.batching import DeadlineBatcher
from voice.config import VoiceSettings
from voice.costs import Cost, CostModel
from voice.engine_room import build_engine_room
from voice.lanes import Lane
from voice.llm import LanguageModel
from voice.ports import VadStream
from voice.profiles import load_profile
from voice.speech_cache import SpeechCache
from voice.stt import RecognitionRequest, StreamingRecognizer, Transcriber, Transcript
from voice.transcribers import BatchTranscriber
from voice.tts import Speech, SpeechRequest
from voice.turn_model import TurnJudge
from voice.vad import VadModel, VadTicker, build_vad
from voice.warmup import spoken_s
from voice.workqueue import limits_for

__all__ = ["VoiceSettings", "VoiceWorker", "WorkerSnapshot"]

logger = logging.getLogger(__name__)

SWITCH_INTERVAL_S: Final = 0.0005
"""Python's thread switch interval. At the usual 5 ms a busy lane makes one frame in a hundred
69 ms late; at this one 3 ms (measured, 50 streams)."""

RecognizerLane = Lane[RecognitionRequest, Transcript]
SynthesizerLane = Lane[SpeechRequest, Speech]
Recognition = DeadlineBatcher[RecognitionRequest, Transcript] | StreamingRecognizer
AnyBatcher = (
    DeadlineBatcher[RecognitionRequest, Transcript] | DeadlineBatcher[SpeechRequest, Speech]
)


@dataclass(frozen=True, slots=True)
class WorkerSnapshot:
    """The worker's state for pages and metrics. `degraded` says which wish was not met, and why.

    `recognition` is None where a streaming recogniser listens: it has a name but no queue here;
    `turn_model` where none is set.
    """

    ready: bool
    degraded: tuple[str, ...]
    streaming_recognizer: str | None
    language_model: str | None
    recognition: BatcherSnapshot | None
    synthesis: BatcherSnapshot
    turn_model: BatcherSnapshot | None = None


class VoiceWorker:
    """Implements `voice.ports.Voice` for every call of this process, on one event loop.

    Made warm by `start` from settings, or by `from_lanes` around any lanes, simulated ones too.
    """

    def __init__(
        self,
        *,
        recognition: Recognition,
        synthesis: DeadlineBatcher[SpeechRequest, Speech],
        language_model: LanguageModel | None,
        vad: VadTicker,
        cache: SpeechCache,
        turn_judge: TurnJudge | None = None,
        degraded: tuple[str, ...] = (),
        capacity: int | None = None,
    ) -> None:
        self._recognition = recognition
        self._synthesis = synthesis
        self._language_model = language_model
        self._vad = vad
        self._cache = cache
        self._turn_judge = turn_judge
        self._degraded = degraded
        self._capacity = capacity
        self._open = True

    @classmethod
    async def start(cls, settings: VoiceSettings) -> Self:
        """Build every engine off the loop, warm it with real batches, and open for calls.

        Raises EngineUnavailable, in one sentence with the fix, when an engine cannot be had
        (unless `settings.fallback` lets the embedded one step in) or ValueError for a bad profile.
        """
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        prior = load_profile(settings.profile) if settings.profile else None
        vad = await asyncio.to_thread(build_vad, settings.vad_engine)
        room = await build_engine_room(settings)
        worker = await cls.from_lanes(
            recognizers=room.recognition.streaming or room.recognition.lanes,
            recognition_cost=prior.recognition.cost if prior else room.recognition.cost,
            synthesizers=[room.synthesis.lane],
            synthesis_cost=prior.synthesis.cost if prior else room.synthesis.cost,
            language_model=room.language_model,
            turn_judge=room.turn_judge,
            vad=vad,
            settings=settings,
            degraded=room.degraded,
            capacity=prior.carried_calls if prior else None,
        )
        for batcher in worker._batchers():
            logger.info("%s is warm: %s, %s", batcher.name, batcher.cost.cost, batcher.limits)
        return worker

    @classmethod
    async def from_lanes(
        cls,
        *,
        recognizers: Sequence[RecognizerLane] | StreamingRecognizer,
        recognition_cost: Cost | None,
        synthesizers: Sequence[SynthesizerLane],
        synthesis_cost: Cost,
        vad: VadModel,
        language_model: LanguageModel | None = None,
        turn_judge: TurnJudge | None = None,
        settings: VoiceSettings | None = None,
        degraded: tuple[str, ...] = (),
        capacity: int | None = None,
    ) -> Self:
        """A worker around the given lanes, open for calls; costs are what its batchers expect.

        In virtual time, wrap a coroutine function: `AsyncLane(name, execute)`.
        """
        settings = settings or VoiceSettings()
        ticker = VadTicker(vad)
        await ticker.start()
        return cls(
            recognition=_recognition(recognizers, recognition_cost, settings),
            synthesis=DeadlineBatcher(
                synthesizers,
                name="synthesis",
                cost=CostModel(synthesis_cost),
                limits=limits_for(synthesis_cost),
                queue_limit=settings.tts_queue_limit,
            ),
            language_model=language_model,
            vad=ticker,
            cache=SpeechCache(settings.speech_cache_bytes),
            turn_judge=turn_judge,
            degraded=degraded,
            capacity=capacity,
        )

    @property
    def language_model(self) -> LanguageModel | None:
        return self._language_model

    @property
    def turn_judge(self) -> TurnJudge | None:
        return self._turn_judge

    @property
    def ready(self) -> bool:
        """Whether calls can be taken: open, and no kind of engine is down altogether."""
        return self._open and all(batcher.serving for batcher in self._batchers())

    @property
    def capacity(self) -> int | None:
        """Calls this machine carries, as `manage.py calibrate` found; None if never calibrated."""
        return self._capacity

    def open_vad(self, on_probability: Callable[[float], None]) -> VadStream:
        return self._vad.open(on_probability)

    def open_transcriber(self, *, call_id: str, tenant_id: int) -> Transcriber:
        if isinstance(self._recognition, DeadlineBatcher):
            return BatchTranscriber(self._recognition, tenant_id=tenant_id)
        return self._recognition.open(call_id=call_id)

    async def synthesize(
        self, request: SpeechRequest, *, deadline: float, tenant_id: int
    ) -> Speech:
        """Speech for one sentence: from the cache, or made once for everyone who waits for it.

        Raises EngineError, EngineUnavailable or Overloaded.
        """

        async def make() -> Speech:
            return await self._synthesis.submit(
                request, deadline=deadline, weight=spoken_s(request), tenant_id=tenant_id
            )

        return await self._cache.get(tenant_id, request, make)

    def snapshot(self) -> WorkerSnapshot:
        """Queues, waits, batch sizes, lane health and utilisation, now."""
        recognition = self._recognition
        queue = recognition.snapshot() if isinstance(recognition, DeadlineBatcher) else None
        return WorkerSnapshot(
            ready=self.ready,
            degraded=self._degraded,
            streaming_recognizer=None if queue else recognition.name,
            language_model=self._language_model.name if self._language_model else None,
            recognition=queue,
            synthesis=self._synthesis.snapshot(),
            turn_model=self._turn_judge.snapshot() if self._turn_judge else None,
        )

    async def close(self) -> None:
        """Take no more work, finish what waits, and let every engine go; safe to call twice."""
        self._open = False
        await self._vad.close()
        await asyncio.gather(
            self._recognition.close(), self._synthesis.close(), return_exceptions=True
        )
        if self._turn_judge is not None:
            await self._turn_judge.close()
        if self._language_model is not None:
            await self._language_model.close()

    def _batchers(self) -> list[AnyBatcher]:
        if isinstance(self._recognition, DeadlineBatcher):
            return [self._recognition, self._synthesis]
        return [self._synthesis]


def _recognition(
    recognizers: Sequence[RecognizerLane] | StreamingRecognizer,
    cost: Cost | None,
    settings: VoiceSettings,
) -> Recognition:
    if not isinstance(recognizers, Sequence):
        return recognizers
    if cost is None:
        raise ValueError("batch recognisers need the cost of their batches")
    return DeadlineBatcher(
        recognizers,
        name="recognition",
        cost=CostModel(cost),
        limits=limits_for(cost),
        queue_limit=settings.stt_queue_limit,
    )
