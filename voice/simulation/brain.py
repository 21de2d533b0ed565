"""A receptionist that follows a script: it answers the n-th thing said with the n-th reply."""

from collections.abc import Sequence
from dataclasses import dataclass

from voice.conversation.proposals import Request
from voice.receptionist.dialogue import (
    CallerSaid,
    CallerSilent,
    Event,
    Ground,
    LeadRecord,
    Reply,
    Scene,
    Sentence,
    SlotValue,
)
from voice.receptionist.rules import TenantRules


@dataclass(frozen=True, slots=True)
class ScriptState:
    """What was said so far, and every event."""

    said: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


class ScriptedBrain:
    """Replies in order; after the last one, it repeats it. Events other than words get `others`."""

    def __init__(
        self,
        greeting: Reply | str,
        replies: Sequence[Reply | str],
        others: dict[type, Reply] | None = None,
    ) -> None:
        self._greeting = as_reply(greeting)
        self._replies = [as_reply(reply) for reply in replies]
        self._others = others or {}

    def open_call(self, rules: TenantRules, scene: Scene) -> tuple[object, Reply]:
        return ScriptState(), self._greeting

    def step(self, state: object, event: Event) -> tuple[object, Reply]:
        assert isinstance(state, ScriptState)  # noqa: S101 - the only state there is
        events = (*state.events, event)
        if isinstance(event, CallerSaid):
            reply = self._replies[min(len(state.said), len(self._replies) - 1)]
            return ScriptState((*state.said, event.text), events), reply
        reply = self._others.get(type(event), Reply())
        if isinstance(event, CallerSilent) and event.count >= 3 and reply.sentences:
            reply = Reply((Sentence("Goodbye."),), ended=True)
        return ScriptState(state.said, events), reply

    def proposal_request(self, state: object, text: str) -> Request | None:
        return None

    def lead(self, state: object) -> LeadRecord:
        assert isinstance(state, ScriptState)  # noqa: S101 - the only state there is
        return LeadRecord(slots={"said": SlotValue(" | ".join(state.said))})

    def grounded(self, sentence: str, state: object) -> tuple[Ground, ...] | None:
        return None if "$" in sentence else ()


def as_reply(reply: Reply | str) -> Reply:
    """Plain text as a reply of its sentences."""
    if isinstance(reply, Reply):
        return reply
    parts = [part.strip() for part in reply.replace("? ", "?|").replace(". ", ".|").split("|")]
    return Reply(tuple(Sentence(part) for part in parts if part))
