"""Place one call from ring to hang-up and keep what was heard."""

import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calls.simulator.caller import FRAME_MS, Heard, Script, SimulatedCaller
from calls.simulator.carrier import CarrierLog, DialOutcome, Number, SimulatedCarrier
from calls.simulator.line import Line, StreamStart
from voice.audio import decode_ulaw

TELEPHONE_HZ = 8000


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that is over, as the caller and the carrier knew it."""

    call_sid: str
    heard: Heard
    log: CarrierLog
    hung_up_by_caller: bool

    def save(self, folder: Path) -> tuple[Path, Path]:
        """Write what the caller heard (mono) and both sides (stereo, caller left) as WAV."""
        folder.mkdir(parents=True, exist_ok=True)
        played = _pcm(bytes(self.heard.played_ulaw))
        spoken = _pcm(bytes(self.heard.spoken_ulaw))
        heard_path = folder / f"{self.call_sid}-heard.wav"
        both_path = folder / f"{self.call_sid}-both.wav"
        _write(heard_path, played.tobytes(), channels=1)
        _write(both_path, np.stack([spoken, played], axis=1).tobytes(), channels=2)
        return heard_path, both_path

    @property
    def duration_ms(self) -> int:
        return len(self.heard.spoken_ulaw) * 1000 // TELEPHONE_HZ

    @property
    def longest_dead_air_ms(self) -> int:
        """The longest stretch in which neither side was audible."""
        both = np.frombuffer(bytes(self.heard.played_ulaw), np.uint8)
        spoken = np.frombuffer(bytes(self.heard.spoken_ulaw), np.uint8)
        frames = min(len(both), len(spoken)) // 160
        quiet = longest = 0
        for index in range(frames):
            frame = slice(index * 160, (index + 1) * 160)
            audible = bool((both[frame] != 0xFF).any() or (spoken[frame] != 0xFF).any())
            quiet = 0 if audible else quiet + FRAME_MS
            longest = max(longest, quiet)
        return longest


async def place(
    number: Number,
    script: Script,
    *,
    base_url: str,
    dial_outcome: DialOutcome = "no-answer",
    interrupt_after_ms: int | None = None,
    on_step: Callable[[str], None] | None = None,
    on_call_sid: Callable[[str], None] | None = None,
) -> PlacedCall:
    """Ring `number.to` and hold the conversation. Raises CallFailed or LineRefused."""
    caller = SimulatedCaller(script, interrupt_after_ms=interrupt_after_ms)

    def open_line(start: StreamStart) -> Line:
        return caller.open_line(start)

    carrier = SimulatedCarrier(
        number,
        base_url=base_url,
        open_line=open_line,
        dial_outcome=dial_outcome,
        on_step=on_step,
        is_on_the_line=lambda: not caller.hung_up.is_set(),
    )
    if on_call_sid is not None:
        on_call_sid(carrier.call_sid)
    log = await carrier.place()
    return PlacedCall(carrier.call_sid, caller.heard, log, caller.hung_up.is_set())


def _pcm(ulaw: bytes) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    return np.clip(decode_ulaw(ulaw) * 32768.0, -32768, 32767).astype(np.int16)


def _write(path: Path, pcm: bytes, *, channels: int) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(TELEPHONE_HZ)
        out.writeframes(pcm)
