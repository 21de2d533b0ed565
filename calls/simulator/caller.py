"""The person on the line: listens until the receptionist has finished, then answers.

What was asked is read from the mark that ends each reply (`mN:ask:SLOT`, passed in play-out),
since a script cannot understand speech; when to answer is heard from the audio.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from calls.simulator.line import FRAME_BYTES, Line, StreamStart
from voice.audio import level_dbfs, ulaw_to_float

FRAME_MS = 20
SPEECH_DBFS = -45.0
ASK_LABEL = ":ask:"
REACTION_MS = 400
UNPROMPTED_REACTION_MS = 1_300
PATIENCE_MS = 15_000
CALL_LIMIT_MS = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something to say: its words, for the printout, and 8 kHz µ-law audio."""

    words: str
    ulaw: bytes


class Script(Protocol):
    """Decides what the person says next."""

    def answer(self, asked: str | None) -> Spoken | None:
        """What to say now; None when there is nothing left to say."""
        ...


@dataclass(slots=True)
class Exchange:
    """One thing the caller said and how long the receptionist took to react.

    Times are milliseconds on the stream; `latency_ms` runs from the end of the caller's speech
    to the first audible reply frame as played, None when no reply came.
    """

    words: str
    asked: str | None
    speech_started_ms: int
    speech_ended_ms: int
    latency_ms: int | None = None


@dataclass(slots=True)
class Heard:
    """Everything that went over the line, both tracks on one timeline."""

    spoken_ulaw: bytearray = field(default_factory=bytearray)
    played_ulaw: bytearray = field(default_factory=bytearray)
    exchanges: list[Exchange] = field(default_factory=list)
    first_audio_ms: int | None = None


class SimulatedCaller:
    """Runs one script over as many media streams as the call has.

    With `interrupt_after_ms` the person talks over the receptionist that long into its first
    reply, once. `on_spoken` is told each time the person begins to speak.
    """

    def __init__(
        self,
        script: Script,
        *,
        interrupt_after_ms: int | None = None,
        on_spoken: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._script = script
        self._on_spoken = on_spoken
        self._interrupt_after_ms = interrupt_after_ms
        self.heard = Heard()
        self.hung_up = asyncio.Event()
        self._line: Line | None = None
        self._asked: str | None = None
        self._ask_passed = False
        self._quiet_ms = 0
        self._audible_ms = 0
        self._waited_ms = 0

    def open_line(self, start: StreamStart) -> Line:
        """The Line for the next media stream of this call."""
        self._line = Line(start, on_frame=self._on_frame, on_mark=self._on_mark)
        self._reset_listening()
        return self._line

    @property
    def now_ms(self) -> int:
        return len(self.heard.spoken_ulaw) // FRAME_BYTES * FRAME_MS

    def _on_mark(self, name: str) -> None:
        _, label, asked = name.partition(ASK_LABEL)
        if label:
            self._asked, self._ask_passed = asked or None, True

    def _on_frame(self, spoken: bytes, played: bytes) -> None:
        line = self._line
        if line is None:
            return
        now = self.now_ms
        self.heard.spoken_ulaw += spoken
        self.heard.played_ulaw += played
        audible = _is_audible(played)
        self._note_reply(now, audible)
        if line.is_speaking:
            return
        if audible:
            self._audible_ms += FRAME_MS
            self._quiet_ms = 0
            self._waited_ms = 0
        else:
            self._quiet_ms += FRAME_MS
            self._waited_ms += FRAME_MS
        if self._should_speak(line):
            self._speak(line, now)
        elif self._waited_ms > PATIENCE_MS or now > CALL_LIMIT_MS:
            self._put_down(line)

    def _note_reply(self, now: int, audible: bool) -> None:
        if not audible:
            return
        if self.heard.first_audio_ms is None:
            self.heard.first_audio_ms = now
        if self.heard.exchanges:
            last = self.heard.exchanges[-1]
            if last.latency_ms is None and now >= last.speech_ended_ms:
                last.latency_ms = now - last.speech_ended_ms

    def _should_speak(self, line: Line) -> bool:
        if self._interrupt_after_ms is not None and self._audible_ms >= self._interrupt_after_ms:
            self._interrupt_after_ms = None
            return True
        if self._audible_ms == 0 or line.is_playing:
            return False
        wait = REACTION_MS if self._ask_passed else UNPROMPTED_REACTION_MS
        return self._quiet_ms >= wait

    def _speak(self, line: Line, now: int) -> None:
        spoken = self._script.answer(self._asked)
        if spoken is None:
            self._reset_listening(keep_waiting=True)
            return
        line.speak(spoken.ulaw)
        starts, ends = _speech_bounds_ms(spoken.ulaw)
        exchange = Exchange(spoken.words, self._asked, now + starts, now + ends)
        self.heard.exchanges.append(exchange)
        if self._on_spoken is not None:
            self._on_spoken(exchange)
        self._reset_listening()

    def _put_down(self, line: Line) -> None:
        self.hung_up.set()
        line.hang_up()

    def _reset_listening(self, *, keep_waiting: bool = False) -> None:
        self._asked = None
        self._ask_passed = False
        self._quiet_ms = 0
        self._audible_ms = 0
        if not keep_waiting:
            self._waited_ms = 0


def _is_audible(ulaw: bytes) -> bool:
    return level_dbfs(ulaw_to_float(ulaw)) > SPEECH_DBFS


def _speech_bounds_ms(ulaw: bytes) -> tuple[int, int]:
    """First and last audible 20 ms of an utterance, as [start, end) in milliseconds."""
    audible = [
        index
        for index in range(0, len(ulaw), FRAME_BYTES)
        if _is_audible(ulaw[index : index + FRAME_BYTES])
    ]
    if not audible:
        return 0, 0
    frames = np.array(audible) // FRAME_BYTES * FRAME_MS
    return int(frames[0]), int(frames[-1]) + FRAME_MS
