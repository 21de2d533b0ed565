"""Visits that exist already: found by number and name, moved, cancelled, told to nobody else."""

from datetime import datetime

import pytest

from tests.voice.receptionist.calls import CHICAGO, open_at, say
from voice.receptionist.brain import lead
from voice.receptionist.conversation import Conversation, PaperDesk
from voice.receptionist.dialogue import ActionKind, CallerMemory, KnownBooking, Window
from voice.receptionist.grounding import grounded
from voice.receptionist.rules import TenantRules

THURSDAY = datetime(2026, 11, 26, 14, tzinfo=CHICAGO)
VISIT = KnownBooking(
    "B7KLM", Window(THURSDAY, THURSDAY.replace(hour=16)), "Tom Whalen", "910 W Belmont Ave"
)
OTHER_PHONE = "+13125550177"


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


def told_of_the_visit(call: Conversation, said: str) -> bool:
    """Whether anything of VISIT was said or done."""
    done = {action.kind for action in call.desk.performed}
    return (
        "Thursday" in said
        or "Belmont" in said
        or bool(done & {ActionKind.CANCEL_BOOKING, ActionKind.RESCHEDULE})
    )


@pytest.mark.parametrize(
    "answers",
    [
        ("my reference is B 7 K L M", "B7KLM", "it's booking B7KLM"),
        ("Eve Malloy", "55 E Monroe St", "just cancel it"),
        ("I don't know the name", "no idea", "just cancel it"),
        ("the one on thursday", "thursday two to four", "just cancel it"),
    ],
)
def test_a_forged_number_alone_neither_reads_nor_cancels_a_visit(answers: tuple[str, ...]) -> None:
    call = open_at(bookings=(VISIT,))
    said = [say(call, "please cancel my appointment").text]
    said += [say(call, line).text for line in (*answers, "yes", "cancel it")]
    assert not told_of_the_visit(call, " ".join(said[:4]))
    assert ActionKind.CANCEL_BOOKING not in [action.kind for action in call.desk.performed]


@pytest.mark.parametrize("line", ["Tom Whalen", "the address is 910 w belmont ave"])
def test_number_and_name_or_address_find_the_visit(line: str) -> None:
    call = open_at(bookings=(VISIT,))
    said = say(call, "I need to cancel my appointment", line)
    assert "Thursday 2 to 4 PM" in said.text
    say(call, "just cancel it")
    assert [a.reference for a in call.desk.performed if a.kind is ActionKind.CANCEL_BOOKING] == [
        "B7KLM"
    ]


def test_a_visit_booked_from_another_phone_is_found_by_that_number_and_the_name() -> None:
    call = open_at(caller_id=None, desk=PaperDesk(booked={OTHER_PHONE: (VISIT,)}))
    asked = say(call, "I need to move my appointment", "Tom Whalen")
    assert asked.asked == "phone"
    assert "What phone number was the appointment made with?" in asked.text
    said = say(call, "312 555 0177")
    assert [(a.kind, a.text) for a in call.desk.performed] == [
        (ActionKind.FIND_BOOKINGS, OTHER_PHONE)
    ]
    assert "I see your visit on Thursday 2 to 4 PM." in said.text
    assert said.asked == "window"


def test_another_number_without_its_name_shows_nothing() -> None:
    call = open_at(desk=PaperDesk(booked={OTHER_PHONE: (VISIT,)}))
    said = say(call, "I want to cancel my appointment", "Eve Malloy", "312 555 0177")
    assert ActionKind.FIND_BOOKINGS in [action.kind for action in call.desk.performed]
    later = [say(call, line).text for line in ("I don't know", "just cancel it", "yes")]
    assert not told_of_the_visit(call, " ".join([said.text, *later]))


def test_one_call_looks_up_one_number_besides_its_own() -> None:
    call = open_at(desk=PaperDesk(booked={OTHER_PHONE: (VISIT,)}))
    say(call, "cancel my appointment", "Tom Whalen", "312 555 0100", "my number is 312 555 0177")
    say(call, "no wait the number is 312 555 0177", "cancel my appointment please")
    looked_up = [a.text for a in call.desk.performed if a.kind is ActionKind.FIND_BOOKINGS]
    assert looked_up == ["+13125550100"]


def test_a_yes_to_the_name_we_said_ourselves_opens_no_visit() -> None:
    memory = CallerMemory("Tom Whalen", "910 W Belmont Ave", "", "Chicago", "60657")
    call = open_at(memory=memory, bookings=(VISIT,))
    assert "Am I speaking with Tom Whalen?" in say(call, "my sink is clogged").text
    say(call, "yes")
    said = say(call, "actually I need to cancel my appointment")
    assert not told_of_the_visit(call, said.text)
    assert not told_of_the_visit(call, say(call, "Tom Whalen", "just cancel it").text)


def test_a_model_cannot_word_a_visit_that_is_not_confirmed() -> None:
    rules = TenantRules("X", "America/Chicago")
    call = open_at(rules=rules, bookings=(VISIT,))
    say(call, "please cancel my appointment")
    assert grounded("Your visit is Thursday 2 to 4 PM.", call.state) is None
    say(call, "Tom Whalen")
    assert grounded("Your visit is Thursday 2 to 4 PM.", call.state) is not None


def test_a_visit_not_found_is_not_said_to_be_kept() -> None:
    call = open_at()
    said = say(call, "I need to cancel my appointment", "Chris Adeyemi", "never mind, keep it")
    assert said.text.startswith("Okay, I haven't changed anything about your visit.")
    assert not said.ended


def test_a_cancelled_visit_that_is_wanted_after_all_goes_to_the_office() -> None:
    call = open_at(bookings=(VISIT,))
    say(call, "I need to cancel my appointment", "Tom Whalen", "just cancel it")
    said = say(call, "never mind, keep it")
    assert "I'll ask the office to keep that visit" in said.text
    assert "take_message" in lead(call.state).actions


def test_the_visit_just_booked_is_moved_as_often_as_wanted_and_cancelled() -> None:
    call = open_at()
    say(
        call, "my kitchen sink is clogged", "2240 N Halsted", "60614", "John Smith", "yes",
        "the first one", "yes",
    )  # fmt: skip
    said = say(call, "actually move it to tomorrow", "the first one")
    assert "Your visit is now tomorrow, Wednesday, 8 to 10 AM" in said.text
    said = say(call, "actually move it to friday")
    assert "I can offer Friday 8 to 10 AM" in said.text
    assert "Your visit is now Friday 8 to 10 AM" in say(call, "the first one").text
    said = say(call, "cancel it", "just cancel it")
    assert "Friday 8 to 10 AM is cancelled" in said.text
    kinds = [action.kind for action in call.desk.performed]
    assert [kind.value for kind in kinds] == ["book", "reschedule", "reschedule", "cancel_booking"]


def test_a_window_that_was_taken_while_a_visit_is_moved_makes_way_for_another() -> None:
    desk = PaperDesk()
    call = open_at(desk=desk)
    say(
        call, "my kitchen sink is clogged", "2240 N Halsted", "60614", "John Smith", "yes",
        "the first one", "yes",
    )  # fmt: skip
    desk.taken = 1
    said = say(call, "move it to friday", "the first one")
    assert "just taken" in said.text
    assert said.asked == "window"
    assert "Your visit is now" in say(call, "the first one").text
