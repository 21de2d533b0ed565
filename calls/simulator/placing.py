"""Place one call from ring to hang-up and keep what was heard."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calls.simulator.caller import FRAME_MS, Exchange, Heard, Script, SimulatedCaller
from calls.simulator.carrier import CarrierLog, DialOutcome, Number, SimulatedCarrier
from calls.simulator.line import Line, StreamStart
from voice.audio import decode_ulaw, stereo, write_wav

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
        heard_path = folder / f"{self.call_sid}-heard.wav"
        both_path = folder / f"{self.call_sid}-both.wav"
        played, spoken = bytes(self.heard.played_ulaw), bytes(self.heard.spoken_ulaw)
        write_wav(heard_path, decode_ulaw(played), TELEPHONE_HZ)
        write_wav(both_path, stereo(spoken, played), TELEPHONE_HZ)
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
    on_spoken: Callable[[Exchange], None] | None = None,
) -> PlacedCall:
    """Ring `number.to` and hold the conversation. Raises CallFailed or LineRefused."""
    caller = SimulatedCaller(script, interrupt_after_ms=interrupt_after_ms, on_spoken=on_spoken)

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
