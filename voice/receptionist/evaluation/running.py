"""Run scenarios against the brain and keep what was said."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voice.receptionist.brain import lead
from voice.receptionist.conversation import Conversation, PaperDesk, Said
from voice.receptionist.dialogue import CallerSaid, CallerSilent, LeadRecord
from voice.receptionist.evaluation.caller import SimulatedCaller
from voice.receptionist.evaluation.scenario import Scenario, scene_for
from voice.receptionist.grounding import grounded
from voice.receptionist.rules import TenantRules
from voice.receptionist.state import State
from voice.stt import Expectation

MOST_TURNS = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One side's turn in a transcript; `filled` are the slots known before a question was put.

    `heard` is what a recogniser made of a caller's words, where one listened.
    """

    speaker: str
    text: str
    asked: str | None = None
    filled: frozenset[str] = frozenset()
    heard: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A scenario that was played through."""

    scenario: Scenario
    seed: int
    spoken: bool
    lines: tuple[Line, ...]
    record: LeadRecord
    state: State
    ended: bool
    ungrounded: tuple[str, ...]

    @property
    def said(self) -> str:
        """Everything the receptionist said."""
        return " ".join(line.text for line in self.lines if line.speaker == "receptionist")

    @property
    def receptionist_turns(self) -> int:
        return sum(1 for line in self.lines if line.speaker == "receptionist")


Hearing = Callable[[str, Expectation], str]
"""What a recogniser makes of spoken words, given what it may expect."""


def run(
    scenario: Scenario,
    rules: TenantRules,
    *,
    seed: int = 0,
    spoken: bool = False,
    hear: Hearing | None = None,
) -> Run:
    """Play one scenario to its end; with `hear` the caller's words go through a recogniser."""
    desk = PaperDesk(answers="no-answer" not in scenario.inject)
    conversation = Conversation(rules, scene_for(scenario, rules), desk)
    caller = SimulatedCaller(scenario, seed=seed, spoken=spoken)
    lines = [Line("receptionist", conversation.greeting.text)]
    blocked: list[str] = []
    words: str | None = caller.opening()
    limit = _turns_before_failure(scenario)
    said = conversation.greeting
    while words is not None and len(lines) < 2 * min(limit, MOST_TURNS):
        known = frozenset(conversation.state.slots)
        heard = hear(words, said.expectation) if hear else words
        lines.append(Line("caller", words, heard=heard if hear else None))
        said = conversation.hear(CallerSaid(heard) if heard else CallerSilent(1))
        lines.append(Line("receptionist", said.text, said.asked, known))
        blocked += _ungrounded(said, conversation.state)
        if said.ended:
            break
        words = caller.answer(said.asked, said.text)
    state = conversation.state
    return Run(scenario, seed, spoken, tuple(lines), lead(state), state, said.ended, tuple(blocked))


def _turns_before_failure(scenario: Scenario) -> int:
    """A stream that is killed after so many turns ends the conversation there."""
    found = re.search(r"kill stream after turn (\d+)", scenario.inject)
    return int(found[1]) if found else MOST_TURNS


def _ungrounded(said: Said, state: State) -> Sequence[str]:
    return [sentence.text for sentence in said.sentences if grounded(sentence.text, state) is None]
