"""What the caller has really heard: text tied to audio tied to the carrier's marks."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from voice.audio import BYTES_PER_MS, FRAME_BYTES, ULAW_SILENCE
from voice.receptionist.dialogue import Ground
from voice.timing import TimedWord

TRUST_MARGIN_MS: Final = 2_000.0
"""A mark this late past the end of its audio is taken as lost: the audio has been played."""

BLIND_MARGIN_MS: Final = 1_000.0
"""The same for a carrier that has never returned a mark."""

GUESS_MARGIN_MS: Final = 150
"""Word times we estimate ourselves count this much later, so that no word is credited early."""


@dataclass(slots=True, eq=False)
class Clip:
    """Something to say: µ-law audio of whole 20 ms frames and its words' times within it.

    `sent` and `heard` are bytes of it; `sent` goes back when the rest is to be said again.
    """

    text: str
    ulaw: bytes
    words: tuple[TimedWord, ...]
    interruptible: bool = True
    grounds: tuple[Ground, ...] = ()
    sent: int = 0
    heard: int = 0

    @property
    def duration_ms(self) -> int:
        return len(self.ulaw) // BYTES_PER_MS

    @property
    def done(self) -> bool:
        return self.heard >= len(self.ulaw)

    @property
    def heard_text(self) -> str:
        """The words whose end the caller has heard."""
        if self.done:
            return self.text
        return " ".join(word.text for word in self.words if _end(word) <= self.heard)

    def rewind(self) -> None:
        """Say the first word that was not heard to its end again, and all that follows."""
        missed = (word for word in self.words if _end(word) > self.heard)
        start = next((word.start_ms * BYTES_PER_MS for word in missed), self.heard)
        self.sent = max(min(start, self.sent), 0) // FRAME_BYTES * FRAME_BYTES


def _end(word: TimedWord) -> int:
    return word.end_ms * BYTES_PER_MS


def make_clip(
    text: str,
    ulaw: bytes,
    words: Sequence[TimedWord] = (),
    *,
    interruptible: bool = True,
    grounds: tuple[Ground, ...] = (),
) -> Clip:
    """A clip in whole frames. Words without times are spread over it, each counted late."""
    padded = ulaw + bytes([ULAW_SILENCE]) * (-len(ulaw) % FRAME_BYTES)
    timed = tuple(words) or spread_words(text, len(padded) // BYTES_PER_MS)
    return Clip(text, padded, timed, interruptible, grounds)


def spread_words(text: str, duration_ms: int) -> tuple[TimedWord, ...]:
    """Word times by length of spelling, with ends moved back by GUESS_MARGIN_MS."""
    tokens = text.split()
    letters = sum(len(token) + 1 for token in tokens)
    placed: list[TimedWord] = []
    before = 0
    for token in tokens:
        start_ms = before * duration_ms // letters
        before += len(token) + 1
        end_ms = before * duration_ms // letters + GUESS_MARGIN_MS
        placed.append(TimedWord(token, start_ms, min(end_ms, duration_ms)))
    return tuple(placed)


@dataclass(slots=True, eq=False)
class Run:
    """Audio played without a gap; `lag_ms` is how much later than modelled it came, at least."""

    lag_ms: float | None = None


@dataclass(slots=True, eq=False)
class Span:
    """A stretch of a clip between two marks and when it is modelled to be played."""

    clip: Clip
    start: int
    end: int
    play_start_ms: float
    play_end_ms: float
    run: Run
    mark: str = ""


@dataclass(slots=True)
class HeardLedger:
    """Credits audio by marks, in order; after `cleared` the marks still out count for nothing.

    Times are the call's clock in milliseconds. A mark stands for everything sent before it.
    """

    played: list[Span] = field(default_factory=list)
    ever_marked: bool = False
    stray_marks: int = 0
    _pending: deque[Span] = field(default_factory=deque)
    _open: Span | None = None
    _run: Run = field(default_factory=Run)
    _marks: int = 0
    _play_end_ms: float = 0.0
    _last_lag_ms: float = 0.0

    @property
    def play_end_ms(self) -> float:
        """When all that was sent will have been played, as modelled."""
        return self._play_end_ms

    @property
    def waiting(self) -> bool:
        """Whether something sent is not yet confirmed."""
        return bool(self._pending) or self._open is not None

    def note_frame(self, clip: Clip, now_ms: float, frame_ms: int) -> None:
        """One frame of the clip, up to `clip.sent`, was sent now."""
        start_ms = self._play_end_ms
        if start_ms < now_ms - 0.5:
            start_ms, self._run = now_ms, Run()
            self._close("")
        if self._open is None or self._open.clip is not clip:
            self._close("")
            begin = clip.sent - frame_ms * BYTES_PER_MS
            self._open = Span(clip, begin, begin, start_ms, start_ms, self._run)
        self._open.end = clip.sent
        self._open.play_end_ms = self._play_end_ms = start_ms + frame_ms

    def next_mark(self, label: str = "") -> str:
        """The name of a mark that stands for everything sent so far; send it now."""
        self._marks += 1
        name = f"m{self._marks}{label}"
        self._close(name)
        return name

    def returned(self, name: str, now_ms: float) -> bool:
        """The carrier returned a mark; False if it is unknown, repeated or void."""
        if not any(span.mark == name for span in self._pending):
            self.stray_marks += 1
            return False
        self.ever_marked = True
        while True:
            span = self._pending.popleft()
            if span.mark == name:
                lag_ms = max(now_ms - span.play_end_ms, 0.0)
                known_ms = span.run.lag_ms
                span.run.lag_ms = lag_ms if known_ms is None else min(known_ms, lag_ms)
                self._last_lag_ms = span.run.lag_ms
            self._confirm(span)
            if span.mark == name:
                return True

    def expire(self, now_ms: float) -> bool:
        """Credit what must have been played although its mark is missing; True if anything was."""
        margin_ms = TRUST_MARGIN_MS if self.ever_marked else BLIND_MARGIN_MS
        credited = False
        while self._pending and self._pending[0].play_end_ms + margin_ms <= now_ms:
            self._confirm(self._pending.popleft())
            credited = True
        return credited

    def cleared(self, now_ms: float) -> None:
        """The carrier was told to drop what it holds: nothing pending is credited any more.

        Audio that was likely played before that still goes into the recording.
        """
        self._close("")
        for span in self._pending:
            lag_ms = self._last_lag_ms if span.run.lag_ms is None else span.run.lag_ms
            played = int((now_ms - lag_ms - span.play_start_ms) * BYTES_PER_MS)
            span.end = min(span.end, span.start + max(played, 0))
            if span.end > span.start:
                self.played.append(span)
        self._pending.clear()
        self._run = Run()
        self._play_end_ms = min(self._play_end_ms, now_ms)

    def aired_text(self, start_ms: float, end_ms: float) -> str:
        """The words that were in the caller's ear between two moments, as far as is known."""
        words: list[str] = []
        for span in (*self.played[-40:], *self._pending):
            if span.play_end_ms < start_ms or span.play_start_ms > end_ms:
                continue
            offset_ms = span.play_start_ms - span.start / BYTES_PER_MS + (span.run.lag_ms or 0.0)
            words += [
                word.text
                for word in span.clip.words
                if span.start <= word.start_ms * BYTES_PER_MS < span.end
                and start_ms <= offset_ms + word.end_ms
                and offset_ms + word.start_ms <= end_ms
            ]
        return " ".join(words)

    def _close(self, mark: str) -> None:
        if self._open is not None:
            self._open.mark = mark
            self._pending.append(self._open)
            self._open = None
        elif mark and self._pending:
            self._pending[-1].mark = mark

    def _confirm(self, span: Span) -> None:
        span.clip.heard = max(span.clip.heard, span.end)
        self.played.append(span)
