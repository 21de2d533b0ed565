"""When the caller wants the visit: days, dates, hours, and what does not suit."""

from dataclasses import replace

import pytest

from tests.voice.receptionist.calls import INTAKE, at_windows, open_at, say, slots
from voice.receptionist.brain import lead
from voice.receptionist.dialogue import ActionKind

from .calls import HARBOR, TUESDAY


@pytest.mark.parametrize(
    ("wish", "offered"),
    [
        ("next thursday", "Thursday, December 3, 8 to 10 AM"),
        ("thursday next week", "Thursday, December 3, 8 to 10 AM"),
        ("a week from thursday", "Thursday, December 3, 8 to 10 AM"),
        ("the third", "Thursday, December 3, 8 to 10 AM"),
        ("12/4", "Friday, December 4, 8 to 10 AM"),
        ("could we do the 4th", "Friday, December 4, 8 to 10 AM"),
        ("december fourth", "Friday, December 4, 8 to 10 AM"),
        ("the 4th of december", "Friday, December 4, 8 to 10 AM"),
        ("el cuatro de diciembre", "viernes 4 de diciembre, de 8 a 10 AM"),
        ("thanksgiving", "Thursday 8 to 10 AM"),
        ("the day after tomorrow", "Thursday 8 to 10 AM"),
        ("not today and not tomorrow", "Thursday 8 to 10 AM"),
        ("this weekend", "The next opening is Saturday 10 AM to 12 PM"),
        ("anything else", "tomorrow, Wednesday, 8 to 10 AM"),
        ("later than that", "tomorrow, Wednesday, 8 to 10 AM"),
    ],
)
def test_the_day_asked_for_is_offered(wish: str, offered: str) -> None:
    said = say(at_windows(), wish)
    assert offered in said.text
    assert said.asked == "window"
    assert "I don't have that time open" not in said.text


@pytest.mark.parametrize(
    "wish", ["in two weeks", "december 24", "the 24th of december", "christmas"]
)
def test_a_day_beyond_the_calendar_is_left_to_the_office_and_the_last_offered(wish: str) -> None:
    said = say(at_windows(), wish)
    assert said.text.startswith("I can't book that far ahead; the office can set that day")
    assert "Monday, December 7, 8 to 10 AM" in said.text
    assert said.asked == "window"


def test_an_hour_without_windows_is_refused_and_the_nearest_offered() -> None:
    said = say(at_windows(), "thursday at 7 pm")
    assert "I don't have that time open." in said.text
    assert "Thursday 12 to 2 PM or Thursday 2 to 4 PM" in said.text
    assert said.asked == "window"


@pytest.mark.parametrize(
    ("wish", "offered"),
    [
        ("I'm not available until december", "Tuesday, December 1, 8 to 10 AM"),
        ("not before thursday", "Thursday 8 to 10 AM"),
        ("I can't do anything until friday", "Friday 8 to 10 AM"),
    ],
)
def test_nothing_is_offered_before_the_day_that_is_named(wish: str, offered: str) -> None:
    assert f"I can offer {offered}" in say(at_windows(), wish).text


def test_the_short_name_of_a_day_is_that_day() -> None:
    assert "for Saturday 10 AM to 12 PM" in say(at_windows(), "sat at 10").text


def test_a_holiday_asked_for_gets_the_days_beside_it() -> None:
    rules = replace(HARBOR, holidays=("2026-11-26",))
    said = say(at_windows(rules=rules), "thanksgiving")
    assert "I don't have that time open." in said.text
    assert "Thursday" not in said.text


@pytest.mark.parametrize(
    ("wish", "window"),
    [
        ("as soon as possible", "today 12 to 2 PM"),
        ("lo antes posible", "today 12 to 2 PM"),
        ("in an hour", "today 12 to 2 PM"),
        ("can someone come now", "today 12 to 2 PM"),
        ("any day but friday", "today 12 to 2 PM"),
        ("the earlier one", "today 12 to 2 PM"),
        ("tomorrow at ten", "tomorrow, Wednesday, 10 AM to 12 PM"),
    ],
)
def test_a_wish_that_names_one_window_takes_it(wish: str, window: str) -> None:
    said = say(at_windows(), wish)
    assert said.asked == "confirm"
    assert f"for {window}" in said.text


def test_any_day_but_friday_is_no_wish_for_friday() -> None:
    call = at_windows()
    assert "Friday" not in say(call, "neither", "anything else", "any day but friday").text


@pytest.mark.parametrize(
    ("wish", "window"),
    [
        ("can you come at exactly 1:30", "today 12 to 2 PM"),
        ("one thirty sharp", "today 12 to 2 PM"),
        ("tomorrow morning at 9:30", "tomorrow, Wednesday, 8 to 10 AM"),
    ],
)
def test_a_moment_gets_the_window_that_holds_it_and_the_truth(wish: str, window: str) -> None:
    said = say(at_windows(), wish)
    assert f"The window is {window}; I can't give an exact time." in said.text
    assert said.asked == "confirm"


@pytest.mark.parametrize("wish", ["do you have anything earlier", "something earlier?", "sooner"])
def test_nothing_lies_before_the_first_window(wish: str) -> None:
    said = say(at_windows(), wish)
    assert said.text.startswith("That's the earliest I have. I can offer today 12 to 2 PM")
    assert said.asked == "window"


def test_earlier_than_what_was_offered_is_offered() -> None:
    said = say(at_windows(), "how about thursday afternoon", "do you have anything earlier")
    assert "Thursday 8 to 10 AM or Thursday 10 AM to 12 PM" in said.text


def test_others_asked_for_again_are_further_ones() -> None:
    said = say(at_windows(), "neither", "anything else")
    assert "tomorrow, Wednesday, 12 to 2 PM or tomorrow, Wednesday, 2 to 4 PM" in said.text
    assert said.asked == "window"


def test_the_day_is_told_and_no_window_is_chosen_by_asking() -> None:
    said = say(at_windows(), "what day is it today?")
    assert said.text.startswith("Today is Tuesday, November 24. I can offer today 12 to 2 PM")
    assert said.asked == "window"


def test_who_has_to_ask_at_home_first_is_called_back() -> None:
    call = at_windows()
    said = say(call, "I need to check with my wife, can I call back?")
    assert said.text.startswith("Okay, I've passed on what I have, and the office will call you")
    assert said.ended
    assert {"take_message", "callback"} <= {*lead(call.state).actions}
    assert ActionKind.BOOK not in {action.kind for action in call.desk.performed}


def test_a_request_beside_the_choice_is_kept() -> None:
    call = at_windows()
    said = say(call, "the later one but can he call first")
    assert "for today 2 to 4 PM" in said.text
    assert slots(call)["access"] == "the later one but can he call first"


@pytest.mark.parametrize(
    ("opening", "offered"),
    [
        ("my sink is clogged, can someone come friday", "Friday 8 to 10 AM"),
        ("the tub drains slow and friday would be best for us", "Friday 8 to 10 AM"),
        ("my kitchen faucet drips, any day but not before thursday", "Thursday 8 to 10 AM"),
        ("the toilet runs, it ran all day sunday and it ran monday", "today 12 to 2 PM"),
        ("it was a small spot on monday and the stain on the ceiling is now huge", "today 12"),
        (
            "the hand sink is totally stopped up and the health inspector is coming tomorrow "
            "first thing so i need it done today",
            "today 12 to 2 PM",
        ),
        (
            "no hot water and the in-laws arrive friday for the party",
            "today 12 to 2 PM",
        ),
        ("desde el viernes gotea la llave de la cocina", "hoy de 12 a 2 PM"),
    ],
)
def test_a_day_in_the_story_is_no_wish_and_a_day_for_the_visit_is(
    opening: str, offered: str
) -> None:
    call = open_at()
    say(call, opening)
    while call.state.asked in ("gas_smell", "leak", "active_leak"):
        say(call, "no")
    said = say(call, *INTAKE[1:])
    assert offered in said.text


def test_what_cannot_wait_is_told_that_it_has_to() -> None:
    evening = TUESDAY.replace(hour=16, minute=30)
    call = open_at(evening)
    said = say(call, "we have no hot water", "no", "no", *INTAKE[1:])
    assert "tomorrow, Wednesday, 8 to 10 AM" in said.text
    assert "That's the earliest I have." in said.text
    routine = say(open_at(evening), *INTAKE)
    assert "earliest" not in routine.text


@pytest.mark.parametrize(
    ("first", "then", "window"),
    [
        ("friday", "afternoon", "Friday 12 to 2 PM"),
        ("thursday", "after 2", "Thursday 2 to 4 PM"),
        ("thursday", "the early one", "Thursday 8 to 10 AM"),
        ("tomorrow", "3", "tomorrow, Wednesday, 2 to 4 PM"),
        ("december 3rd", "afternoon", "Thursday, December 3, 12 to 2 PM"),
    ],
)
def test_the_day_still_stands_when_an_hour_follows(first: str, then: str, window: str) -> None:
    said = say(at_windows(), first, then)
    assert f"for {window}. Is that right?" in said.text


def test_a_half_of_the_day_after_a_no_is_that_days() -> None:
    said = say(at_windows(), "tomorrow", "no, in the afternoon")
    assert "tomorrow, Wednesday, 12 to 2 PM or tomorrow, Wednesday, 2 to 4 PM" in said.text


def test_a_weekday_after_next_week_is_that_weeks() -> None:
    said = say(at_windows(), "next week", "thursday")
    assert "Thursday, December 3, 8 to 10 AM" in said.text


@pytest.mark.parametrize(
    ("refusal", "left"),
    [
        ("I can't do two to four", "today 12 to 2 PM"),
        ("2 to 4 doesn't work", "today 12 to 2 PM"),
        ("I can't make 12 to 2", "today 2 to 4 PM"),
        ("not 12 to 2", "today 2 to 4 PM"),
        ("I'm busy at noon", "today 2 to 4 PM"),
        ("today's no good", "tomorrow, Wednesday, 8 to 10 AM"),
    ],
)
def test_a_window_that_does_not_suit_is_not_taken(refusal: str, left: str) -> None:
    call = at_windows()
    said = say(call, refusal)
    assert said.asked == "window"
    assert left in said.text
    assert call.state.window is None


@pytest.mark.parametrize(
    "words",
    [
        "will it take two hours",
        "I have two dogs",
        "my number ends with 2",
        "do I have to pay today",
    ],
)
def test_a_number_that_is_no_hour_chooses_no_window(words: str) -> None:
    call = at_windows()
    assert say(call, words).asked == "window"
    assert call.state.window is None


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ("second", "today 2 to 4 PM"),
        ("second please", "today 2 to 4 PM"),
        ("whatever's first", "today 12 to 2 PM"),
        ("the 2 to 4 one, no wait, the noon one", "today 12 to 2 PM"),
    ],
)
def test_one_of_two_windows_is_chosen(words: str, window: str) -> None:
    assert f"for {window}. Is that right?" in say(at_windows(), words).text


def test_a_second_to_think_is_no_second_window() -> None:
    call = at_windows()
    assert say(call, "just a second").asked == "window"
    assert call.state.window is None
