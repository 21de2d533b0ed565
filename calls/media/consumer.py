"""The media socket: checks who connects, then only decodes messages and hands bytes on.

It has its own receive loop instead of Channels' dispatch, which sends each message through one
thread that everything shares: a slow query elsewhere would hold up every call's audio.
"""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import structlog
from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, WebSocketScope
from channels.consumer import AsyncConsumer
from django.utils import timezone

from calls import enrichment, metrics, outcomes, recovery, stream_tokens, voice_runtime
from calls.carriers.envelopes import (
    AudioReceived,
    EnvelopeError,
    KeyPressed,
    MarkReturned,
    MediaCodec,
    StreamStarted,
    StreamStopped,
)
from calls.carriers.twilio.envelopes import TwilioCodec
from calls.carriers.twilio.signature import is_signed_stream
from calls.media import live
from calls.media.opening import OpenedCall, open_call
from calls.media.session import Session
from calls.media.sink import CarrierSink
from calls.outcomes import Outcome
from calls.stream_tokens import StreamGrant
from calls.threads import in_thread
from voice.records import CallRecord, EndReason

log = structlog.get_logger(__name__)

START_TIMEOUT_S = 5.0
OPEN_TIMEOUT_S = 4.0
STORE_TIMEOUT_S = 2.0
"""How long the caller waits for the database after the last word; the journal has it by then."""

AHEAD_MS = 10_000
"""Audio can't be this much ahead of the clock: it would be made up, to fill our memory."""

NORMAL_CLOSE = 1000
POLICY_CLOSE = 1008
TRY_AGAIN_CLOSE = 1013


class _Refused(Exception):
    """The stream is not to be answered; the message says why, the code tells the carrier."""

    def __init__(self, why: str, code: int = POLICY_CLOSE) -> None:
        super().__init__(why)
        self.code = code


class _Gone(Exception):
    """The carrier left before the call began."""


class MediaStreamConsumer(AsyncConsumer):  # type: ignore[misc] # channels has no types
    """One media stream, from the upgrade to its close; one call at most."""

    codec: MediaCodec = TwilioCodec()

    async def __call__(
        self, scope: WebSocketScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """The whole socket, as ASGI has it."""
        reply: Any = send
        await receive()
        if not _is_signed(scope):
            metrics.streams_wrong.labels("refused").inc()
            log.warning("stream_refused", why="the upgrade's signature does not fit")
            await reply({"type": "websocket.close", "code": POLICY_CLOSE})
            return
        await reply({"type": "websocket.accept"})
        try:
            started, opened = await self._begin(receive)
        except _Refused as refusal:
            metrics.streams_wrong.labels("refused").inc()
            log.warning("stream_refused", why=str(refusal))
            await _close(reply, refusal.code)
            return
        except _Gone:
            return
        await self._converse(started, opened, receive, send)

    async def _begin(self, receive: ASGIReceiveCallable) -> tuple[StreamStarted, OpenedCall]:
        """The stream's start and the call it opens. Raises _Refused or _Gone."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                started = await self._start(receive)
        except TimeoutError:
            raise _Refused(f"no start message within {START_TIMEOUT_S} s") from None
        grant = stream_tokens.read(started.parameters.get("token", ""), call_sid=started.call_sid)
        if grant is None:
            raise _Refused("the token is missing, forged, expired or another call's")
        if not voice_runtime.is_running():
            raise _Refused("there is no voice worker in this process", TRY_AGAIN_CLOSE)
        opened = await _open(grant)
        if opened is None:
            raise _Refused("the token was used before, or its call is over")
        return started, opened

    async def _start(self, receive: ASGIReceiveCallable) -> StreamStarted:
        while True:
            message: Any = await receive()
            if message["type"] != "websocket.receive":
                raise _Gone
            try:
                event = self.codec.decode(_text(message))
            except EnvelopeError as error:
                raise _Refused(f"before the start: {error}") from None
            if isinstance(event, StreamStarted):
                return event
            if isinstance(event, StreamStopped):
                raise _Gone

    async def _converse(
        self,
        started: StreamStarted,
        opened: OpenedCall,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
    ) -> None:
        sink = CarrierSink(send, self.codec, started.stream_sid)
        loop = asyncio.get_running_loop()
        began = loop.time()
        record: CallRecord | None = None
        held: live.Conversation | None = None
        reason, error = EndReason.DRAINED, "the server was stopped"
        try:
            session = voice_runtime.open_session(opened.context, sink, opened.desk)
            longest_s = opened.context.rules.max_call_minutes * 60.0
            held = live.enter(started.call_sid, session, longest_s=longest_s)
            record = await self._run(session, receive)
        except* Exception as group:
            reason, error = EndReason.ENGINE_FAILED, repr(group.exceptions[0])
            log.exception("conversation_failed", call_id=opened.head.call_id)
        finally:
            live.leave(started.call_sid)
            if record is None:
                if held is not None and held.is_overdue:
                    reason, error = EndReason.ENGINE_FAILED, "it did not end by itself"
                duration_ms = round((loop.time() - began) * 1000)
                record = opened.desk.record_so_far(reason, duration_ms, error)
            await _store(opened, record)
            broken = record.reason == EndReason.PROTOCOL_ERROR
            await _close(send, POLICY_CLOSE if broken else NORMAL_CLOSE)

    async def _run(self, session: Session, receive: ASGIReceiveCallable) -> CallRecord:
        """The conversation, fed from the socket for as long as it lasts."""
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen(session, receive))
            record = await session.run()
            listening.cancel()
        return record

    async def _listen(self, session: Session, receive: ASGIReceiveCallable) -> None:
        """Hand on what comes in, until the carrier is done or breaks the rules. Never raises."""
        try:
            await self._hand_on(session, receive)
        except EnvelopeError as error:
            metrics.streams_wrong.labels("broken").inc()
            session.end(EndReason.PROTOCOL_ERROR, str(error))
        except Exception as error:
            log.exception("listening_failed")
            session.end(EndReason.ENGINE_FAILED, repr(error))

    async def _hand_on(self, session: Session, receive: ASGIReceiveCallable) -> None:
        decode = self.codec.decode
        clock = asyncio.get_running_loop().time
        began, chunk, received_ms = clock(), 0, 0
        while True:
            message: Any = await receive()
            if message["type"] != "websocket.receive":
                session.end(EndReason.CARRIER_LOST, f"closed with {message.get('code')}")
                return
            event = decode(_text(message))
            if isinstance(event, AudioReceived):
                if event.chunk <= chunk:  # late or twice: its place on the timeline is filled
                    metrics.streams_wrong.labels("out_of_order").inc()
                    continue
                chunk = event.chunk
                received_ms += len(event.ulaw) // 8
                ahead_ms = max(event.timestamp_ms, received_ms) - (clock() - began) * 1000
                if ahead_ms > AHEAD_MS:
                    raise EnvelopeError(f"audio {ahead_ms:.0f} ms ahead of the clock")
                session.receive_audio(event.ulaw, timestamp_ms=event.timestamp_ms)
            elif isinstance(event, MarkReturned):
                session.receive_mark(event.name)
            elif isinstance(event, KeyPressed):
                session.receive_dtmf(event.key)
            elif isinstance(event, StreamStopped):
                session.end(EndReason.CALLER_HUNG_UP)
                return


async def _open(grant: StreamGrant) -> OpenedCall | None:
    """The call of a good token. Raises _Refused if the database is away: the plumber is rung."""
    opening = asyncio.ensure_future(in_thread(open_call, grant))
    try:
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            return await asyncio.shield(opening)
    except TimeoutError:
        opening.add_done_callback(_abandon)
        raise _Refused(f"not opened within {OPEN_TIMEOUT_S} s", TRY_AGAIN_CLOSE) from None
    except Exception as error:
        log.exception("call_not_opened", call_id=str(grant.call_id))
        raise _Refused(f"could not be opened: {error!r}", TRY_AGAIN_CLOSE) from error


def _abandon(opening: "asyncio.Future[OpenedCall | None]") -> None:
    """It was opened after all, too late: what the carrier asks next will end it."""
    if not opening.cancelled() and opening.exception() is None:
        opened = opening.result()
        if opened is not None:
            opened.journal.discard()


def _text(message: Any) -> str:
    text = message.get("text")
    if not isinstance(text, str):
        raise EnvelopeError("a binary message, where only text is spoken")
    return text


def _is_signed(scope: WebSocketScope) -> bool:
    """Whether the upgrade was signed for this pod's stream address, however the proxy names us."""
    headers = {
        name.decode("latin-1").title(): value.decode("latin-1") for name, value in scope["headers"]
    }
    address = urlsplit(voice_runtime.stream_url())
    return is_signed_stream(address._replace(path=scope["path"]).geturl(), headers)


async def _store(opened: OpenedCall, record: CallRecord) -> None:
    """Have the call stored, and wait a little for it: the carrier's next question depends on it."""
    outcomes.remember(opened.head.call_sid, Outcome(record.reason, opened.desk.transfer_pending))
    metrics.observe_call(record)
    storing = asyncio.ensure_future(
        in_thread(
            recovery.call_keep,
            call_journal=opened.journal,
            head=opened.head,
            record=record,
            at=timezone.now(),
        )
    )
    live.finish(storing)
    live.finish(
        asyncio.ensure_future(enrichment.call_enrich(storing, head=opened.head, record=record))
    )
    try:
        async with asyncio.timeout(STORE_TIMEOUT_S):
            await asyncio.shield(storing)
    except TimeoutError:
        log.warning("storing_takes_long", call_id=opened.head.call_id)
    except Exception:
        log.exception("call_not_stored", call_id=opened.head.call_id)


async def _close(send: Any, code: int) -> None:
    """Close the socket, if it is not closed already."""
    try:
        async with asyncio.timeout(STORE_TIMEOUT_S):
            await send({"type": "websocket.close", "code": code})
    except (TimeoutError, OSError, RuntimeError):
        return
