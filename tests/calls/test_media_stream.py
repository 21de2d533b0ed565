"""The media socket: what bad input does, and that every call ends once, whole."""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from prometheus_client import REGISTRY

from calls import journal_writer, outcomes
from calls.journal import peek
from calls.models import Call, Lead, Recording, Reservation, Turn
from calls.recordings import recording_file, recording_open
from calls.threads import in_thread
from tenants.context import run_unscoped
from tests.calls.carrier import SUMMIT, Webhooks
from tests.calls.socket import SILENCE, Sessions, Socket, media, texts
from tests.calls.streams import begun, heard, only_call, stored
from tests.tenants.cast import Cast
from voice.audio import read_wav
from voice.records import EndReason

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("live_pod")]


def whole_wav(recording: Recording) -> bytes:
    wav = recording_open(recording)
    return wav.read(0, wav.size)


class TestAGoodCall:
    async def test_is_stored_whole_and_closed_normally(
        self, connect: Any, sessions: Sessions, token: str, committed_cast: Cast
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        socket.media(1, 2)
        socket.send({"event": "mark", "streamSid": "MZ1", "mark": {"name": "ask:zip:3"}})
        socket.send({"event": "dtmf", "streamSid": "MZ1", "dtmf": {"digit": "0"}})
        await heard(session, 2)
        await session.sink.send_audio(b"\x01" * 160)
        await session.sink.send_mark("m")
        await session.sink.send_clear()
        socket.stop()

        assert await socket.closed() == 1000
        assert session.audio == [(SILENCE, 0), (SILENCE, 20)]
        assert (session.marks, session.keys) == (["ask:zip:3"], ["0"])
        assert [message["event"] for message in socket.sent] == ["media", "mark", "clear"]
        assert {message["streamSid"] for message in socket.sent} == {"MZCA1"}
        call = await only_call()
        assert (call.status, call.end_reason, call.duration_ms) == ("ended", "caller_hung_up", 40)
        assert call.profile_id == committed_cast.harbor_profile.pk
        assert call.answered_at is not None
        assert texts(await stored(Turn, call=call)) == ["audio 1", "audio 2"]
        (lead,) = await stored(Lead)
        assert (lead.call_id, lead.name, lead.urgency) == (call.pk, f"caller of {call.pk}", "R")
        (reservation,) = await stored(Reservation)
        assert reservation.state == "released"

    async def test_has_a_stereo_recording_with_the_caller_left(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        socket.media(1, ulaw=b"\x00" * 160)
        await heard(session, 1)
        socket.stop()
        await socket.closed()

        (recording,) = await stored(Recording)
        wav = await run_unscoped("test", whole_wav, recording)
        samples, rate_hz = read_wav(BytesIO(wav))
        assert (samples.shape, rate_hz, recording.duration_ms) == ((160, 2), 8000, 20)
        assert set(samples[:, 0]) == {-32124}
        assert set(samples[:, 1]) == {0}
        assert recording.bytes == len(wav)
        assert b"RIFF" not in recording_file(recording).read_bytes()

    async def test_leaves_no_journal_behind(
        self, connect: Any, sessions: Sessions, token: str, settings: Any
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        socket.media(1)
        await heard(session, 1)
        await asyncio.to_thread(journal_writer.flush)
        assert [note.turn.text for note in peek(settings.SPOOL_DIR, call_sid="CA1")] == ["audio 1"]
        socket.stop()
        await socket.closed()
        assert list(settings.SPOOL_DIR.iterdir()) == []

    async def test_is_remembered_for_the_carriers_next_question(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        session.end(EndReason.COMPLETED)
        assert await socket.closed() == 1000
        outcome = outcomes.recall("CA1")
        assert outcome == outcomes.Outcome(EndReason.COMPLETED, transfer_pending=False)

    async def test_knows_the_caller_the_rules_and_the_free_windows(
        self, connect: Any, sessions: Sessions, token: str, committed_cast: Cast
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        context = session.context
        assert context.tenant_id == committed_cast.harbor.pk
        assert context.rules.business_name == "Harbor Plumbing"
        assert context.scene.caller_id == "+17735550121"
        assert context.scene.open_windows[0].starts_at > context.scene.now
        socket.stop()
        await socket.closed()


BROKEN: dict[str, Callable[[Socket], None]] = {
    "malformed JSON": lambda socket: socket.send('{"event":"media"'),
    "no JSON at all": lambda socket: socket.send("hello"),
    "wrong base64": lambda socket: socket.send(media(3, payload="%%%")),
    "an oversized frame": lambda socket: socket.media(3, ulaw=SILENCE * 51),
    "a binary frame": lambda socket: socket.send_binary(b"\xff\x00"),
    "a mark without a name": lambda socket: socket.send({"event": "mark", "mark": {}}),
    "a key that no phone has": lambda socket: socket.send(
        {"event": "dtmf", "dtmf": {"digit": "x"}}
    ),
    "audio from the far future": lambda socket: socket.send(media(3, timestamp="99999999")),
}


OUT_OF_ORDER = ("buddyhelps_streams_wrong_total", {"what": "out_of_order"})


class TestBadInput:
    @pytest.mark.parametrize("breaks", BROKEN.values(), ids=list(BROKEN))
    async def test_ends_the_call_once_with_a_reason_and_keeps_what_was_said(
        self, connect: Any, sessions: Sessions, token: str, breaks: Callable[[Socket], None]
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        socket.media(1, 2)
        breaks(socket)
        socket.media(4)
        socket.vanish()

        assert await socket.closed() == 1008
        assert len(session.ends) == 1
        call = await only_call()
        assert (call.end_reason, call.error != "") == ("protocol_error", True)
        assert texts(await stored(Turn)) == ["audio 1", "audio 2"]
        assert len(await stored(Recording)) == 1

    async def test_frames_out_of_order_are_dropped_and_counted(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        before = REGISTRY.get_sample_value(*OUT_OF_ORDER) or 0.0
        socket, session = await begun(connect, sessions, token)
        socket.media(1, 2, 4, 3, 4, 5)
        socket.stop()

        assert await socket.closed() == 1000
        assert [at for _, at in session.audio] == [0, 20, 60, 80]
        assert REGISTRY.get_sample_value(*OUT_OF_ORDER) == before + 2
        assert (await only_call()).end_reason == "caller_hung_up"

    async def test_audio_sent_much_faster_than_time_passes_is_refused(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        for chunk in range(1, 20):
            socket.send(media(chunk, SILENCE * 50, timestamp="0"))
        assert await socket.closed() == 1008
        assert len(session.audio) == 10

    async def test_messages_nobody_knows_change_nothing(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        socket.send({"event": "something new", "streamSid": "MZ1"})
        socket.send(media(1, track="outbound"))
        socket.media(1)
        socket.stop()
        assert await socket.closed() == 1000
        assert len(session.audio) == 1

    async def test_a_carrier_that_vanishes_ends_the_call_and_keeps_what_was_said(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        socket.media(1, 2, 3)
        socket.vanish()

        await socket.closed()
        call = await only_call()
        assert (call.end_reason, call.error) == ("carrier_lost", "closed with 1006")
        assert texts(await stored(Turn)) == ["audio 1", "audio 2", "audio 3"]
        assert session.ends == [(EndReason.CARRIER_LOST, "closed with 1006")]

    async def test_a_conversation_that_breaks_ends_with_its_error_and_keeps_what_was_said(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        socket.media(1)
        await heard(session, 1)
        session.fails = RuntimeError("the engine burnt")
        session.over.set()

        assert await socket.closed() == 1000
        call = await only_call()
        assert (call.end_reason, call.error) == (
            "engine_failed",
            "RuntimeError('the engine burnt')",
        )
        assert texts(await stored(Turn)) == ["audio 1"]

    async def test_a_server_stopped_at_once_still_stores_the_call(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket, session = await begun(connect, sessions, token)
        socket.media(1)
        await heard(session, 1)
        socket.cancel()

        with pytest.raises(asyncio.CancelledError):
            await socket.closed()
        call = await only_call()
        assert (call.end_reason, texts(await stored(Turn))) == ("drained", ["audio 1"])

    async def test_a_socket_that_takes_nothing_is_an_error_to_the_speaker(
        self, connect: Any, sessions: Sessions, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("calls.media.sink.SEND_TIMEOUT_S", 0.01)
        socket, session = await begun(connect, sessions, token)

        async def stall(_: object) -> None:
            await asyncio.Event().wait()

        session.sink._send_message = stall
        with pytest.raises(OSError, match=r"took no audio for 0\.01 s"):
            await session.sink.send_audio(SILENCE)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        socket.stop()
        await socket.closed()


async def test_two_calls_at_once_never_mix(
    connect: Any, sessions: Sessions, token: str, twilio: Webhooks, committed_cast: Cast
) -> None:
    other_token = await in_thread(twilio.token, "CA2", To=SUMMIT)
    socket, session = await begun(connect, sessions, token)
    other = connect()
    other.start("CA2", other_token)
    other_session = await sessions.next()
    for chunk in range(1, 6):
        socket.media(chunk, ulaw=b"\x10" * 160)
        other.media(chunk, ulaw=b"\x90" * 160)
    await heard(session, 5)
    await heard(other_session, 5)
    await session.sink.send_audio(b"\x01" * 160)
    await other_session.sink.send_audio(b"\x02" * 160)
    socket.stop()
    other.vanish()
    assert (await socket.closed(), await other.closed()) == (1000, 1000)

    assert {ulaw for ulaw, _ in session.audio} == {b"\x10" * 160}
    assert {ulaw for ulaw, _ in other_session.audio} == {b"\x90" * 160}
    assert [message["streamSid"] for message in socket.sent] == ["MZCA1"]
    assert [message["streamSid"] for message in other.sent] == ["MZCA2"]
    by_tenant = {call.tenant_id: call for call in await stored(Call)}
    harbors, summits = by_tenant[committed_cast.harbor.pk], by_tenant[committed_cast.summit.pk]
    assert (harbors.end_reason, summits.end_reason) == ("caller_hung_up", "carrier_lost")
    for call in (harbors, summits):
        (lead,) = await stored(Lead, call=call)
        (recording,) = await stored(Recording, call=call)
        assert lead.name == f"caller of {call.pk}"
        assert (lead.tenant_id, recording.tenant_id) == (call.tenant_id, call.tenant_id)
        assert {turn.tenant_id for turn in await stored(Turn, call=call)} == {call.tenant_id}
