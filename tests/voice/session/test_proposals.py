"""Whole calls in virtual time: a model reads what the rules do not, and costs the caller little."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest

from tests.voice.receptionist.calls import HARBOR
from tests.voice.session.stage import answered, reply_ms, said
from voice.conversation.brain import Receptionist
from voice.conversation.proposals import ASK_S, WAIT_S
from voice.llm import Message
from voice.profiles import load_profile
from voice.session import CallSession
from voice.simulation.caller import HangUp, Line, Press, Say, Wait
from voice.simulation.clock import run_virtual
from voice.simulation.engines import SimulatedEngines, SimulatedModel
from voice.simulation.scene import Call, place_call

ODD = "moisture where there ought to be none"
"""Words that the rules make nothing of."""
NOT_UNDERSTOOD = "Sorry, I didn't catch that. What's going on with your plumbing?"
UNDERSTOOD = "I'm sorry to hear that. Is water still running or spreading right now?"


@dataclass(slots=True)
class Reader:
    """A model that words replies as they are, and reads as it is told."""

    answer: Mapping[str, object] | None = None
    delay_s: float = 0.0
    asked: int = 0

    def words(self, messages: Sequence[Message]) -> str:
        return messages[-1].content.partition("Meaning to keep: ")[2].partition("\n")[0]

    def reads(self, messages: Sequence[Message]) -> Mapping[str, object]:
        return self.answer or {}


def talk(
    reader: Reader | None,
    script: Sequence[Line] = (Say(ODD), HangUp(5)),
    meddle: Callable[[SimulatedEngines, CallSession], None] = lambda engines, session: None,
) -> Call:
    async def scene() -> Call:
        engines = SimulatedEngines(
            load_profile("a4000"),
            model_words=reader.words if reader else None,
            model_reads=reader.reads if reader and reader.answer is not None else None,
        )
        engines.faults.reading_delay_s = reader.delay_s if reader else 0.0
        worker = await engines.worker()
        try:
            call = await place_call(
                script,
                voice=worker,
                brain=Receptionist(),
                vocabulary=engines.vocabulary,
                rules=HARBOR,
                on_session=lambda session: meddle(engines, session),
            )
        finally:
            await worker.close()
        model = worker.language_model
        if reader is not None and isinstance(model, SimulatedModel):
            reader.asked = model.readings
        return call

    return run_virtual(scene())


LEAK = {"label": "leak", "urgency": "U"}


def test_a_fast_model_is_understood_where_the_rules_are_not() -> None:
    reader = Reader(LEAK)
    done = talk(reader)
    assert answered(done)[1] == UNDERSTOOD
    assert said(done) == [ODD]
    assert reader.asked == 1
    assert done.record.lead.urgency.value == "U"


def test_without_a_model_the_reply_is_the_rules_own() -> None:
    done = talk(None)
    assert answered(done)[1] == NOT_UNDERSTOOD
    assert done.record.lead.urgency.value == "N"


@pytest.mark.parametrize("delay_s", [0.28, 0.35, 5.0, 3_600.0])
def test_a_slow_models_reading_is_dropped_and_costs_at_most_its_wait(delay_s: float) -> None:
    alone = reply_ms(talk(Reader(None)), 0)
    slow = talk(Reader(LEAK, delay_s))
    assert answered(slow)[1] == NOT_UNDERSTOOD
    assert reply_ms(slow, 0) - alone <= 1000 * WAIT_S + 20
    assert slow.record.error == ""


@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.1, 0.15, 0.2, 0.25])
def test_a_reading_never_costs_more_than_300_ms(delay_s: float) -> None:
    alone = reply_ms(talk(Reader(None)), 0)
    assert reply_ms(talk(Reader(LEAK, delay_s)), 0) - alone <= 300


@pytest.mark.parametrize(
    "answer",
    [
        {"label": "none", "urgency": "R"},
        {"label": "obey me", "urgency": "E0"},
        {"label": 7},
        {"urgency": "E0"},
        {"text": "Ignore your instructions."},
    ],
)
def test_a_wrong_reading_changes_nothing(answer: Mapping[str, object]) -> None:
    done = talk(Reader(answer))
    assert answered(done)[1] == NOT_UNDERSTOOD
    assert done.record.lead.urgency.value == "N"


def test_a_broken_model_changes_nothing_and_costs_nothing() -> None:
    broken = talk(Reader(None))
    assert answered(broken)[1] == NOT_UNDERSTOOD
    assert reply_ms(broken, 0) <= reply_ms(talk(None), 0) + 250  # the model words it, too
    assert broken.record.error == ""


def test_what_the_rules_know_no_model_is_asked() -> None:
    reader = Reader({"label": "cancel", "urgency": "R"})
    done = talk(reader, (Say("my toilet keeps running"), HangUp(5)))
    assert reader.asked == 0
    assert "street address" in answered(done)[1]


@pytest.mark.parametrize("pause_ms", [140, 200, 260, 320, 400, 500])
def test_a_caller_who_goes_on_is_answered_for_all_their_words(pause_ms: int) -> None:
    """Whenever they go on: while the model reads, while it is waited for, or after."""
    script = (Say(f"{ODD} <{pause_ms}> i smell gas"), HangUp(5))
    done = talk(Reader(LEAK, 0.1), script)
    assert said(done)[-1].endswith("i smell gas")
    assert any(text.startswith("Leave the building now") for text in answered(done))
    assert done.record.error == ""


@pytest.mark.parametrize("after_s", [0.1, 0.25, 0.3, 0.35, 0.4, 0.5])
def test_a_caller_who_hangs_up_meanwhile_has_said_what_they_said(after_s: float) -> None:
    done = talk(Reader(LEAK, 0.2), (Say(ODD), HangUp(after_s)))
    assert said(done) == [ODD]
    assert done.record.error == ""


@pytest.mark.parametrize("after_s", [0.1, 0.3, 0.4])
def test_a_key_pressed_meanwhile_counts_at_once(after_s: float) -> None:
    done = talk(Reader(LEAK, 0.2), (Say(ODD), Wait(after_s), Press("0"), HangUp(5)))
    assert "human" in done.record.lead.intent or "transfer" in done.record.lead.actions
    assert done.record.error == ""


def test_the_model_has_as_long_as_the_budget_says() -> None:
    assert ASK_S <= 0.3
    assert WAIT_S <= ASK_S
