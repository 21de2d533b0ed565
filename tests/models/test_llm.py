"""A tiny Qwen2 streams, stops and fills schemas; the OpenAI client meets a local server."""

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from voice.after_call.reading import _messages, _schema, read_call
from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable, Overloaded, VoiceError
from voice.llm import LanguageModel, Message
from voice.llm.json_schema import misfit
from voice.llm.registry import build_language_model
from voice.receptionist.dialogue import LeadRecord, SlotValue
from voice.records import CallRecord, EndReason, Speaker, TurnRecord

CHAT = (Message("system", "You answer for Acme."), Message("user", "My sink leaks."))
SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": ["string", "null"]},
        "urgency": {"enum": ["E0", "E1", "R"]},
        "pipes": {"type": "integer"},
        "water_off": {"type": "boolean"},
        "fixtures": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "urgency", "pipes", "water_off", "fixtures"],
    "additionalProperties": False,
}


@pytest.fixture
async def qwen(tiny_qwen: Path) -> AsyncIterator[LanguageModel]:
    built = build_language_model(VoiceSettings(llm_engine="transformers", llm_model=str(tiny_qwen)))
    assert built is not None
    yield built
    await built.close()


async def test_reply_streams_in_pieces(qwen: LanguageModel) -> None:
    pieces = [piece async for piece in qwen.stream(CHAT, max_tokens=60)]

    assert len(pieces) > 1
    assert all(pieces)


async def test_closing_the_stream_stops_the_generation(qwen: LanguageModel) -> None:
    stream: Any = qwen.stream(CHAT, max_tokens=1800)
    await anext(stream)
    await stream.aclose()

    async with asyncio.timeout(20):
        assert [piece async for piece in qwen.stream(CHAT, max_tokens=4)] != []


async def test_a_finished_call_is_read_by_a_model_that_knows_nothing(qwen: LanguageModel) -> None:
    """Random weights obey the schema and nothing else: whatever they say, nothing is made up."""
    turns = (TurnRecord(0, Speaker.CALLER, "My kitchen sink leaks. I am Dana.", 0, 2_000),)
    lead = LeadRecord(slots={"name": SlotValue("Dana")}, intent="service", confidence=0.8)
    record = CallRecord(EndReason.COMPLETED, 9_000, turns, lead, None)
    extraction = await qwen.extract(_messages(record), _schema(), max_tokens=120)

    assert misfit(extraction, _schema()) == ""
    found = await read_call(qwen, record)
    assert found is None or set(found.notes or {}) <= {"problem_detail", "access_notes"}


async def test_extraction_fits_its_schema(qwen: LanguageModel) -> None:
    found = await qwen.extract(CHAT, SCHEMA)

    assert misfit(found, SCHEMA) == ""
    assert list(found) == ["name", "urgency", "pipes", "water_off", "fixtures"]


async def test_failing_generation_is_an_engine_error(
    qwen: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("too long")

    monkeypatch.setattr(qwen._model, "generate", broken)  # type: ignore[attr-defined]

    with pytest.raises(EngineError, match=r"transformers failed, ValueError: too long"):
        _ = [piece async for piece in qwen.stream(CHAT)]


def test_missing_weights_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    with pytest.raises(EngineUnavailable, match=r"run `manage.py fetch_models qwen`"):
        build_language_model(VoiceSettings(llm_engine="transformers"))


class ChatServer:
    """The chat completions of OpenAI's protocol, as much as is used of it."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = HTTPStatus.OK
        self.content = '{"urgency": "E1"}'
        self.hold: asyncio.Event | None = None
        self.closed_early = asyncio.Event()
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        body = json.loads(await reader.readexactly(length))
        self.bodies.append(body)
        kind = "text/event-stream" if body.get("stream") else "application/json"
        writer.write(
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\nContent-Type: {kind}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        try:
            if self.status is not HTTPStatus.OK:
                writer.write(json.dumps({"error": {"message": "refused"}}).encode())
            elif body.get("stream"):
                await self._stream(writer)
            else:
                writer.write(json.dumps(self._whole()).encode())
            await writer.drain()
        except ConnectionError:
            self.closed_early.set()
        finally:
            writer.close()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        for index, piece in enumerate(("We can ", "come ", "today.")):
            if index == 1 and self.hold is not None:
                while not self.hold.is_set():
                    writer.write(b": waiting\n\n")
                    await writer.drain()
                    await asyncio.sleep(0)
            chunk = {
                "id": "c",
                "object": "chat.completion.chunk",
                "created": 0,
                "model": "m",
                "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}],
            }
            writer.write(f"data: {json.dumps(chunk)}\n\n".encode())
            await writer.drain()
        writer.write(b"data: [DONE]\n\n")

    def _whole(self) -> dict[str, Any]:
        message = {"role": "assistant", "content": self.content}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {
            "id": "c",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [choice],
        }


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    chat = ChatServer()
    listening = await asyncio.start_server(chat.answer, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    chat.url = f"http://{host}:{port}/v1"
    async with listening:
        yield chat


@pytest.fixture
async def client(server: ChatServer) -> AsyncIterator[LanguageModel]:
    built = build_language_model(
        VoiceSettings(llm_engine="openai", llm_model="m", llm_url=server.url, llm_api_key="k")
    )
    assert built is not None
    yield built
    await built.close()


async def test_openai_server_streams(client: LanguageModel, server: ChatServer) -> None:
    pieces = [piece async for piece in client.stream(CHAT, max_tokens=30)]

    assert pieces == ["We can ", "come ", "today."]
    assert server.bodies[0]["messages"][0] == {"role": "system", "content": "You answer for Acme."}
    assert (server.bodies[0]["max_tokens"], server.bodies[0]["model"]) == (30, "m")


async def test_closing_the_stream_closes_the_request(
    client: LanguageModel, server: ChatServer
) -> None:
    server.hold = asyncio.Event()
    stream: Any = client.stream(CHAT)
    assert await anext(stream) == "We can "

    await stream.aclose()

    await asyncio.wait_for(server.closed_early.wait(), 10)


async def test_extraction_asks_for_the_schema(client: LanguageModel, server: ChatServer) -> None:
    schema = {
        "type": "object",
        "properties": {"urgency": {"enum": ["E1"]}},
        "required": ["urgency"],
    }

    assert await client.extract(CHAT, schema) == {"urgency": "E1"}
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == schema


async def test_extraction_that_does_not_fit_is_an_engine_error(
    client: LanguageModel, server: ChatServer
) -> None:
    server.content = '{"urgency": "none"}'

    with pytest.raises(EngineError, match=r"does not fit: \$.urgency"):
        await client.extract(CHAT, {"properties": {"urgency": {"enum": ["E1"]}}})


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (HTTPStatus.UNAUTHORIZED, EngineUnavailable, "set LLM_API_KEY"),
        (HTTPStatus.NOT_FOUND, EngineUnavailable, "set LLM_MODEL"),
        (HTTPStatus.TOO_MANY_REQUESTS, Overloaded, "at its limit"),
        (HTTPStatus.INTERNAL_SERVER_ERROR, EngineError, "failed"),
    ],
)
async def test_server_s_refusals_are_told_apart(
    client: LanguageModel,
    server: ChatServer,
    status: HTTPStatus,
    error: type[VoiceError],
    words: str,
) -> None:
    server.status = status

    with pytest.raises(error, match=words):
        _ = [piece async for piece in client.stream(CHAT)]


async def test_unreachable_server_is_one_clear_sentence() -> None:
    model = build_language_model(
        VoiceSettings(llm_engine="openai", llm_model="m", llm_url="http://127.0.0.1:9/v1")
    )
    assert model is not None

    with pytest.raises(EngineUnavailable, match=r"does not reach .*start the server"):
        _ = [piece async for piece in model.stream(CHAT)]


def test_openai_engine_needs_a_model() -> None:
    with pytest.raises(EngineUnavailable, match=r"needs LLM_MODEL"):
        build_language_model(VoiceSettings(llm_engine="openai"))
