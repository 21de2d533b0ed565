"""What is kept of a caller's story."""

from tests.voice.receptionist.calls import open_at, say
from voice.receptionist.brain import lead

STORY = (
    "Hello there, I hope you are having a wonderful day. My neighbor Carol gave me your number "
    "and she says you are great, she has used you for twenty years, ever since they moved in. "
    "Anyway, my water heater is making a popping sound. I'd like somebody to look at it. "
    "We have a dog named Rufus, and he barks at everybody who comes to the door."
)


def test_of_a_long_story_the_fault_is_kept() -> None:
    call = open_at()
    say(call, STORY)
    problem = lead(call.state).slots["problem"].value
    assert "my water heater is making a popping sound" in problem
    assert len(problem) <= 200


def test_of_a_long_story_without_punctuation_the_fault_is_kept() -> None:
    call = open_at()
    story = STORY.replace(".", "").replace(",", "").lower()
    say(call, story)
    problem = lead(call.state).slots["problem"].value
    assert "water heater is making a popping sound" in problem
    assert len(problem) <= 200
