"""Twilio's wire format, byte for byte, and everything that is not it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.carriers.envelopes import (
    AudioReceived,
    EnvelopeError,
    KeyPressed,
    MarkReturned,
    NothingToDo,
    StreamStarted,
    StreamStopped,
)
from calls.carriers.twilio.envelopes import TwilioCodec

CODEC = TwilioCodec()
START: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": "1",
    "streamSid": "MZ18ad3ab5a668481ce02b83e7395059f0",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ18ad3ab5a668481ce02b83e7395059f0",
        "callSid": "CA123",
        "tracks": ["inbound"],
        "customParameters": {"token": "abc", "remote": "bob"},
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    },
}
MEDIA: dict[str, Any] = {
    "event": "media",
    "sequenceNumber": "4",
    "streamSid": "MZ1",
    "media": {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": "//8A"},
}


@pytest.mark.parametrize(
    ("message", "means"),
    [
        ({"event": "connected", "protocol": "Call", "version": "1.0.0"}, NothingToDo()),
        (
            START,
            StreamStarted(
                "MZ18ad3ab5a668481ce02b83e7395059f0", "CA123", {"token": "abc", "remote": "bob"}
            ),
        ),
        (MEDIA, AudioReceived(b"\xff\xff\x00", 2, 20)),
        (
            {"event": "mark", "streamSid": "MZ1", "mark": {"name": "ask:zip"}},
            MarkReturned("ask:zip"),
        ),
        (
            {"event": "dtmf", "streamSid": "MZ1", "dtmf": {"track": "inbound_track", "digit": "#"}},
            KeyPressed("#"),
        ),
        (
            {"event": "stop", "streamSid": "MZ1", "stop": {"accountSid": "AC1", "callSid": "CA1"}},
            StreamStopped(),
        ),
        ({"event": "of tomorrow", "anything": [1]}, NothingToDo()),
    ],
)
def test_each_message_means_what_twilio_says(message: object, means: object) -> None:
    assert CODEC.decode(json.dumps(message)) == means


def test_numbers_may_be_numbers() -> None:
    media = MEDIA | {"media": {"track": "inbound", "chunk": 2, "timestamp": 20, "payload": "//8A"}}
    assert CODEC.decode(json.dumps(media)) == AudioReceived(b"\xff\xff\x00", 2, 20)


def test_our_own_side_of_the_stream_is_nothing_to_do() -> None:
    media = MEDIA | {"media": {**MEDIA["media"], "track": "outbound"}}
    assert CODEC.decode(json.dumps(media)) == NothingToDo()


def with_media(**fields: object) -> dict[str, object]:
    return MEDIA | {"media": {**MEDIA["media"], **fields}}


@pytest.mark.parametrize(
    "message",
    [
        with_media(payload="%%%"),
        with_media(payload="//8"),
        with_media(payload=7),
        with_media(chunk="-1"),
        with_media(chunk="two"),
        with_media(timestamp=str(2**60)),
        {"event": "media"},
        START | {"streamSid": "MZ1\n"},
        START | {"streamSid": 'MZ"}'},
        START | {"start": {"callSid": "CA1"}},
        {"event": "dtmf", "dtmf": {"digit": "11"}},
        {"event": "mark", "mark": {"name": "x" * 201}},
    ],
)
def test_a_broken_message_is_an_error_that_names_its_event(message: dict[str, object]) -> None:
    with pytest.raises(EnvelopeError, match=f"a broken {message['event']} message"):
        CODEC.decode(json.dumps(message))


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '"start"', "hello", "\ud800", "[" * 9999])
def test_what_is_no_envelope_is_an_error(text: str) -> None:
    with pytest.raises(EnvelopeError, match="not a JSON envelope"):
        CODEC.decode(text)


def test_more_than_a_second_of_audio_at_once_is_an_error() -> None:
    payload = base64.b64encode(b"\xff" * 8001).decode()
    with pytest.raises(EnvelopeError, match="holds 8001 bytes; at most 8000"):
        CODEC.decode(json.dumps(with_media(payload=payload)))


def test_another_format_of_audio_is_an_error() -> None:
    form = {"encoding": "audio/l16", "sampleRate": 16000, "channels": 1}
    start = {**START["start"], "mediaFormat": form}
    with pytest.raises(EnvelopeError, match="audio/l16 at 16000 Hz"):
        CODEC.decode(json.dumps(START | {"start": start}))


def test_an_error_never_repeats_what_the_caller_sent() -> None:
    with pytest.raises(EnvelopeError) as raised:
        CODEC.decode(json.dumps(with_media(payload="%4111111111111111%")))
    assert "4111" not in str(raised.value)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        CODEC.decode(text)
    except EnvelopeError:
        return


@given(st.binary(min_size=1, max_size=400))
def test_audio_out_is_what_twilio_reads(ulaw: bytes) -> None:
    message = json.loads(CODEC.audio("MZ1", ulaw))
    assert base64.b64decode(message["media"].pop("payload"), validate=True) == ulaw
    assert message == {"event": "media", "streamSid": "MZ1", "media": {}}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50))
def test_mark_names_are_quoted(name: str) -> None:
    assert json.loads(CODEC.mark("MZ1", name)) == {
        "event": "mark",
        "streamSid": "MZ1",
        "mark": {"name": name},
    }


def test_clear_names_its_stream() -> None:
    assert json.loads(CODEC.clear("MZ1")) == {"event": "clear", "streamSid": "MZ1"}
