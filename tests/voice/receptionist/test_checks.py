"""Safety questions: what answers them, what does not, and people who are hurt."""

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.brain import lead
from voice.receptionist.dialogue import ActionKind, Urgency

HEATER = "my water heater isn't working"


@pytest.mark.parametrize(
    "text",
    [
        "my husband slipped in the water and is bleeding, he won't wake up",
        "I poured drain cleaner and bleach and now I can't breathe well",
        "my daughter swallowed drain cleaner",
        "my chest hurts bad, I was trying to shut the valve",
        "my mom fell in the tub because of the leak and she can't get up",
        "I'm trapped in the basement and the water is rising",
        "mi esposo no despierta y hay agua en todo el piso",
    ],
)
def test_whoever_is_hurt_hears_911_first(text: str) -> None:
    call = open_at()
    said = say(call, text)
    assert "911" in said.sentences[0].text
    assert lead(call.state).urgency is Urgency.E0
    assert ActionKind.PAGE_ON_CALL in [action.kind for action in call.desk.performed]
    assert said.ended


@pytest.mark.parametrize(
    "text", ["can you bleed the radiators", "nobody is hurt but my toilet is clogged"]
)
def test_harmless_words_send_nobody_to_911(text: str) -> None:
    assert "911" not in say(open_at(), text).text


def test_whoever_speaks_of_dying_hears_where_somebody_listens() -> None:
    said = say(open_at(), "honestly I just want to die")
    assert "988" in said.text
    assert not said.ended


@pytest.mark.parametrize(
    "text",
    ["sorry what?", "can you repeat that?", "hello?", "2240 N Halsted", "Bobby get down"],
)
def test_what_answers_nothing_settles_no_safety_question(text: str) -> None:
    call = open_at()
    say(call, HEATER)
    said = say(call, text)
    assert said.asked == "gas_smell"
    assert "gas_smell" not in call.state.slots
    assert say(call, "no").asked == "leak"


@pytest.mark.parametrize(
    "text", ["um maybe? I have a cold", "not gas, more like burning plastic", "a little, yes"]
)
def test_any_strange_smell_sends_them_out(text: str) -> None:
    call = open_at()
    assert "Leave the building now" in say(call, HEATER, text).text


def test_no_smell_after_a_look_is_a_no() -> None:
    call = open_at()
    said = say(call, HEATER, "hmm let me go check", "ok I'm back, no smell")
    assert said.asked == "leak"
    assert call.state.slot("gas_smell") == "no"


def test_whoever_cannot_smell_is_told_what_others_should_do() -> None:
    assert "If anyone does smell gas" in say(open_at(), HEATER, "I have no sense of smell").text


def test_a_smell_denied_is_not_asked_about() -> None:
    assert say(open_at(), "no smell of gas, just cold water from the water heater").asked == "leak"


@pytest.mark.parametrize(
    "text",
    [
        "my husband went out, the kids and I smell gas",
        "the pilot went out and it smells like gas",
        "I smell gas coming from outside into my bedroom",
        "I think my kid left the stove knob on and the kitchen stinks of gas",
    ],
)
def test_stray_words_put_nobody_outside(text: str) -> None:
    assert say(open_at(), text).asked == "outside"


@pytest.mark.parametrize("text", ["we got out, I smell gas in the house", "yes we're outside"])
def test_whoever_says_they_are_outside_is(text: str) -> None:
    call = open_at()
    say(call, "I smell gas", text)
    assert call.state.slot("outside") == "yes"


def test_a_skunk_by_the_furnace_is_asked_about_before_anything_is_declined() -> None:
    said = say(open_at(), "smells like skunk in the basement, near the furnace")
    assert said.asked == "gas_smell" or "Leave the building now" in said.text


def test_a_valve_that_was_turned_off_is_not_to_be_turned_off_again() -> None:
    said = say(
        open_at(),
        "water is pouring through my ceiling",
        "oh it just stopped, my husband turned off the valve",
    )
    assert "leave it off" in said.text
    assert "turn off the main" not in said.text


def test_where_the_valve_is_may_be_asked_twice_and_costs_no_question() -> None:
    call = open_at()
    say(call, "a pipe burst and water is everywhere", "no")
    for line in ("I don't know where the shutoff is", "where is it usually"):
        said = say(call, line)
        assert "near the water meter" in said.text
        assert said.asked == "street"
    assert "leave it off" in say(call, "ok found it, it's off").text


def test_an_emergency_that_can_wait_gets_a_window_instead_of_a_transfer() -> None:
    call = open_at()
    said = say(
        call,
        "water is pouring through my ceiling",
        "my husband turned off the valve",
        "2240 N Halsted",
        "actually it can wait till tomorrow",
        "60614",
        "John Smith",
        "yes",
    )
    assert said.asked == "window"
    assert lead(call.state).urgency is Urgency.E1


@pytest.mark.parametrize("text", ["gas smell", "gas odor", "smell gas", "gas"])
def test_gas_is_no_spanish(text: str) -> None:
    assert "Leave the building now" in say(open_at(), text).text


@pytest.mark.parametrize("text", ["is this the plumber?", "is this the right number?"])
def test_nobody_who_asks_who_this_is_is_hung_up_on(text: str) -> None:
    said = say(open_at(), text)
    assert said.text.startswith("Yes, this is")
    assert said.asked == "problem"


def test_emergencies_are_taken_at_the_listed_fee() -> None:
    said = say(open_at(), "do you do emergency calls?")
    assert "$149 after hours" in said.text
    assert "day and night" in said.text


@pytest.mark.parametrize("text", ["emergency", "help", "it's an emergency please"])
def test_an_emergency_without_a_word_of_what_it_is_is_asked_about(text: str) -> None:
    assert say(open_at(), text).text == "What's the emergency?"


@pytest.mark.parametrize(
    "text",
    [
        "flames are shooting out of the bottom of my water heater",
        "salen llamas del calentador",
        "there's been an explosion in the basement",
    ],
)
def test_fire_and_explosions_send_them_out(text: str) -> None:
    assert "911" in say(open_at(), text).text


@pytest.mark.parametrize(
    "text",
    [
        "grandma fell down and isn't moving, the bathroom is wet",
        "my daddy won't wake up and the sink is overflowing",
        "I cut my hand open on a broken toilet, there's a lot of blood",
    ],
)
def test_whoever_does_not_move_or_bleeds_needs_an_ambulance(text: str) -> None:
    assert "hang up and call 911" in say(open_at(), text).sentences[0].text


def test_prices_hurt_nobody() -> None:
    assert "911" not in say(open_at(), "I was electrocuted by the price you quoted").text


def test_a_danger_in_spanish_is_answered_in_spanish() -> None:
    assert "Salga del edificio" in say(open_at(), "huele a gas").text


def test_firemen_at_the_door_mean_everyone_is_out() -> None:
    assert say(open_at(), "I smell gas", "the firemen are already here").asked == "phone"


@pytest.mark.parametrize(
    ("opening", "answer"),
    [
        (HEATER, "no, but the kids are dizzy"),
        (HEATER, "no gas but the alarm is beeping"),
        (HEATER, "no, it's hissing"),
        ("yellow flame on my water heater", "no alarm, but my wife is sleepy"),
        ("burning smell near the electrical panel", "some smoke"),
    ],
)
def test_a_no_that_goes_on_to_tell_of_a_danger_is_no_no(opening: str, answer: str) -> None:
    assert say(open_at(), opening, answer).asked == "outside"


@pytest.mark.parametrize(
    ("opening", "answer"),
    [
        (HEATER, "no smell at all"),
        (HEATER, "no"),
        ("burning smell near the electrical panel", "no smoke"),
    ],
)
def test_a_plain_no_is_one(opening: str, answer: str) -> None:
    assert say(open_at(), opening, answer).asked != "outside"


def test_water_that_gets_to_the_outlets_later_is_warned_of_at_once() -> None:
    call = open_at()
    said = say(call, "a pipe burst and water is everywhere", "no", "now it's near the outlets")
    assert "don't touch any switches" in said.text
    assert call.state.slot("near_electric") == "yes"


def test_a_valve_that_does_not_help_is_not_praised() -> None:
    call = open_at()
    say(call, "a pipe burst and water is everywhere", "no")
    assert "leave it off" not in say(call, "I closed it but it's still coming").text


def test_an_okay_puts_nobody_outside() -> None:
    call = open_at()
    assert say(call, "I smell gas", "ok").asked == "outside"
    assert call.state.slot("outside") == ""


@pytest.mark.parametrize("words", ["no outlets near", "there's no lights", "nothing electric near"])
def test_what_is_denied_shortly_is_not_there(words: str) -> None:
    call = open_at()
    said = say(call, "burst pipe", words)
    assert said.asked == "street"
    assert said.text.startswith("If you can reach it safely, turn off the main water valve")


def test_a_yes_counts_before_a_no_to_something_else() -> None:
    said = say(open_at(), "burst pipe", "yes, no smoke")
    assert said.text.startswith("Stay out of that water")


@pytest.mark.parametrize(
    "calls",
    [
        ("my water heater is 15 years old and needs replacing", "it's gas"),
        ("no hot water", "no", "no", "it's gas by the way"),
        ("no hay agua caliente", "no, es eléctrico"),
    ],
)
def test_what_a_heater_burns_evacuates_nobody(calls: tuple[str, ...]) -> None:
    call = open_at()
    assert say(call, *calls).asked != "outside"
    assert lead(call.state).urgency.value in ("U", "R")


def test_an_electric_heater_smells_of_no_gas() -> None:
    assert say(open_at(), "no hot water", "it's electric").asked == "leak"


def test_a_bit_of_gas_is_gas() -> None:
    assert say(open_at(), "no hot water", "a tiny bit near the burner").asked == "outside"


@pytest.mark.parametrize(
    "words",
    [
        "no hot water and my kids are dizzy",
        "los niños están mareados y no hay agua caliente",
        "the water heater's about to explode",
        "dug up a gas line in the yard",
    ],
)
def test_these_get_everybody_out_at_once(words: str) -> None:
    assert say(open_at(), words).asked == "outside"


@pytest.mark.parametrize(
    "words", ["the ceiling fell on my son", "someone's stuck in the flooded basement"]
)
def test_somebody_hurt_comes_before_the_water(words: str) -> None:
    assert "911" in say(open_at(), words).text


@pytest.mark.parametrize(
    "words",
    ["my water heater's red light is blinking", "no huele a gas, solo quiero una línea de gas"],
)
def test_these_alarm_nobody(words: str) -> None:
    call = open_at()
    say(call, words)
    assert lead(call.state).urgency.value in ("U", "R")


def test_the_only_toilet_may_be_told_a_turn_later() -> None:
    call = open_at()
    say(call, "toilet's clogged", "it's the only one")
    assert lead(call.state).urgency.value == "E1"


def test_an_answer_that_a_question_of_life_put_off_is_given() -> None:
    call = open_at()
    said = say(call, "what are your hours, the carbon monoxide alarm chirped last week")
    assert said.asked == "co_alarm"
    assert "Monday to Friday 8 AM to 5 PM" in say(call, "no").text


def test_a_name_is_taken_though_a_tingle_was_told() -> None:
    call = open_at()
    say(
        call, "i stepped in the water by the washer and got like a tingle up my leg",
        "yes, we're outside", "yes", "3065 N Halsted", "60614", "Kathy Stroik",
    )  # fmt: skip
    assert lead(call.state).slots["name"].value == "Kathy Stroik"
