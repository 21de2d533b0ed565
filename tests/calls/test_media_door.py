"""The door of the media socket: which streams are let in, and that the others store nothing."""

import asyncio
import threading
from typing import Any

import pytest
from django.db import OperationalError

from calls.journal import Journal
from calls.media import consumer, opening
from calls.models import Call, CallEnd, Reservation, Turn
from calls.services import call_end
from calls.threads import in_thread
from tests.calls.carrier import SUMMIT, Webhooks
from tests.calls.socket import Sessions
from tests.calls.streams import begun, only_call, stored

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheDoor:
    @pytest.mark.parametrize("signed", [None, "ws://evil.example/media/twilio"])
    async def test_an_unsigned_upgrade_is_not_accepted(
        self, connect: Any, sessions: Sessions, token: str, signed: str | None
    ) -> None:
        socket = connect(signed=signed)
        socket.start("CA1", token)
        assert await socket.closed() == 1008
        assert not socket.accepted
        await self.assert_nothing_stored(sessions)

    async def test_a_stream_without_token_is_closed_by_policy(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        await self.assert_refused(connect, sessions, None)

    async def test_a_forged_token_is_closed_by_policy(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        await self.assert_refused(connect, sessions, token[:-2] + "xx")

    async def test_an_expired_token_is_closed_by_policy(
        self, connect: Any, sessions: Sessions, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("calls.stream_tokens.MAX_AGE_S", -1)
        await self.assert_refused(connect, sessions, token)

    async def test_another_calls_token_is_closed_by_policy(
        self, connect: Any, sessions: Sessions, token: str, twilio: Webhooks
    ) -> None:
        foreign = await in_thread(twilio.token, "CA2", To=SUMMIT)
        await self.assert_refused(connect, sessions, foreign)

    async def test_a_superseded_token_is_closed_by_policy(
        self, connect: Any, sessions: Sessions, token: str, twilio: Webhooks
    ) -> None:
        await in_thread(twilio.token)
        await self.assert_refused(connect, sessions, token)

    async def test_a_token_opens_one_stream_only(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket, _ = await begun(connect, sessions, token)
        second = connect()
        second.start("CA1", token)
        assert await second.closed() == 1008
        assert len(sessions.opened) == 1
        socket.stop()
        assert await socket.closed() == 1000
        third = connect()
        third.start("CA1", token)
        assert await third.closed() == 1008

    async def test_a_call_that_is_over_is_not_opened(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        call = await only_call()
        await in_thread(
            call_end,
            tenant_id=call.owner_id,
            call_id=call.pk,
            reason=CallEnd.NO_STREAM,
            at=call.started_at,
        )
        socket = connect()
        socket.start("CA1", token)
        assert await socket.closed() == 1008
        assert (await stored(Reservation))[0].state == "reserved"

    async def test_without_start_the_stream_is_closed_after_its_time(
        self, connect: Any, sessions: Sessions, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(consumer, "START_TIMEOUT_S", 0.05)
        socket = connect()
        socket.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        socket.media(1)
        assert await socket.closed() == 1008
        await self.assert_nothing_stored(sessions)

    @pytest.mark.parametrize("first", ["{", '{"event":"start"}', "[]", ""])
    async def test_a_stream_that_starts_with_nonsense_is_closed(
        self, connect: Any, sessions: Sessions, token: str, first: str
    ) -> None:
        socket = connect()
        socket.send(first)
        assert await socket.closed() == 1008
        await self.assert_nothing_stored(sessions)

    async def test_who_leaves_before_the_start_leaves_nothing(
        self, connect: Any, sessions: Sessions, token: str
    ) -> None:
        socket = connect()
        socket.vanish()
        assert await socket.closed() is None
        await self.assert_nothing_stored(sessions)

    async def test_while_the_database_is_away_the_carrier_is_told_to_go_on(
        self, connect: Any, sessions: Sessions, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(_: object) -> None:
            raise OperationalError("the connection is lost")

        monkeypatch.setattr(consumer, "open_call", away)
        socket = connect()
        socket.start("CA1", token)
        assert await socket.closed() == 1013
        await self.assert_nothing_stored(sessions)

    async def test_a_database_that_hangs_does_not_hold_the_caller(
        self,
        connect: Any,
        sessions: Sessions,
        token: str,
        monkeypatch: pytest.MonkeyPatch,
        settings: Any,
    ) -> None:
        back, discarded = threading.Event(), asyncio.Event()
        discard = Journal.discard

        def hang(grant: Any) -> Any:
            back.wait()
            return opening.open_call(grant)

        def note_discard(journal: Journal) -> None:
            discard(journal)
            discarded.set()

        monkeypatch.setattr(consumer, "open_call", hang)
        monkeypatch.setattr(consumer, "OPEN_TIMEOUT_S", 0.01)
        monkeypatch.setattr(Journal, "discard", note_discard)
        socket = connect()
        socket.start("CA1", token)
        assert await socket.closed() == 1013
        assert sessions.opened == []
        back.set()
        async with asyncio.timeout(10):
            await discarded.wait()
        assert list(settings.SPOOL_DIR.iterdir()) == []

    async def assert_refused(self, connect: Any, sessions: Sessions, token: str | None) -> None:
        socket = connect()
        socket.start("CA1", token)
        assert await socket.closed() == 1008
        await self.assert_nothing_stored(sessions)

    async def assert_nothing_stored(self, sessions: Sessions) -> None:
        assert sessions.opened == []
        assert {call.status for call in await stored(Call)} == {"ringing"}
        assert {place.state for place in await stored(Reservation)} == {"reserved"}
        assert await stored(Turn) == []
