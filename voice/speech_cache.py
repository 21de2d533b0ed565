"""Speech that has been made once is not made again, for as long as it fits."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from voice.tts import Speech, SpeechRequest

Key = tuple[int, str, float, str, str]

OVERHEAD_BYTES: Final = 512
"""What an entry takes beside its samples: words, key, objects."""


@dataclass(slots=True, eq=False)
class _Making:
    """A synthesis under way and how many wait for it."""

    task: asyncio.Task[Speech]
    waiters: int = 0


class SpeechCache:
    """Least recently used speech goes first once `max_bytes` are full; tenants never share.

    Equal requests at the same time are one synthesis. It goes on while anyone waits for it, and
    is cancelled with the last who does.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Key, Speech] = OrderedDict()
        self._making: dict[Key, _Making] = {}
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    async def get(
        self, tenant_id: int, request: SpeechRequest, make: Callable[[], Awaitable[Speech]]
    ) -> Speech:
        """The request's speech, from here or from `make`. Raises what `make` raises.

        Who joined another's synthesis that fails tries once more with `make` of its own.
        """
        key = (tenant_id, request.voice, request.speed, request.language, request.text)
        kept = self._kept.get(key)
        if kept is not None:
            self.hits += 1
            self._kept.move_to_end(key)
            return kept
        joined = self._making.get(key)
        if joined is not None:
            self.hits += 1
            try:
                return await self._wait(key, joined)
            except Exception:  # it was made for another's deadline; ours may be later
                joined = self._making.get(key)
        if joined is None:
            self.misses += 1
            joined = self._making[key] = _Making(asyncio.ensure_future(_run(make)))
            joined.task.add_done_callback(lambda task: self._settle(key, task))
        return await self._wait(key, joined)

    async def _wait(self, key: Key, making: _Making) -> Speech:
        making.waiters += 1
        try:
            return await asyncio.shield(making.task)
        finally:
            making.waiters -= 1
            if not making.waiters and not making.task.done():
                making.task.cancel()
                self._forget(key, making.task)

    def _settle(self, key: Key, task: asyncio.Task[Speech]) -> None:
        self._forget(key, task)
        if not task.cancelled() and task.exception() is None:
            self._keep(key, task.result())

    def _forget(self, key: Key, task: asyncio.Task[Speech]) -> None:
        making = self._making.get(key)
        if making is not None and making.task is task:
            del self._making[key]

    def _keep(self, key: Key, speech: Speech) -> None:
        size = _size(speech)
        if size > self._max_bytes or key in self._kept:
            return
        self._kept[key] = speech
        self.bytes += size
        while self.bytes > self._max_bytes:
            _, oldest = self._kept.popitem(last=False)
            self.bytes -= _size(oldest)


async def _run(make: Callable[[], Awaitable[Speech]]) -> Speech:
    return await make()


def _size(speech: Speech) -> int:
    return speech.samples.nbytes + OVERHEAD_BYTES
