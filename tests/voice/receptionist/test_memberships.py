"""Membership plans: the tenant's own words, and the office for who joins or leaves."""

import pytest

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.brain import lead

PLAN = "Harbor Care $19/mo, 10% off, no dispatch fee"


@pytest.mark.parametrize(
    "question",
    [
        "how much is Harbor Care",
        "do you have a membership",
        "que es la membresia",
        "what do you get with that care plan",
    ],
)
def test_a_plan_is_told_word_for_word(question: str) -> None:
    assert PLAN in say(open_at(), question).text


def test_who_wants_to_join_leaves_a_message_for_the_office() -> None:
    call = open_at()
    said = say(call, "I want to join Harbor Care")
    assert PLAN in said.text
    assert said.asked == "name"
    assert call.state.slot("message") == "I want to join Harbor Care"


def test_a_member_hears_the_plan_instead_of_the_fee() -> None:
    call = open_at()
    said = say(call, "I'm a Harbor Care member, my sink is clogged")
    assert said.asked == "street"
    assert lead(call.state).slots["membership"].value == "yes"
    said = say(call, "do I pay the dispatch fee?")
    assert PLAN in said.text
    assert "$89" not in said.text


def test_ending_a_membership_cancels_no_visit() -> None:
    call = open_at()
    said = say(call, "I'd like to cancel my membership")
    assert "appointment" not in said.text
    assert call.state.slot("message") == "I'd like to cancel my membership"


def test_a_family_member_is_no_membership() -> None:
    said = say(open_at(), "a family member clogged my sink")
    assert "plan" not in said.text
    assert said.asked == "street"
