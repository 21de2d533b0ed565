"""Twilio's media stream messages, byte for byte.

https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from binascii import b2a_base64
from typing import Annotated

import msgspec

from calls.carriers.envelopes import (
    MAX_PAYLOAD_BYTES,
    AudioReceived,
    EnvelopeError,
    Inbound,
    KeyPressed,
    MarkReturned,
    NothingToDo,
    StreamStarted,
    StreamStopped,
)

Sid = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
MAX_PARAMETERS = 20


class _MediaFormat(msgspec.Struct):
    encoding: str
    sampleRate: int
    channels: int


class _StartBody(msgspec.Struct):
    callSid: Sid
    mediaFormat: _MediaFormat
    customParameters: dict[str, str] = {}


class _MediaBody(msgspec.Struct):
    payload: bytes  # msgspec reads base64
    chunk: Count
    timestamp: Count
    track: str = "inbound"


class _MarkBody(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(max_length=200)]


class _DtmfBody(msgspec.Struct):
    digit: Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]\Z")]


class _Connected(msgspec.Struct, tag_field="event", tag="connected"):
    pass


class _Start(msgspec.Struct, tag_field="event", tag="start"):
    streamSid: Sid
    start: _StartBody


class _Media(msgspec.Struct, tag_field="event", tag="media"):
    media: _MediaBody


class _Mark(msgspec.Struct, tag_field="event", tag="mark"):
    mark: _MarkBody


class _Dtmf(msgspec.Struct, tag_field="event", tag="dtmf"):
    dtmf: _DtmfBody


class _Stop(msgspec.Struct, tag_field="event", tag="stop"):
    pass


class _Any(msgspec.Struct):
    event: str


_EVENTS = frozenset({"connected", "start", "media", "mark", "dtmf", "stop"})
# Numbers come as strings: strict=False reads both.
_decoder = msgspec.json.Decoder(_Connected | _Start | _Media | _Mark | _Dtmf | _Stop, strict=False)
_any_decoder = msgspec.json.Decoder(_Any)
_encode = msgspec.json.encode


class TwilioCodec:
    """MediaCodec of Twilio Media Streams."""

    def decode(self, text: str) -> Inbound:
        """What the message says; events we don't know are nothing to do. Raises EnvelopeError."""
        try:
            message = _decoder.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return _unknown_or_broken(text, error)
        if isinstance(message, _Media):
            media = message.media
            if len(media.payload) > MAX_PAYLOAD_BYTES:
                raise EnvelopeError(
                    f"a media message holds {len(media.payload)} bytes; "
                    f"at most {MAX_PAYLOAD_BYTES} are taken"
                )
            if media.track != "inbound":
                return NothingToDo()
            return AudioReceived(media.payload, media.chunk, media.timestamp)
        if isinstance(message, _Mark):
            return MarkReturned(message.mark.name)
        if isinstance(message, _Start):
            return _started(message)
        if isinstance(message, _Dtmf):
            return KeyPressed(message.dtmf.digit)
        return StreamStopped() if isinstance(message, _Stop) else NothingToDo()

    def audio(self, stream_sid: str, ulaw: bytes) -> str:
        payload = b2a_base64(ulaw, newline=False).decode("ascii")
        return f'{{"event":"media","streamSid":"{stream_sid}","media":{{"payload":"{payload}"}}}}'

    def mark(self, stream_sid: str, name: str) -> str:
        quoted = _encode(name).decode()
        return f'{{"event":"mark","streamSid":"{stream_sid}","mark":{{"name":{quoted}}}}}'

    def clear(self, stream_sid: str) -> str:
        return f'{{"event":"clear","streamSid":"{stream_sid}"}}'


def _started(message: _Start) -> StreamStarted:
    body = message.start
    form = body.mediaFormat
    if (form.encoding, form.sampleRate, form.channels) != ("audio/x-mulaw", 8000, 1):
        raise EnvelopeError(
            f"the stream carries {form.encoding} at {form.sampleRate} Hz with {form.channels} "
            "channels; only one channel of audio/x-mulaw at 8000 Hz is understood"
        )
    if len(body.customParameters) > MAX_PARAMETERS:
        raise EnvelopeError(f"the stream starts with {len(body.customParameters)} parameters")
    return StreamStarted(message.streamSid, body.callSid, body.customParameters)


def _unknown_or_broken(text: str, error: Exception) -> NothingToDo:
    try:
        event = _any_decoder.decode(text).event
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise EnvelopeError(f"a message that is not a JSON envelope: {error}") from None
    if event in _EVENTS:
        raise EnvelopeError(f"a broken {event} message: {error}") from None
    return NothingToDo()
