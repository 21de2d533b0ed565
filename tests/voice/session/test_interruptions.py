"""Talking over the receptionist: who yields, how fast, and what counts as heard."""

from dataclasses import replace

import pytest

from tests.voice.session.stage import (
    GOODBYE,
    GREETING,
    LONG,
    Scenario,
    answered,
    asking,
    call,
    safely,
    said,
    turns_of,
)
from voice.audio import ulaw_to_float
from voice.receptionist.dialogue import Reply
from voice.records import Speaker
from voice.simulation.caller import HangUp, Say
from voice.simulation.carrier import CarrierHabits
from voice.simulation.scene import RULES, Call
from voice.simulation.speech import Vocabulary, joined, read
from voice.stt import Expecting


def silent_after_ms(done: Call, index: int) -> int:
    """From the index-th utterance's start at the server to the clear that it caused."""
    started = done.caller.uttered[index].started + done.carrier.habits.network_s
    return round(1000 * (min(at for at in done.carrier.clears if at > started) - started))


def really_heard(done: Call) -> str:
    """The words that reached the caller's ear whole, read from the audio itself."""
    vocabulary: Vocabulary = done.caller.vocabulary
    audio = b"".join(done.carrier.frames)
    return joined(read(vocabulary, ulaw_to_float(audio), 8_000))


@pytest.mark.parametrize("after_s", [0.9, 1.03, 1.4, 2.27, 3.0])
def test_a_caller_who_talks_over_us_has_silence_within_150_ms(after_s: float) -> None:
    done = call(
        [Say("my sink is leaking"), Say("stop please listen to me now", after_s, over=True)],
        [LONG, GOODBYE],
    )
    assert silent_after_ms(done, 1) <= 150
    assert said(done) == ["my sink is leaking", "stop please listen to me now"]


@pytest.mark.parametrize("after_s", [0.8, 1.21, 1.77, 2.5, 3.3])
def test_the_transcript_ends_where_the_audio_was_cut_and_credits_no_word_more(
    after_s: float,
) -> None:
    done = call(
        [Say("my sink is leaking"), Say("stop please listen to me now", after_s, over=True)],
        [LONG, GOODBYE],
    )
    reply = turns_of(done, Speaker.RECEPTIONIST)[1]
    credited = reply.text.split()
    assert reply.interrupted
    assert LONG.startswith(reply.text)
    heard = really_heard(done).split()
    before = len(GREETING.split())
    in_ear = heard[before : len(heard) - len(["thank", "you", "goodbye"])]
    assert len(in_ear) - 2 <= len(credited) <= len(in_ear)


@pytest.mark.parametrize("text", ["uh-huh", "okay", "yeah right", "mm-hmm"])
def test_an_acknowledgement_does_not_take_the_turn(text: str) -> None:
    done = call(
        [Say("my sink is leaking"), Say(text, 1.5, over=True), Say("never mind")],
        [LONG, GOODBYE],
    )
    assert said(done) == ["my sink is leaking", "never mind"]
    assert answered(done)[1] == LONG
    assert not turns_of(done, Speaker.RECEPTIONIST)[1].interrupted


def test_yes_is_an_answer_where_yes_or_no_was_asked() -> None:
    question = asking(
        "Is the water still running at this very moment in your kitchen?", Expecting.YES_NO
    )
    done = call([Say("my sink is leaking"), Say("yes it is", 2.0, over=True)], [question, GOODBYE])
    assert said(done)[1] == "yes it is"


@pytest.mark.parametrize("burst_ms", [120, 300, 600])
def test_a_noise_over_our_words_is_forgiven_and_every_word_is_heard(burst_ms: int) -> None:
    done = call(
        [Say("my sink is leaking"), Say(f"<noise {burst_ms}>", 1.5, over=True), Say("fine bye")],
        [LONG, GOODBYE],
    )
    assert answered(done)[1] == LONG
    assert said(done) == ["my sink is leaking", "fine bye"]
    heard = really_heard(done).lower()
    for word in LONG.lower().replace(".", "").split():
        assert word in heard


def test_after_a_noise_we_go_on_within_two_seconds() -> None:
    done = call(
        [Say("my sink is leaking"), Say("<noise 400>", 1.5, over=True), Say("fine bye")],
        [LONG, GOODBYE],
    )
    paused = done.carrier.clears[0]
    resumed = min(at for at in done.carrier.sent_at if at > paused)
    assert 0.3 < resumed - paused < 2.0


def test_our_own_echo_is_not_an_interruption() -> None:
    done = call(
        [Say("my sink is leaking"), Say("never mind then", 1.5)],
        [LONG, GOODBYE],
        Scenario(echo_delay_s=0.12),
    )
    assert answered(done)[1:] == [LONG, "Thank you, goodbye."]
    assert said(done) == ["my sink is leaking", "never mind then"]
    assert len(done.carrier.clears) <= 5


def test_half_duplex_listens_only_when_we_are_silent() -> None:
    done = call(
        [
            Say("my sink is leaking"),
            Say("stop please listen to me now", 1.0, over=True),
            Say("never mind"),
        ],
        [LONG, GOODBYE],
        Scenario(rules=replace(RULES, half_duplex=True)),
    )
    assert done.carrier.clears == []
    assert answered(done)[1] == LONG
    assert said(done) == ["my sink is leaking", "never mind"]


def test_a_safety_sentence_is_never_cut_and_what_was_said_meanwhile_is_answered() -> None:
    safety = safely("Leave the house now and call nine one one from outside.", "Are you outside?")
    done = call(
        [Say("i smell gas"), Say("but my cat is inside", 0.6, over=True)], [safety, GOODBYE]
    )
    assert answered(done)[1].startswith("Leave the house now and call nine one one from outside.")
    assert said(done) == ["i smell gas", "but my cat is inside"]


def test_hello_into_the_greeting_does_not_stop_it() -> None:
    done = call([Say("hello", 0.25, over=True), Say("never mind")], [GOODBYE])
    assert answered(done)[0] == GREETING
    assert not turns_of(done, Speaker.RECEPTIONIST)[0].interrupted


def test_words_right_after_our_first_sound_are_joined_to_what_came_before() -> None:
    """We began too early, nothing of the reply was heard: it never happened."""
    done = call([Say("my sink is leaking <290> since yesterday morning"), HangUp(3)], [LONG])
    assert said(done) == ["my sink is leaking since yesterday morning"]
    assert answered(done) == [GREETING, LONG]


def test_marks_that_never_come_back_credit_by_time_and_never_more() -> None:
    done = call(
        [Say("my sink is leaking"), Say("stop please listen to me now", 3.0, over=True)],
        [LONG, GOODBYE],
        Scenario(habits=CarrierHabits(returns_marks=False)),
    )
    reply = turns_of(done, Speaker.RECEPTIONIST)[1]
    heard = len(really_heard(done).split()) - len(GREETING.split()) - 3
    assert 0 < len(reply.text.split()) <= heard
    assert answered(done)[2] == "Thank you, goodbye."


@pytest.mark.parametrize(
    "habits", [CarrierHabits(repeats_marks=True), CarrierHabits(mark_delay_s=0.6)]
)
def test_late_or_repeated_marks_change_neither_words_nor_turns(habits: CarrierHabits) -> None:
    done = call(
        [Say("my sink is leaking"), Say("dana")],
        ["What is your name?", GOODBYE],
        Scenario(habits=habits),
    )
    assert answered(done) == [GREETING, "What is your name?", "Thank you, goodbye."]
    assert said(done) == ["my sink is leaking", "dana"]


def test_the_recording_has_each_side_where_it_was_heard() -> None:
    done = call([Say("my sink is leaking")], [Reply(GOODBYE.sentences, ended=True)])
    audio = done.record.audio
    assert audio is not None
    vocabulary = done.caller.vocabulary
    for track, turns in (
        (audio.caller_ulaw, turns_of(done, Speaker.CALLER)),
        (audio.receptionist_ulaw, turns_of(done, Speaker.RECEPTIONIST)),
    ):
        words = read(vocabulary, ulaw_to_float(track), 8_000)
        text = " ".join(turn.text for turn in turns).lower()
        assert joined(words) == "".join(each for each in text if each not in ",.?")
        assert words[0].start_ms == pytest.approx(turns[0].started_ms, abs=60)
        assert words[-1].end_ms == pytest.approx(turns[-1].ended_ms, abs=100)
