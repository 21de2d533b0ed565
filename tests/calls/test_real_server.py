"""Calls over real sockets: a server process of its own, uvicorn, the engines, and a kill -9."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from calls import recovery
from calls.models import Call, Recording, Reservation, Turn
from calls.simulator.carrier import Number, SimulatedCarrier
from calls.simulator.line import Line, StreamStart
from calls.simulator.outcome import wait_for_stored_call
from calls.threads import in_thread
from tests.calls.carrier import CALLER, HARBOR
from tests.calls.streams import stored
from tests.conftest import wait_until_ready
from tests.tenants.cast import Cast
from voice.audio import SILENT_FRAME

pytestmark = pytest.mark.django_db(transaction=True)
GREETING_FRAMES, QUIET_FRAMES = 100, 75
"""Speech of two seconds at least, then 1.5 s without any: the greeting is over."""


class Server:
    """The product's server in a process of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.base_url = f"http://127.0.0.1:{environment['PORT']}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "buddyhelps.server"],
            env=environment,
            cwd=project.BASE_DIR,
            stdin=subprocess.DEVNULL,
        )
        wait_until_ready(self.base_url, self.process)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(
    child_environment: dict[str, str], committed_cast: Cast, settings: Any
) -> Iterator[Server]:
    settings.SPOOL_DIR = Path(project.DATA_DIR) / "spool"  # the server's own
    settings.RECORDINGS_DIR = Path(project.DATA_DIR) / "recordings"
    running = Server(child_environment)
    try:
        yield running
    finally:
        running.kill()


class Caller:
    """Listens to the greeting, then does what the test wants."""

    def __init__(self, then: Any) -> None:
        self.audible = self.quiet = 0
        self.gone = False
        self._then = then
        self._line: Line | None = None

    def open_line(self, start: StreamStart) -> Line:
        self._line = Line(start, on_frame=self._on_frame, on_mark=lambda name: None)
        return self._line

    def _on_frame(self, spoken: bytes, played: bytes) -> None:
        is_quiet = played == SILENT_FRAME
        self.audible += not is_quiet
        self.quiet = self.quiet + 1 if is_quiet else 0
        greeted = self.audible >= GREETING_FRAMES and self.quiet >= QUIET_FRAMES
        if greeted and not self.gone:
            self.gone = True
            self._then(self._line)

    async def call(self, server: Server) -> SimulatedCarrier:
        """The carrier, after the call."""
        carrier = SimulatedCarrier(
            Number(HARBOR, CALLER, project.TWILIO_AUTH_TOKEN),
            base_url=server.base_url,
            open_line=self.open_line,
            is_on_the_line=lambda: not self.gone,
        )
        async with asyncio.timeout(60):
            await carrier.place()
        return carrier


async def test_a_call_is_kept_and_a_killed_server_loses_nothing_said_so_far(
    server: Server,
) -> None:
    await a_caller_hears_the_greeting_and_hangs_up(server)
    await a_killed_server_leaves_its_journal(server)


async def a_caller_hears_the_greeting_and_hangs_up(server: Server) -> None:
    carrier = await Caller(lambda line: line.hang_up()).call(server)

    assert (carrier.log.streams, carrier.log.holds) == (1, 0)
    kept = await in_thread(wait_for_stored_call, carrier.call_sid)
    assert kept is not None
    assert (kept.call.status, kept.call.end_reason) == ("ended", "caller_hung_up")
    (turn,) = kept.turns
    assert turn.speaker == "receptionist"
    assert "Harbor Plumbing" in turn.text
    (recording,) = await stored(Recording)
    assert abs(recording.duration_ms - (kept.call.duration_ms or 0)) <= 1_000
    assert [place.state for place in await stored(Reservation)] == ["released"]


async def a_killed_server_leaves_its_journal(server: Server) -> None:
    carrier = await Caller(lambda line: server.kill()).call(server)
    (call,) = await stored(Call, carrier_call_sid=carrier.call_sid)
    assert (call.status, call.end_reason) == ("live", "")

    assert await in_thread(recovery.journals_replay) == 1

    (call,) = await stored(Call, carrier_call_sid=carrier.call_sid)
    assert (call.status, call.end_reason) == ("ended", "server_lost")
    (turn,) = await stored(Turn, call=call)
    assert "Harbor Plumbing" in turn.text
    assert {place.state for place in await stored(Reservation)} == {"released"}
    assert await in_thread(recovery.journals_replay) == 0
