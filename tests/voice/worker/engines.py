"""Engines on real threads that do what a test tells them to; no clock in them."""

import threading
from collections.abc import Sequence

import numpy as np

from voice.errors import EngineError
from voice.stt import RecognitionRequest, Transcript
from voice.tts import Speech, SpeechRequest


class FakeRecognizer:
    """Answers with the length of what it heard; "hang" waits for `let_go`."""

    name = "fake"
    built: list["FakeRecognizer"] = []

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.threads: set[str] = set()
        self.closed = threading.Event()
        self.hanging = False
        self.let_go = threading.Event()
        self.raises: BaseException | None = None
        FakeRecognizer.built.append(self)

    def transcribe(self, requests: Sequence[RecognitionRequest]) -> list[Transcript]:
        self.batches.append(len(requests))
        self.threads.add(threading.current_thread().name)
        if self.hanging:
            self.let_go.wait()
        if self.raises is not None:
            raise self.raises
        return [Transcript(f"{request.duration_ms} ms") for request in requests]

    def close(self) -> None:
        self.closed.set()


class FakeSynthesizer:
    """One sample a character, at 1 kHz; refuses to say "poison"."""

    name = "fake"

    def __init__(self) -> None:
        self.said: list[list[str]] = []
        self.closed = threading.Event()

    def synthesize(self, requests: Sequence[SpeechRequest]) -> list[Speech]:
        self.said.append([request.text for request in requests])
        if any("poison" in request.text for request in requests):
            raise EngineError("cannot say that")
        return [Speech(np.zeros(len(request.text), np.float32), 1000) for request in requests]

    def close(self) -> None:
        self.closed.set()


def utterance(duration_ms: int) -> RecognitionRequest:
    return RecognitionRequest(np.zeros(16 * duration_ms, np.float32))
