"""The local Deepgram and AssemblyAI servers, judged by those services' own clients.

`tests/voice/stt_remote` holds our adapters against these servers; here the servers themselves
are driven by the official SDKs, so that both sides speak the documented protocol.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from assemblyai.streaming.v3 import (
    BeginEvent,
    RealTimeError,
    RealTimeEvents,
    RealTimeParameters,
    RealTimeTranscriber,
    RealTimeTranscriberOptions,
    TerminationEvent,
    TurnEvent,
)
from deepgram import AsyncDeepgramClient
from deepgram.environment import DeepgramClientEnvironment
from deepgram.listen.v1.types.listen_v1configure import ListenV1Configure
from deepgram.listen.v1.types.listen_v1configure_success import ListenV1ConfigureSuccess

from tests.voice.stt_remote.level_words import say
from tests.voice.stt_remote.servers import AssemblyAi, Deepgram, Server


def _pcm(text: str) -> bytes:
    return bytes((say(text) * 32767).astype("<i2").tobytes())


async def test_deepgram_s_client_understands_our_server() -> None:
    async with Server(Deepgram()).running() as server:
        client = AsyncDeepgramClient(
            api_key="dg-key",
            environment=DeepgramClientEnvironment(
                base=server.url, production=server.url, agent=server.url, agent_rest=server.url
            ),
        )
        pcm, heard, last, keyterms = _pcm("two five"), [], "", None
        async with client.listen.v1.connect(
            model="nova-3", encoding="linear16", sample_rate="16000", interim_results="true"
        ) as socket:
            for start in range(0, len(pcm), 6400):
                await socket.send_media(pcm[start : start + 6400])
            await socket.send_keep_alive()
            await socket.send_configure(ListenV1Configure(keyterms=["Elm Street"]))
            await socket.send_finalize()
            await socket.send_close_stream()
            async with asyncio.timeout(20):
                async for message in socket:
                    last = type(message).__name__
                    if isinstance(message, ListenV1ConfigureSuccess):
                        keyterms = message.keyterms
                    if getattr(message, "from_finalize", False):
                        heard.append(message.channel.alternatives[0])

    assert [result.transcript for result in heard] == ["two five"]
    assert [(word.word, word.start, word.end) for word in heard[0].words] == [
        ("two", 0.2, 0.4),
        ("five", 0.6, 0.8),
    ]
    assert keyterms == ["Elm Street"]
    assert last.endswith("Metadata")
    assert [said["type"] for said in server.sessions[0].controls] == [
        "KeepAlive",
        "Configure",
        "Finalize",
        "CloseStream",
    ]
    assert server.sessions[0].authorization == "Token dg-key"


@contextmanager
def _in_a_thread(server: Server) -> Iterator[None]:
    """The server on a loop of its own: AssemblyAI's client blocks."""
    started, stop = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        async with server.running():
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)


def _client(server: Server, seen: list[Any]) -> RealTimeTranscriber:
    client = RealTimeTranscriber(RealTimeTranscriberOptions(api_key="aai-key", api_host=server.url))
    for event in (
        RealTimeEvents.Begin,
        RealTimeEvents.Turn,
        RealTimeEvents.Termination,
        RealTimeEvents.Error,
    ):
        client.on(event, lambda _, message: seen.append(message))
    return client


def test_assemblyai_s_client_understands_our_server() -> None:
    seen: list[Any] = []
    server = Server(AssemblyAi())
    with _in_a_thread(server):
        client = _client(server, seen)
        client.connect(RealTimeParameters(sample_rate=16_000, format_turns=False))
        pcm = _pcm("two five")
        client.stream(pcm[start : start + 6400] for start in range(0, len(pcm), 6400))
        client.force_endpoint()
        client.disconnect(terminate=True)

    assert isinstance(seen[0], BeginEvent)
    turn = next(item for item in seen if isinstance(item, TurnEvent) and item.end_of_turn)
    assert turn.transcript == "two five"
    assert [(word.text, word.start, word.end) for word in turn.words] == [
        ("two", 200, 400),
        ("five", 600, 800),
    ]
    assert isinstance(seen[-1], TerminationEvent)
    assert [said["type"] for said in server.sessions[0].controls] == ["ForceEndpoint", "Terminate"]
    assert server.sessions[0].authorization == "aai-key"


def test_assemblyai_s_client_understands_our_refusal() -> None:
    seen: list[Any] = []
    server = Server(AssemblyAi())
    server.faults.message = {"type": "Error", "error_code": 4002, "error": "Insufficient Funds"}
    with _in_a_thread(server):
        client = _client(server, seen)
        client.connect(RealTimeParameters(sample_rate=16_000))
        client.disconnect(terminate=True)

    errors = [item for item in seen if isinstance(item, RealTimeError)]
    assert [error.code for error in errors] == [4002]
