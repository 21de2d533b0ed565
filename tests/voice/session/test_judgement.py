"""Whole calls in virtual time with a turn model: what its judgement is worth, and what not."""

import asyncio

import pytest

from tests.voice.session.stage import (
    GOODBYE,
    Scenario,
    answered,
    asking,
    call,
    reply_ms,
    said,
    turns_of,
)
from voice.receptionist.dialogue import Reply
from voice.records import Speaker
from voice.session import CallSession
from voice.simulation.caller import HangUp, Line, Say
from voice.simulation.engines import SimulatedEngines
from voice.stt import Expecting

PAUSED = "the plumber fixed it <600> two weeks ago"
WHOLE = "the plumber fixed it two weeks ago"


def by_ear(text: str) -> float:
    """A model that is never wrong about these calls."""
    return 0.97 if text.endswith(("ago", "on")) else 0.03


def test_a_caller_whose_voice_says_that_more_follows_is_not_cut_off() -> None:
    script: list[Line] = [Say(PAUSED), HangUp(1)]
    assert said(call(script, ["I see, thank you."]))[0] != WHOLE
    done = call(script, ["I see, thank you."], Scenario(judgement=by_ear))
    assert said(done) == [WHOLE]
    assert reply_ms(done, 0) == pytest.approx(290, abs=40)
    latency = turns_of(done, Speaker.RECEPTIONIST)[1].latency
    assert latency is not None
    assert latency.held is False


def test_an_unsure_turn_is_answered_400_ms_earlier_when_the_voice_has_ended() -> None:
    script: list[Line] = [Say("can you turn it on"), HangUp(1)]
    without, judged = (
        reply_ms(call(script, ["I see."], Scenario(judgement=judgement)), 0)
        for judgement in (None, by_ear)
    )
    assert without == pytest.approx(710, abs=40)
    assert judged == pytest.approx(290, abs=40)


@pytest.mark.parametrize(("judgement_s", "fails"), [(5.0, False), (0.1, True)])
def test_a_model_that_is_late_or_broken_leaves_the_words_to_decide(
    judgement_s: float, fails: bool
) -> None:
    def breakdown(engines: SimulatedEngines) -> None:
        engines.faults.judgement_fails = fails

    done = call(
        [Say("can you turn it on"), HangUp(1)],
        ["I see."],
        Scenario(judgement=by_ear, judgement_s=judgement_s, before=breakdown),
    )
    assert reply_ms(done, 0) == pytest.approx(710, abs=40)
    assert answered(done)[1] == "I see."
    assert done.record.error == ""


def test_a_dictated_number_is_judged_by_its_digits_alone() -> None:
    number = "seven seven three five five five zero one two one"
    for certain in (0.0, 1.0):
        done = call(
            [Say("hello"), Say(number.replace(" ", " <700> ")), HangUp(1)],
            [asking("What is your number?", Expecting.PHONE), Reply(GOODBYE.sentences)],
            Scenario(judgement=lambda text, certain=certain: certain),  # type: ignore[misc]
        )
        assert said(done)[1] == number
        assert reply_ms(done, 1) < 320


def test_a_caller_who_goes_on_takes_the_question_to_the_model_back() -> None:
    ends: list[str] = []

    def watch(engines: SimulatedEngines, session: CallSession) -> None:
        async def judge(start_ms: float, end_ms: float) -> float | None:
            try:
                await asyncio.sleep(0.3)
            except asyncio.CancelledError:
                ends.append("taken back")
                raise
            ends.append("answered")
            return None

        session._ear.judge = judge  # type: ignore[method-assign]

    words = "there <120> is water <120> on the kitchen floor now"
    scenario = Scenario(judgement=by_ear, meddle=watch)
    done = call([Say(words), HangUp(1)], ["I see."], scenario)
    assert said(done) == ["there is water on the kitchen floor now"]
    assert ends == ["taken back", "taken back", "answered"]
