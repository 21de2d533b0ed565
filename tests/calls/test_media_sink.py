"""How long a carrier may take to take a message, in virtual time."""

import asyncio
from typing import Any

import pytest

from calls.carriers.twilio.envelopes import TwilioCodec
from calls.media.sink import CarrierSink
from voice.audio import SILENT_FRAME
from voice.simulation.clock import run_virtual


class SlowCarrier:
    """Takes each message after its own time, in seconds."""

    def __init__(self, *takes_s: float) -> None:
        self._takes_s = list(takes_s)
        self.taken = 0

    async def __call__(self, message: Any) -> None:
        await asyncio.sleep(self._takes_s.pop(0))
        self.taken += 1


def test_each_message_has_two_seconds_of_its_own() -> None:
    async def scene() -> None:
        carrier = SlowCarrier(1.9, 1.9, 1.9)
        sink = CarrierSink(carrier, TwilioCodec(), "MZ1")
        for _ in range(3):
            await sink.send_audio(SILENT_FRAME)
        assert carrier.taken == 3

    run_virtual(scene())


def test_the_message_that_takes_longer_is_a_broken_line_and_nothing_else_is_cancelled() -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        sink = CarrierSink(SlowCarrier(1.5, 9.0), TwilioCodec(), "MZ1")
        await sink.send_audio(SILENT_FRAME)
        with pytest.raises(ConnectionError, match=r"took no audio for 2\.0 s, stream MZ1"):
            await sink.send_mark("m1")
        assert loop.time() == pytest.approx(3.5)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await asyncio.sleep(10)

    run_virtual(scene())


def test_a_call_that_is_stopped_while_it_sends_is_stopped() -> None:
    async def scene() -> None:
        sink = CarrierSink(SlowCarrier(9.0), TwilioCodec(), "MZ1")
        sending = asyncio.ensure_future(sink.send_audio(SILENT_FRAME))
        await asyncio.sleep(1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    run_virtual(scene())
