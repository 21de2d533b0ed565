"""Embedded speech recognition: PocketSphinx in child processes, its model in the package.

Needs no download and no GPU. It carries a scripted demonstration with clear callers, a language
model of what people say to a plumber and a grammar for each kind of answer; it is not made for
live callers. Its C code holds the GIL while it decodes, so it runs in processes of its own.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Final

import msgspec
import numpy as np

from voice.config import VoiceSettings
from voice.engines import INSTALL
from voice.errors import EngineError, EngineUnavailable
from voice.stt import RECOGNITION_HZ, RecognitionRequest, Transcript
from voice.stt.sphinx.child import READY
from voice.stt.sphinx.messages import Answer, Utterance
from voice.timing import TimedWord

SHORTEST_MS: Final = 120
LONGEST_MS: Final = 60_000
START_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 10.0
"""Longest wait for an answer, beside the time the audio itself takes."""
MOST_PROCESSES: Final = 2

_ROOT: Final = Path(__file__).resolve().parents[2]
_SILENT: Final = 1e-4
_NOTHING: Final = Transcript("")


class _Child:
    """One decoding process, started anew when it dies. Used by one thread at a time."""

    def __init__(self) -> None:
        self._process, self._pipe, self._is_ready = self._start()

    def ask(self, utterance: Utterance) -> Answer:
        """Its answer. Raises EngineError if it died or hung over this utterance."""
        self.wait_ready()
        seconds = len(utterance.pcm) / 2 / RECOGNITION_HZ
        try:
            self._pipe.send_bytes(msgspec.msgpack.encode(utterance))
            if not self._pipe.poll(PATIENCE_SECONDS + seconds):
                raise TimeoutError
            return msgspec.msgpack.decode(self._pipe.recv_bytes(), type=Answer)
        except (OSError, EOFError) as error:
            self._restart()
            how = "took too long" if isinstance(error, TimeoutError) else "died"
            raise EngineError(
                f"the embedded recogniser's process {how} over {seconds:.1f} s of audio; "
                "a new one was started"
            ) from error

    def wait_ready(self) -> None:
        """Return once it can decode; a process found dead is replaced. Raises EngineError."""
        if self._process.poll() is not None:
            self._restart()
        if self._is_ready:
            return
        try:
            if not self._pipe.poll(START_SECONDS) or self._pipe.recv_bytes() != READY:
                raise TimeoutError
        except (OSError, EOFError) as error:
            self.stop()
            raise EngineError("the embedded recogniser's process did not start") from error
        self._is_ready = True

    def stop(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()

    def _restart(self) -> None:
        self.stop()
        self._process, self._pipe, self._is_ready = self._start()

    @staticmethod
    def _start() -> tuple["subprocess.Popen[bytes]", "Connection", bool]:
        ours, theirs = Pipe()
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        process = subprocess.Popen(  # noqa: S603 - our own module, fixed arguments
            [sys.executable, "-m", "voice.stt.sphinx.child", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        theirs.close()
        return process, ours, False


class EmbeddedRecognizer:
    """PocketSphinx behind the common promise; a batch is spread over its processes."""

    name = "embedded"

    def __init__(self, processes: int = 1) -> None:
        """Starts the processes and waits until they can decode. Raises EngineError."""
        self._children = [_Child() for _ in range(processes)]
        self._idle: SimpleQueue[_Child] = SimpleQueue()
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="embedded-stt")
        try:
            for child in self._children:
                child.wait_ready()
                self._idle.put(child)
        except EngineError:
            self.close()
            raise

    def transcribe(self, requests: Sequence[RecognitionRequest]) -> list[Transcript]:
        """One transcript per request, in order; nothing heard, or no usable audio, gives "".

        Raises EngineError when a process died over one of them; it has been replaced then.
        """
        return list(self._threads.map(self._transcribe, requests))

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.stop()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The children's process ids, for operators and tests."""
        return tuple(child._process.pid for child in self._children)

    def _transcribe(self, request: RecognitionRequest) -> Transcript:
        pcm = _usable_pcm(request)
        if not pcm:
            return _NOTHING
        expectation = request.expectation
        utterance = Utterance(pcm, expectation.kind.value, list(expectation.phrases))
        child = self._idle.get()
        try:
            answer = child.ask(utterance)
        finally:
            self._idle.put(child)
        if answer.error:
            raise EngineError(f"the embedded recogniser failed: {answer.error}")
        return Transcript(
            text=answer.text,
            words=tuple(TimedWord(*word) for word in answer.words),
            confidence=answer.confidence,
            alternatives=tuple(answer.alternatives),
        )


def build(settings: VoiceSettings) -> EmbeddedRecognizer:
    """The embedded recogniser, ready to decode, with a process for each of two cores.

    Raises ModuleNotFoundError or EngineUnavailable where it cannot run.
    """
    if find_spec("pocketsphinx") is None:
        raise ModuleNotFoundError("No module named 'pocketsphinx'", name="pocketsphinx")
    try:
        return EmbeddedRecognizer(min(MOST_PROCESSES, os.cpu_count() or 1))
    except EngineError as error:
        raise EngineUnavailable(
            f"The embedded engine (STT_ENGINE={settings.stt_engine}) cannot decode: {error}; what "
            f"its process said is above. Run `{INSTALL}`."
        ) from error


def _usable_pcm(request: RecognitionRequest) -> bytes:
    """16-bit samples, or b"" where there is nothing to hear: too short, silent, not numbers."""
    samples = np.asarray(request.samples, np.float32)
    if samples.ndim != 1 or request.duration_ms < SHORTEST_MS or not np.isfinite(samples).all():
        return b""
    samples = samples[: RECOGNITION_HZ * LONGEST_MS // 1000]
    if float(np.max(np.abs(samples))) < _SILENT:
        return b""
    return (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
