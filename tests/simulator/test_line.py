"""The simulated line against a real WebSocket server on the loopback."""

import asyncio
import base64
import json

import pytest
from websockets.asyncio.server import ServerConnection, serve

from calls.simulator.line import FRAME_BYTES, SILENCE, Line, LineRefused, StreamStart

TONE = b"\x10" * FRAME_BYTES


def start_on(port: int) -> StreamStart:
    return StreamStart(f"ws://127.0.0.1:{port}/media", "sig", "MZ1", "AC1", "CA1", {"token": "t"})


class Recorder:
    """Keeps what the line reports."""

    def __init__(self) -> None:
        self.played: list[bytes] = []
        self.spoken: list[bytes] = []
        self.marks: list[str] = []

    def frame(self, spoken: bytes, played: bytes) -> None:
        self.spoken.append(spoken)
        self.played.append(played)

    def line(self, port: int) -> Line:
        return Line(start_on(port), on_frame=self.frame, on_mark=self.marks.append)


def media(payload: bytes) -> str:
    body = {"payload": base64.b64encode(payload).decode()}
    return json.dumps({"event": "media", "streamSid": "MZ1", "media": body})


def mark(name: str) -> str:
    return json.dumps({"event": "mark", "streamSid": "MZ1", "mark": {"name": name}})


async def test_start_comes_second_and_media_frames_are_numbered_from_one() -> None:
    received: list[dict[str, object]] = []

    async def server(socket: ServerConnection) -> None:
        for _ in range(5):
            received.append(json.loads(await socket.recv()))
        await socket.close(1000)

    recorder = Recorder()
    async with serve(server, "127.0.0.1", 0) as listening:
        line = recorder.line(listening.sockets[0].getsockname()[1])
        line.speak(TONE)
        await asyncio.wait_for(line.run(), 10)

    assert [message["event"] for message in received] == [
        "connected",
        "start",
        "media",
        "media",
        "media",
    ]
    start = received[1]["start"]
    assert isinstance(start, dict)
    assert start["customParameters"] == {"token": "t"}
    first, second = received[2]["media"], received[3]["media"]
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert (first["chunk"], first["timestamp"]) == ("1", "0")
    assert (second["chunk"], second["timestamp"]) == ("2", "20")
    assert base64.b64decode(first["payload"]) == TONE
    assert base64.b64decode(second["payload"]) == SILENCE
    assert line.close_code == 1000


async def test_marks_come_back_only_after_the_audio_before_them_was_played() -> None:
    returned: list[str] = []

    async def server(socket: ServerConnection) -> None:
        await socket.send(media(TONE * 3))
        await socket.send(mark("m1"))
        async for text in socket:
            message = json.loads(text)
            if message["event"] == "mark":
                returned.append(message["mark"]["name"])
                await socket.close(1000)

    recorder = Recorder()
    async with serve(server, "127.0.0.1", 0) as listening:
        await asyncio.wait_for(recorder.line(listening.sockets[0].getsockname()[1]).run(), 10)

    assert returned == ["m1"]
    assert recorder.marks == ["m1"]
    assert recorder.played.count(TONE) == 3


async def test_clear_drops_the_buffer_and_returns_its_marks_as_unheard() -> None:
    returned: list[str] = []

    async def server(socket: ServerConnection) -> None:
        await socket.send(media(TONE * 200))
        await socket.send(mark("never-heard"))
        await socket.send(json.dumps({"event": "clear", "streamSid": "MZ1"}))
        async for text in socket:
            message = json.loads(text)
            if message["event"] == "mark":
                returned.append(message["mark"]["name"])
                await socket.close(1000)

    recorder = Recorder()
    async with serve(server, "127.0.0.1", 0) as listening:
        line = recorder.line(listening.sockets[0].getsockname()[1])
        await asyncio.wait_for(line.run(), 10)

    assert returned == ["never-heard"]
    assert recorder.marks == []
    assert recorder.played.count(TONE) < 200
    assert line.clears == 1


async def test_hanging_up_sends_stop() -> None:
    events: list[str] = []

    async def server(socket: ServerConnection) -> None:
        async for text in socket:
            events.append(json.loads(text)["event"])

    recorder = Recorder()
    async with serve(server, "127.0.0.1", 0) as listening:
        line = recorder.line(listening.sockets[0].getsockname()[1])
        line.hang_up()
        await asyncio.wait_for(line.run(), 10)

    assert events == ["connected", "start", "stop"]


async def test_a_server_that_is_not_there_is_named() -> None:
    async with serve(lambda _: asyncio.sleep(0), "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
    with pytest.raises(LineRefused, match=f"ws://127.0.0.1:{port}/media cannot be reached"):
        await Recorder().line(port).run()
