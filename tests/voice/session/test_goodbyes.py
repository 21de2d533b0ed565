"""The last words: callers remember one more thing, or only say goodbye back."""

import pytest

from tests.voice.session.stage import GOODBYE, Scenario, answered, call, safely, said
from voice.receptionist.dialogue import Action, ActionKind, CallerSilent, Reply, Sentence
from voice.records import EndReason
from voice.simulation.caller import Say, Wait

FAREWELL = Reply(
    (Sentence("You are booked for tomorrow morning, thank you for calling, goodbye."),), ended=True
)


def test_a_caller_who_remembers_something_during_the_goodbye_is_answered() -> None:
    done = call(
        [
            Say("that is all"),
            Say("wait my toilet is leaking too", 1.0, over=True),
            Say("thank you"),
            Wait(10),
        ],
        [FAREWELL, "I will add that. Anything else?", GOODBYE],
    )
    assert said(done) == ["that is all", "wait my toilet is leaking too", "thank you"]
    assert answered(done)[-2:] == ["I will add that. Anything else?", "Thank you, goodbye."]
    assert done.record.reason is EndReason.COMPLETED


@pytest.mark.parametrize("words", ["bye bye", "thank you goodbye", "you too have a good night"])
def test_a_goodbye_over_ours_does_not_stop_it(words: str) -> None:
    done = call([Say("that is all"), Say(words, 1.0, over=True), Wait(10)], [FAREWELL, "What?"])
    assert answered(done)[1:] == [FAREWELL.text]
    assert done.record.reason is EndReason.COMPLETED


def test_after_noise_over_the_goodbye_it_is_finished_and_the_call_ends() -> None:
    done = call(
        [Say("that is all"), Say("<noise 400>", 1.0, over=True), Wait(20)], [FAREWELL, "What?"]
    )
    assert answered(done)[1:] == [FAREWELL.text]
    assert done.record.reason is EndReason.COMPLETED


def test_words_over_last_words_that_may_not_be_cut_off_are_answered_after_them() -> None:
    last = safely("Help is on its way. Stay outside.")
    last = Reply(last.sentences, ended=True)
    done = call(
        [
            Say("yes we are out"),
            Say("my neighbour is still inside the house", 1.0, over=True),
            Wait(20),
        ],
        [last, "Call 911 and tell them.", GOODBYE],
    )
    assert answered(done)[1:3] == [last.text, "Call 911 and tell them."]
    assert said(done)[1] == "my neighbour is still inside the house"


def test_noise_at_the_very_end_does_not_keep_the_line_open() -> None:
    last = Reply(safely("Help is on its way. Stay outside.").sentences, ended=True)
    done = call([Say("yes we are out"), Say("<noise 900>", 1.6, over=True), Wait(30)], [last])
    assert done.record.reason is EndReason.COMPLETED
    assert done.record.duration_ms < 12_000


def test_a_caller_who_comes_back_while_we_leave_the_silence_is_heard() -> None:
    silent: dict[type, Reply] = {CallerSilent: Reply((Sentence("Are you still there?"),))}
    done = call(
        [Wait(22), Say("hello wait i am here my sink is leaking", 0.1, over=True), Wait(30)],
        ["Which sink is it?", GOODBYE],
        Scenario(others=silent),
    )
    assert "hello wait i am here my sink is leaking" in said(done)
    assert "Which sink is it?" in answered(done)


def test_spam_cannot_talk_itself_back_into_the_call() -> None:
    spam = Reply(
        (Sentence("We are not interested, please take us off your list. Goodbye."),),
        actions=(Action(ActionKind.MARK_SPAM),),
        ended=True,
    )
    done = call(
        [Say("your google listing"), Say("but this is a very good offer", 0.8, over=True), Wait(9)],
        [spam, "What?"],
    )
    assert answered(done)[1:] == [spam.text]
    assert done.record.reason is EndReason.SPAM
