"""What the conversation decides is done: windows, messages, pages, privacy."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from calls import journal_writer, recovery
from calls.front_desk import MASKED, CallDesk, DeskCall
from calls.journal import Journal, JournalHead, orphans, peek
from calls.models import (
    AccessCode,
    Booking,
    Call,
    CallEvent,
    ConsentReceipt,
    Lead,
    Message,
    Notice,
    Turn,
)
from calls.threads import in_thread
from tenants.context import run_in_tenant
from tenants.services import profile_save
from tests.calls.records import LEAD, TURNS, ringing_call
from tests.tenants.cast import HARBOR_RULES, Cast
from voice.receptionist.calendar import upcoming_windows
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    BookingsFound,
    LeadRecord,
    Window,
    WindowBooked,
    WindowTaken,
)
from voice.receptionist.rules import BlackoutDays
from voice.records import EndReason

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def call(committed_cast: Cast) -> Call:
    return ringing_call(committed_cast)


@pytest.fixture
def journal(call: Call, settings: Any) -> Journal:
    one = Journal(
        Path(settings.SPOOL_DIR), JournalHead(str(call.pk), call.owner_id, call.carrier_call_sid)
    )
    one.open()
    return one


@pytest.fixture
def desk(call: Call, journal: Journal) -> CallDesk:
    return make_desk(call, journal)


def make_desk(call: Call, journal: Journal, **fields: Any) -> CallDesk:
    given: dict[str, Any] = {"rules": HARBOR_RULES, "forwarding_number": "+13125550110"}
    return CallDesk(DeskCall(call.owner_id, call.pk, **given | fields), journal)


def windows() -> tuple[Window, ...]:
    return upcoming_windows(HARBOR_RULES, datetime.now().astimezone())


def on_disk(journal: Journal) -> list[str]:
    """What the journal holds of what was said."""
    return [note.turn.text for note in peek(journal.path.parent, call_sid="CA1")]


async def rows(call: Call, model: Any) -> list[Any]:
    return await run_in_tenant(call.owner_id, lambda: list(model.objects.order_by("pk")))


class TestBooking:
    async def test_a_free_window_is_booked_with_what_is_known(
        self, call: Call, desk: CallDesk
    ) -> None:
        window = windows()[0]
        desk.note_turn(TURNS[1], LEAD)
        event = await desk.perform(Action(ActionKind.BOOK, window))

        (booking,) = await rows(call, Booking)
        assert event == WindowBooked(window, booking.reference)
        assert (booking.starts_at, booking.ends_at) == (window.starts_at, window.ends_at)
        assert (booking.name, booking.street) == ("Dana Kowalczyk", "1847 W Ainslie St")

    async def test_a_window_somebody_has_is_not_booked_again_and_others_are_offered(
        self, committed_cast: Cast, desk: CallDesk, journal: Journal
    ) -> None:
        first, second, *_ = windows()
        await desk.perform(Action(ActionKind.BOOK, first))
        other = await in_thread(ringing_call, committed_cast, "CA2")
        event = await make_desk(other, journal).perform(Action(ActionKind.BOOK, first))

        assert isinstance(event, WindowTaken)
        assert first not in event.open_windows
        assert event.open_windows[0] == second

    async def test_asking_twice_books_once(self, call: Call, desk: CallDesk) -> None:
        window = windows()[0]
        events = [await desk.perform(Action(ActionKind.BOOK, window)) for _ in range(2)]
        assert events[0] == events[1]
        assert len(await rows(call, Booking)) == 1

    async def test_a_cancelled_window_is_free_again(
        self, committed_cast: Cast, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        window = windows()[0]
        booked = await desk.perform(Action(ActionKind.BOOK, window))
        assert isinstance(booked, WindowBooked)
        await desk.perform(Action(ActionKind.CANCEL_BOOKING, reference=booked.reference))
        other = await in_thread(ringing_call, committed_cast, "CA2")
        again = await make_desk(other, journal).perform(Action(ActionKind.BOOK, window))
        assert isinstance(again, WindowBooked)
        assert [b.status for b in await rows(call, Booking)] == ["cancelled", "booked"]

    async def test_a_booking_is_moved_unless_the_other_window_is_taken(
        self, committed_cast: Cast, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        first, second, third, *_ = windows()
        booked = await desk.perform(Action(ActionKind.BOOK, first))
        assert isinstance(booked, WindowBooked)
        other = await in_thread(ringing_call, committed_cast, "CA2")
        await make_desk(other, journal).perform(Action(ActionKind.BOOK, second))

        move = Action(ActionKind.RESCHEDULE, second, booked.reference)
        assert isinstance(await desk.perform(move), WindowTaken)
        moved = await desk.perform(replace(move, window=third))
        assert moved == WindowBooked(third, booked.reference)

    async def test_another_tenants_window_at_that_time_is_another_window(
        self, committed_cast: Cast, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        window = windows()[0]
        await desk.perform(Action(ActionKind.BOOK, window))
        summit = DeskCall(committed_cast.summit.pk, call.pk, HARBOR_RULES)
        with pytest.raises(Call.DoesNotExist):  # the call is Harbor's
            await CallDesk(summit, journal).perform(Action(ActionKind.BOOK, window))

    async def test_a_day_closed_since_the_offer_is_not_booked_and_others_are_offered(
        self, committed_cast: Cast, call: Call, desk: CallDesk
    ) -> None:
        offered = windows()[0]
        day = offered.starts_at.date()
        closed = replace(HARBOR_RULES, blackouts=(BlackoutDays(day, day),))
        await in_thread(profile_save, tenant=committed_cast.harbor, rules=closed)
        event = await desk.perform(Action(ActionKind.BOOK, offered))

        assert isinstance(event, WindowTaken)
        assert event.open_windows
        assert day not in {window.starts_at.date() for window in event.open_windows}
        assert await rows(call, Booking) == []

    async def test_what_a_number_said_in_the_call_has_booked_is_found(
        self, committed_cast: Cast, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        window = windows()[0]
        other = await in_thread(ringing_call, committed_cast, "CA2")
        theirs = make_desk(other, journal)
        theirs.note_turn(TURNS[1], LEAD)
        await theirs.perform(Action(ActionKind.BOOK, window))

        event = await desk.perform(Action(ActionKind.FIND_BOOKINGS, text="+17735550121"))
        assert isinstance(event, BookingsFound)
        (known,) = event.bookings
        assert (known.name, known.street, known.window) == (
            "Dana Kowalczyk",
            "1847 W Ainslie St",
            window,
        )
        for nobodys in ("", "+13125559999", "7735550121", "%"):
            nothing = await desk.perform(Action(ActionKind.FIND_BOOKINGS, text=nobodys))
            assert nothing == BookingsFound(())

    async def test_another_tenants_bookings_are_not_found(
        self, committed_cast: Cast, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        desk.note_turn(TURNS[1], LEAD)
        await desk.perform(Action(ActionKind.BOOK, windows()[0]))
        summit = DeskCall(committed_cast.summit.pk, call.pk, HARBOR_RULES)
        find = Action(ActionKind.FIND_BOOKINGS, text="+17735550121")
        assert await CallDesk(summit, journal).perform(find) == BookingsFound(())


class TestFollowUps:
    async def test_everyone_on_call_is_paged_once_with_the_job(
        self, call: Call, journal: Journal
    ) -> None:
        desk = make_desk(
            call, journal, rules=replace(HARBOR_RULES, on_call=("+13125550111", "+13125550112"))
        )
        desk.note_turn(TURNS[1], LEAD)
        for _ in range(2):
            assert await desk.perform(Action(ActionKind.PAGE_ON_CALL)) is None

        notices = await rows(call, Notice)
        assert [notice.recipient for notice in notices] == ["+13125550111", "+13125550112"]
        assert notices[0].text == (
            "Harbor Plumbing: Water pours through the kitchen ceiling. "
            "Dana Kowalczyk +17735550121 1847 W Ainslie St"
        )

    async def test_with_nobody_on_call_the_plumber_is_paged(
        self, call: Call, journal: Journal
    ) -> None:
        desk = make_desk(call, journal, rules=replace(HARBOR_RULES, on_call=()))
        await desk.perform(Action(ActionKind.PAGE_ON_CALL, text="Burst pipe"))
        assert [notice.recipient for notice in await rows(call, Notice)] == ["+13125550110"]

    @pytest.mark.parametrize(
        ("kind", "stored"),
        [
            (ActionKind.TAKE_MESSAGE, "message"),
            (ActionKind.NOTE_UNANSWERED, "unanswered"),
            (ActionKind.SEND_PAYMENT_LINK, "payment_link"),
        ],
    )
    async def test_messages_are_kept(
        self, call: Call, desk: CallDesk, kind: ActionKind, stored: str
    ) -> None:
        await desk.perform(Action(kind, text="Please call back"))
        (message,) = await rows(call, Message)
        assert (message.kind, message.text) == (stored, "Please call back")

    async def test_a_transfer_is_pending_until_somebody_is_rung(
        self, call: Call, desk: CallDesk
    ) -> None:
        await desk.perform(Action(ActionKind.TRANSFER))
        (stored,) = await rows(call, Call)
        assert (stored.transfer, desk.transfer_pending) == ("pending", True)

    async def test_spam_is_marked_at_once(self, call: Call, desk: CallDesk) -> None:
        await desk.perform(Action(ActionKind.MARK_SPAM))
        assert (await rows(call, Call))[0].is_spam

    async def test_hanging_up_is_the_sessions_own(self, desk: CallDesk) -> None:
        assert await desk.perform(Action(ActionKind.HANG_UP)) is None

    async def test_every_action_is_known(self, desk: CallDesk) -> None:
        assert set(desk._does) == set(ActionKind) - {ActionKind.HANG_UP}


class TestPrivacy:
    async def test_an_objection_takes_what_was_said_off_the_disk(
        self, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        desk.note_turn(TURNS[1], LEAD)
        await desk.perform(Action(ActionKind.STOP_RECORDING))
        desk.note_turn(replace(TURNS[1], index=2, text="more secrets"), LEAD)
        journal_writer.flush()

        assert on_disk(journal) == ["", ""]
        journal.close()
        (orphan,) = orphans(journal.path.parent)
        assert orphan.private
        assert [event.kind for event in await rows(call, CallEvent)] == ["recording_stopped"]
        so_far = desk.record_so_far(EndReason.ENGINE_FAILED, 1, "")
        assert (so_far.keep_transcript, {turn.text for turn in so_far.turns}) == (False, {""})

    async def test_the_greeting_stays_as_proof_and_the_objection_becomes_a_receipt(
        self, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        desk.note_turn(TURNS[0], LEAD)
        desk.note_turn(replace(TURNS[1], text="please don't record this"), LEAD)
        await desk.perform(Action(ActionKind.STOP_RECORDING))
        journal_writer.flush()

        assert on_disk(journal) == [TURNS[0].text, ""]
        (receipt,) = await rows(call, ConsentReceipt)
        assert receipt.objection == "please don't record this"

    async def test_a_card_told_over_turns_is_taken_off_the_disk_when_it_is_whole(
        self, desk: CallDesk, journal: Journal
    ) -> None:
        for index, text in enumerate(["it's 4111 1111", "1111", "and 1111"]):
            desk.note_turn(replace(TURNS[1], index=index, text=text), LEAD)
        journal_writer.flush()
        assert on_disk(journal) == ["it's [card number]", "[card number]", "and [card number]"]
        assert b"4111" not in journal.path.read_bytes()

    async def test_an_access_code_survives_a_crash_apart_from_the_words(
        self, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        lead = replace(LEAD, summary="the gate code is 4519")
        desk.note_turn(TURNS[0], LEAD)
        desk.note_turn(replace(TURNS[1], text="the gate code is 4519"), lead)
        journal_writer.flush()
        journal.close()  # the process is killed
        assert await in_thread(recovery.journals_replay) == 1

        (code,) = await rows(call, AccessCode)
        assert code.text == "gate code is 4519"
        assert [turn.text for turn in await rows(call, Turn)] == [
            TURNS[0].text,
            "the gate code is [access code]",
        ]
        (stored,) = await rows(call, Lead)
        assert stored.summary == "the gate code is [access code]"

    @pytest.mark.parametrize("kind", [ActionKind.TAKE_MESSAGE, ActionKind.PAGE_ON_CALL])
    async def test_no_message_and_no_page_tells_a_code_or_a_card(
        self, call: Call, desk: CallDesk, kind: ActionKind
    ) -> None:
        text = "gate code 4519, card 4111 1111 1111 1111"
        await desk.perform(Action(kind, text=text))
        model = Message if kind is ActionKind.TAKE_MESSAGE else Notice
        (row,) = await rows(call, model)
        assert not any(digits in row.text for digits in ("4519", "4111"))

    async def test_a_masked_utterance_is_off_the_disk(
        self, call: Call, desk: CallDesk, journal: Journal
    ) -> None:
        desk.note_turn(TURNS[0], LEAD)
        desk.note_turn(replace(TURNS[1], text="my card is 4111 1111 1111 1111"), LEAD)
        await desk.perform(Action(ActionKind.MASK_LAST_UTTERANCE))
        journal_writer.flush()

        assert on_disk(journal) == [TURNS[0].text, MASKED]
        so_far = desk.record_so_far(EndReason.ENGINE_FAILED, 1, "")
        assert [turn.text for turn in so_far.turns] == [TURNS[0].text, MASKED]
        assert [event.kind for event in await rows(call, CallEvent)] == ["utterance_masked"]


async def test_what_is_known_before_the_first_turn_is_nothing(desk: CallDesk) -> None:
    so_far = desk.record_so_far(EndReason.ENGINE_FAILED, 7, "broken")
    assert (so_far.turns, so_far.lead, so_far.error) == ((), LeadRecord(), "broken")
    assert so_far.duration_ms == 7


async def test_an_action_that_takes_too_long_is_an_error(
    desk: CallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calls.front_desk.PERFORM_TIMEOUT_S", 0.0)
    with pytest.raises(TimeoutError):
        await desk.perform(Action(ActionKind.TRANSFER))


def test_windows_lie_ahead() -> None:
    assert windows()[0].ends_at - windows()[0].starts_at == timedelta(hours=2)
