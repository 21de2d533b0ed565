"""Engines that fail, hang or are slow, lines that break: the caller is never left in silence."""

import asyncio
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
from voice.profiles import load_profile
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    CallerSaid,
    Event,
    Reply,
    Sentence,
    Wording,
)
from voice.records import EndReason, Speaker
from voice.session import CallSession
from voice.simulation.brain import ScriptedBrain
from voice.simulation.caller import HangUp, Say, Wait
from voice.simulation.carrier import CarrierHabits
from voice.simulation.clock import run_virtual
from voice.simulation.engines import SimulatedEngines, SimulatedModel
from voice.simulation.scene import Call, NoteDesk, place_call

AGAIN = line_text(Line.AGAIN, "en")
TROUBLE = line_text(Line.TROUBLE, "en")
MOMENT = line_text(Line.MOMENT, "en")


def at(seconds: float, **changes: object) -> Scenario:
    """The engines change so many seconds into the call."""

    def meddle(engines: SimulatedEngines, session: CallSession) -> None:
        def change() -> None:
            for name, value in changes.items():
                setattr(engines.faults, name, value)

        asyncio.get_running_loop().call_later(seconds, change)

    return Scenario(meddle=meddle)


def longest_silence_s(done: Call, index: int) -> float:
    """After the index-th utterance: until the caller hears anything again."""
    ended = done.caller.uttered[index].ended
    return min(start for start in done.carrier.starts if start > ended) - ended


@pytest.mark.parametrize(
    "fault", ["synthesis_fails", "synthesis_hangs", "recognition_fails", "recognition_hangs"]
)
def test_when_an_engine_dies_the_caller_hears_something_within_three_seconds(fault: str) -> None:
    done = call(
        [Say("my sink is leaking"), Say("my sink is leaking", 3.5), Wait(30)],
        [LONG],
        at(3.6, **{fault: True}),
    )
    assert longest_silence_s(done, 0) < 3.0
    assert longest_silence_s(done, 1) < 3.0
    assert [text.removeprefix(f"{MOMENT} ") for text in answered(done)] == [
        GREETING,
        AGAIN,
        TROUBLE,
    ]
    assert done.record.reason is EndReason.ENGINE_FAILED
    assert done.record.error


def test_a_slow_recogniser_is_waited_for_with_a_word_and_then_answered() -> None:
    done = call([Say("my sink is leaking"), HangUp(2)], [LONG], at(3.6, recognition_delay_s=2.5))
    assert said(done) == ["my sink is leaking"]
    assert answered(done) == [GREETING, LONG]
    assert longest_silence_s(done, 0) < 2.0


def test_an_engine_dead_from_the_start_ends_the_call_within_three_seconds() -> None:
    def kill(engines: SimulatedEngines) -> None:
        engines.faults.synthesis_fails = True

    done = call([Wait(30)], [GOODBYE], Scenario(before=kill))
    assert done.record.reason is EndReason.ENGINE_FAILED
    assert done.record.duration_ms < 3_000
    assert done.record.turns == ()


def test_one_failure_is_forgiven_once_a_reply_was_heard_again() -> None:
    def meddle(engines: SimulatedEngines, session: CallSession) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(3.6, setattr, engines.faults, "synthesis_fails", True)
        loop.call_later(7.5, setattr, engines.faults, "synthesis_fails", False)

    done = call(
        [Say("my sink is leaking"), Say("my sink is leaking"), Say("never mind")],
        ["I see, what else?", GOODBYE],
        Scenario(meddle=meddle),
    )
    assert answered(done) == [GREETING, AGAIN, "I see, what else?", "Thank you, goodbye."]
    assert done.record.reason is EndReason.COMPLETED


WORDED = Reply(
    (Sentence("A drain is from $189."), Sentence("Shall I book a visit?")),
    asked="book",
    wording=Wording("say the price", must_include=("from $189",)),
)


def test_the_models_words_are_spoken_as_its_sentences_complete() -> None:
    plain = Reply((Sentence("I can help."),), wording=Wording("be kind"))
    done = call(
        [Say("my sink is leaking"), HangUp(2)],
        [plain],
        Scenario(words=lambda _: "Oh no, that sounds bad. We will take care of it."),
    )
    assert answered(done)[1] == "Oh no, that sounds bad. We will take care of it."
    latency = turns_of(done, Speaker.RECEPTIONIST)[1].latency
    assert latency is not None
    assert latency.first_token_ms is not None
    assert latency.first_sentence_ms is not None
    assert latency.first_token_ms <= latency.first_sentence_ms


def test_an_interruption_stops_the_model_too() -> None:
    models: list[SimulatedModel] = []

    def remember(engines: SimulatedEngines, session: CallSession) -> None:
        model = session._voice.language_model
        assert isinstance(model, SimulatedModel)
        models.append(model)

    long = Reply((Sentence("I can help."),), wording=Wording("be kind"))
    done = call(
        [Say("my sink is leaking"), Say("stop please listen to me", 1.5, over=True), HangUp(9)],
        [long],
        Scenario(words=lambda _: "We will take care of it. " * 400, meddle=remember),
    )
    assert models[0].aborted >= 1
    assert done.carrier.clears


def test_a_sentence_without_ground_is_replaced_before_it_is_spoken() -> None:
    done = call(
        [Say("how much"), HangUp(2)],
        [WORDED],
        Scenario(words=lambda _: "It is only $20 today! Shall I book?"),
    )
    assert answered(done)[1] == "A drain is from $189. Shall I book a visit?"


@pytest.mark.parametrize("changes", [{"model_fails": True}, {"model_delay_s": 1.0}])
def test_a_model_that_is_down_or_late_leaves_the_templates(changes: dict[str, object]) -> None:
    scenario = at(0.0, **changes)
    scenario.words = lambda _: "It is fine."
    done = call([Say("how much"), HangUp(2)], [WORDED], scenario)
    assert answered(done)[1] == "A drain is from $189. Shall I book a visit?"
    assert longest_silence_s(done, 0) < 1.4


def test_a_slow_reply_is_announced_once() -> None:
    scenario = at(3.6, synthesis_delay_s=1.0, model_delay_s=1.0)
    scenario.words = lambda _: "It is fine."
    reply = Reply((Sentence("We are on our way."),), wording=Wording("promise"))
    done = call([Say("my sink is leaking"), Wait(9), HangUp(0)], [reply], scenario)
    assert answered(done)[1] == f"{MOMENT} We are on our way."
    assert longest_silence_s(done, 0) < 2.0


def test_a_line_that_breaks_ends_the_call_and_keeps_what_was_said() -> None:
    done = call(
        [Say("my sink is leaking"), Wait(30)],
        [LONG],
        Scenario(habits=CarrierHabits(breaks_after_frames=120)),
    )
    assert done.record.reason is EndReason.CARRIER_LOST
    assert said(done) == ["my sink is leaking"]
    assert done.record.error == "the line broke: the line is gone"


def test_a_socket_that_takes_nothing_for_three_seconds_ends_the_call() -> None:
    done = call([Wait(60)], [LONG], Scenario(habits=CarrierHabits(blocks_after_frames=20)))
    assert done.record.reason is EndReason.CARRIER_LOST
    assert done.record.error == "the carrier takes no audio"
    assert done.record.duration_ms < 4_500


class BrokenBrain(ScriptedBrain):
    """Fails on the first words."""

    def step(self, state: object, event: Event) -> tuple[object, Reply]:
        if isinstance(event, CallerSaid):
            raise KeyError("slot")
        return super().step(state, event)


def test_a_fault_of_ours_ends_the_call_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.voice.session.stage.ScriptedBrain", BrokenBrain)
    done = call([Say("my sink is leaking"), Wait(30)], [LONG])
    assert done.record.reason is EndReason.ENGINE_FAILED
    assert done.record.error == "KeyError: 'slot'"
    assert answered(done) == [GREETING]


def test_cancelling_a_call_leaves_no_task_behind() -> None:
    async def scene() -> set[str]:
        engines = SimulatedEngines(load_profile("a4000"))
        worker = await engines.worker()
        await asyncio.sleep(0)
        before = asyncio.all_tasks()
        placed = asyncio.create_task(
            place_call(
                [Say("my sink is leaking"), Wait(30)],
                voice=worker,
                brain=ScriptedBrain(GREETING, [LONG]),
                vocabulary=engines.vocabulary,
            )
        )
        await asyncio.sleep(5.3)
        placed.cancel()
        await asyncio.wait({placed})
        assert placed.cancelled()
        await asyncio.sleep(0)
        left = {task.get_name() for task in asyncio.all_tasks() - before}
        await worker.close()
        return left

    assert run_virtual(scene()) == set()


def test_a_desk_that_fails_is_survived() -> None:
    def refuse(action: Action) -> Event | None:
        raise OSError("no database")

    booking = Reply((Sentence("I will note that."),), actions=(Action(ActionKind.TAKE_MESSAGE),))
    done = call(
        [Say("my sink is leaking"), Say("bye")],
        [booking, GOODBYE],
        Scenario(desk=NoteDesk(answers=refuse)),
    )
    assert answered(done)[1:] == ["I will note that.", "Thank you, goodbye."]
    assert done.record.reason is EndReason.COMPLETED


def test_marks_are_at_most_200_ms_apart_in_every_reply() -> None:
    done = call([Say("my sink is leaking"), HangUp(1)], [LONG])
    sent = [when for when, _ in done.carrier.marks]
    speaking = [(earlier, later) for earlier, later in pairwise(sent) if later - earlier < 0.5]
    assert max(later - earlier for earlier, later in speaking) < 0.2001
