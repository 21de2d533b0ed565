"""Deepgram and AssemblyAI sessions against local servers that speak their protocols."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from tests.voice.stt_remote.level_words import say
from tests.voice.stt_remote.servers import AssemblyAi, Deepgram, Server
from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable, Overloaded
from voice.stt import ANYTHING, Expectation, Expecting, RecognitionRequest, StreamingRecognizer
from voice.stt.assemblyai import AssemblyAiDialect
from voice.stt.registry import build_recognizers
from voice.stt.remote import Hints, RemoteTranscriber
from voice.timing import TimedWord

Kind = type[Deepgram] | type[AssemblyAi]
SERVICES: dict[str, Kind] = {
    "deepgram": Deepgram,
    "assemblyai": AssemblyAi,
}


@pytest.fixture(params=sorted(SERVICES))
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with Server(SERVICES[request.param]()).running() as running:
        yield running


@pytest.fixture
async def recognizer(server: Server) -> AsyncIterator[StreamingRecognizer]:
    built = build_recognizers(_settings(server))
    assert not isinstance(built, tuple)
    yield built
    await built.close()


def _name(server: Server) -> str:
    return next(name for name, kind in SERVICES.items() if isinstance(server.service, kind))


def _settings(server: Server) -> VoiceSettings:
    return VoiceSettings(
        stt_engine=_name(server),
        deepgram_api_key="dg-key",
        deepgram_url=server.url,
        assemblyai_api_key="aai-key",
        assemblyai_url=server.url,
    )


def _open(recognizer: StreamingRecognizer) -> RemoteTranscriber:
    session = recognizer.open(call_id="CA1")
    assert isinstance(session, RemoteTranscriber)
    return session


async def _hear(
    session: RemoteTranscriber, text: str, expectation: Expectation = ANYTHING
) -> tuple[str, tuple[TimedWord, ...]]:
    samples = say(text)
    for start in range(0, len(samples), 512):
        session.push(samples[start : start + 512])
    heard = await session.transcribe(
        RecognitionRequest(samples, expectation),
        deadline=asyncio.get_running_loop().time() + 5,
    )
    return heard.text, heard.words


async def test_utterances_come_back_as_words_with_times(recognizer: StreamingRecognizer) -> None:
    session = _open(recognizer)

    assert await _hear(session, "five five five") == (
        "five five five",
        (
            TimedWord("five", 200, 400),
            TimedWord("five", 600, 800),
            TimedWord("five", 1000, 1200),
        ),
    )
    assert (await _hear(session, "two one"))[0] == "two one"
    assert (await _hear(session, ""))[0] == ""


async def test_dropped_request_leaves_its_words_to_the_next(
    recognizer: StreamingRecognizer,
) -> None:
    session = _open(recognizer)
    first, second = say("one two"), say("three")
    session.push(first)
    loop = asyncio.get_running_loop()
    dropped = asyncio.create_task(
        session.transcribe(RecognitionRequest(first), deadline=loop.time() + 5)
    )
    await asyncio.sleep(0)
    dropped.cancel()
    session.push(second)
    whole = RecognitionRequest(np.concatenate([first, second]))

    assert (await session.transcribe(whole, deadline=loop.time() + 5)).text == "one two three"


async def test_partial_words_are_known_before_the_utterance_ends(
    server: Server, recognizer: StreamingRecognizer
) -> None:
    session = _open(recognizer)
    session.push(say("four six"))
    await server.until(lambda: server.sessions and server.sessions[0].ears.heard_ms >= 950)
    async with asyncio.timeout(5):
        while session.partial != "four six":
            await session._changed.wait()

    assert session.partial == "four six"


async def test_broken_connection_is_replaced_once_and_unsettled_audio_sent_again(
    server: Server, recognizer: StreamingRecognizer
) -> None:
    server.faults.break_after_ms = [1500]
    session = _open(recognizer)

    assert (await _hear(session, "one"))[0] == "one"
    assert (await _hear(session, "two three four five"))[0] == "two three four five"

    assert len(server.sessions) == 2
    assert server.sessions[1].ears.words[0].text == "two"


async def test_connection_that_breaks_twice_is_an_engine_error(
    server: Server, recognizer: StreamingRecognizer
) -> None:
    server.faults.break_after_ms = [300, 300, 300]
    session = _open(recognizer)

    with pytest.raises(EngineError, match="broke twice"):
        await _hear(session, "one two three")
    assert len(server.sessions) == 2


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (HTTPStatus.UNAUTHORIZED, EngineUnavailable, "API_KEY to a valid key"),
        (HTTPStatus.PAYMENT_REQUIRED, EngineUnavailable, "out of credit"),
        (HTTPStatus.TOO_MANY_REQUESTS, Overloaded, "no more sessions at once"),
        (HTTPStatus.BAD_REQUEST, EngineError, "refused the session"),
    ],
)
async def test_refusal_is_said_in_one_sentence(
    server: Server,
    recognizer: StreamingRecognizer,
    status: HTTPStatus,
    error: type[Exception],
    words: str,
) -> None:
    server.faults.status = status

    with pytest.raises(error, match=words):
        await _hear(_open(recognizer), "one")


async def test_words_known_so_far_are_the_answer_when_the_service_does_not_settle(
    server: Server, recognizer: StreamingRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(server.service), "on_control", lambda *_: [])
    monkeypatch.setattr("voice.stt.remote.SETTLE_S", 0.2)

    assert (await _hear(_open(recognizer), "seven eight"))[0] == "seven eight"


async def test_silent_service_is_an_engine_error_at_the_deadline(
    server: Server, recognizer: StreamingRecognizer
) -> None:
    server.faults.mute = True
    session = _open(recognizer)
    samples = say("one")
    session.push(samples)

    with pytest.raises(EngineError, match="did not answer before the deadline"):
        await session.transcribe(
            RecognitionRequest(samples), deadline=asyncio.get_running_loop().time() + 0.2
        )


async def test_quiet_line_is_kept_alive(
    server: Server, recognizer: StreamingRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.stt.remote.KEEP_ALIVE_S", 0.05)
    session = _open(recognizer)
    session.push(say(""))

    await server.until(
        lambda: server.sessions and {"type": "KeepAlive"} in server.sessions[0].controls
    )


async def test_closing_ends_the_session_at_the_service(
    server: Server, recognizer: StreamingRecognizer
) -> None:
    session = _open(recognizer)
    await _hear(session, "one")

    await session.close()

    await server.until(
        lambda: server.sessions[0].controls[-1]["type"] in {"CloseStream", "Terminate"}
    )


async def test_audio_is_sent_in_pieces_the_service_takes(
    server: Server, recognizer: StreamingRecognizer
) -> None:
    session = _open(recognizer)
    await _hear(session, "one two three")

    smallest = {"deepgram": 20, "assemblyai": 50}[_name(server)]
    assert min(server.sessions[0].chunks_ms) >= smallest
    assert max(server.sessions[0].chunks_ms) <= 250


@pytest.mark.parametrize(
    ("service", "message", "field"),
    [
        (AssemblyAi, "UpdateConfiguration", "keyterms_prompt"),
        (Deepgram, "Configure", "keyterms"),
    ],
)
async def test_expected_terms_are_told_in_the_running_session(
    service: Kind, message: str, field: str
) -> None:
    async with Server(service()).running() as server:
        session = _open(build_recognizers(_settings(server)))  # type: ignore[arg-type]
        await _hear(session, "one")
        terms = Expectation(Expecting.STREET, ("Elm Street", "Oak Lane"))
        await _hear(session, "two", terms)
        await server.until(lambda: len(server.sessions[0].controls) == 3)

        assert (await _hear(session, "three four", terms))[0] == "three four"
        await session.close()

        assert len(server.sessions) == 1
        assert server.sessions[0].controls[2] == {
            "type": message,
            field: ["Elm Street", "Oak Lane"],
        }


@pytest.mark.parametrize(
    ("service", "field", "asked"),
    [
        (
            AssemblyAi,
            "speech_model",
            ["universal-streaming-english", "universal-streaming-multilingual"],
        ),
        (Deepgram, "language", ["en", "multi"]),
    ],
)
async def test_spanish_is_asked_for_with_a_new_connection_between_utterances(
    service: Kind, field: str, asked: list[str]
) -> None:
    async with Server(service()).running() as server:
        session = _open(build_recognizers(_settings(server)))  # type: ignore[arg-type]
        spanish = Expectation(phrases=("Calle Ocho",), language="es")
        await _hear(session, "one")
        await _hear(session, "two", spanish)
        await server.until(lambda: len(server.sessions) == 2)

        assert (await _hear(session, "three", spanish))[0] == "three"
        await session.close()

        assert [item.query[field] for item in server.sessions] == [[value] for value in asked]
        assert server.sessions[0].authorization in {"aai-key", "Token dg-key"}


async def test_first_connection_already_carries_what_is_expected() -> None:
    async with Server(Deepgram()).running() as server:
        session = _open(build_recognizers(_settings(server)))  # type: ignore[arg-type]
        await _hear(session, "one", Expectation(phrases=("Elm Street", "Oak Lane")))
        await session.close()

        assert server.sessions[0].query["keyterm"] == ["Elm Street", "Oak Lane"]


@pytest.mark.parametrize(
    ("message", "error", "words"),
    [
        ({"error_code": 4002, "error": "Insufficient Funds"}, EngineUnavailable, "out of credit"),
        ({"error_code": 3005, "error": "Server error"}, EngineError, "assemblyai: Server error"),
    ],
)
async def test_assemblyai_error_message_ends_the_session(
    message: dict[str, object], error: type[Exception], words: str
) -> None:
    async with Server(AssemblyAi()).running() as server:
        server.faults.message = {"type": "Error", **message}
        session = _open(build_recognizers(_settings(server)))  # type: ignore[arg-type]

        with pytest.raises(error, match=words):
            await _hear(session, "one")


async def test_close_code_of_a_bad_key_is_said_in_one_sentence() -> None:
    async with Server(AssemblyAi()).running() as server:
        server.faults.close = (1008, "Unauthorized Connection")
        session = _open(build_recognizers(_settings(server)))  # type: ignore[arg-type]

        with pytest.raises(EngineUnavailable, match="set ASSEMBLYAI_API_KEY"):
            await _hear(session, "one")


@pytest.mark.parametrize("engine", ["deepgram", "assemblyai"])
def test_missing_key_is_said_before_any_call(engine: str) -> None:
    with pytest.raises(EngineUnavailable, match=f"set {engine.upper()}_API_KEY"):
        build_recognizers(VoiceSettings(stt_engine=engine))


def test_keyterms_travel_as_json() -> None:
    url = AssemblyAiDialect(api_key="k").url(Hints(("Elm Street",)))

    assert parse_qs(urlsplit(url).query)["keyterms_prompt"] == ['["Elm Street"]']
