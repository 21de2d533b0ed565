"""A caller in virtual time: says what the script tells, when the script tells."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from voice.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, SILENT_FRAME, silence
from voice.simulation.carrier import FRAME_S, SimulatedCarrier
from voice.simulation.speech import Vocabulary, natural_ms, noise, say_word
from voice.timing import TimedWord

POLITE_S: Final = 0.35
"""How long a caller waits after the receptionist's last word."""

_PAUSE: Final = re.compile(r"<(noise )?(\d+)>")


@dataclass(frozen=True, slots=True)
class Say:
    """Words to say. "<800>" in them is a pause of 800 ms, "<noise 200>" a sound without words.

    `after_s` is how long to wait first: from the receptionist's last word, or, with
    `over`, from the beginning of their speech, which is then talked over. `now` waits for nobody.
    """

    text: str
    after_s: float = POLITE_S
    over: bool = False
    word_ms: int | None = None
    now: bool = False


@dataclass(frozen=True, slots=True)
class Press:
    """A key, pressed once the receptionist is silent, or `now`."""

    key: str
    after_s: float = POLITE_S
    now: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Say nothing for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """Leave, `after_s` after the receptionist's last word."""

    after_s: float = POLITE_S


Line = Say | Press | Wait | HangUp


@dataclass(slots=True, eq=False)
class Uttered:
    """What was said, and when: loop time in seconds at the caller's mouth."""

    text: str
    started: float
    ended: float
    words: list[TimedWord]
    over: bool


@dataclass(slots=True, eq=False)
class SimulatedCaller:
    """Sends a frame every 20 ms, silence when it has nothing to say; ends with the script.

    `echo_delay_s` lets the receptionist's words come back over the line while the caller is
    silent. `deliver` takes (frame, timestamp); `frames_per_message` bundles frames to save time.
    """

    script: Sequence[Line]
    vocabulary: Vocabulary
    carrier: SimulatedCarrier
    deliver: Callable[[bytes, int], None]
    press: Callable[[str], None]
    hang_up: Callable[[], None]
    echo_delay_s: float | None = None
    frames_per_message: int = 1
    uttered: list[Uttered] = field(default_factory=list)
    _outgoing: bytearray = field(default_factory=bytearray)
    _sent_frames: int = 0

    async def run(self) -> None:
        """Live the call until cancelled."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        plot = loop.create_task(self._follow_script())
        step_s = FRAME_S * self.frames_per_message
        try:
            while True:
                due = started + (self._sent_frames + self.frames_per_message) * FRAME_S
                await asyncio.sleep(max(due - loop.time(), 0))
                frame = self._next_frame(loop.time() - step_s)
                stamp_ms = self._sent_frames * FRAME_MS
                self._sent_frames += self.frames_per_message
                loop.call_later(self.carrier.habits.network_s, self.deliver, frame, stamp_ms)
        finally:
            plot.cancel()

    def _next_frame(self, at: float) -> bytes:
        size = FRAME_BYTES * self.frames_per_message
        if self._outgoing:
            frame = bytes(self._outgoing[:size]).ljust(size, SILENT_FRAME[:1])
            del self._outgoing[:size]
            return frame
        if self.echo_delay_s is not None:
            return self.carrier.heard_at(at - self.echo_delay_s)
        return SILENT_FRAME * self.frames_per_message

    async def _follow_script(self) -> None:
        for line in self.script:
            match line:
                case Wait(seconds=seconds):
                    await asyncio.sleep(seconds)
                case Say():
                    if not line.now:
                        await self._wait_to_speak(line.after_s, over=line.over)
                    await self._speak(line)
                case Press(key=key):
                    if not line.now:
                        await self._wait_to_speak(line.after_s, over=False)
                    self.press(key)
                    await asyncio.sleep(0.3)
                case HangUp():
                    await self._wait_to_speak(line.after_s, over=False)
                    self.hang_up()

    async def _wait_to_speak(self, after_s: float, *, over: bool) -> None:
        """Wait for the receptionist to begin, and then, if polite, to be done for `after_s`."""
        loop = asyncio.get_running_loop()
        begun = len(self.carrier.frames)
        while len(self.carrier.frames) <= begun or self.carrier.play_end <= loop.time():  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(FRAME_S)
        if over:
            await asyncio.sleep(after_s)
            return
        while loop.time() < self.carrier.play_end + after_s:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(max(self.carrier.play_end + after_s - loop.time(), 0.001))

    async def _speak(self, line: Say) -> None:
        """Put the words on the line from the next frame on, and wait until they are said."""
        loop = asyncio.get_running_loop()
        audio, words = spoken(self.vocabulary, line)
        begun = loop.time() + len(self._outgoing) / (BYTES_PER_MS * 1000)
        self._outgoing += audio
        last_ms = words[-1].end_ms if words else len(audio) // BYTES_PER_MS
        text = " ".join(word.text for word in words)
        self.uttered.append(Uttered(text, begun, begun + last_ms / 1000, words, line.over))
        await asyncio.sleep(len(audio) / (BYTES_PER_MS * 1000))


def spoken(vocabulary: Vocabulary, line: Say) -> tuple[bytes, list[TimedWord]]:
    """The line's audio and where each word is in it."""
    audio = bytearray()
    words: list[TimedWord] = []
    for token in re.split(r"\s+(?![^<]*>)", line.text.strip()):
        pause = _PAUSE.fullmatch(token)
        at_ms = len(audio) // BYTES_PER_MS
        if pause is None:
            length_ms = line.word_ms or natural_ms(token)
            audio += say_word(vocabulary, token, length_ms)
            words.append(TimedWord(token, at_ms, at_ms + length_ms))
        else:
            length_ms = int(pause[2])
            audio += noise(length_ms) if pause[1] else silence(length_ms)
    return bytes(audio), words
