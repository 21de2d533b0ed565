"""Whole calls in virtual time: when the caller's turn is over, and how soon the reply comes."""

import asyncio

import pytest

from tests.voice.session.stage import (
    GOODBYE,
    GREETING,
    LONG,
    Scenario,
    answered,
    asking,
    call,
    reply_ms,
    said,
    turns_of,
)
from voice.receptionist.dialogue import CallerSilent, Reply, Sentence
from voice.records import EndReason, Speaker
from voice.session import CallSession
from voice.simulation.caller import HangUp, Say, Wait
from voice.stt import Expecting

PHONE = asking("What is your number?", Expecting.PHONE)


def test_a_whole_call_is_heard_answered_and_ended_by_its_goodbye() -> None:
    done = call(
        [Say("my sink is leaking"), Say("dana kowalczyk")],
        ["I am sorry to hear that. What is your name?", GOODBYE],
    )
    assert said(done) == ["my sink is leaking", "dana kowalczyk"]
    assert answered(done) == [
        GREETING,
        "I am sorry to hear that. What is your name?",
        "Thank you, goodbye.",
    ]
    assert done.record.reason is EndReason.COMPLETED
    assert done.record.error == ""
    assert [turn.index for turn in done.record.turns] == [0, 1, 2, 3, 4]
    assert sorted(done.desk.turns, key=lambda turn: turn.index) == list(done.record.turns)
    assert done.session.late_frames == 0
    assert done.carrier.clears == []


def test_the_goodbye_is_heard_to_its_end_before_the_call_ends() -> None:
    done = call([Say("never mind")])
    assert done.record.duration_ms >= 1000 * (done.carrier.play_end - 0.001)
    assert done.record.duration_ms <= 1000 * done.carrier.play_end + 60


def test_a_reply_comes_within_300_ms_of_the_last_word_on_an_idle_machine() -> None:
    done = call([Say("my sink is leaking"), Say("it is the kitchen sink")], ["I see.", GOODBYE])
    assert [reply_ms(done, index) for index in (0, 1)] == pytest.approx([270, 270], abs=40)
    latency = turns_of(done, Speaker.RECEPTIONIST)[1].latency
    assert latency is not None
    stages = (
        latency.transcript_ms,
        latency.first_sentence_ms,
        latency.endpoint_ms,
        latency.first_frame_ms,
        latency.mark_ms,
    )
    assert all(stage is not None for stage in stages)
    assert list(stages) == sorted(stages)  # type: ignore[type-var]
    assert latency.held is False


def test_nothing_is_cut_off_inside_a_number_with_pauses_of_over_a_second() -> None:
    dictated = "seven <1200> seven <600> three <1200> five five five <1200> zero one <1200> two one"
    done = call([Say("my sink is leaking"), Say(dictated)], [PHONE, GOODBYE])
    assert said(done)[1] == "seven seven three five five five zero one two one"
    assert reply_ms(done, 1) < 320
    assert done.carrier.clears == []


@pytest.mark.parametrize("pause_ms", [200, 400, 700, 1000, 1200])
def test_a_ten_digit_number_is_one_turn_whatever_its_pauses(pause_ms: int) -> None:
    number = "seven seven three five five five zero one two one"
    digits = number.replace(" ", f" <{pause_ms}> ")
    done = call([Say("hello"), Say(digits)], [PHONE, GOODBYE])
    assert said(done)[1] == number


@pytest.mark.parametrize("pause_ms", [400, 800, 1200])
def test_a_number_told_unasked_is_one_turn_too(pause_ms: int) -> None:
    digits = "seven seven three five five five zero one two one"
    words = f"my number is {digits.replace(' ', f' <{pause_ms}> ')}"
    done = call([Say(words), HangUp(1)], ["Thank you."])
    assert said(done) == [f"my number is {digits}"]
    assert reply_ms(done, 0) < 320
    assert done.carrier.clears == []


@pytest.mark.parametrize(
    "words",
    [
        "the tenant called me and said <600> the drain is slow",
        "the pipe behind <600> the washer has been dripping for a week",
        "i turned the valve but it <600> did not help at all",
        "the water heater has <600> been leaking since last <600> night",
    ],
)
def test_nobody_is_cut_off_after_words_that_lead_to_others(words: str) -> None:
    done = call([Say(words), HangUp(1)], ["I see."])
    assert said(done) == [" ".join(words.replace("<600>", "").split())]
    assert reply_ms(done, 0) < 350
    assert done.carrier.clears == []


def test_half_a_number_is_waited_for_two_and_a_half_seconds_and_the_turn_is_held() -> None:
    done = call([Say("hello"), Say("seven seven three"), HangUp(30)], [PHONE, "And the rest?"])
    latency = turns_of(done, Speaker.RECEPTIONIST)[2].latency
    assert latency is not None
    assert latency.held is True
    assert reply_ms(done, 1) == pytest.approx(2_600, abs=60)


def test_a_trailing_and_holds_the_turn_open() -> None:
    done = call([Say("my sink is leaking and <1500> the floor is wet")])
    assert said(done) == ["my sink is leaking and the floor is wet"]


def test_words_after_a_pause_of_half_a_second_belong_to_the_same_street() -> None:
    street = asking("What is the address?", Expecting.STREET)
    done = call(
        [Say("hello"), Say("1847 west ainslie street <500> apartment two")], [street, GOODBYE]
    )
    assert said(done)[1] == "1847 west ainslie street apartment two"


def test_a_correction_is_a_turn_of_its_own() -> None:
    done = call(
        [
            Say("hello"),
            Say("seven seven three five five five zero one two one"),
            Say("no it is five five five zero one four zero"),
        ],
        [PHONE, asking("Got it.", Expecting.PHONE), GOODBYE],
    )
    assert said(done)[2] == "no it is five five five zero one four zero"


def test_going_on_before_the_first_word_of_the_reply_takes_the_turn_back() -> None:
    """A pause just past the endpoint: the reply is withdrawn unheard, the words are one turn."""
    done = call(
        [Say("my sink is leaking <300> since yesterday"), HangUp(3)],
        ["I see."],
    )
    assert said(done) == ["my sink is leaking since yesterday"]
    assert answered(done) == [GREETING, "I see."]


def test_a_caller_who_pauses_long_is_soon_given_more_time() -> None:
    line = "the water <330> comes from <330> the upper floor"
    done = call([Say(line), Say(line), Say(line), HangUp(2)], ["I see.", "All right.", "Good."])
    assert said(done)[2] == "the water comes from the upper floor"


@pytest.mark.parametrize("burst_ms", [20, 40, 60])
def test_a_short_noise_is_nothing(burst_ms: int) -> None:
    done = call([Say(f"<noise {burst_ms}> <1000> my sink is leaking")])
    assert said(done) == ["my sink is leaking"]


def test_a_long_noise_without_words_is_dropped_and_the_call_goes_on() -> None:
    done = call([Say("<noise 700> <1500> my sink is leaking")])
    assert said(done) == ["my sink is leaking"]
    assert answered(done) == [GREETING, "Thank you, goodbye."]


def test_a_voice_without_words_is_asked_about_soon() -> None:
    others: dict[type, Reply] = {CallerSilent: Reply((Sentence("Are you still there?"),))}
    done = call([Say("<noise 400>"), Say("never mind")], [GOODBYE], Scenario(others=others))
    assert answered(done) == [GREETING, "Are you still there?", "Thank you, goodbye."]
    greeting, prompt = turns_of(done, Speaker.RECEPTIONIST)[:2]
    assert 3_000 < prompt.started_ms - greeting.ended_ms < 4_000


def test_a_monologue_of_five_minutes_is_kept_whole_and_answered_at_its_end() -> None:
    sentence = "and then the water came through the ceiling again"
    lines = " <200> ".join([sentence] * 100)
    done = call([Say(lines + " that is all")])
    assert 280_000 < done.record.duration_ms < 340_000
    words = said(done)[0].split()
    assert len(words) == 9 * 100 + 3
    assert len(said(done)) == 1
    assert reply_ms(done, 0) < 700


def test_a_monologue_without_any_pause_is_recognised_in_parts() -> None:
    sentence = "then the water came through the ceiling again and again"
    done = call([Say(" ".join([sentence] * 30) + " that is all")])
    assert len(said(done)) == 1
    assert len(said(done)[0].split()) >= 10 * 30 + 3 - 5


def test_words_spoken_before_hanging_up_are_kept() -> None:
    done = call([Say("my sink is leaking"), HangUp(0.0)], ["I see, one of us will call you."])
    assert done.record.reason is EndReason.CALLER_HUNG_UP
    assert said(done) == ["my sink is leaking"]


def test_words_cut_off_by_hanging_up_are_kept_as_far_as_they_went() -> None:
    def leave(engines: object, session: CallSession) -> None:
        asyncio.get_running_loop().call_later(4.6, session.end, EndReason.CALLER_HUNG_UP)

    done = call([Say("my sink is leaking all over the new floor")], [LONG], Scenario(meddle=leave))
    assert done.record.reason is EndReason.CALLER_HUNG_UP
    assert len(said(done)) == 1
    assert "my sink is leaking all over the new floor".startswith(said(done)[0])
    assert done.record.duration_ms < 6_200


def test_frames_that_stop_coming_end_the_turn_and_then_the_call() -> None:
    def deafen(engines: object, session: object) -> None:
        """The carrier's audio stops two seconds in."""
        receive = session._ear.receive  # type: ignore[attr-defined]
        until = asyncio.get_running_loop().time() + 4

        def limited(ulaw: bytes, stamp: int) -> None:
            if asyncio.get_running_loop().time() < until:
                receive(ulaw, stamp)

        session._ear.receive = limited  # type: ignore[attr-defined]

    done = call([Say("my sink is leaking"), Wait(60)], ["I see."], Scenario(meddle=deafen))
    assert done.record.reason is EndReason.CARRIER_LOST
    assert done.record.error == "the carrier sends no audio"
    assert done.record.duration_ms == pytest.approx(19_000, abs=600)
