"""Local servers that speak Deepgram's and AssemblyAI's documented streaming protocols."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from tests.voice.stt_remote.level_words import LevelRecognizer, Word


@dataclass
class Session:
    """What one connection asked and sent."""

    query: dict[str, list[str]]
    authorization: str
    controls: list[dict[str, Any]] = field(default_factory=list)
    ears: LevelRecognizer = field(default_factory=LevelRecognizer)
    chunks_ms: list[int] = field(default_factory=list)
    done: int = 0
    """Settled up to here, milliseconds of this connection."""
    turn: int = 0


@dataclass
class Faults:
    """What goes wrong, and when."""

    status: HTTPStatus | None = None
    break_after_ms: list[int] = field(default_factory=list)
    """One entry a connection: it is cut after that much audio."""
    mute: bool = False
    close: tuple[int, str] | None = None
    message: dict[str, Any] | None = None


class Service(Protocol):
    path: str

    def greeting(self) -> dict[str, Any] | None: ...

    def on_audio(self, session: Session) -> dict[str, Any] | None: ...

    def on_control(self, session: Session, said: dict[str, Any]) -> list[dict[str, Any]]: ...


class Server:
    """One service on a free port of this machine."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.sessions: list[Session] = []
        self.faults = Faults()
        self.url = ""
        self.changed = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        async with serve(
            self._talk, "127.0.0.1", 0, process_request=self._admit, compression=None
        ) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            self.url = f"ws://{host}:{port}"
            yield self

    async def until(self, true: Any) -> None:
        """Wait until something a client did makes it true; ten seconds at most."""
        async with asyncio.timeout(10):
            while not true():
                await self.changed.wait()
                self.changed.clear()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if urlsplit(request.path).path != self.service.path:
            return connection.respond(HTTPStatus.NOT_FOUND, "no such path")
        if self.faults.status is not None:
            return connection.respond(self.faults.status, "refused")
        return None

    async def _talk(self, socket: ServerConnection) -> None:
        request = socket.request
        assert request is not None
        query = parse_qs(urlsplit(request.path).query)
        session = Session(query, request.headers.get("Authorization", ""))
        self.sessions.append(session)
        self.changed.set()
        limits = self.faults.break_after_ms
        limit = limits.pop(0) if limits else None
        if greeting := self.service.greeting():
            await socket.send(json.dumps(greeting))
        if self.faults.message is not None:
            await socket.send(json.dumps(self.faults.message))
        if self.faults.close is not None:
            await socket.close(*self.faults.close)
            return
        async for message in socket:
            answers = self._answers(session, message)
            self.changed.set()
            if limit is not None and session.ears.heard_ms >= limit:
                socket.transport.abort()
                return
            for answer in answers if not self.faults.mute else []:
                await socket.send(json.dumps(answer))
            if session.controls and session.controls[-1]["type"] in {"CloseStream", "Terminate"}:
                return

    def _answers(self, session: Session, message: str | bytes) -> list[dict[str, Any]]:
        if isinstance(message, bytes):
            session.ears.push(message)
            session.chunks_ms.append(len(message) // 32)
            answer = self.service.on_audio(session)
            return [answer] if answer else []
        said = json.loads(message)
        session.controls.append(said)
        return self.service.on_control(session, said)


class Deepgram:
    path = "/v1/listen"

    def greeting(self) -> dict[str, Any] | None:
        return None

    def on_audio(self, session: Session) -> dict[str, Any] | None:
        return self._results(session, final=False) if session.ears.since(session.done) else None

    def on_control(self, session: Session, said: dict[str, Any]) -> list[dict[str, Any]]:
        if said["type"] == "KeepAlive":
            return []
        if said["type"] == "Configure":
            return [
                {
                    "type": "ConfigureSuccess",
                    "request_id": "8c8ebea9-dbec-45fa-a035-e4632cb05b5f",
                    "keyterms": said["keyterms"],
                }
            ]
        answers = [self._results(session, final=True, forced=said["type"] == "Finalize")]
        session.done = session.ears.heard_ms
        if said["type"] == "CloseStream":
            answers.append(
                {
                    "type": "Metadata",
                    "transaction_key": "deprecated",
                    "request_id": "8c8ebea9-dbec-45fa-a035-e4632cb05b5f",
                    "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                    "created": "2026-08-29T22:37:55.202Z",
                    "duration": session.ears.heard_ms / 1000,
                    "channels": 1,
                }
            )
        return answers

    def _results(self, session: Session, *, final: bool, forced: bool = False) -> dict[str, Any]:
        words = session.ears.since(session.done)
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "start": session.done / 1000,
            "duration": (session.ears.heard_ms - session.done) / 1000,
            "is_final": final,
            "speech_final": False,
            "from_finalize": forced,
            "channel": {
                "alternatives": [
                    {
                        "transcript": " ".join(word.text for word in words),
                        "confidence": 0.9,
                        "words": [self._word(word) for word in words],
                    }
                ]
            },
            "metadata": {
                "request_id": "8c8ebea9-dbec-45fa-a035-e4632cb05b5f",
                "model_info": {"name": "levels", "version": "1", "arch": "levels"},
                "model_uuid": "8c8ebea9-dbec-45fa-a035-e4632cb05b5f",
            },
        }

    def _word(self, word: Word) -> dict[str, Any]:
        return {
            "word": word.text,
            "punctuated_word": word.text,
            "start": word.start_ms / 1000,
            "end": word.end_ms / 1000,
            "confidence": 0.9,
        }


class AssemblyAi:
    path = "/v3/ws"

    def greeting(self) -> dict[str, Any] | None:
        return {
            "type": "Begin",
            "id": "a1b2c3d4-dbec-45fa-a035-e4632cb05b5f",
            "expires_at": 1893456000,
        }

    def on_audio(self, session: Session) -> dict[str, Any] | None:
        return self._turn(session, end=False) if session.ears.since(session.done) else None

    def on_control(self, session: Session, said: dict[str, Any]) -> list[dict[str, Any]]:
        if said["type"] == "ForceEndpoint":
            answer = self._turn(session, end=True)
            session.done = session.ears.heard_ms
            session.turn += 1
            return [answer]
        if said["type"] == "Terminate":
            seconds = session.ears.heard_ms // 1000
            return [
                {
                    "type": "Termination",
                    "audio_duration_seconds": seconds,
                    "session_duration_seconds": seconds,
                }
            ]
        return []

    def _turn(self, session: Session, *, end: bool) -> dict[str, Any]:
        words = session.ears.since(session.done)
        return {
            "type": "Turn",
            "turn_order": session.turn,
            "turn_is_formatted": False,
            "end_of_turn": end,
            "transcript": " ".join(word.text for word in words),
            "end_of_turn_confidence": 1.0 if end else 0.1,
            "words": [
                {
                    "text": word.text,
                    "start": word.start_ms,
                    "end": word.end_ms,
                    "confidence": 0.8,
                    "word_is_final": end,
                }
                for word in words
            ],
        }
