"""One reply on its way from decision to the caller's ear."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final

from voice.conversation.chunks import chunks_of
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


async def deliver(
    exchange: Exchange,
    sentences: AsyncIterator[Sentence],
    mouth: Mouth,
    output: Output,
    *,
    loop_time_at: Callable[[float], float],
    now_ms: Callable[[], float],
) -> None:
    """Make the sentences' audio chunk by chunk and hand it over once the gate is open.

    Raises the VoiceError of the chunk that could not be made. The last chunk handed over, the
    caller of this finishes the output.
    """
    timing, language = exchange.timing, exchange.reply.expectation.language
    making: asyncio.Queue[asyncio.Task[Clip] | None] = asyncio.Queue()
    ahead = asyncio.Semaphore(LOOKAHEAD)
    loop = asyncio.get_running_loop()

    async def produce() -> None:
        first, letters = True, 0
        try:
            async for sentence in sentences:
                timing.note("first_sentence_ms", now_ms())
                for chunk in chunks_of(sentence):
                    await ahead.acquire()
                    wanted = loop.time() + FIRST_DEADLINE_S
                    if letters >= ENOUGH_LETTERS:
                        await exchange.gate.wait()
                    letters += len(chunk.text)
                    if not first:
                        wanted = max(wanted, loop_time_at(output.runs_dry_ms))
                    first = False
                    clip = mouth.clip(chunk, deadline=wanted, language=language)
                    making.put_nowait(loop.create_task(clip))
        finally:
            making.put_nowait(None)

    producer = loop.create_task(produce())
    clip_task: asyncio.Task[Clip] | None = None
    try:
        while (clip_task := await making.get()) is not None:
            clip = await clip_task
            ahead.release()
            timing.note("first_audio_ms", now_ms())
            exchange.arrived = True
            await exchange.gate.wait()
            await output.room()
            exchange.clips.append(clip)
            output.say(clip)
        await producer
    finally:
        _cancel(producer)
        _cancel(clip_task)
        while not making.empty():
            _cancel(making.get_nowait())


def _cancel(task: "asyncio.Task[Clip] | asyncio.Task[None] | None") -> None:
    """Stop it; an error nobody waits for is taken note of, so that nothing is logged about it."""
    if task is not None:
        task.cancel()
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
