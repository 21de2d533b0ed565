"""The engines the settings ask for, built in their lanes, warm, with their measured cost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from voice.config import VoiceSettings
from voice.costs import Cost
from voice.errors import EngineUnavailable
from voice.lanes import ThreadLane
from voice.llm import LanguageModel
from voice.llm.registry import NONE, build_language_model
from voice.stt import RecognitionRequest, SpeechRecognizer, StreamingRecognizer, Transcript
from voice.stt.registry import (
    EMBEDDED,
    STREAMING,
    build_recognizer,
    build_streaming,
    replicas_of,
)
from voice.tts import Speech, SpeechRequest, SpeechSynthesizer
from voice.tts.registry import ESPEAK, build_synthesizer
from voice.turn_model import TurnJudge, build_turn_judge
from voice.warmup import warm_recognizer, warm_synthesizer

X = TypeVar("X")
E = TypeVar("E", SpeechRecognizer, SpeechSynthesizer)

RecognizerLane = ThreadLane[SpeechRecognizer, RecognitionRequest, Transcript]
SynthesizerLane = ThreadLane[SpeechSynthesizer, SpeechRequest, Speech]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Recognition:
    """Batch lanes with their cost, or a streaming recogniser."""

    lanes: list[RecognizerLane] = field(default_factory=list)
    cost: Cost | None = None
    streaming: StreamingRecognizer | None = None

    async def close(self) -> None:
        for lane in self.lanes:
            await lane.close()
        if self.streaming is not None:
            await self.streaming.close()


@dataclass(slots=True)
class Synthesis:
    """The synthesiser's lane and its cost."""

    lane: SynthesizerLane
    cost: Cost

    async def close(self) -> None:
        await self.lane.close()


@dataclass(slots=True)
class EngineRoom:
    """Every engine, ready. `degraded` says which wish was not met, and why."""

    recognition: Recognition
    synthesis: Synthesis
    language_model: LanguageModel | None
    turn_judge: TurnJudge | None
    degraded: tuple[str, ...]


async def build_engine_room(settings: VoiceSettings) -> EngineRoom:
    """Build and warm every engine, off the event loop, side by side.

    Raises EngineUnavailable when one cannot be had and `settings.fallback` does not allow the
    embedded one in its place; those already built are closed then.
    """
    degraded: list[str] = []
    recognition = _or_embedded(
        _build_recognition,
        settings,
        replace(settings, stt_engine=EMBEDDED, stt_model="", stt_replicas=1, stt_devices=()),
        degraded,
    )
    synthesis = _or_embedded(
        _build_synthesis,
        settings,
        replace(settings, tts_engine=ESPEAK, tts_model="", tts_voice="", tts_device=""),
        degraded,
    )
    language = _or_embedded(
        _build_language, settings, replace(settings, llm_engine=NONE, llm_model=""), degraded
    )
    judge = _or_embedded(_build_turn_judge, settings, replace(settings, turn_model=""), degraded)
    built = await asyncio.gather(recognition, synthesis, language, judge, return_exceptions=True)
    heard, spoken, model, turn_judge = built
    if (
        isinstance(heard, BaseException)
        or isinstance(spoken, BaseException)
        or isinstance(model, BaseException)
        or isinstance(turn_judge, BaseException)
    ):
        for part in built:
            if part is not None and not isinstance(part, BaseException):
                await part.close()
        raise next(part for part in built if isinstance(part, BaseException))
    return EngineRoom(heard, spoken, model, turn_judge, tuple(degraded))


async def _or_embedded(
    build: Callable[[VoiceSettings], Awaitable[X]],
    chosen: VoiceSettings,
    embedded: VoiceSettings,
    degraded: list[str],
) -> X:
    try:
        return await build(chosen)
    except EngineUnavailable as error:
        if not chosen.fallback or embedded == chosen:
            raise
        logger.error("VOICE_FALLBACK: the embedded engine takes over. %s", error)
        degraded.append(str(error))
        return await build(embedded)


async def _build_recognition(settings: VoiceSettings) -> Recognition:
    if settings.stt_engine in STREAMING:
        return Recognition(streaming=await asyncio.to_thread(build_streaming, settings))
    recognition = Recognition()
    try:
        for number, replica in enumerate(replicas_of(settings)):
            costs: list[Cost] = []
            build = partial(_warm, partial(build_recognizer, replica), warm_recognizer, costs)
            lane: RecognizerLane = ThreadLane(
                f"{settings.stt_engine}-{number}",
                build,
                lambda engine, requests: engine.transcribe(requests),
            )
            recognition.lanes.append(lane)
            await lane.start()
            recognition.cost = recognition.cost or costs[0]
    except BaseException:
        await recognition.close()
        raise
    return recognition


async def _build_synthesis(settings: VoiceSettings) -> Synthesis:
    costs: list[Cost] = []
    lane: SynthesizerLane = ThreadLane(
        settings.tts_engine,
        partial(_warm, partial(build_synthesizer, settings), warm_synthesizer, costs),
        lambda engine, requests: engine.synthesize(requests),
    )
    await lane.start()
    return Synthesis(lane, costs[0])


async def _build_language(settings: VoiceSettings) -> LanguageModel | None:
    return await asyncio.to_thread(build_language_model, settings)


async def _build_turn_judge(settings: VoiceSettings) -> TurnJudge | None:
    return await build_turn_judge(settings.turn_model) if settings.turn_model else None


def _warm(build: Callable[[], E], warm: Callable[[E], Cost], costs: list[Cost]) -> E:
    """An engine that has done real batches; what they cost goes to `costs`."""
    engine = build()
    try:
        costs.append(warm(engine))
    except Exception as error:
        engine.close()
        raise EngineUnavailable(
            f"The {engine.name} engine failed its first batch, {type(error).__name__}: {error}; "
            "run `manage.py calibrate` to see it alone."
        ) from error
    return engine
