"""Questions, remarks and other people's business in the middle of a call."""

from dataclasses import replace

import pytest

from tests.voice.receptionist.calls import FAQ, HARBOR, TUESDAY, open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.conversation import Conversation
from voice.receptionist.dialogue import ActionKind, Urgency

INTAKE = ("my kitchen sink is clogged", "2240 N Halsted", "60614")
"""Said until the name is asked for."""


def in_intake(*lines: str, faq: bool = False) -> Conversation:
    """A call in which the name is asked for, and then `lines` were said."""
    call = open_at(rules=replace(HARBOR, faq=FAQ) if faq else HARBOR)
    say(call, *INTAKE, *lines)
    return call


def did(call: Conversation) -> list[ActionKind]:
    return [action.kind for action in call.desk.performed]


# --- warranty ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "do you have a warranty on the work?",
        "what kind of warranty do you give",
        "is there a guarantee on the repair",
    ],
)
def test_a_question_about_the_warranty_is_no_complaint(asked: str) -> None:
    call = in_intake()
    said = say(call, asked)
    assert said.asked == "name"
    assert ActionKind.NOTE_UNANSWERED in did(call)
    said = say(call, "John Smith", "yes", "the first one", "yes")
    assert lead(call.state).job_type == "drain_clear"
    assert ActionKind.BOOK in did(call)


def test_work_of_ours_that_failed_is_still_a_complaint() -> None:
    call = open_at()
    say(call, "the toilet you fixed last week is leaking again, is that under warranty?")
    assert lead(call.state).job_type == "existing"


# --- work that is not offered ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("my lawn sprinkler is broken", "lawn irrigation"),
        ("the sprinkler head broke in the front yard", "lawn irrigation"),
        ("my AC is leaking water", "HVAC"),
        ("our air conditioner is leaking", "HVAC"),
        ("can you fix my gas dryer", "appliance repair"),
        ("¿arreglan aires acondicionados?", "aire acondicionado y calefacción"),
        ("mi aire acondicionado gotea agua", "aire acondicionado y calefacción"),
        ("se rompió un aspersor del jardín", "riego de jardines"),
    ],
)
def test_work_that_is_not_offered_is_declined_and_pages_nobody(said: str, named: str) -> None:
    call = open_at()
    answer = say(call, said)
    assert named in answer.text
    assert answer.asked == "anything_else"
    assert did(call) == []
    assert lead(call.state).job_type == "not_offered"


@pytest.mark.parametrize(
    "said",
    [
        "my lawn sprinkler pipe burst and it's flooding my basement",
        "my washing machine is leaking all over the kitchen floor",
        "the fire sprinkler in the hallway broke and is spraying",
    ],
)
def test_water_that_harms_the_home_is_an_emergency_whatever_it_comes_from(said: str) -> None:
    call = open_at()
    say(call, said)
    assert ActionKind.PAGE_ON_CALL in did(call)


@pytest.mark.parametrize(
    "said", ["the ice maker line on my fridge is leaking", "my gas dryer needs hooking up"]
)
def test_the_line_to_an_appliance_is_plumbing(said: str) -> None:
    assert "do" not in say(open_at(), said).text.split()[:4]
    call = open_at()
    say(call, said)
    assert lead(call.state).job_type != "not_offered"


def test_after_a_no_the_kind_of_company_to_call_is_named() -> None:
    said = say(open_at(), "my septic tank is full", "so who should I call?")
    assert "septic pumping would be the right one to call" in said.text


def test_outside_the_area_a_plumber_who_serves_it_is_the_one_to_call() -> None:
    said = say(
        open_at(), "my sink is clogged", "123 Main St", "60601", "so who should I call then?"
    )
    assert "a plumber who serves your area" in said.text
    assert said.asked == "leave_message"


def test_a_backed_up_grease_trap_is_sewer_work_and_the_callers_hours_are_not_ours() -> None:
    call = open_at()
    said = say(
        call, "I run a restaurant and the grease trap is backed up into the kitchen, we open at 5"
    )
    assert "8 AM" not in said.text
    assert said.asked == "fixtures"
    assert lead(call.state).job_type == "sewer_main"


def test_work_only_a_person_arranges_is_not_offered_for_booking() -> None:
    call = open_at()
    said = say(call, "do you do gas lines?")
    assert "book" not in said.text
    assert "put you through" in said.text
    say(call, "yes", "2240 N Halsted", "60614", "John Smith", "yes")
    assert did(call) == [ActionKind.TRANSFER]


def test_after_hours_work_only_a_person_arranges_is_for_a_call_back() -> None:
    said = say(open_at(TUESDAY.replace(hour=21)), "do you do gas lines?")
    assert "call you back" in said.text


@pytest.mark.parametrize("asked", ["do you install water softeners", "do you do hydro jetting"])
def test_work_nobody_listed_is_noted_and_a_call_back_offered(asked: str) -> None:
    call = open_at()
    said = say(call, asked)
    assert said.asked == "callback"
    assert did(call) == [ActionKind.NOTE_UNANSWERED]
    say(call, "yes please", "John Smith", "yes")
    message = next(a for a in call.desk.performed if a.kind is ActionKind.TAKE_MESSAGE)
    assert message.text == asked
    assert slots(call)["name"] == "John Smith"


def test_whoever_wants_no_call_back_is_asked_for_more() -> None:
    assert say(open_at(), "do you do hydro jetting", "no thanks").asked == "anything_else"


# --- questions nobody foresaw ------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        "who is going to come?",
        "can you text me the confirmation",
        "will he wear shoe covers",
        "what's your phone number?",
        "¿quién va a venir?",
    ],
)
def test_a_question_instead_of_an_answer_is_noted_and_the_question_stands(asked: str) -> None:
    call = in_intake()
    said = say(call, asked)
    assert "catch" not in said.text
    assert "missed" not in said.text
    assert said.asked == "name"
    assert "name" not in slots(call)
    assert call.state.open_questions == (asked,)
    assert call.state.attempts["name"] == 1


@pytest.mark.parametrize("asked", ["what if nobody is home", "who is coming"])
def test_a_question_at_the_read_back_books_nothing(asked: str) -> None:
    call = in_intake("John Smith", "yes", "the first one")
    said = say(call, asked, asked)
    assert said.asked == "confirm"
    assert ActionKind.BOOK not in did(call)
    assert asked in call.state.open_questions


def test_who_is_coming_tells_of_no_water() -> None:
    assert say(in_intake("John Smith", "yes", "the first one", "yes"), "who is coming").asked == (
        "anything_else"
    )


def test_a_day_asked_for_before_times_are_offered_is_offered_then() -> None:
    call = in_intake()
    said = say(call, "is Saturday possible?")
    assert said.asked == "name"
    assert call.state.open_questions == ()
    assert "Saturday" in say(call, "John Smith", "yes").text


def test_a_day_asked_for_when_times_are_offered_is_no_unknown_service() -> None:
    call = in_intake("John Smith", "yes")
    assert say(call, "can you do friday").text.startswith("I can offer Friday")
    assert ActionKind.NOTE_UNANSWERED not in did(call)


def test_whoever_asks_whether_they_reached_us_is_told() -> None:
    said = say(open_at(), "is this Harbor Plumbing?")
    assert "AI assistant of Harbor Plumbing" in said.text
    assert said.asked == "problem"


def test_a_question_about_the_trade_starts_no_job() -> None:
    call = open_at()
    say(call, "what are pipes made of")
    assert lead(call.state).job_type == "unknown"


def test_a_question_the_tenant_has_answered_is_answered() -> None:
    call = in_intake(faq=True)
    assert "Illinois license 055-012345" in say(call, "are you licensed?").text


def test_a_question_does_not_settle_the_one_that_was_asked() -> None:
    call = open_at()
    said = say(call, "there's a leak under my sink", "who is going to come?")
    assert said.asked == "active_leak"
    assert "active_leak" not in slots(call)
    assert slots_after(call, "no")["active_leak"] == "no"


def slots_after(call: Conversation, line: str) -> dict[str, str]:
    say(call, line)
    return slots(call)


def test_how_soon_somebody_can_come_is_the_next_open_window() -> None:
    said = say(in_intake(), "how soon can someone come")
    assert said.text.startswith("Our next open time is today 12 to 2 PM.")
    assert said.asked == "name"


def test_in_an_emergency_no_time_of_arrival_is_given() -> None:
    said = say(open_at(), "water is pouring through my ceiling", "no", "how soon will he get here")
    assert "I can't give an exact time" in said.text
    assert "PM" not in said.text


@pytest.mark.parametrize("said", ["what?", "huh", "can you help me", "hello"])
def test_words_that_ask_nothing_are_not_noted_as_questions(said: str) -> None:
    call = open_at()
    say(call, said)
    assert did(call) == []


# --- the problem -------------------------------------------------------------------------------


def test_a_second_job_named_in_passing_is_kept() -> None:
    call = in_intake()
    said = say(call, "do you do toilets too? my toilet is also loose")
    assert "Yes" in said.text or "yes" in said.text
    assert said.asked == "name"
    assert "my toilet is also loose" in lead(call.state).slots["problem"].value


# --- a false alarm, a child, a language, an area -----------------------------------------------


@pytest.mark.parametrize("before", [(), ("yes I'm outside",)])
def test_a_false_alarm_is_met_calmly_and_help_goes_on(before: tuple[str, ...]) -> None:
    call = open_at()
    said = say(call, "I smell gas", *before, "oh it was just my trash, false alarm")
    assert said.text.startswith(
        "All right. If it comes back, leave at once and call 911 from outside."
    )
    assert said.asked == "anything_else"
    assert any("false alarm" in note for note in call.state.open_questions)
    assert lead(call.state).urgency is Urgency.E0
    assert say(call, "my sink is clogged").asked == "street"
    assert lead(call.state).job_type == "drain_clear"


def test_a_smell_that_is_still_there_is_no_false_alarm() -> None:
    said = say(open_at(), "I smell gas", "false alarm but it still smells a bit")
    assert said.asked == "outside"


def test_a_smell_that_comes_back_gets_the_instruction_again() -> None:
    call = open_at()
    said = say(call, "I smell gas", "it was just my trash", "oh no, now I smell gas again")
    assert said.text.startswith("Leave the building now")


def test_a_child_is_asked_for_a_grown_up_and_sent_to_no_valve() -> None:
    call = open_at()
    said = say(call, "there's water on the floor and my mom isn't here, I'm seven")
    assert said.asked == "grown_up"
    assert "valve" not in said.text
    assert ActionKind.PAGE_ON_CALL in did(call)
    assert "valve" not in say(call, "no I'm alone").text


def test_the_grown_up_is_told_what_a_grown_up_may_do() -> None:
    call = open_at()
    said = say(call, "water everywhere, I'm eight", "hi this is his mom Jane")
    assert said.asked == "near_electric"
    assert "valve" in say(call, "no").text


def test_a_caller_of_seventy_is_no_child() -> None:
    assert say(open_at(), "my faucet is leaking and I'm seventy two years old").asked != "grown_up"


@pytest.mark.parametrize("wish", ["actually can we do English", "in English please"])
def test_english_is_spoken_again_and_the_question_stands(wish: str) -> None:
    call = open_at()
    said = say(call, "hola tengo una fuga", wish)
    assert said.text == "Of course. Is water still running or spreading right now?"
    assert "active_leak" not in slots(call)


def test_to_speak_no_english_is_no_answer() -> None:
    call = open_at()
    assert say(call, "hola tengo una fuga", "no hablo inglés").asked == "active_leak"


def test_a_job_without_a_zip_is_booked_and_the_area_left_to_the_office() -> None:
    call = open_at()
    said = say(call, "my kitchen sink is clogged", "2240 N Halsted", "I don't know the zip")
    assert "the office will check that you're in our service area" in said.text
    say(call, "John Smith", "yes", "the first one", "yes")
    assert ActionKind.BOOK in did(call)
    assert "service area to be checked: no ZIP code" in call.state.open_questions


def test_where_every_zip_is_served_there_is_no_area_to_check() -> None:
    call = open_at(rules=replace(HARBOR, service_zips=frozenset()))
    say(call, "my kitchen sink is clogged", "2240 N Halsted", "I don't know the zip")
    assert call.state.open_questions == ("zip not given",)


def test_a_no_that_waited_for_a_question_of_life_is_said_after_it() -> None:
    said = say(open_at(), "my furnace is out", "no")
    assert "HVAC" in said.text
    assert said.asked == "anything_else"


def test_a_question_about_another_zip_code_leaves_the_jobs() -> None:
    call = open_at()
    said = say(call, "my toilet is clogged", "2240 N Halsted", "60614", "do you also serve 60201?")
    assert "60201 is outside our service area" in said.text
    assert (call.state.slot("zip"), said.asked) == ("60614", "name")


def test_whoever_asks_whether_the_call_is_recorded_is_told_and_recorded_on() -> None:
    call = open_at()
    assert say(call, "is this call recorded?").text.startswith("Yes, this call is recorded.")
    assert "stop_recording" not in lead(call.state).actions


def test_whoever_asks_for_a_real_person_on_the_line_is_told_no() -> None:
    assert say(open_at(), "is this a real person").text.startswith("No, I'm the AI assistant")
