"""Everything the receptionist remembers of one call, frozen between two turns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from voice.receptionist.dialogue import (
    KnownBooking,
    Reply,
    Scene,
    Sentence,
    SlotValue,
    Urgency,
    Window,
)
from voice.receptionist.rules import TenantRules
from voice.receptionist.understanding.times import Wish


@dataclass(frozen=True, slots=True)
class Held:
    """What was ready to be said when a question of life and limb had to come first."""

    sentences: tuple[Sentence, ...] = ()
    asked: str | None = None
    question: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """A call between two turns.

    `goal` is what the call is about now (job, safety, message, cancel …); `marks` are things said
    or settled once; `acts` is what was done, in the words of the record; `turn` counts the
    caller's turns; `attempts` counts how often each open question was put; `found` are bookings
    of a number the caller said, which nothing may be told of until a name or address agrees.
    """

    rules: TenantRules
    scene: Scene
    language: str = "en"
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    asked: str | None = None
    attempts: Mapping[str, int] = field(default_factory=dict)
    goal: str = ""
    urgency: Urgency = Urgency.N
    urgency_known: bool = False
    intents: tuple[str, ...] = ()
    job_type: str = ""
    problem: str = ""
    marks: frozenset[str] = frozenset()
    acts: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()
    open_windows: tuple[Window, ...] = ()
    offered: tuple[Window, ...] = ()
    wish: Wish = field(default_factory=Wish)
    window: Window | None = None
    found: tuple[KnownBooking, ...] = ()
    booking: KnownBooking | None = None
    reference: str = ""
    phone_part: str = ""
    turn: int = 0
    misses: int = 0
    confidences: tuple[float, ...] = ()
    last_reply: Reply = field(default_factory=Reply)
    held: Held = field(default_factory=Held)
    ended: bool = False
    is_spam: bool = False

    def slot(self, name: str) -> str:
        """The slot's value, "" while it is not filled."""
        value = self.slots.get(name)
        return value.value if value else ""

    @property
    def number(self) -> str:
        """Where the caller can be reached, E.164: the number given, or the one they call from.

        "" where that one was refused, or is blocked.
        """
        refused = "caller_id_refused" in self.marks
        return self.slot("phone") or ("" if refused else self.scene.caller_id or "")
