"""Silence, keys, deeds, transfers and the clock: every call ends once, with its reason."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from tests.voice.session.stage import (
    GOODBYE,
    GREETING,
    LONG,
    Scenario,
    answered,
    call,
    said,
    turns_of,
)
from voice.conversation.lines import Line, line_text
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    CallerPressed,
    CallerSilent,
    Event,
    Reply,
    Sentence,
    TimeAlmostUp,
    TransferFailed,
    Window,
    WindowBooked,
)
from voice.records import EndReason, Speaker
from voice.session import CallSession
from voice.simulation.caller import HangUp, Press, Say, Wait
from voice.simulation.carrier import CarrierHabits
from voice.simulation.scene import RULES, NoteDesk

ARE_YOU_THERE: dict[type, Reply] = {CallerSilent: Reply((Sentence("Are you still there?"),))}
NOON = datetime(2026, 3, 3, 12, tzinfo=timezone(timedelta(hours=-6)))
WINDOW = Window(NOON, NOON + timedelta(hours=2))


def test_silence_is_asked_about_after_six_seconds_twice_and_then_ends_the_call() -> None:
    done = call([Wait(60)], [GOODBYE], Scenario(others=ARE_YOU_THERE))
    turns = turns_of(done, Speaker.RECEPTIONIST)
    assert [turn.text for turn in turns] == [
        GREETING,
        "Are you still there?",
        "Are you still there?",
        "Goodbye.",
    ]
    waits = [later.started_ms - earlier.ended_ms for earlier, later in pairwise(turns)]
    assert waits == pytest.approx([6_080] * 3, abs=150)
    assert done.record.reason is EndReason.SILENCE


def test_silence_ends_even_where_the_receptionist_has_nothing_to_say() -> None:
    done = call([Wait(60)], [GOODBYE])
    assert done.record.reason is EndReason.SILENCE
    assert done.record.duration_ms < 25_000


def test_speaking_resets_the_count_of_silences() -> None:
    done = call(
        [
            Wait(11),
            Say("sorry i was away", now=True),
            Wait(11),
            Say("never mind", now=True),
        ],
        ["All right.", GOODBYE],
        Scenario(others=ARE_YOU_THERE),
    )
    assert done.record.reason is EndReason.COMPLETED
    assert answered(done).count("Are you still there?") == 2


def test_a_key_over_our_words_stops_them_and_is_answered() -> None:
    others: dict[type, Reply] = {
        CallerPressed: Reply(
            (Sentence("One moment, I connect you."),), actions=(Action(ActionKind.TRANSFER),)
        )
    }
    desk = NoteDesk()
    done = call(
        [Say("my sink is leaking"), Press("0", 0.0)], [LONG], Scenario(others=others, desk=desk)
    )
    assert done.record.reason is EndReason.TRANSFERRED
    assert said(done) == ["my sink is leaking", "[0]"]
    assert [action.kind for action in desk.performed] == [ActionKind.TRANSFER]


def test_a_key_silences_us_within_20_ms_and_drops_the_rest() -> None:
    pressed: list[float] = []

    def press(engines: object, session: CallSession) -> None:
        loop = asyncio.get_running_loop()

        def key() -> None:
            pressed.append(loop.time())
            session.receive_dtmf("5")

        loop.call_later(6.0, key)

    others: dict[type, Reply] = {CallerPressed: Reply((Sentence("Thank you."),))}
    done = call(
        [Say("my sink is leaking"), Wait(4), HangUp(0)],
        [LONG],
        Scenario(others=others, meddle=press),
    )
    assert [at for at in done.carrier.clears if at <= pressed[0] + 0.02] == pytest.approx(pressed)
    cut, answer = turns_of(done, Speaker.RECEPTIONIST)[1:3]
    assert cut.interrupted
    assert LONG.startswith(cut.text)
    assert cut.text != LONG
    assert answer.text == "Thank you."
    assert answer.started_ms - 1000 * (pressed[0] - done.started) < 400


@pytest.mark.parametrize(
    ("habits", "after_ms"),
    [
        (CarrierHabits(), 20),
        (CarrierHabits(mark_delay_s=0.6), 620),
        (CarrierHabits(repeats_marks=True), 20),
        (CarrierHabits(returns_marks=False), 1_000),
    ],
)
def test_we_hang_up_when_the_carrier_has_confirmed_the_goodbye(
    habits: CarrierHabits, after_ms: int
) -> None:
    """Where no marks come back at all, a second after it must have been played."""
    done = call([Say("never mind")], [GOODBYE], Scenario(habits=habits))
    assert done.record.reason is EndReason.COMPLETED
    heard_ms = 1000 * (done.carrier.play_end - done.started)
    assert done.record.duration_ms - heard_ms == pytest.approx(after_ms, abs=40)
    assert answered(done)[-1] == GOODBYE.text


def test_the_warning_comes_once_a_minute_before_the_end_though_it_is_talked_over() -> None:
    """The caller begins just as we do: the warning follows with the next reply."""
    others: dict[type, Reply] = {
        TimeAlmostUp: Reply((Sentence("We have one minute left."),)),
        CallerSilent: Reply((Sentence("Yes?"),)),
    }
    done = call(
        [Say("hello again", 4.0) for _ in range(40)],
        ["Go on."],
        Scenario(rules=replace(RULES, max_call_minutes=3), others=others),
    )
    warnings = [turn for turn in done.record.turns if "We have one minute left." in turn.text]
    last = done.record.turns[-1]
    assert len(warnings) == 1
    assert 120_000 <= warnings[0].started_ms < 127_000
    assert last.text == line_text(Line.TIME_UP, "en")
    assert 180_000 <= last.started_ms < 181_000
    assert done.record.duration_ms - last.ended_ms < 100


def test_keys_without_a_reply_are_collected_and_unknown_ones_ignored() -> None:
    done = call(
        [Press("7"), Press("x", now=True), Press("3", now=True), Say("that is it", now=True)],
        [GOODBYE],
    )
    assert done.record.reason is EndReason.COMPLETED
    assert said(done)[-1] == "that is it"


TRANSFER = Reply((Sentence("I connect you now."),), actions=(Action(ActionKind.TRANSFER),))


def test_a_transfer_begins_when_its_words_were_heard() -> None:
    desk = NoteDesk()
    done = call([Say("a person please"), Wait(30)], [TRANSFER], Scenario(desk=desk))
    assert done.record.reason is EndReason.TRANSFERRED
    assert answered(done)[1] == "I connect you now."
    assert done.record.duration_ms >= 1000 * (done.carrier.play_end - 0.001)


def test_a_failed_transfer_brings_the_caller_back() -> None:
    def nobody(action: Action) -> Event | None:
        return TransferFailed() if action.kind is ActionKind.TRANSFER else None

    others: dict[type, Reply] = {
        TransferFailed: Reply((Sentence("Nobody picks up, may I take a message?"),))
    }
    done = call(
        [Say("a person please"), Say("never mind")],
        [TRANSFER, GOODBYE],
        Scenario(others=others, desk=NoteDesk(answers=nobody)),
    )
    assert answered(done)[1:] == [
        "I connect you now.",
        "Nobody picks up, may I take a message?",
        "Thank you, goodbye.",
    ]


@pytest.mark.parametrize("words", [(), (Sentence("One moment."),)])
def test_a_booking_is_confirmed_with_its_reference(words: tuple[Sentence, ...]) -> None:
    def book(action: Action) -> Event | None:
        return WindowBooked(WINDOW, "R17") if action.kind is ActionKind.BOOK else None

    booking = Reply(words, actions=(Action(ActionKind.BOOK, window=WINDOW),))
    others: dict[type, Reply] = {WindowBooked: Reply((Sentence("You are booked."),))}
    done = call(
        [Say("tomorrow please"), Say("thanks bye")],
        [booking, GOODBYE],
        Scenario(others=others, desk=NoteDesk(answers=book, delay_s=0.4)),
    )
    expected = [sentence.text for sentence in words]
    assert answered(done)[1:] == [*expected, "You are booked.", "Thank you, goodbye."]
    assert [action.kind for action in done.desk.performed] == [ActionKind.BOOK]


def test_stopping_the_recording_leaves_no_audio_and_no_kept_transcript() -> None:
    stop = Reply((Sentence("Recording is off."),), actions=(Action(ActionKind.STOP_RECORDING),))
    done = call([Say("do not record me"), Say("bye")], [stop, GOODBYE])
    assert done.record.audio is None
    assert done.record.keep_transcript is False


def test_a_masked_utterance_is_gone_from_text_and_recording() -> None:
    mask = Reply(
        (Sentence("Please never say a card number."),),
        actions=(Action(ActionKind.MASK_LAST_UTTERANCE),),
    )
    done = call([Say("four one one one"), Say("all right bye")], [mask, GOODBYE])
    assert said(done) == ["[removed]", "all right bye"]
    assert all("four" not in turn.text for turn in done.desk.turns)
    audio = done.record.audio
    assert audio is not None
    masked = turns_of(done, Speaker.CALLER)[0]
    track = audio.caller_ulaw[(masked.started_ms - 40) * 8 : (masked.ended_ms + 40) * 8]
    assert set(track) == {0xFF}


def test_a_call_for_a_tenant_without_recording_keeps_no_audio() -> None:
    done = call([Say("bye")], [GOODBYE], Scenario(rules=replace(RULES, recording=False)))
    assert done.record.audio is None
    assert done.record.keep_transcript is True


def test_spam_ends_as_spam() -> None:
    spam = Reply((Sentence("Goodbye."),), actions=(Action(ActionKind.MARK_SPAM),), ended=True)
    assert call([Say("your google listing")], [spam]).record.reason is EndReason.SPAM


def test_hanging_up_is_the_callers_reason_and_happens_once() -> None:
    done = call([HangUp(0.2)], [GOODBYE])
    assert done.record.reason is EndReason.CALLER_HUNG_UP
    done.session.end(EndReason.SPAM)
    assert done.record.reason is EndReason.CALLER_HUNG_UP


def test_the_longest_duration_is_warned_of_and_then_ends_the_call() -> None:
    others: dict[type, Reply] = {
        TimeAlmostUp: Reply((Sentence("We have one minute left."),)),
        CallerSilent: Reply((Sentence("Yes?"),)),
    }
    script = [Say("hello again", 4.0) for _ in range(40)]
    done = call(
        script,
        ["Go on."],
        Scenario(rules=replace(RULES, max_call_minutes=2), others=others),
    )
    assert "We have one minute left." in answered(done)
    assert answered(done)[-1] == line_text(Line.TIME_UP, "en")
    assert done.record.reason is EndReason.MAX_DURATION
    assert done.record.duration_ms == pytest.approx(124_000, abs=2_500)


def test_a_caller_who_never_stops_is_ended_by_the_clock_too() -> None:
    endless = " ".join(["and then it went on"] * 120) + " and"
    done = call([Say(endless)], ["Go on."], Scenario(rules=replace(RULES, max_call_minutes=1)))
    assert done.record.reason is EndReason.MAX_DURATION
    assert done.record.duration_ms < 66_000
