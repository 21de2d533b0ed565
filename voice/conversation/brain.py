"""What the session needs of a receptionist, and ours behind it."""

from typing import Protocol, cast

from voice.conversation.proposals import Request
from voice.receptionist.dialogue import Event, Ground, LeadRecord, Reply, Scene
from voice.receptionist.rules import TenantRules


class Brain(Protocol):
    """Decides what is said. Every method is pure: a state may be tried and thrown away."""

    def open_call(self, rules: TenantRules, scene: Scene) -> tuple[object, Reply]:
        """The first state and the greeting."""
        ...

    def step(self, state: object, event: Event) -> tuple[object, Reply]:
        """The state after the event, and the reply to it."""
        ...

    def proposal_request(self, state: object, text: str) -> Request | None:
        """What to ask a model about the caller's words; None where it is not needed."""
        ...

    def lead(self, state: object) -> LeadRecord:
        """The job as understood so far."""
        ...

    def grounded(self, sentence: str, state: object) -> tuple[Ground, ...] | None:
        """Why a worded sentence may be said; None if it may not."""
        ...


class Receptionist:
    """The product's own receptionist, imported when the first call needs it."""

    def open_call(self, rules: TenantRules, scene: Scene) -> tuple[object, Reply]:
        from voice.receptionist import brain

        return brain.open_call(rules, scene)

    def step(self, state: object, event: Event) -> tuple[object, Reply]:
        from voice.receptionist import brain

        return brain.step(cast(brain.State, state), event)

    def proposal_request(self, state: object, text: str) -> Request | None:
        from voice.receptionist import brain, language_model

        return language_model.proposal_request(cast(brain.State, state), text)

    def lead(self, state: object) -> LeadRecord:
        from voice.receptionist import brain

        return brain.lead(cast(brain.State, state))

    def grounded(self, sentence: str, state: object) -> tuple[Ground, ...] | None:
        from voice.receptionist import brain, grounding

        return grounding.grounded(sentence, cast(brain.State, state))
