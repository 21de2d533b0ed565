"""Measuring this machine: what its lanes cost at growing batch sizes, and how they share it."""

import asyncio
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from pathlib import Path
from typing import Final

from voice.audio import resample
from voice.config import VoiceSettings
from voice.costs import Cost, fit
from voice.engine_room import EngineRoom, RecognizerLane, SynthesizerLane, build_engine_room
from voice.errors import EngineUnavailable
from voice.llm import LanguageModel, Message
from voice.profiles import Contention, LaneFigures, Profile, ReplyFigures
from voice.stt import RECOGNITION_HZ, RecognitionRequest
from voice.tts import SpeechRequest
from voice.warmup import SENTENCE, spoken_s

CALLER: Final = "My kitchen sink is clogged, can somebody come today?"
REPEATS: Final = 3
LONGEST_BATCH_S: Final = 4.0
"""No larger batch is tried once one has taken this long."""

TOGETHER_S: Final = 2.0
SENTENCE_ENDS: Final = ".!?"
PACKAGES: Final = (
    "torch",
    "nemo_toolkit",
    "faster-whisper",
    "kokoro",
    "vllm",
    "transformers",
    "pocketsphinx",
    "espeakng-loader",
    "onnxruntime",
    "numpy",
)


@dataclass(frozen=True, slots=True)
class BatchTime:
    """The best of a few runs of one batch size."""

    lane: str
    items: int
    audio_s: float
    took_ms: float


Run = Callable[[int], Awaitable[object]]


async def calibrate(
    settings: VoiceSettings,
    *,
    name: str,
    largest: int = 32,
    on_batch: Callable[[BatchTime], None] = lambda _: None,
) -> Profile:
    """This machine's profile with the configured engines; `on_batch` hears of each figure.

    Takes seconds to a minute, and the whole machine. Raises EngineUnavailable when an engine
    cannot be had, or when recognition happens elsewhere and has no lane here.
    """
    room = await build_engine_room(settings)
    try:
        if not room.recognition.lanes:
            raise EngineUnavailable(
                f"STT_ENGINE={settings.stt_engine} recognises elsewhere and cannot be calibrated: "
                "set STT_ENGINE to an engine of this machine."
            )
        return await _profile(room, name, largest, on_batch)
    finally:
        await room.recognition.close()
        await room.synthesis.close()
        if room.language_model is not None:
            await room.language_model.close()


async def _profile(
    room: EngineRoom, name: str, largest: int, on_batch: Callable[[BatchTime], None]
) -> Profile:
    recognizer, synthesizer = room.recognition.lanes[0], room.synthesis.lane
    said = SpeechRequest(SENTENCE)
    [speech] = await synthesizer.execute([SpeechRequest(CALLER)])
    heard = RecognitionRequest(resample(speech.samples, speech.sample_rate_hz, RECOGNITION_HZ))

    async def recognize(items: int) -> object:
        return await recognizer.execute([heard] * items)

    async def synthesize(items: int) -> object:
        return await synthesizer.execute([said] * items)

    sizes = _sizes(largest)
    hearing = await _grow(recognizer.name, recognize, heard.duration_ms / 1000, sizes, on_batch)
    speaking = await _grow(synthesizer.name, synthesize, spoken_s(said), sizes, on_batch)
    contention = await _contention(recognize, synthesize)
    today = datetime.now(UTC).date().isoformat()
    return Profile(
        name=name,
        device=device_name(),
        recognition=_figures(recognizer, hearing, today),
        synthesis=_figures(synthesizer, speaking, today),
        reply=await _reply(room.language_model, today),
        contention=contention,
        measured_at=today,
        versions=_versions(),
    )


def _sizes(largest: int) -> list[int]:
    sizes = [1]
    while sizes[-1] * 2 <= largest:
        sizes.append(sizes[-1] * 2)
    return sizes


async def _grow(
    lane: str,
    run: Run,
    item_s: float,
    sizes: Sequence[int],
    on_batch: Callable[[BatchTime], None],
) -> Cost:
    points: list[tuple[float, float]] = []
    for items in sizes:
        await run(items)
        took_s = min([await _timed(run, items) for _ in range(REPEATS)])
        points.append((items * item_s, took_s))
        on_batch(BatchTime(lane, items, items * item_s, 1000 * took_s))
        if took_s > LONGEST_BATCH_S and len(points) > 1:
            break
    return fit(points)


async def _timed(run: Run, items: int) -> float:
    began = time.perf_counter()
    await run(items)
    return time.perf_counter() - began


async def _contention(recognize: Run, synthesize: Run) -> Contention:
    """How much slower single recognitions get while the synthesiser is kept busy."""
    alone_s = await _mean(recognize)
    busy = asyncio.get_running_loop().create_task(_repeat(synthesize))
    try:
        together_s = await _mean(recognize)
    finally:
        busy.cancel()
        await asyncio.wait({busy})
    share = min(1.0, max(0.0, together_s / alone_s - 1.0))
    return Contention(
        fixed=share,
        compute=share,
        source=f"measured: a recognition took {together_s / alone_s:.2f} times as long while the "
        "synthesiser was busy",
    )


async def _mean(run: Run) -> float:
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < TOGETHER_S:
        await run(1)
        count += 1
    return (time.perf_counter() - began) / count


async def _repeat(run: Run) -> None:
    while True:
        await run(1)


async def _reply(model: LanguageModel | None, today: str) -> ReplyFigures:
    if model is None:
        return ReplyFigures("none", 0.0, modelled=False, source="replies are templates")
    times = sorted([await _first_sentence_s(model) for _ in range(2 * REPEATS + 1)])
    return ReplyFigures(
        model.name,
        round(1000 * times[REPEATS], 1),
        modelled=False,
        source=f"measured here on {today}: the median of {len(times)} first sentences",
    )


async def _first_sentence_s(model: LanguageModel) -> float:
    """Seconds to the end of the first sentence, or of the reply where it has no end."""
    began = time.perf_counter()
    prompt = [
        Message("system", "You answer the phone for Harbor Plumbing. Reply in short sentences."),
        Message("user", CALLER),
    ]
    pieces = model.stream(prompt, max_tokens=40)
    async for piece in pieces:
        if any(mark in piece for mark in SENTENCE_ENDS):
            break
    took_s = time.perf_counter() - began
    close = getattr(pieces, "aclose", None)
    if close is not None:
        await close()
    return took_s


def _figures(lane: RecognizerLane | SynthesizerLane, cost: Cost, today: str) -> LaneFigures:
    return LaneFigures(
        engine=lane.engine.name if lane.engine else lane.name,
        fixed_ms=round(1000 * cost.fixed_s, 3),
        per_audio_second_ms=round(1000 * cost.per_audio_s, 3),
        modelled=False,
        source=f"measured here on {today}",
    )


def device_name() -> str:
    """The GPU that is in use, else the processor and its cores."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    processor = platform.processor() or platform.machine()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    return f"{processor}, {cpu_count()} cores"


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
