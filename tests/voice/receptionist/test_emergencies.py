"""Emergencies that change while they are told: elsewhere, made safe, getting worse, called off."""

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.brain import lead
from voice.receptionist.dialogue import ActionKind, Urgency

BURST = "burst pipe in the kitchen"
GAS = "I smell gas in the kitchen"


@pytest.mark.parametrize(
    "text",
    [
        "the fire department just left, they shut off my gas",
        "I called the gas company already and they found a leak at the stove connector, "
        "shut it off, I need it repaired",
    ],
)
def test_gas_that_the_utility_shut_off_is_asked_about_and_is_work(text: str) -> None:
    call = open_at()
    assert say(call, text).asked == "gas_smell"
    assert say(call, "no, nothing").asked == "street"
    assert call.state.job_type == "gas_line"


def test_firemen_who_shut_the_gas_off_leave_a_pipe_to_repair() -> None:
    call = open_at()
    said = say(
        call, GAS, "the firemen are already here", "they shut the gas off and said get a plumber"
    )
    assert "leave the gas off" in said.text
    assert said.asked == "street"
    assert lead(call.state).urgency is Urgency.E0


@pytest.mark.parametrize(
    ("told", "then"),
    [("my pipes are frozen", "now it burst"), ("tubería congelada", "ya se reventó")],
)
def test_a_frozen_pipe_that_bursts_meanwhile_is_a_flood(told: str, then: str) -> None:
    call = open_at()
    assert say(call, told, then).asked == "near_electric"


@pytest.mark.parametrize("text", ["can I use a blowtorch", "I have a space heater on it"])
def test_no_flame_goes_near_a_frozen_pipe(text: str) -> None:
    said = say(open_at(), "my pipes are frozen", text)
    assert "no flame" in said.text
    assert said.asked == "street"


@pytest.mark.parametrize(
    "text", ["tried, it's rusted shut", "the valve broke off", "it won't budge"]
)
def test_a_valve_that_will_not_turn_is_left_alone(text: str) -> None:
    said = say(open_at(), BURST, "no", text)
    assert "don't force it" in said.text
    assert said.asked == "street"


@pytest.mark.parametrize(
    "text",
    [
        "how would I know, I'm at work",
        "I don't have time for this, there's no time",
        "it's dripping on the fridge",
        "the washing machine is standing in it",
        "I don't see anything, well there's a lamp",
        "not yet but it's getting close",
    ],
)
def test_whoever_does_not_deny_that_it_is_near_electricity_keeps_out(text: str) -> None:
    assert "Stay out of that water" in say(open_at(), BURST, text).text


def test_a_no_with_flickering_lights_is_a_danger_to_life() -> None:
    assert say(open_at(), BURST, "no, but the lights are flickering").asked == "outside"


def test_the_valve_being_off_is_no_correction() -> None:
    call = open_at()
    said = say(call, BURST, "no", "2240 N Halsted", "60614", "John Smith", "yes", "it's off")
    assert "leave it off" in said.text
    assert said.asked == "confirm"


@pytest.mark.parametrize(
    "text",
    [
        "never mind, my brother is a plumber",
        "I'll call someone else, bye",
        "cancel that",
        "false alarm, it was just the dishwasher",
    ],
)
def test_an_emergency_may_be_called_off_and_the_plumber_hears_of_it(text: str) -> None:
    call = open_at()
    said = say(call, BURST, "no", text)
    assert said.ended
    assert "nobody is needed now" in said.text
    assert text in call.desk.performed[-1].text
    assert lead(call.state).urgency is Urgency.E1


def test_outside_the_area_nobody_is_told_that_help_comes() -> None:
    said = say(open_at(), BURST, "no", "10 Main Street", "60201", "no")
    assert said.ended
    assert "Help is being alerted" not in said.text
    assert "call a plumber near you" in said.text


def test_who_cannot_wait_for_the_first_opening_is_put_through() -> None:
    call = open_at()
    said = say(
        call, "sewage in the bathtub", "yes", "no", "2240 N Halsted", "60614", "John Smith", "yes",
        "I can't wait till then",
    )  # fmt: skip
    assert said.ended
    assert call.desk.performed[-1].kind is ActionKind.TRANSFER


def test_a_flood_that_starts_while_times_are_offered_comes_first() -> None:
    call = open_at()
    said = say(
        call, "my kitchen sink is clogged", "2240 N Halsted", "60614", "John Smith", "yes",
        "is there anything sooner, it's starting to flood",
    )  # fmt: skip
    assert said.asked == "near_electric"
    assert lead(call.state).urgency is Urgency.E1


def test_a_question_about_danger_leaves_the_open_one_open() -> None:
    said = say(open_at(), "sewage in the bathtub", "is it dangerous for the kids")
    assert "keep everyone away" in said.text
    assert said.asked == "fixtures"


def test_a_detector_that_wants_a_battery_evacuates_nobody() -> None:
    call = open_at()
    assert say(call, "my CO detector says low battery, and my sink is clogged").asked == "street"
    assert lead(call.state).urgency is Urgency.R


def test_no_heat_in_the_cold_is_no_frozen_pipe() -> None:
    call = open_at()
    say(call, "no heat, the boiler is out and it's freezing")
    assert lead(call.state).urgency is Urgency.U


@pytest.mark.parametrize(
    "text",
    [
        "my house no have water",
        "no sale agua de ninguna llave",
        "my mom lives alone and has no water",
        "we run a daycare and no toilets work",
        "our fire sprinkler head broke off",
        "my mother's basement has a foot of water, she's alone, she's 90",
        "this is ADT, water flow alarm, operator 12",
    ],
)
def test_emergencies_in_other_words(text: str) -> None:
    call = open_at()
    say(call, text)
    assert lead(call.state).urgency is Urgency.E1


def test_a_child_who_tells_of_an_overflow_is_asked_for_a_grown_up() -> None:
    said = say(open_at(), "I'm seven, the toilet is going over and mommy is at work")
    assert said.asked == "grown_up"


BOOKED = (
    "my kitchen sink is clogged", "2240 N Halsted", "60614", "John Smith", "yes",
    "the first one", "yes",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("no and there's smoke in the kitchen", "outside"),
        ("no, but someone's hurt", "hurt"),
        ("nope bye, the kids all feel sick though", "outside"),
        ("no. bye. oh the toilet's coming up brown", "fixtures"),
    ],
)
def test_no_goodbye_cuts_off_a_danger(text: str, asked: str) -> None:
    said = say(open_at(), *BOOKED, text)
    assert said.asked == asked
    assert not said.ended


@pytest.mark.parametrize(
    "text",
    ["my wife does", "sometimes", "only when I open the closet", "earlier yes, not now"],
)
def test_who_smells_it_now_and_then_leaves(text: str) -> None:
    assert say(open_at(), "my water heater isn't working", text).asked == "outside"


def test_what_gas_smells_of_is_told_and_asked_again() -> None:
    said = say(open_at(), "my water heater isn't working", "what does gas smell like")
    assert said.text.startswith("Gas smells like rotten eggs.")
    assert said.asked == "gas_smell"


@pytest.mark.parametrize(
    ("told", "question", "advice"),
    [
        ((BURST, "no"), "what do I do", "turn off the main water valve"),
        ((BURST, "yes"), "what do I do", "Stay out of that water"),
        ((BURST, "no"), "can I walk through it", "Stay out of that water"),
        ((BURST, "no"), "should I call 911", "hang up and call 911"),
        (("sewage in the bathtub",), "can I flush upstairs", "don't use any water"),
        (("my pipes are frozen",), "can I pour boiling water on it", "no flame"),
    ],
)
def test_who_asks_what_to_do_hears_it_again(
    told: tuple[str, ...], question: str, advice: str
) -> None:
    said = say(open_at(), *told, question)
    assert advice in said.text
    assert "written it down" not in said.text


@pytest.mark.parametrize(
    "text", ["60614 and there's smoke", "I smell burning", "60614, and now there's flames"]
)
def test_a_danger_beside_a_zip_is_heard(text: str) -> None:
    said = say(open_at(), "my kitchen sink is clogged", "2240 N Halsted", text)
    assert said.asked == "outside"


def test_nobody_lives_at_eighty_cant_bend() -> None:
    call = open_at()
    assert say(call, BURST, "no", "I'm 80, can't bend").asked == "street"
    assert not call.state.slot("street")


def test_who_has_to_go_is_asked_for_the_address_first() -> None:
    call = open_at()
    said = say(call, "sewage in the basement", "no just the tub", "no", "I can't stay here")
    assert said.text.startswith("Before you go, what's the address")
    assert say(call, "2240 N Halsted").asked == "zip"


@pytest.mark.parametrize(
    "text",
    ["it's off but still gushing", "it's not helping, still pouring", "there's no valve here"],
)
def test_water_that_comes_all_the_same_is_left_to_the_plumber(text: str) -> None:
    assert "don't force it" in say(open_at(), BURST, "no", text).text


def test_what_gets_worse_is_not_asked_to_be_said_again() -> None:
    said = say(open_at(), BURST, "no", "2240 N Halsted", "the ceiling just came down")
    assert said.text.startswith("Please stay clear of it.")
    assert said.asked == "zip"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("my kids are playing in it", "keep everyone away"),
        ("it's near the breaker box", "don't touch any switches"),
    ],
)
def test_what_is_told_of_the_sewage_is_heeded(text: str, advice: str) -> None:
    said = say(open_at(), "sewage in the basement", text)
    assert advice in said.text
    assert said.asked == "fixtures"


@pytest.mark.parametrize("text", ["my furnace is flooded", "my fridge line popped off"])
def test_a_flood_at_what_we_do_not_repair_is_a_flood(text: str) -> None:
    assert say(open_at(), text).asked == "near_electric"


def test_an_electric_heater_gives_off_no_gas() -> None:
    assert say(open_at(), "no hot water", "it's electric").asked == "leak"


@pytest.mark.parametrize("text", ["it was last week", "just kidding"])
def test_a_flood_that_is_none_is_called_off(text: str) -> None:
    assert "nobody is needed now" in say(open_at(), BURST, text).text


def test_gas_that_comes_back_after_the_repair_was_begun_is_an_alarm_again() -> None:
    call = open_at()
    say(call, GAS, "the firemen are already here", "they shut the gas off and left")
    said = say(call, "now I smell gas again")
    assert said.sentences[0].text.startswith("Leave the building now")
    assert said.asked == "outside"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("sewage in the bathtub", "it is just the tub"),
        (BURST, "oh it's running again"),
        (BURST, "the water is back on and it's pouring"),
    ],
)
def test_what_goes_on_calls_no_emergency_off(told: str, text: str) -> None:
    call = open_at()
    said = say(call, told, text)
    assert not said.ended
    assert "nobody is needed" not in said.text


def test_water_that_is_back_calls_the_plumber_off() -> None:
    said = say(open_at(), "no water in the whole house", "oh wait it came back")
    assert "nobody is needed now" in said.text
