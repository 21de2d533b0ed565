"""What callers bring up in between and after the goodbye, and facts in an order of their own."""

import pytest

from tests.voice.receptionist.calls import open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.dialogue import ActionKind

TO_THE_END = ("1019 W Armitage Ave", "60614", "Dana Bell", "yes", "the first one", "yes")


@pytest.mark.parametrize("words", ["yes that one is fine", "that one works", "that's the one"])
def test_a_yes_to_the_number_that_calls_is_no_digit(words: str) -> None:
    call = open_at()
    said = say(call, "I smell gas", "yes we're outside", words)
    assert slots(call)["phone"] == "+17735550121"
    assert said.asked == "street"


def test_another_number_is_asked_for_when_the_one_that_calls_is_refused() -> None:
    call = open_at()
    said = say(call, "I smell gas", "we're outside", "no, use another one")
    assert said.asked == "phone"
    assert "773-555-0121" not in said.text
    assert say(call, "773 555 0188").asked == "street"
    assert slots(call)["phone"] == "+17735550188"


def test_a_street_said_while_the_number_is_asked_is_kept() -> None:
    call = open_at()
    assert say(call, "I smell gas", "we're outside", "2210 N Halsted St 60614").asked == "phone"
    assert say(call, "yes").asked == "name"
    assert slots(call)["street"] == "2210 N Halsted St"
    assert slots(call)["zip"] == "60614"


@pytest.mark.parametrize(
    "opening", ["I smell gas", "a pipe burst and water is everywhere", "my tub drains slow"]
)
def test_everything_said_at_once_is_never_asked_again(opening: str) -> None:
    call = open_at()
    facts = "this is Dana Kowalczyk at 1847 West Ainslie, 60640, my number is 773 555 0121"
    asked = [say(call, f"{facts}, {opening}").asked, *(say(call, "no").asked for _ in range(2))]
    assert {"name", "street", "zip", "phone"}.isdisjoint(asked)


def test_a_second_trouble_is_noted_beside_the_first() -> None:
    call = open_at()
    said = say(call, "my tub drains slow", "wait, my toilet is leaking too")
    assert said.asked == "street"
    assert "catch" not in said.text
    assert "toilet is leaking" in call.state.problem
    assert lead(call.state).job_type == "drain_clear"


@pytest.mark.parametrize("words", ["I have to go", "I gotta run", "that's all"])
def test_whoever_has_to_go_leaves_a_message(words: str) -> None:
    call = open_at()
    said = say(call, "my tub drains slow", "1019 W Armitage Ave", words)
    assert said.ended
    assert ActionKind.TAKE_MESSAGE in [action.kind for action in said.actions]


@pytest.mark.parametrize("words", ["actually forget it", "never mind", "I changed my mind"])
def test_whoever_takes_it_back_is_let_go(words: str) -> None:
    call = open_at()
    said = say(call, "my tub drains slow", words)
    assert said.ended
    assert not said.actions


def test_a_question_in_between_is_answered_and_the_open_one_put_again() -> None:
    call = open_at()
    said = say(call, "my tub drains slow", "1019 W Armitage Ave", "how much is it?")
    assert said.text.startswith("Drain clearing is from $189.")
    assert said.asked == "zip"
    assert call.state.attempts["zip"] == 1


def test_thanks_and_impatience_are_not_misheard() -> None:
    call = open_at()
    say(call, "my tub drains slow")
    for words in ("thanks", "you already asked me that", "can you hear me?", "the dog is friendly"):
        said = say(call, words)
        assert "catch" not in said.text
        assert said.asked == "street"


@pytest.mark.parametrize(
    "words", ["wait my neighbor is still inside", "my dog is still in there", "she's still inside"]
)
@pytest.mark.parametrize("told", [(), ("yes that one",), ("yes", "2210 N Halsted St", "60614")])
def test_somebody_still_inside_is_for_911(words: str, told: tuple[str, ...]) -> None:
    call = open_at()
    said = say(call, "I smell gas", "we're outside", *told, words)
    assert "911" in said.text
    assert "don't go back in" in said.text


def test_nobody_goes_back_for_a_coat() -> None:
    call = open_at()
    said = say(call, "I smell gas", "we're outside", "can I go back in to get my coat")
    assert said.text.startswith("Please stay out")
    assert said.asked == "phone"


def test_whoever_cannot_get_out_calls_911_from_inside() -> None:
    said = say(open_at(), "I smell gas and I'm in a wheelchair, I can't get out")
    assert "911 right now" in said.text
    assert said.asked is None


def test_one_more_thing_after_a_booking_joins_the_visit() -> None:
    call = open_at()
    say(call, "my tub drains slow", *TO_THE_END, "no thanks")
    said = say(call, "wait, one more thing, my toilet is leaking too")
    assert "your visit" in said.text
    assert ActionKind.BOOK not in [action.kind for action in said.actions]
    assert say(call, "no that's it").ended


@pytest.mark.parametrize(
    "before",
    [
        ("do you pump septic tanks", "no"),
        ("I'm in Naperville 60540, need a toilet fixed", "no"),
        ("please have someone call me back", "Ann Bell", "yes", "no"),
        ("can I talk to a person",),
    ],
)
def test_a_new_trouble_after_any_end_is_taken_up(before: tuple[str, ...]) -> None:
    call = open_at()
    say(call, *before)
    said = say(call, "wait, my kitchen sink is clogged too")
    assert said.asked is not None or "visit" in said.text
    assert "sink" in call.state.problem


def test_thanks_on_the_way_to_a_person_does_not_call_off_the_transfer() -> None:
    call = open_at()
    said = say(call, "can I talk to a person", "thanks")
    assert ActionKind.TRANSFER in [action.kind for action in said.actions]


def test_a_corrected_zip_code_reopens_a_declined_job() -> None:
    call = open_at()
    say(call, "I'm in Naperville 60540, need a toilet fixed", "no")
    assert say(call, "actually sorry, the zip is 60614").asked == "street"


def test_the_same_windows_are_offered_again_after_an_aside() -> None:
    call = open_at()
    first = say(call, "my tub drains slow", *TO_THE_END[:4])
    again = say(call, "how much is it?")
    assert again.asked == "window"
    assert first.text.split("I can offer ")[1].split(".")[0] in again.text
