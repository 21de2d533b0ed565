"""Whole calls in virtual time, in one line each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from voice.llm import Message
from voice.profiles import Profile, load_profile
from voice.receptionist.dialogue import Reply, Sentence
from voice.receptionist.rules import TenantRules
from voice.records import Speaker, TurnRecord
from voice.session import CallSession
from voice.simulation.brain import ScriptedBrain
from voice.simulation.caller import Line
from voice.simulation.carrier import CarrierHabits
from voice.simulation.clock import run_virtual
from voice.simulation.engines import SimulatedEngines
from voice.simulation.scene import RULES, Call, NoteDesk, place_call
from voice.stt import Expectation, Expecting

GREETING = "Harbor Plumbing, how can I help?"
GOODBYE = Reply((Sentence("Thank you, goodbye."),), ended=True)
LONG = (
    "We can come out tomorrow morning and look at the pipes under the sink. "
    "The technician will bring all the parts that are usually needed for this."
)


def asking(text: str, kind: Expecting) -> Reply:
    """A question that expects that kind of answer."""
    return Reply((Sentence(text),), asked=kind.value, expectation=Expectation(kind))


def safely(text: str, *more: str) -> Reply:
    """A sentence that is never cut off, and what follows it."""
    return Reply((Sentence(text, interruptible=False), *(Sentence(each) for each in more)))


@dataclass(slots=True)
class Scenario:
    """What is special about a call; everything else is usual."""

    rules: TenantRules = RULES
    habits: CarrierHabits | None = None
    desk: NoteDesk | None = None
    greeting: Reply | str = GREETING
    others: dict[type, Reply] = field(default_factory=dict)
    profile: Profile | None = None
    echo_delay_s: float | None = None
    words: Callable[[Sequence[Message]], str] | None = None
    judgement: Callable[[str], float] | None = None
    judgement_s: float = 0.1
    meddle: Callable[[SimulatedEngines, CallSession], None] = lambda engines, session: None
    before: Callable[[SimulatedEngines], None] = lambda engines: None


def call(
    script: Sequence[Line],
    replies: Sequence[Reply | str] = (GOODBYE,),
    scenario: Scenario | None = None,
) -> Call:
    """The call, over."""
    scenario = scenario or Scenario()

    async def scene() -> Call:
        engines = SimulatedEngines(
            scenario.profile or load_profile("a4000"),
            model_words=scenario.words,
            judgement=scenario.judgement,
            judgement_s=scenario.judgement_s,
        )
        scenario.before(engines)
        worker = await engines.worker()
        try:
            return await place_call(
                script,
                voice=worker,
                brain=ScriptedBrain(scenario.greeting, replies, scenario.others),
                vocabulary=engines.vocabulary,
                rules=replace(scenario.rules),
                habits=scenario.habits,
                desk=scenario.desk,
                echo_delay_s=scenario.echo_delay_s,
                on_session=lambda session: scenario.meddle(engines, session),
            )
        finally:
            await worker.close()

    return run_virtual(scene())


def turns_of(call: Call, speaker: Speaker) -> list[TurnRecord]:
    return [turn for turn in call.record.turns if turn.speaker is speaker]


def said(call: Call) -> list[str]:
    """What the caller was understood to say."""
    return [turn.text for turn in turns_of(call, Speaker.CALLER)]


def answered(call: Call) -> list[str]:
    """What the caller heard, the greeting included."""
    return [turn.text for turn in turns_of(call, Speaker.RECEPTIONIST)]


def reply_ms(call: Call, index: int) -> int:
    """Server side: end of the index-th utterance to the first frame of the reply to it."""
    ended = call.caller.uttered[index].ended + call.carrier.habits.network_s
    return round(1000 * (min(at for at in call.carrier.sent_at if at > ended) - ended))
