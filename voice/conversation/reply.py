"""One reply on its way from decision to the caller's ear."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from voice.conversation.chunks import LETTERS_PER_S, Chunk, chunks_of
from voice.conversation.diary import Spoken, Timing
from voice.conversation.mouth import Mouth
from voice.ledger import Clip
from voice.media import Output
from voice.receptionist.dialogue import Event, Reply, Sentence
from voice.stt import ANYTHING, Expectation

LOOKAHEAD: Final = 2
"""Chunks being made beyond the one that is handed over next."""

ENOUGH_LETTERS: Final = 15
"""A second's worth is made before it is certain that it will be said; no more."""

FIRST_DEADLINE_S: Final = 0.7


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """The words a reply answers, on the call's clock."""

    text: str
    started_ms: float
    ended_ms: float
    confidence: float | None


@dataclass(slots=True, eq=False)
class Exchange:
    """An event, the state before and after, and the reply. Committed once any of it was heard.

    Until then the whole exchange can be taken back.
    """

    events: tuple[Event, ...]
    before: object
    after: object
    reply: Reply
    timing: Timing
    caller: CallerTurn | None = None
    generation: int | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    committed: bool = False
    announced: bool = False
    expected_before: Expectation = ANYTHING
    arrived: bool = False
    spoken: Spoken | None = None
    clips: list[Clip] = field(default_factory=list)

    def cancel(self) -> None:
        """Stop making it; what was handed over stays with the output."""
        if self.task is not None:
            self.task.cancel()


@dataclass(slots=True, eq=False)
class Delivery:
    """Makes a reply's audio chunk by chunk and hands it over once the exchange's gate is open.

    `loop_time_at` turns a moment of the call's clock into event loop time.
    """

    exchange: Exchange
    mouth: Mouth
    output: Output
    loop_time_at: Callable[[float], float]
    now_ms: Callable[[], float]
    _ahead_s: float = 0.0
    """How long what is being made and not handed over yet takes to say, about."""

    _making: "asyncio.Queue[asyncio.Task[Clip] | None]" = field(default_factory=asyncio.Queue)
    _ahead: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKAHEAD))

    async def run(self, sentences: AsyncGenerator[Sentence, None]) -> None:
        """Deliver these sentences; whoever called finishes the output.

        Raises the VoiceError of the chunk that could not be made.
        """
        exchange = self.exchange
        producer = asyncio.get_running_loop().create_task(self._produce(sentences))
        clip_task: asyncio.Task[Clip] | None = None
        try:
            while (clip_task := await self._making.get()) is not None:
                clip = await clip_task
                self._ahead.release()
                self._ahead_s -= _spoken_s(clip.text)
                exchange.timing.note("first_audio_ms", self.now_ms())
                exchange.arrived = True
                await exchange.gate.wait()
                await self.output.room()
                exchange.clips.append(clip)
                self.output.say(clip)
            await producer
        finally:
            _cancel(producer)
            _cancel(clip_task)
            while not self._making.empty():
                _cancel(self._making.get_nowait())

    async def _produce(self, sentences: AsyncGenerator[Sentence, None]) -> None:
        """Start the synthesis of each chunk, a few ahead; close the sentences' source."""
        letters = 0
        try:
            async with aclosing(sentences):
                async for sentence in sentences:
                    self.exchange.timing.note("first_sentence_ms", self.now_ms())
                    for chunk in chunks_of(sentence):
                        await self._ahead.acquire()
                        if letters >= ENOUGH_LETTERS:
                            await self.exchange.gate.wait()
                        self._start(chunk, first=not letters)
                        letters += len(chunk.text)
        finally:
            self._making.put_nowait(None)

    def _start(self, chunk: Chunk, *, first: bool) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FIRST_DEADLINE_S
        if not first:
            runs_dry = self.loop_time_at(self.output.runs_dry_ms)
            deadline = max(deadline, runs_dry) + self._ahead_s
        self._ahead_s += _spoken_s(chunk.text)
        language = self.exchange.reply.expectation.language
        clip = self.mouth.clip(chunk, deadline=deadline, language=language)
        self._making.put_nowait(loop.create_task(clip))


def _spoken_s(text: str) -> float:
    return len(text) / LETTERS_PER_S


def _cancel(task: "asyncio.Task[Clip] | asyncio.Task[None] | None") -> None:
    """Stop it; an error nobody waits for is taken note of, so that nothing is logged about it."""
    if task is not None:
        task.cancel()
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
