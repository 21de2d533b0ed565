"""Calm wordings are caught, harmless mentions are not; the instruction comes at once."""

import json
import re
from pathlib import Path

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.brain import lead
from voice.receptionist.dialogue import ActionKind, CallerSaid, Urgency
from voice.receptionist.understanding.hazards import Finding, hazards_in

OPENINGS = json.loads((Path(__file__).parent / "openings.json").read_text())["openings"]


def as_recognised(text: str) -> str:
    """Lower case, no punctuation: what a recogniser writes."""
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split())


@pytest.mark.parametrize("written", [str, as_recognised], ids=["typed", "recognised"])
@pytest.mark.parametrize(("text", "urgency"), OPENINGS, ids=[text for text, _ in OPENINGS])
def test_urgency_of_wordings_that_were_not_learned(
    text: str, urgency: str | list[str], written: type[str]
) -> None:
    call = open_at()
    say(call, written(text))
    wanted = [urgency] if isinstance(urgency, str) else urgency
    assert lead(call.state).urgency.value in wanted


def test_the_instruction_is_the_first_sentence_before_any_question() -> None:
    said = say(open_at(), "I smell gas by the water heater, can you send someone?")
    assert said.sentences[0].text.startswith("Leave the building now")
    assert "switches or flames" in said.sentences[0].text
    assert "911" in said.sentences[1].text
    assert "?" not in said.sentences[0].text + said.sentences[1].text
    assert not said.sentences[0].interruptible
    assert [action.kind for action in said.actions] == [ActionKind.PAGE_ON_CALL]


def test_nothing_is_asked_of_a_caller_who_is_still_inside() -> None:
    call = open_at()
    say(call, "I smell gas")
    for line in ("no I'm still inside", "what is it going to cost"):
        said = say(call, line)
        assert said.asked in ("outside", None)


def test_a_caller_outside_is_asked_for_the_number_first() -> None:
    call = open_at()
    assert say(call, "I smell gas", "yes we're outside").asked == "phone"


def test_a_danger_heard_late_changes_the_call() -> None:
    call = open_at()
    said = say(call, "my tub drains slow", "1019 w armitage ave", "wait, now I smell gas")
    assert said.text.startswith("Leave the building now")
    assert call.state.urgency is Urgency.E0


def test_urgency_is_never_lowered_by_words_or_by_a_model() -> None:
    call = open_at()
    say(call, "a pipe burst and water is everywhere")
    call.hear(CallerSaid("hmm whatever blah", proposal={"label": "drain", "urgency": "R"}))
    say(call, "actually it's no big deal, not urgent")
    assert call.state.urgency is Urgency.E1


@pytest.mark.parametrize(
    "text",
    [
        "my gas water heater is slow",
        "no, I don't smell gas",
        "I don't think I smell gas",
        "there's no gas smell and nothing is leaking",
        "nobody smells gas",
    ],
)
def test_harmless_gas_is_no_danger(text: str) -> None:
    assert hazards_in(text).get("gas") in (None, Finding.DENIED)


@pytest.mark.parametrize(
    "text",
    [
        "no, I smell gas",
        "I don't know, I smell gas in the kitchen",
        "it doesn't smell like gas, more like rotten eggs",
        "the toilet won't stop running and it's overflowing",
    ],
)
def test_a_no_that_denies_nothing_hides_no_danger(text: str) -> None:
    assert Finding.SAID in hazards_in(text).values()


def test_a_doubtful_mention_leads_to_one_question_and_no_more() -> None:
    call = open_at()
    assert say(call, "my hot water smells like rotten eggs").asked == "gas_smell"
    assert say(call, "no, only in the water").asked != "gas_smell"
    assert call.state.urgency is not Urgency.E0


def test_water_at_electricity_is_warned_of_before_the_valve() -> None:
    call = open_at()
    said = say(call, "water is pouring through the ceiling", "yes, it's right by the light")
    assert "don't touch any switches" in said.sentences[0].text
    assert "main valve" in said.sentences[1].text


def test_each_danger_has_its_own_script() -> None:
    for text, words in (
        ("my carbon monoxide alarm is going off", "fresh air"),
        ("the outlet is sparking where it's wet", "Get away from it"),
        ("sewage is coming up the floor drain", "stop using any water"),
        ("my pipes are frozen", "hair dryer"),
        ("a pipe burst", "lights, outlets or the electrical panel"),
    ):
        assert words in say(open_at(), text).text


def test_a_doubtful_spark_is_asked_about() -> None:
    call = open_at()
    said = say(call, "my heater was sparking last week")
    assert said.asked == "near_sparks"
    assert say(call, "yes").text.startswith("Get away from it")
