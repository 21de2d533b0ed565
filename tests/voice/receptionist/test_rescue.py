"""People who are hurt or threatened: 911 before the plumbing, and no figure of speech for one."""

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.brain import lead
from voice.receptionist.dialogue import ActionKind, Urgency


@pytest.mark.parametrize(
    "text",
    [
        "the guy fixing our pipe passed out",
        "my daddy won't wake up and the sink is overflowing",
        "grandma fell down and isn't moving, the bathroom is wet",
        "my wife fell through the bathroom floor",
        "I burned myself on the water heater, blisters all over",
        "I got drain cleaner in my eyes",
        "mi hijo tomó destapacaños",
        "there's a man in my basement with a gun",
        "se metió un ladrón a mi casa",
    ],
)
def test_who_is_in_danger_is_sent_to_911(text: str) -> None:
    call = open_at()
    said = say(call, text)
    assert "911" in said.sentences[0].text
    assert not said.sentences[0].interruptible
    assert lead(call.state).urgency is Urgency.E0
    assert ActionKind.PAGE_ON_CALL in [action.kind for action in call.desk.performed]


def test_from_fumes_everyone_goes_into_fresh_air() -> None:
    said = say(open_at(), "I mixed bleach and drain opener and there's a green cloud")
    assert "fresh air" in said.sentences[0].text
    assert "911" in said.sentences[0].text


@pytest.mark.parametrize(
    "text",
    [
        "I'm bleeding money, the faucet drips",
        "the water bill is bleeding me dry",
        "I got burned by the last plumber",
        "I'm having a heart attack over this bill",
        "I was electrocuted by the price you quoted",
        "my bill is shocking",
        "my husband had a stroke last year so he can't fix it, the faucet drips",
        "someone broke into my house last week and stole the copper pipes",
        "my cat is stuck in the drain pipe",
    ],
)
def test_a_figure_of_speech_or_an_old_story_alarms_nobody(text: str) -> None:
    call = open_at()
    said = say(call, text)
    assert "911" not in said.text
    assert said.asked not in ("hurt", "near_sparks", "outside")
    assert lead(call.state).urgency in (Urgency.R, Urgency.N)


def test_a_pump_that_passed_out_needs_no_ambulance() -> None:
    said = say(open_at(), "the pump passed out")
    assert "911" not in said.text
    assert said.asked != "hurt"


def test_a_half_reading_is_asked_about_and_a_yes_goes_to_911() -> None:
    call = open_at()
    assert say(call, "my hand is stuck in the garbage disposal").asked == "hurt"
    assert "911" in say(call, "yes").sentences[0].text
    assert lead(call.state).urgency is Urgency.E0


def test_a_half_reading_that_is_denied_goes_on_with_the_job() -> None:
    call = open_at()
    say(call, "my hand is stuck in the garbage disposal")
    assert say(call, "no I got it out").asked == "street"
    assert lead(call.state).urgency is Urgency.R


@pytest.mark.parametrize("words", ["my mom fainted", "grandpa fell", "my wife just fainted"])
def test_an_accident_told_instead_of_a_name_is_no_name(words: str) -> None:
    call = open_at()
    said = say(call, "my kitchen sink is clogged", "2240 N Halsted", "60614", words)
    assert said.asked == "hurt"
    assert not call.state.slot("name")


def test_a_flood_with_somebody_in_it_asks_for_them_too() -> None:
    call = open_at()
    say(call, "the ceiling fell on my husband, water everywhere")
    assert say(call, "no").asked == "hurt"


@pytest.mark.parametrize("name", ["Tom Flood", "Mike Spark", "Ashley Burns", "Bill Stroke"])
def test_names_of_dangers_are_names(name: str) -> None:
    call = open_at()
    said = say(call, "my kitchen sink is clogged", "2240 N Halsted", "60614", name)
    assert call.state.slot("name") == name
    assert said.asked == "phone"


def test_a_street_called_flood_is_a_street() -> None:
    call = open_at()
    say(call, "my sink is clogged", "450 Flood Street")
    assert call.state.slot("street") == "450 Flood St"
    assert lead(call.state).urgency is Urgency.R
