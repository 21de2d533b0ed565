"""Windows: two offered, one chosen, read back, booked; taken ones make way for others."""

from datetime import datetime

import pytest

from tests.voice.receptionist.calls import CHICAGO, TUESDAY, open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.calendar import is_open, upcoming_windows
from voice.receptionist.conversation import Conversation, PaperDesk
from voice.receptionist.dialogue import ActionKind, CallerMemory, KnownBooking, Window
from voice.receptionist.rules import TenantRules
from voice.stt import Expecting

from .calls import HARBOR

INTAKE = ("my sink is clogged", "1019 w armitage ave", "60614", "Chris Adeyemi", "yes")


def at_windows(**options: object) -> Conversation:
    call = open_at(**options)  # type: ignore[arg-type]
    say(call, *INTAKE)
    return call


def test_the_next_two_windows_are_offered() -> None:
    call = open_at()
    said = say(call, *INTAKE)
    assert "today 12 to 2 PM or today 2 to 4 PM" in said.text
    assert said.asked == "window"
    assert said.expectation.kind is Expecting.WINDOW


@pytest.mark.parametrize(
    ("answer", "starts"),
    [
        ("the first one", "Tue 2026-11-24 12:00"),
        ("the second one please", "Tue 2026-11-24 14:00"),
        ("two to four", "Tue 2026-11-24 14:00"),
        ("either is fine", "Tue 2026-11-24 12:00"),
        ("yes", "Tue 2026-11-24 12:00"),
        ("tomorrow at ten", "Wed 2026-11-25 10:00"),
        ("thursday between eight and ten", "Thu 2026-11-26 08:00"),
    ],
)
def test_a_window_is_chosen_in_many_words(answer: str, starts: str) -> None:
    call = at_windows()
    say(call, answer, "yes")
    assert slots(call)["window"].startswith(starts)


def test_none_of_them_suits_and_others_are_offered() -> None:
    said = say(at_windows(), "I can't do today, how about thursday afternoon?")
    assert "Thursday 12 to 2 PM or Thursday 2 to 4 PM" in said.text


def test_everything_is_read_back_before_it_is_booked() -> None:
    call = at_windows()
    said = say(call, "the first one")
    assert said.asked == "confirm"
    for words in ("Chris Adeyemi", "1019 W Armitage Ave", "60614", "773-555-0121", "12 to 2 PM"):
        assert words in said.text
    assert ActionKind.BOOK not in [action.kind for action in said.actions]
    assert ActionKind.BOOK in [action.kind for action in say(call, "yes").actions]


def test_a_correction_at_the_read_back_is_taken() -> None:
    call = at_windows()
    say(call, "the first one", "no, the zip is 60622")
    assert slots(call)["zip"] == "60622"


def test_a_window_somebody_else_took_is_apologised_for_and_replaced() -> None:
    call = at_windows(desk=PaperDesk(taken=1))
    said = say(call, "the first one", "yes")
    assert "just taken" in said.text
    assert said.asked == "window"
    assert "window" not in slots(call)


def test_a_day_asked_for_early_is_remembered() -> None:
    call = open_at()
    said = say(call, "I'd like to book a drain cleaning for thursday morning", *INTAKE[1:])
    assert "Thursday 8 to 10 AM or Thursday 10 AM to 12 PM" in said.text


def test_a_routine_booking_takes_at_most_twelve_turns() -> None:
    call = open_at()
    lines = (*INTAKE, "the first one", "yes", "no that's all")
    assert say(call, *lines).ended
    assert len(lines) + 1 <= 12


def test_moving_a_visit_moves_that_visit() -> None:
    start = datetime(2026, 11, 26, 14, tzinfo=CHICAGO)
    booking = KnownBooking(
        "B7", Window(start, start.replace(hour=16)), "Tom Whalen", "910 W Belmont Ave"
    )
    call = open_at(bookings=(booking,))
    said = say(call, "I need to move my appointment", "Tom Whalen", "friday at ten")
    moved = [action for action in call.desk.performed if action.kind is ActionKind.RESCHEDULE]
    assert [action.reference for action in moved] == ["B7"]
    assert "Friday 10 AM to 12 PM" in said.text


def test_a_known_caller_is_named_only_after_agreeing_and_the_address_is_offered() -> None:
    memory = CallerMemory("Ann Bell", "2100 N Clark St", "", "Chicago", "60614")
    call = open_at(memory=memory)
    assert "Ann" not in call.greeting.text
    assert "Am I speaking with Ann Bell?" in say(call, "my sink is clogged").text
    assert "Is this for 2100 N Clark St?" in say(call, "yes").text
    assert say(call, "yes").asked == "phone"
    assert slots(call)["zip"] == "60614"


def test_somebody_else_at_a_known_number_is_told_nothing() -> None:
    memory = CallerMemory("Ann Bell", "2100 N Clark St", "", "Chicago", "60614")
    call = open_at(memory=memory)
    said = say(call, "my sink is clogged", "no, this is Bob Stone")
    assert slots(call)["name"] == "Bob Stone"
    assert "Clark" not in said.text


def test_windows_keep_to_the_opening_hours() -> None:
    saturday = [w for w in upcoming_windows(HARBOR, TUESDAY) if w.starts_at.weekday() == 5]
    assert {window.starts_at.hour for window in saturday} == {10}
    assert not [w for w in upcoming_windows(HARBOR, TUESDAY) if w.starts_at.weekday() == 6]


def test_a_holiday_has_no_windows() -> None:
    rules = TenantRules(
        "X", "America/Chicago", hours=HARBOR.hours, windows=HARBOR.windows, holidays=("2026-11-26",)
    )
    days = {window.starts_at.date().isoformat() for window in upcoming_windows(rules, TUESDAY)}
    assert "2026-11-26" not in days
    assert not is_open(rules, datetime(2026, 11, 26, 10, tzinfo=CHICAGO))


def test_without_windows_the_office_calls_back() -> None:
    call = open_at(rules=TenantRules("X", "America/Chicago", services=HARBOR.services))
    said = say(call, *INTAKE)
    assert "our office will call you to set one" in said.text
    assert "take_message" in lead(call.state).actions
