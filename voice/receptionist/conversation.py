"""A call by text: the same brain, with a desk that carries its actions out on paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from voice.receptionist.brain import lead, open_call, step
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    BookingsFound,
    Event,
    KnownBooking,
    Reply,
    Scene,
    Sentence,
    TransferFailed,
    WindowBooked,
    WindowTaken,
)
from voice.receptionist.rules import TenantRules
from voice.receptionist.state import State
from voice.stt import Expectation

SPOKEN_SLOTS = ("name", "phone", "street", "unit", "city", "zip", "problem", "window")


@dataclass(slots=True)
class PaperDesk:
    """Books every window but those of `taken`; transfers fail when nobody `answers`.

    `booked` is what numbers have booked, besides what the scene holds.
    """

    answers: bool = True
    taken: int = 0
    booked: Mapping[str, tuple[KnownBooking, ...]] = field(default_factory=dict)
    performed: list[Action] = field(default_factory=list)

    def perform(self, action: Action, state: State) -> Event | None:
        """What came of the action, as the real desk would report it."""
        self.performed.append(action)
        if action.kind in (ActionKind.BOOK, ActionKind.RESCHEDULE) and action.window is not None:
            if self.taken:
                self.taken -= 1
                left = tuple(w for w in state.open_windows if w != action.window)
                return WindowTaken(left)
            return WindowBooked(action.window, f"BH{len(self.performed):04d}")
        if action.kind is ActionKind.FIND_BOOKINGS:
            return BookingsFound(self.booked.get(action.text, ()))
        if action.kind is ActionKind.TRANSFER and not self.answers:
            return TransferFailed()
        return None


@dataclass(frozen=True, slots=True)
class Said:
    """Everything the receptionist said and did in answer to one event."""

    text: str
    asked: str | None
    sentences: tuple[Sentence, ...]
    actions: tuple[Action, ...]
    ended: bool
    expectation: Expectation


class Conversation:
    """One call: `greeting`, then `hear` for each event."""

    def __init__(self, rules: TenantRules, scene: Scene, desk: PaperDesk | None = None) -> None:
        self.desk = desk or PaperDesk()
        self.state, reply = open_call(rules, scene)
        self.greeting = self._carry_out(reply, step)

    def hear(self, event: Event) -> Said:
        """The receptionist's answer, with whatever its actions led to."""
        self.state, reply = step(self.state, event)
        return self._carry_out(reply, step)

    def _carry_out(self, reply: Reply, take: Callable[[State, Event], tuple[State, Reply]]) -> Said:
        sentences, actions = list(reply.sentences), list(reply.actions)
        waiting = list(reply.actions)
        while waiting:
            outcome = self.desk.perform(waiting.pop(0), self.state)
            if outcome is None:
                continue
            self.state, reply = take(self.state, outcome)
            sentences += reply.sentences
            actions += reply.actions
            waiting += reply.actions
        text = " ".join(sentence.text for sentence in sentences)
        return Said(
            text, reply.asked, tuple(sentences), tuple(actions), reply.ended, reply.expectation
        )


def as_json(said: Said, state: State) -> Mapping[str, object]:
    """One line of `chat --json`: what was said, and the call as it is understood so far."""
    record = lead(state)
    slots: dict[str, str] = dict.fromkeys(SPOKEN_SLOTS, "")
    for name, slot in record.slots.items():
        if name == "phone" and name not in state.slots and not said.ended:
            continue  # the number that called, not yet agreed to
        slots[name] = slot.value
    return {
        "reply": said.text,
        "asked": said.asked,
        "slots": {name: value or None for name, value in slots.items()},
        "urgency": record.urgency.value,
        "intent": record.intent,
        "job_type": record.job_type,
        "actions": list(record.actions),
        "ended": said.ended,
    }
