"""How callers really answer: goodbyes, interjections, second thoughts, facts out of their place."""

import pytest

from tests.voice.receptionist.calls import open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.conversation import Conversation

INTAKE = ("my sink is clogged", "2240 N Halsted", "60614", "John Smith", "yes")


def at_confirm() -> Conversation:
    call = open_at()
    say(call, *INTAKE, "the first one")
    return call


def booked() -> Conversation:
    call = at_confirm()
    say(call, "yes")
    return call


@pytest.mark.parametrize(
    "words",
    [
        "ok bye",
        "okay thanks bye",
        "okay thank you",
        "alright, take care",
        "that's it",
        "all good",
        "perfect",
        "eso sería todo",
    ],
)
def test_a_goodbye_ends_the_call_though_a_yes_is_in_it(words: str) -> None:
    assert say(booked(), words).ended


def test_a_mere_yes_has_more_to_say() -> None:
    said = say(booked(), "yes")
    assert (said.ended, said.asked) == (False, "anything_else")


@pytest.mark.parametrize("words", ["huh", "go ahead", "this is taking forever", "qué"])
def test_an_interjection_is_nobodys_name(words: str) -> None:
    call = open_at()
    assert say(call, *INTAKE[:3], words).asked == "name"
    assert "name" not in slots(call)


@pytest.mark.parametrize("words", ["gotta go", "ok bye"])
def test_who_has_to_go_is_called_back(words: str) -> None:
    call = open_at()
    said = say(call, *INTAKE[:3], words)
    assert said.ended
    assert {"take_message", "callback"} <= {*lead(call.state).actions}


def test_the_surname_may_come_a_turn_later() -> None:
    call = open_at()
    say(call, *INTAKE[:3], "Grace", "Grace Kelly")
    assert slots(call)["name"] == "Grace Kelly"


def test_where_somebody_is_is_not_who_they_are() -> None:
    call = open_at()
    said = say(call, "sink's clogged, I'm away until monday", "2240 N Halsted", "60614")
    assert said.asked == "name"


@pytest.mark.parametrize(
    "opening",
    [
        "my tub won't drain. Friday morning if you can.",
        "could you make it friday, my tub won't drain",
        "my plumber cancelled on me yesterday, can you come tomorrow at 9 for a clogged tub",
        "me puede dar una cita antes del viernes, mi fregadero está tapado",
    ],
)
def test_a_day_for_new_work_moves_no_visit(opening: str) -> None:
    assert say(open_at(), opening).asked == "street"


def test_an_appointment_that_is_to_be_made_is_none_yet() -> None:
    assert say(open_at(), "I'd like to make an appointment for thursday").asked == "problem"


def test_a_zip_code_said_too_early_is_not_asked_for_again() -> None:
    call = open_at()
    said = say(call, "my sink is clogged", "60614")
    assert said.asked == "street"
    assert say(call, "2240 N Halsted").asked == "name"


@pytest.mark.parametrize("answer", ["2240 N Halsted", "my sink is clogged", "yes please"])
def test_whoever_gives_the_address_wants_the_visit(answer: str) -> None:
    call = open_at()
    assert say(call, "how much is a drain clearing").asked == "book"
    assert say(call, answer).asked in ("street", "zip")


def test_a_visit_may_be_wanted_after_all() -> None:
    call = open_at()
    say(call, "do you fix toilets", "how much")
    assert say(call, "ok book it").asked == "street"
    assert lead(call.state).urgency.value == "R"


def test_a_price_asked_while_times_are_offered_ends_no_booking() -> None:
    call = open_at()
    said = say(call, "install a faucet", *INTAKE[1:], "how much is that")
    assert "$89" in said.text
    assert said.asked == "window"
    say(call, "first", "yes")
    assert "book" in lead(call.state).actions


def test_the_other_side_of_the_street_is_a_correction() -> None:
    call = at_confirm()
    say(call, "no it's South Halsted")
    assert slots(call)["street"] == "2240 S Halsted"


def test_everything_but_the_phone_is_no_yes() -> None:
    call = at_confirm()
    assert say(call, "everything's right except the phone").asked == "phone"
    assert "book" not in lead(call.state).actions


@pytest.mark.parametrize("words", ["yes, or my wife's, 312 555 0144", "his number is 312 555 0150"])
def test_another_persons_number_replaces_not_the_callers(words: str) -> None:
    call = at_confirm()
    say(call, words)
    assert slots(call)["phone"] == "+17735550121"
    assert "312 555" in slots(call)["access"]


def test_who_refuses_every_window_is_left_to_the_office() -> None:
    call = open_at()
    said = say(call, *INTAKE, "no", "no", "no", "no")
    assert "the office" in said.text or "our office" in said.text
    assert "catch" not in said.text
    assert {"take_message", "callback"} <= {*lead(call.state).actions}


def test_a_toilet_upstairs_is_no_address() -> None:
    call = open_at()
    say(call, "toilet's clogged", "well there's one upstairs but my mom can't climb")
    assert "street" not in slots(call)
