"""Voice activity: one tick for all calls, one batched model call in it."""

import asyncio
import importlib.util
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from voice.audio import TELEPHONE_HZ
from voice.errors import EngineUnavailable
from voice.stt import Samples

logger = logging.getLogger(__name__)

CHUNK: Final = 256
CHUNK_MS: Final = 32
TICK_S: Final = 0.016
"""Half a chunk: each chunk waits 8 ms on average, and half of the calls share a batch."""

BACKLOG_CHUNKS: Final = 32
"""About a second of one call's audio; beyond it the oldest is dropped and counted."""

THREAD_BATCH: Final = 48
"""From this batch size on a model that lets go of the interpreter runs beside the loop."""

Slots = npt.NDArray[np.intp]


class VadModel(Protocol):
    """P(speech) for many streams at once. Each stream has a slot with its own state."""

    releases_gil: bool

    def probabilities(self, slots: Slots, chunks: Samples) -> Samples:
        """[B] for [B, 256] samples at 8 kHz, one row a slot; no slot appears twice."""
        ...

    def reset(self, slot: int) -> None:
        """A new stream begins in this slot; slots are dense and grow by one."""
        ...


class SileroVad:
    """Silero's model at 8 kHz on onnxruntime, one thread; state and context per slot."""

    releases_gil = True
    _CONTEXT: Final = 32

    def __init__(self) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise EngineUnavailable(
                "The silero voice activity model (VAD_ENGINE=silero) needs onnxruntime: "
                "run `.venv/bin/python -m pip install -r requirements.txt`."
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._model = onnxruntime.InferenceSession(
            str(_silero_file()), options, providers=["CPUExecutionProvider"]
        )
        self._rate = np.array(TELEPHONE_HZ, np.int64)
        self._state = np.zeros((2, 16, 128), np.float32)
        self._context = np.zeros((16, self._CONTEXT), np.float32)

    def probabilities(self, slots: Slots, chunks: Samples) -> Samples:
        inputs = {
            "input": np.concatenate((self._context[slots], chunks), axis=1),
            "state": self._state[:, slots],
            "sr": self._rate,
        }
        out, state = self._model.run(None, inputs)
        self._state[:, slots] = state
        self._context[slots] = chunks[:, -self._CONTEXT :]
        probabilities: Samples = out[:, 0]
        return probabilities

    def reset(self, slot: int) -> None:
        while slot >= len(self._context):
            self._state = np.concatenate((self._state, np.zeros_like(self._state)), axis=1)
            self._context = np.concatenate((self._context, np.zeros_like(self._context)))
        self._state[:, slot] = 0
        self._context[slot] = 0


def _silero_file() -> Path:
    """The model file inside the installed wheel, found without importing it (that needs torch)."""
    spec = importlib.util.find_spec("silero_vad")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "data" / "silero_vad.onnx"
        if file.is_file():
            return file
    raise EngineUnavailable(
        "The silero voice activity model (VAD_ENGINE=silero) is missing its file: "
        "run `.venv/bin/python -m pip install -r requirements.txt` or set VAD_ENGINE=energy."
    )


class EnergyVad:
    """Speech is what stands out of the line's own noise: 0.5 at 12 dB above an adaptive floor.

    The floor falls at once with the level and rises 1 dB a second, so that it finds the noise
    of the line between words and a long sound stays speech.
    """

    releases_gil = False
    _LOWEST_DB: Final = -60.0
    _RISE_DB: Final = CHUNK_MS / 1000
    _ABOVE_DB: Final = 12.0

    def __init__(self) -> None:
        self._floor = np.zeros(0, np.float32)

    def probabilities(self, slots: Slots, chunks: Samples) -> Samples:
        power = np.einsum("ij,ij->i", chunks, chunks) / chunks.shape[1]
        level = 10 * np.log10(np.maximum(power, 1e-10))
        floor = np.clip(level, self._LOWEST_DB, self._floor[slots] + self._RISE_DB)
        self._floor[slots] = floor
        odds = np.clip((level - floor - self._ABOVE_DB) / 1.5, -20, 20)
        probabilities: Samples = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return probabilities

    def reset(self, slot: int) -> None:
        if slot >= len(self._floor):
            self._floor = np.concatenate((self._floor, np.zeros(slot + 16, np.float32)))
        self._floor[slot] = self._LOWEST_DB


def build_vad(engine: str) -> VadModel:
    """The model chosen by VAD_ENGINE. Raises EngineUnavailable naming what is wrong."""
    if engine == "silero":
        return SileroVad()
    if engine == "energy":
        return EnergyVad()
    raise EngineUnavailable(
        f"VAD_ENGINE={engine} names no engine: set VAD_ENGINE to one of silero, energy."
    )


class CallStream:
    """One call's place in the tick. Audio dropped under pressure repeats the last answer."""

    __slots__ = ("_on_probability", "_ring", "_ticker", "_write", "dropped", "last", "read", "slot")

    def __init__(
        self, ticker: "VadTicker", slot: int, on_probability: Callable[[float], None]
    ) -> None:
        self._ticker = ticker
        self._on_probability = on_probability
        self._ring = np.zeros((BACKLOG_CHUNKS + 2) * CHUNK, np.float32)
        self.read = self._write = 0
        self.slot = slot
        self.last = 0.0
        self.dropped = 0

    def push(self, samples: Samples) -> None:
        """Take the next 8 kHz samples; at most about a second of them waits."""
        room = len(self._ring)
        while len(samples):
            if self._write == room:
                self._ring[: room - self.read] = self._ring[self.read :]
                self._write -= self.read
                self.read = 0
                if self._write == room:
                    self._drop()
                    continue
            part = samples[: room - self._write]
            self._ring[self._write : self._write + len(part)] = part
            self._write += len(part)
            samples = samples[len(part) :]
            while self._write - self.read >= (BACKLOG_CHUNKS + 1) * CHUNK:
                self._drop()
        if self._write - self.read >= CHUNK:
            self._ticker.wake()

    def close(self) -> None:
        """Leave the tick; safe to call twice."""
        self._ticker.leave(self)

    @property
    def ready(self) -> bool:
        return self._write - self.read >= CHUNK

    def take(self) -> Samples:
        """The oldest whole chunk, valid until the next push."""
        start = self.read
        self.read += CHUNK
        return self._ring[start : start + CHUNK]

    def answer(self, probability: float) -> None:
        self.last = probability
        self._on_probability(probability)

    def _drop(self) -> None:
        self.read += CHUNK
        self.dropped += 1
        self._ticker.dropped_chunks += 1
        self.answer(self.last)


class VadTicker:
    """Asks the model for all calls' waiting chunks at once, every TICK_S while there are any."""

    def __init__(self, model: VadModel) -> None:
        self._model = model
        self._streams: dict[int, CallStream] = {}
        self._free: list[int] = []
        self._leaving: list[int] = []
        self._task: asyncio.Task[None] | None = None
        self._work = asyncio.Event()
        self._running = False
        self.dropped_chunks = 0

    async def start(self) -> None:
        """Begin ticking on the running loop."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._tick(), name="vad-tick")

    def open(self, on_probability: Callable[[float], None]) -> CallStream:
        """A place for one call; the callback gets P(speech) once per 32 ms of its audio."""
        slot = self._free.pop() if self._free else len(self._streams) + len(self._leaving)
        self._model.reset(slot)
        stream = self._streams[slot] = CallStream(self, slot, on_probability)
        return stream

    async def close(self) -> None:
        """Stop ticking; waiting audio is left unheard."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def wake(self) -> None:
        """Some stream has a whole chunk."""
        self._work.set()

    def leave(self, stream: CallStream) -> None:
        if self._streams.get(stream.slot) is stream:
            del self._streams[stream.slot]
            (self._leaving if self._running else self._free).append(stream.slot)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            await self._work.wait()
            due = max(due + TICK_S, loop.time())
            await asyncio.sleep(due - loop.time())
            self._work.clear()
            while ready := [stream for stream in self._streams.values() if stream.ready]:
                await self._answer(ready)

    async def _answer(self, ready: list[CallStream]) -> None:
        slots = np.fromiter((stream.slot for stream in ready), np.intp, len(ready))
        chunks = np.stack([stream.take() for stream in ready])
        self._running = True
        try:
            if self._model.releases_gil and len(ready) >= THREAD_BATCH:
                loop = asyncio.get_running_loop()
                run = loop.run_in_executor(None, self._model.probabilities, slots, chunks)
                answers = (await run).tolist()
            else:
                answers = self._model.probabilities(slots, chunks).tolist()
        except Exception:
            logger.exception("the voice activity model failed; each call keeps its last answer")
            answers = [stream.last for stream in ready]
        finally:
            self._running = False
            self._free += self._leaving
            self._leaving.clear()
        for stream, probability in zip(ready, answers, strict=True):
            if self._streams.get(stream.slot) is stream:
                _deliver(stream, probability)


def _deliver(stream: CallStream, probability: float) -> None:
    """One call's broken callback must not silence the others."""
    try:
        stream.answer(probability)
    except Exception:
        logger.exception("a call failed to take its voice activity")
