"""A model's reading of what the caller said, asked for while the end of the turn is awaited.

It is asked only where the rules found nothing, and it may cost the caller next to nothing: what
has not come by the time the caller has waited WAIT_S for it is dropped, like anything wrong.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Final

from voice.llm import LanguageModel, Message
from voice.receptionist.dialogue import CallerSaid, Event

logger = logging.getLogger(__name__)

ASK_S: Final = 0.3
"""An answer that takes longer is not waited for, whether or not the turn is over."""
WAIT_S: Final = 0.15
"""The longest that the end of the turn waits; the other half of 300 ms is for saying the reply."""
MAX_TOKENS: Final = 48

Request = tuple[Sequence[Message], Mapping[str, object]]
Spawn = Callable[[Coroutine[object, object, None], str], "asyncio.Task[None]"]
Told = Callable[[CallerSaid, Mapping[str, object] | None], None]


class Proposals:
    """One question to the model at a time. `told` hears the answer, or None, unless forgotten."""

    def __init__(self, *, spawn: Spawn, told: Told) -> None:
        self._spawn = spawn
        self._told = told
        self._said: CallerSaid | None = None
        self._task: asyncio.Task[None] | None = None
        self._timers: list[asyncio.TimerHandle] = []

    def ask(self, model: LanguageModel, said: CallerSaid, request: Request) -> None:
        """Have these words read."""
        self.forget()
        self._said = said
        self._task = self._spawn(self._ask(model, said, request), "proposal")
        self._give_up_after(ASK_S, said)

    def awaited(self, said: CallerSaid) -> bool:
        """The turn with these words is over: whether it has to wait, which it does not for long."""
        if self._said != said:
            self.forget()
            return False
        self._give_up_after(WAIT_S, said)
        return True

    def forget(self) -> bool:
        """The words are out of date; whether anything was awaited."""
        task, self._task, self._said = self._task, None, None
        for timer in self._timers:
            timer.cancel()
        self._timers = []
        if task is not None:
            task.cancel()
        return task is not None

    async def _ask(self, model: LanguageModel, said: CallerSaid, request: Request) -> None:
        messages, schema = request
        try:
            answer = await model.extract(messages, schema, max_tokens=MAX_TOKENS)
        except Exception as error:  # whatever is wrong with the model, the rules have their reply
            logger.info("no proposal: %r", error)
            answer = None
        if asyncio.current_task() is self._task:
            self._settle(said, answer if isinstance(answer, Mapping) else None)

    def _give_up_after(self, seconds: float, said: CallerSaid) -> None:
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(seconds, self._settle, said, None))

    def _settle(self, said: CallerSaid, answer: Mapping[str, object] | None) -> None:
        self.forget()
        self._told(said, answer)


def same_words(events: Sequence[Event], said: CallerSaid) -> bool:
    """Whether a reply was made to just these words, whatever a model thought of them."""
    return len(events) == 1 and (
        isinstance(events[0], CallerSaid) and replace(events[0], proposal=None) == said
    )
