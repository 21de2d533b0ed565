"""A media socket in process: what the carrier sends and gets, without a network."""

import asyncio
import base64
import json
from collections.abc import Iterable
from typing import Any

from twilio.request_validator import RequestValidator

from calls.media.consumer import MediaStreamConsumer
from voice.receptionist.dialogue import LeadRecord, SlotValue, Urgency
from voice.records import CallAudio, CallRecord, EndReason, Speaker, TurnRecord

STREAM_URL = "ws://127.0.0.1:8000/media/twilio"
SILENCE = b"\xff" * 160
WAIT_S = 10.0


class ScriptedSession:
    """A conversation that writes down what it is given and ends when it is told to.

    Each thing received becomes a turn, noted at the desk at once, as a real session does.
    """

    def __init__(self, context: Any, sink: Any, desk: Any) -> None:
        self.context, self.sink, self.desk = context, sink, desk
        self.audio: list[tuple[bytes, int]] = []
        self.marks: list[str] = []
        self.keys: list[str] = []
        self.ends: list[tuple[EndReason, str]] = []
        self.turns: list[TurnRecord] = []
        self.over = asyncio.Event()
        self._news = asyncio.Event()
        self.fails: Exception | None = None

    def receive_audio(self, ulaw: bytes, *, timestamp_ms: int) -> None:
        self.audio.append((ulaw, timestamp_ms))
        self.say(f"audio {len(self.audio)}", timestamp_ms)
        self._news.set()

    async def has_heard(self, frames: int) -> None:
        """Return once so many frames have come."""
        while len(self.audio) < frames:
            self._news.clear()
            await self._news.wait()

    def receive_mark(self, name: str) -> None:
        self.marks.append(name)

    def receive_dtmf(self, key: str) -> None:
        self.keys.append(key)

    def end(self, reason: EndReason, error: str = "") -> None:
        self.ends.append((reason, error))
        self.over.set()

    def say(self, text: str, at_ms: int = 0) -> None:
        turn = TurnRecord(len(self.turns), Speaker.CALLER, text, at_ms, at_ms + 20)
        self.turns.append(turn)
        self.desk.note_turn(turn, self.lead())

    def lead(self) -> LeadRecord:
        return LeadRecord(
            slots={"name": SlotValue(f"caller of {self.context.call_id}", 0)}, urgency=Urgency.R
        )

    async def run(self) -> CallRecord:
        await self.over.wait()
        if self.fails is not None:
            raise self.fails
        sound = b"".join(ulaw for ulaw, _ in self.audio)
        reason, error = self.ends[0]
        return CallRecord(
            reason=reason,
            duration_ms=20 * len(self.audio),
            turns=tuple(self.turns),
            lead=self.lead(),
            audio=CallAudio(sound, SILENCE * len(self.audio)),
            error=error,
        )


class Sessions:
    """Every session that was opened, by the carrier's call."""

    def __init__(self) -> None:
        self.opened: list[ScriptedSession] = []
        self._news = asyncio.Event()

    def open(self, context: Any, sink: Any, desk: Any) -> ScriptedSession:
        session = ScriptedSession(context, sink, desk)
        self.opened.append(session)
        self._news.set()
        return session

    async def next(self) -> ScriptedSession:
        """The session that opens next."""
        async with asyncio.timeout(WAIT_S):
            await self._news.wait()
        self._news.clear()
        return self.opened[-1]


class Socket:
    """One media stream, driven by a test. `await socket.closed()` is the close code."""

    def __init__(self, auth_token: str, *, signed: str | None = STREAM_URL) -> None:
        headers: list[tuple[bytes, bytes]] = [(b"host", b"127.0.0.1:8000")]
        if signed is not None:
            signature = RequestValidator(auth_token).compute_signature(signed, {})
            headers.append((b"x-twilio-signature", signature.encode()))
        self._scope = {
            "type": "websocket",
            "path": "/media/twilio",
            "headers": headers,
            "query_string": b"",
        }
        self._to_us: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.accepted = False
        self.close_code: int | None = None
        self._to_us.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        await MediaStreamConsumer.as_asgi()(self._scope, self._to_us.get, self._send)

    async def _send(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.close":
                self.close_code = message["code"]
            case _:
                self.sent.append(json.loads(message["text"]))

    def send(self, message: object) -> None:
        """One text message, encoded as JSON unless it is text already."""
        text = message if isinstance(message, str) else json.dumps(message)
        self._to_us.put_nowait({"type": "websocket.receive", "text": text, "bytes": None})

    def send_binary(self, data: bytes) -> None:
        self._to_us.put_nowait({"type": "websocket.receive", "text": None, "bytes": data})

    def start(self, sid: str, token: str | None) -> None:
        """Greet as Twilio does."""
        self.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        parameters = {} if token is None else {"token": token}
        self.send(
            {
                "event": "start",
                "sequenceNumber": "1",
                "streamSid": f"MZ{sid}",
                "start": {
                    "accountSid": "AC1",
                    "streamSid": f"MZ{sid}",
                    "callSid": sid,
                    "tracks": ["inbound"],
                    "customParameters": parameters,
                    "mediaFormat": {
                        "encoding": "audio/x-mulaw",
                        "sampleRate": 8000,
                        "channels": 1,
                    },
                },
            }
        )

    def media(self, *chunks: int, ulaw: bytes = SILENCE) -> None:
        """Frames with these numbers, each where its number says."""
        for chunk in chunks:
            self.send(media(chunk, ulaw))

    def stop(self) -> None:
        self.send({"event": "stop", "streamSid": "MZ", "stop": {"callSid": "CA"}})

    def vanish(self, code: int = 1006) -> None:
        """The connection is gone."""
        self._to_us.put_nowait({"type": "websocket.disconnect", "code": code})

    async def closed(self) -> int | None:
        """The consumer is done; the code it closed with, None if it did not close."""
        async with asyncio.timeout(WAIT_S):
            await asyncio.shield(self._task)
        return self.close_code

    def cancel(self) -> None:
        """As a server does that stops at once."""
        self._task.cancel()


def media(chunk: int, ulaw: bytes = SILENCE, **fields: object) -> dict[str, object]:
    """A media message as Twilio sends it."""
    body: dict[str, object] = {
        "track": "inbound",
        "chunk": str(chunk),
        "timestamp": str((chunk - 1) * 20),
        "payload": base64.b64encode(ulaw).decode(),
    }
    return {"event": "media", "sequenceNumber": str(chunk + 1), "streamSid": "MZ1"} | {
        "media": body | fields
    }


def texts(turns: Iterable[Any]) -> list[str]:
    return [turn.text for turn in turns]
