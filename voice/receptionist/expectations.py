"""What the recogniser may listen for after each question."""

from collections.abc import Mapping
from typing import Final

from voice.receptionist.state import State
from voice.stt import Expectation, Expecting

_KINDS: Final[Mapping[str, Expecting]] = {
    "phone": Expecting.PHONE,
    "zip": Expecting.ZIP,
    "street": Expecting.STREET,
    "name": Expecting.NAME,
    "window": Expecting.WINDOW,
    "outside": Expecting.YES_NO,
    "hurt": Expecting.YES_NO,
    "near_electric": Expecting.YES_NO,
    "gas_smell": Expecting.YES_NO,
    "near_sparks": Expecting.YES_NO,
    "co_alarm": Expecting.YES_NO,
    "leak": Expecting.YES_NO,
    "active_leak": Expecting.YES_NO,
    "fixtures": Expecting.YES_NO,
    "other_toilet": Expecting.YES_NO,
    "confirm": Expecting.YES_NO,
    "leave_message": Expecting.YES_NO,
    "book": Expecting.YES_NO,
    "callback": Expecting.YES_NO,
    "grown_up": Expecting.YES_NO,
    "keep_trying": Expecting.YES_NO,
}
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "phone": ("yes", "no", "that's right", "that number is fine"),
    "near_electric": ("lights", "outlet", "electrical panel"),
    "fixtures": ("tub", "toilet", "floor drain", "shower"),
    "outside": ("we're outside", "I'm outside", "still inside"),
    "window": ("the first one", "the second one", "either one", "morning", "afternoon"),
    "anything_else": ("no", "that's all", "thank you"),
    "cancel_or_move": ("cancel it", "move it"),
}


def expectation_for(asked: str | None, state: State) -> Expectation:
    """The hint for the answer to `asked`; without a question, the words of the trade."""
    if asked is None or asked == "problem":
        services = tuple(service.name for service in state.rules.services)
        return Expectation(Expecting.OPEN, services, state.language)
    kind = _KINDS.get(asked, Expecting.OPEN)
    phrases = _WORDS.get(asked, ())
    if asked == "name" and state.scene.memory and state.scene.memory.name:
        phrases = (state.scene.memory.name,)
    if asked == "street" and state.scene.memory and state.scene.memory.street:
        phrases = (state.scene.memory.street,)
    return Expectation(kind, phrases, state.language)
