"""Getting people out: who counts as outside, who is far away, what ends it."""

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.brain import lead
from voice.receptionist.dialogue import Urgency

GAS = "I smell gas in the kitchen"


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        (GAS, "it's not my house, it's next door"),
        (GAS, "no, I'm in Denver"),
        ("this is ADT, we have a carbon monoxide alarm at a customer's", "we're the alarm company"),
    ],
)
def test_who_is_not_there_has_the_others_leave(told: str, answer: str) -> None:
    call = open_at()
    say(call, told)
    said = say(call, answer)
    assert "Everyone there must leave now" in said.sentences[0].text
    assert said.asked == "phone"
    assert not said.ended


def test_a_gas_smell_told_of_from_afar_is_taken_down_to_the_end() -> None:
    call = open_at(caller_id=None)
    said = say(
        call, "my mother in Chicago says she smells gas, I'm in Denver",
        "303 555 0188", "2240 N Halsted", "60614", "Mary Jones",
    )  # fmt: skip
    assert "make sure everyone is out" in said.text
    assert call.state.slot("street") == "2240 N Halsted"
    assert lead(call.state).urgency is Urgency.E0


def test_who_smells_gas_where_they_are_is_told_to_leave() -> None:
    said = say(open_at(), "I'm at work and I smell gas")
    assert said.sentences[0].text.startswith("Leave the building now")
    assert said.asked == "outside"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what do I do now", "stay outside"),
        ("should I turn the gas off at the meter", "leave that to the gas utility"),
        ("there's a fire now", "call 911 right now"),
        ("I feel dizzy", "tell 911 that somebody feels unwell"),
    ],
)
def test_outside_every_danger_and_question_has_an_answer(question: str, answer: str) -> None:
    call = open_at()
    said = say(call, GAS, "yes", "yes", question)
    assert answer in said.text
    assert said.asked == "street"


def test_smoke_told_beside_the_number_ends_the_intake() -> None:
    call = open_at()
    said = say(
        call, "my kitchen sink is clogged", "2240 N Halsted", "60614", "Ann Lee",
        "it's 773 555 0199 and hurry there's smoke",
    )  # fmt: skip
    assert said.asked == "outside"
    assert lead(call.state).urgency is Urgency.E0
    assert call.state.slot("phone") == "+17735550199"


@pytest.mark.parametrize(
    "text",
    [
        "I am outside the kitchen",
        "I went outside for a smoke, now I'm back in",
        "ok I will",
        "okay we're going",
        "yes I smell it strong",
        "yes but my husband is checking the stove with a lighter",
    ],
)
def test_a_promise_to_leave_is_no_leaving(text: str) -> None:
    assert say(open_at(), GAS, text).asked == "outside"


@pytest.mark.parametrize("text", ["ya voy", "ya cerré la llave", "los niños están afuera"])
def test_a_promise_to_leave_is_no_leaving_in_spanish(text: str) -> None:
    assert say(open_at(), "huele a gas", text).asked == "outside"


@pytest.mark.parametrize(
    "text", ["yes", "yes we're out", "yes, everybody is out in the street", "we're all outside"]
)
def test_who_is_out_is_asked_for_the_number(text: str) -> None:
    assert say(open_at(), GAS, text).asked == "phone"


def test_firemen_who_cleared_the_house_end_the_alarm() -> None:
    said = say(open_at(), GAS, "the fire department already checked, all clear")
    assert said.asked == "anything_else"


@pytest.mark.parametrize(
    "text",
    [
        "my husband checked the stove and it's fine",
        "they turned off the oven",
        "I'm in kitchen",
        "I'm in the bathroom",
        "we're in unit four",
    ],
)
def test_no_laymans_word_and_no_room_of_the_house_ends_an_evacuation(text: str) -> None:
    said = say(open_at(), GAS, text)
    assert said.asked == "outside"
    assert "leave now" in said.text
