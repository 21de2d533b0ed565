"""Both sides of a call on one timeline, in µ-law: what was said, where it was heard."""

from collections.abc import Iterable
from typing import Final

from voice.audio import BYTES_PER_MS, ULAW_SILENCE
from voice.ledger import Span

JITTER_MS: Final = 10
"""A frame this much early or late by its timestamp simply follows the one before."""

LONGEST_GAP_MS: Final = 10_000
"""A timestamp further ahead than this is not believed."""

DISTRUST_AFTER: Final = 10
"""So many frames in a row from the past mean that the timestamps are broken, not the order."""

_SILENCE: Final = bytes([ULAW_SILENCE])


class CallerTrack:
    """The caller's audio placed by the carrier's timestamps, gaps as silence.

    Positions are milliseconds from the start of the stream.
    """

    def __init__(self) -> None:
        self._ulaw = bytearray()
        self._past_in_a_row = 0
        self.misplaced_frames = 0

    @property
    def end_ms(self) -> int:
        return len(self._ulaw) // BYTES_PER_MS

    def place(self, ulaw: bytes, timestamp_ms: int) -> bytes:
        """Put a frame where it belongs; what follows the audio so far is returned, gap included.

        A frame from the past fills its place in the recording and returns nothing.
        """
        gap_ms = timestamp_ms - len(self._ulaw) / BYTES_PER_MS
        if gap_ms < -JITTER_MS and self._past_in_a_row < DISTRUST_AFTER:
            self._past_in_a_row += 1
            self.misplaced_frames += 1
            start = max(timestamp_ms, 0) * BYTES_PER_MS
            end = min(start + len(ulaw), len(self._ulaw))
            self._ulaw[start:end] = ulaw[: end - start]
            return b""
        if gap_ms >= -JITTER_MS:
            self._past_in_a_row = 0
        if gap_ms > LONGEST_GAP_MS:
            self.misplaced_frames += 1
        elif gap_ms > JITTER_MS:
            ulaw = _SILENCE * int(gap_ms * BYTES_PER_MS) + ulaw
        self._ulaw += ulaw
        return ulaw

    def cut(self, start_ms: int, end_ms: int) -> bytes:
        """That stretch of it, as far as it exists."""
        return bytes(self._ulaw[max(start_ms, 0) * BYTES_PER_MS : max(end_ms, 0) * BYTES_PER_MS])

    def mask(self, start_ms: int, end_ms: int) -> None:
        """Replace a stretch by silence for good."""
        start, end = max(start_ms, 0) * BYTES_PER_MS, min(end_ms, self.end_ms) * BYTES_PER_MS
        if end > start:
            self._ulaw[start:end] = _SILENCE * (end - start)

    def whole(self) -> bytes:
        return bytes(self._ulaw)


def place_heard(spans: Iterable[Span], *, offset_ms: float, length_ms: int) -> bytes:
    """The receptionist's track: each stretch where it was heard, silence elsewhere.

    `offset_ms` is the call clock at the start of the caller's timeline.
    """
    track = bytearray(_SILENCE * (length_ms * BYTES_PER_MS))
    for span in spans:
        at_ms = span.play_start_ms + (span.run.lag_ms or 0.0) - offset_ms
        start = max(round(at_ms * BYTES_PER_MS), 0)
        audio = span.clip.ulaw[span.start : span.end][: max(len(track) - start, 0)]
        track[start : start + len(audio)] = audio
    return bytes(track)
