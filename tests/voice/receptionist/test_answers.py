"""Answers to one question at a time, in the wordings of many callers."""

import json
from pathlib import Path

import pytest

from tests.voice.receptionist.calls import open_at, say, slots
from voice.receptionist.conversation import Conversation
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.meaning import understand
from voice.receptionist.understanding.text import plain

ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))
BEFORE = {
    "street": (),
    "unit": (),
    "zip": ("1019 W Armitage Ave",),
    "name": ("1019 W Armitage Ave", "60614"),
    "phone": ("1019 W Armitage Ave", "60614", "Dana Bell"),
}


def asked_for(slot: str) -> Conversation:
    """A routine call that has come to the question about `slot`."""
    call = open_at(caller_id=None)
    said = say(call, "my tub drains slow", *BEFORE[slot])
    assert said.asked == ("street" if slot == "unit" else slot)
    return call


@pytest.mark.parametrize(
    ("slot", "words", "value"),
    [(slot, words, value) for slot in BEFORE for words, value in ANSWERS[slot]],
)
def test_the_answer_is_taken_down(slot: str, words: str, value: str) -> None:
    call = asked_for(slot)
    say(call, words)
    assert plain(slots(call).get(slot, "")) == plain(value)


@pytest.mark.parametrize("words", ANSWERS["yes"])
def test_a_yes_is_a_yes(words: str) -> None:
    assert understand(words).answer is Answer.YES


@pytest.mark.parametrize("words", ANSWERS["no"])
def test_a_no_is_a_no(words: str) -> None:
    assert understand(words).answer is Answer.NO


@pytest.mark.parametrize("words", ANSWERS["waiting"])
@pytest.mark.parametrize("slot", ["street", "zip", "name", "phone"])
def test_whoever_looks_something_up_is_waited_for(slot: str, words: str) -> None:
    call = asked_for(slot)
    tries = call.state.attempts[slot]
    assert not say(call, words).text.endswith("?")
    assert call.state.asked == slot
    assert call.state.attempts[slot] == tries
