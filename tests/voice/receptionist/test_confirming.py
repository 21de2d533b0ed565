""" "Is that right?": only a yes books; what was wrong is put right, never read back again."""

import pytest

from tests.voice.receptionist.calls import open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.conversation import Conversation
from voice.receptionist.dialogue import ActionKind
from voice.receptionist.understanding.rewording import Rewording, renamed, rewording_in
from voice.receptionist.understanding.text import read

READ_BACK = (
    "my toilet is clogged",
    "2240 North Halsted",
    "60614",
    "John Smith",
    "yes",
    "the first one",
)


def read_back_to_the_caller() -> Conversation:
    call = open_at()
    say(call, *READ_BACK)
    assert call.state.asked == "confirm"
    return call


def is_booked(call: Conversation) -> bool:
    return ActionKind.BOOK in {action.kind for action in call.desk.performed}


# --- a no never books -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answers",
    [
        ("no", "no", "no"),
        ("everything's wrong", "all of it", "I don't know"),
        ("I don't know", "I don't know", "not sure"),
        ("no", "yes", "no", "no"),
        ("no", "nothing", "no", "no"),
    ],
)
def test_without_a_yes_nothing_is_booked_and_the_office_calls_back(
    answers: tuple[str, ...],
) -> None:
    call = read_back_to_the_caller()
    said = say(call, *answers)
    assert not is_booked(call)
    assert "I haven't booked anything yet" in said.text
    record = lead(call.state)
    assert {"callback", "take_message"} <= {*record.actions}
    assert "book" not in record.actions
    assert "window" not in record.slots


@pytest.mark.parametrize("answer", ["no", "everything's wrong", "I don't know", "that's wrong"])
def test_what_is_to_be_changed_is_asked(answer: str) -> None:
    assert say(read_back_to_the_caller(), answer).text == "What should I change?"


def test_a_no_that_is_taken_back_books() -> None:
    call = read_back_to_the_caller()
    say(call, "no", "no, it's all right")
    assert is_booked(call)


def test_what_is_named_as_wrong_is_asked_for_again_at_once() -> None:
    call = read_back_to_the_caller()
    assert say(call, "the name is wrong").asked == "name"
    assert "Jane Doe" in say(call, "Jane Doe").text


def test_words_not_understood_are_read_back_once_and_then_asked_about() -> None:
    call = read_back_to_the_caller()
    assert say(call, "the weather is grand").asked == "confirm"
    assert say(call, "lovely weather here").asked == "correction"


def test_a_visit_called_off_before_it_is_booked_ends_without_one() -> None:
    call = read_back_to_the_caller()
    said = say(call, "cancel it")
    assert said.ended
    assert [action.kind for action in call.desk.performed] == []


# --- another time is no visit to move -------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "offered"),
    [
        ("actually can we do thursday instead", "Thursday 8 to 10 AM or Thursday 10 AM to 12 PM"),
        ("wait, tomorrow would be better", "tomorrow, Wednesday, 8 to 10 AM"),
        ("no, thursday", "Thursday 8 to 10 AM"),
    ],
)
def test_another_day_is_offered_before_anything_is_booked(wish: str, offered: str) -> None:
    call = read_back_to_the_caller()
    said = say(call, wish)
    assert said.asked == "window"
    assert offered in said.text
    assert not is_booked(call)
    assert call.state.goal == "job"


@pytest.mark.parametrize(
    ("wish", "window"),
    [
        ("can I get the 2 to 4 instead", "today 2 to 4 PM"),
        ("yes but can we make it the second one", "today 2 to 4 PM"),
        ("no, friday at ten works better", "Friday 10 AM to 12 PM"),
    ],
)
def test_another_window_is_taken_and_read_back(wish: str, window: str) -> None:
    call = read_back_to_the_caller()
    said = say(call, wish)
    assert f"for {window}" in said.text
    assert not is_booked(call)
    say(call, "yes")
    assert is_booked(call)


def test_a_yes_with_an_hour_in_it_is_a_yes() -> None:
    call = read_back_to_the_caller()
    say(call, "yes, I'll be home by 3")
    assert slots(call)["window"] == "Tue 2026-11-24 12:00-14:00"


# --- names and streets in words -------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "slot", "value"),
    [
        (("it's Hermitage not Halsted",), "street", "2240 N Hermitage"),
        (("not Halsted, Hermitage",), "street", "2240 N Hermitage"),
        (("no, the street is Hermitage",), "street", "2240 N Hermitage"),
        (("no, Hermitage", "the street"), "street", "2240 N Hermitage"),
        (("I said Hermitage", "that's the street name"), "street", "2240 N Hermitage"),
        (("no, Kowalski", "the last name"), "name", "John Kowalski"),
        (("it's Jon without an h",), "name", "Jon Smith"),
        (("John without an h",), "name", "Jon Smith"),
        (("the last name is Smyth with a y",), "name", "John Smyth"),
        (("Smith with a y",), "name", "John Smyth"),
        (("my last name is spelled wrong", "S M Y T H E"), "name", "John Smythe"),
    ],
)
def test_what_is_put_right_in_words_is_taken_and_booked(
    answers: tuple[str, ...], slot: str, value: str
) -> None:
    call = read_back_to_the_caller()
    said = say(call, *answers)
    assert slots(call)[slot] == value
    assert value in said.text
    assert is_booked(call)


def test_two_corrections_in_one_turn_are_both_taken_and_read_back() -> None:
    call = read_back_to_the_caller()
    said = say(call, "no it's 2214 and my name is Jane")
    assert "Jane Smith, 2214 N Halsted, 60614, phone 773-555-0121" in said.text
    assert said.asked == "confirm"
    assert not is_booked(call)


def test_a_name_whose_spelling_is_not_understood_is_asked_for_alone() -> None:
    said = say(read_back_to_the_caller(), "my last name is Smith with a q")
    assert said.text == "Could you spell the name for me, letter by letter?"


def test_a_strange_word_is_asked_about_instead_of_guessed() -> None:
    said = say(read_back_to_the_caller(), "no, Hermitage")
    assert said.text == "Is Hermitage the street or the name?"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("it's Jon Smith", Rewording("name", "Jon Smith")),
        ("my name is Jane", Rewording("name", "Jane Smith")),
        ("Clark with an e, not Smith", Rewording("name", "John Clarke")),
        ("the last name is with a y", Rewording("name", "John Smyth")),
        ("es Damen no Halsted", Rewording("street", "2240 N Damen St")),
        ("it's Damen Avenue", Rewording("street", "2240 N Damen St")),
        ("the street is spelled wrong", Rewording("street", "")),
        ("that is all fine by me thank you very much", None),
        ("no", None),
    ],
)
def test_what_the_words_put_in_place_of_a_name_or_a_street(
    words: str, expected: Rewording | None
) -> None:
    found = rewording_in(read(words), name="John Smith", street="2240 N Halsted St")
    assert found == expected


def test_a_street_keeps_number_direction_and_suffix_under_another_name() -> None:
    assert renamed("2240 N Halsted St", ["hermitage"]) == "2240 N Hermitage St"
    assert renamed("18 Broadway", ["mcdowell"]) == "18 McDowell"
    assert renamed("77 San Pedro Dr NE", ["san", "mateo"]) == "77 San Mateo Dr NE"


@pytest.mark.parametrize("text", ["yes thank you bye", "perfect, goodbye", "yes, thanks so much"])
def test_a_yes_with_a_goodbye_books(text: str) -> None:
    call = open_at()
    say(call, *READ_BACK)
    said = say(call, text)
    assert "You're booked for" in said.text or "You're all set for" in said.text


@pytest.mark.parametrize(
    "text", ["how much is a new water heater", "do you fix toilets", "do you also do gas lines?"]
)
def test_a_question_after_the_booking_books_nothing_more(text: str) -> None:
    call = open_at()
    say(call, *READ_BACK, "yes")
    booked = [action for action in call.desk.performed if action.kind is ActionKind.BOOK]
    said = say(call, text)
    assert said.asked == "anything_else"
    assert call.state.job_type == "toilet_repair"
    assert [a for a in call.desk.performed if a.kind is ActionKind.BOOK] == booked


@pytest.mark.parametrize(
    "text", ["can you repeat my appointment", "what did you put for my address?"]
)
def test_what_was_booked_is_read_out_again(text: str) -> None:
    call = open_at()
    said = say(call, *READ_BACK, "yes", text)
    assert "John Smith, 2240 N Halsted, 60614" in said.text
    assert said.asked == "anything_else"


def test_a_note_after_the_booking_reaches_the_office() -> None:
    call = open_at()
    say(call, *READ_BACK, "yes", "I want to add a note, the dog is friendly")
    notes = [a.text for a in call.desk.performed if a.kind is ActionKind.TAKE_MESSAGE]
    assert any("dog is friendly" in note for note in notes)
