"""One synthesis for equal requests, bounded memory, nobody harmed by another's cancellation."""

import asyncio

import numpy as np
import pytest

from voice.errors import EngineError
from voice.simulation.clock import run_virtual
from voice.speech_cache import OVERHEAD_BYTES, SpeechCache
from voice.tts import Speech, SpeechRequest


class Engine:
    """Takes a second for each synthesis and counts them."""

    def __init__(self, samples: int = 8) -> None:
        self.made = 0
        self.failures = 0
        self._samples = samples

    async def make(self) -> Speech:
        self.made += 1
        await asyncio.sleep(1)
        if self.failures:
            self.failures -= 1
            raise EngineError("no")
        return Speech(np.zeros(self._samples, np.float32), 8_000)


HELLO = SpeechRequest("Hello.")


def test_equal_requests_at_once_and_later_are_one_synthesis() -> None:
    async def scene() -> None:
        cache, engine = SpeechCache(10_000), Engine()
        first = await asyncio.gather(*(cache.get(1, HELLO, engine.make) for _ in range(5)))
        assert all(speech is first[0] for speech in first)
        assert await cache.get(1, HELLO, engine.make) is first[0]
        assert (engine.made, cache.hits, cache.misses) == (1, 5, 1)

    run_virtual(scene())


@pytest.mark.parametrize(
    ("tenant_id", "request_"),
    [
        (2, HELLO),
        (1, SpeechRequest("Hello!")),
        (1, SpeechRequest("Hello.", voice="b")),
        (1, SpeechRequest("Hello.", speed=1.2)),
        (1, SpeechRequest("Hello.", language="es")),
    ],
)
def test_another_tenant_text_voice_speed_or_language_is_another_speech(
    tenant_id: int, request_: SpeechRequest
) -> None:
    async def scene() -> None:
        cache, engine = SpeechCache(10_000), Engine()
        await cache.get(1, HELLO, engine.make)
        await cache.get(tenant_id, request_, engine.make)
        assert engine.made == 2

    run_virtual(scene())


def test_cancelling_the_first_leaves_the_second_its_speech() -> None:
    async def scene() -> None:
        cache, engine = SpeechCache(10_000), Engine()
        first = asyncio.create_task(cache.get(1, HELLO, engine.make))
        second = asyncio.create_task(cache.get(1, HELLO, engine.make))
        await asyncio.sleep(0.5)
        first.cancel()
        assert (await second).sample_rate_hz == 8_000
        assert engine.made == 1

    run_virtual(scene())


def test_the_synthesis_nobody_waits_for_is_cancelled_and_can_be_asked_again() -> None:
    async def scene() -> None:
        cache, engine = SpeechCache(10_000), Engine()
        only = asyncio.create_task(cache.get(1, HELLO, engine.make))
        await asyncio.sleep(0.5)
        only.cancel()
        await asyncio.sleep(1)
        assert len(cache) == 0
        await cache.get(1, HELLO, engine.make)
        assert engine.made == 2

    run_virtual(scene())


def test_a_failure_reaches_who_asked_and_the_one_who_joined_tries_again() -> None:
    async def scene() -> None:
        cache, engine = SpeechCache(10_000), Engine()
        engine.failures = 1
        first = asyncio.create_task(cache.get(1, HELLO, engine.make))
        second = asyncio.create_task(cache.get(1, HELLO, engine.make))
        with pytest.raises(EngineError):
            await first
        assert (await second).sample_rate_hz == 8_000
        assert engine.made == 2

    run_virtual(scene())


def test_the_least_recently_used_goes_when_the_bytes_are_full() -> None:
    async def scene() -> None:
        engine = Engine(samples=100)
        cache = SpeechCache(2 * (400 + OVERHEAD_BYTES))
        one, two, three = (SpeechRequest(text) for text in ("one", "two", "three"))
        for request in (one, two, one, three, one):
            await cache.get(1, request, engine.make)
        assert (engine.made, len(cache), cache.bytes) == (3, 2, 2 * (400 + OVERHEAD_BYTES))
        await cache.get(1, two, engine.make)
        assert engine.made == 4

    run_virtual(scene())
