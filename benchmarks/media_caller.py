"""The other end of a media stream: a caller who speaks when it is their turn, and a stopwatch."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from calls.simulator.speech import AUDIO_DIR, load_wav
from voice.audio import FRAME_BYTES, float_to_ulaw, frames

FRAME_SECONDS = 0.020
LEAD_FRAMES = 8
"""The server sends 160 ms at once, then a frame every 20 ms: that is when each is due."""

LEAD_LEFT_MS = (LEAD_FRAMES - 1) * FRAME_SECONDS * 1000
"""How late a frame may be before the caller hears a gap."""

PAUSES_SECONDS = (0.3, 0.7, 1.1, 0.5, 1.3, 0.9, 1.5)
NO_REPLY_SECONDS = 4.0
NOISE_FRAMES = 50
RECORDINGS = ("1/opening.wav", "1/problem.wav", "2/opening.wav", "8/opening.wav", "8/phone.wav")


@dataclass(frozen=True, slots=True)
class Voice:
    """What the callers send, as base64 µ-law frames: faint noise, and things to say."""

    noise: list[str]
    utterances: list[list[str]]


def recorded_voice() -> Voice:
    """A second of noise that voice activity judges as silence, and the simulator's recordings."""
    noise = np.random.default_rng(7).normal(0, 0.002, NOISE_FRAMES * FRAME_BYTES)
    return Voice(
        _payloads(float_to_ulaw(noise.astype(np.float32))),
        [_payloads(load_wav(Path(AUDIO_DIR, name)).ulaw) for name in RECORDINGS],
    )


def _payloads(ulaw: bytes) -> list[str]:
    return [base64.b64encode(frame).decode() for frame in frames(ulaw)]


@dataclass(slots=True)
class Caller:
    """Says the next thing some time after each reply; speaks again if none came within 4 s.

    With `speaks` False there is only noise, whatever the receptionist says.
    """

    voice: Voice
    index: int
    speaks: bool
    said: int = 0
    replies: int = 0
    unanswered: int = 0
    _frames_sent: int = 0
    _words: list[str] = field(default_factory=list)
    _speaks_at: float = float("inf")
    _waits_until: float = float("inf")

    def next_payload(self, now: float) -> str:
        """The caller's next 20 ms."""
        if now >= self._waits_until:
            self.unanswered += 1
            self._waits_until, self._speaks_at = float("inf"), now
        if not self._words and now >= self._speaks_at:
            utterances = self.voice.utterances
            words = utterances[(self.index + 3 * self.said) % len(utterances)]
            self._words = list(reversed(words))
            self._speaks_at = float("inf")
            self.said += 1
        if self._words:
            payload = self._words.pop()
            if not self._words:
                self._waits_until = now + NO_REPLY_SECONDS
            return payload
        self._frames_sent += 1
        return self.voice.noise[self._frames_sent % len(self.voice.noise)]

    def hears_speech(self) -> None:
        """The receptionist speaks: there is a reply."""
        if self._waits_until != float("inf"):
            self._waits_until = float("inf")
            self.replies += 1

    def hears_end(self, now: float) -> None:
        """The reply was played to its end."""
        if self.speaks and not self._words:
            pause = PAUSES_SECONDS[(self.index + self.said) % len(PAUSES_SECONDS)]
            self._speaks_at = now + pause


@dataclass(slots=True)
class Stretch:
    """Frames that came without a gap, when each came, and how late the first of them was."""

    first_late_ms: float
    arrivals: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """What the carrier plays, in seconds of the monotonic clock.

    `dry_frames` came after everything before them had been played, within a reply: a gap that
    the caller hears.
    """

    stretches: list[Stretch] = field(default_factory=list)
    dry_frames: int = 0
    plays_until: float = 0.0
    _between: bool = True

    def take_frame(self, now: float) -> None:
        """A frame came."""
        gap_s = now - self.plays_until
        if self._between:
            self.stretches.append(Stretch(0.0))
        elif gap_s > 0:
            self.dry_frames += 1
            self.stretches.append(Stretch(LEAD_LEFT_MS + gap_s * 1000))
        self._between = False
        self.stretches[-1].arrivals.append(now)
        self.plays_until = max(self.plays_until, now) + FRAME_SECONDS

    def end_reply(self) -> None:
        """What comes now is another reply."""
        self._between = True

    def lateness_ms(self, *, since: float) -> list[float]:
        """How long after its time each frame came, of those that came at `since` or later.

        The clock of a reply is set by its best frame. A frame after a gap is late by the gap and
        the lead that was used up; the rest has a new clock, as it has in the server.
        """
        late: list[float] = []
        for stretch in self.stretches:
            offsets = [
                at - max(index - LEAD_FRAMES + 1, 0) * FRAME_SECONDS
                for index, at in enumerate(stretch.arrivals)
            ]
            clock = min(offsets)
            lateness = [(offset - clock) * 1000 for offset in offsets]
            lateness[0] = max(lateness[0], stretch.first_late_ms)
            late += [
                each for each, at in zip(lateness, stretch.arrivals, strict=True) if at >= since
            ]
        return late
