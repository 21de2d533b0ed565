"""One turn in the making: what is said, asked and done, on top of the state it started from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from voice.receptionist.calendar import local
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    Reply,
    Sentence,
    SlotValue,
    Urgency,
    Window,
    Wording,
)
from voice.receptionist.expectations import expectation_for
from voice.receptionist.phrasing import Fact, sentences, spoken_window
from voice.receptionist.state import State

GRAVITY: Final[Mapping[Urgency, int]] = {
    Urgency.E0: 4, Urgency.E1: 3, Urgency.U: 2, Urgency.R: 1, Urgency.N: 0,
}  # fmt: skip


_ASIDES: Final = "asides in a row"
_MOST_ASIDES: Final = 3


class Draft:
    """A reply being composed. `state` is replaced as facts come in; the old one is untouched."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.sentences: list[Sentence] = []
        self.actions: list[Action] = []
        self.asked: str | None = None
        self.asked_before = state.asked
        self.question: tuple[Sentence, ...] = ()
        self.ended = False
        self.heard: set[str] = set()
        self.answered_aside = False
        self.may_reword = True

    # --- facts --------------------------------------------------------------------------------

    def put(self, **changes: object) -> None:
        """Change fields of the state."""
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]

    def fill(self, name: str, value: str, *, confirmed: bool = False) -> None:
        """Take down a fact of this turn; the last one said wins."""
        slots = {**self.state.slots, name: SlotValue(value, self.state.turn, confirmed)}
        self.put(slots=slots)
        self.heard.add(name)

    def clear(self, name: str) -> None:
        self.put(slots={key: slot for key, slot in self.state.slots.items() if key != name})

    def confirm(self, *names: str) -> None:
        """The caller agreed with what was read back."""
        slots = {
            key: replace(slot, confirmed=True) if key in names else slot
            for key, slot in self.state.slots.items()
        }
        self.put(slots=slots)

    def mark(self, name: str) -> bool:
        """Note that something happened; False if it had happened before."""
        if name in self.state.marks:
            return False
        self.put(marks=self.state.marks | {name})
        return True

    def has(self, name: str) -> bool:
        return name in self.state.marks

    def raise_urgency(self, urgency: Urgency) -> None:
        """Never lowers it."""
        if GRAVITY[urgency] > GRAVITY[self.state.urgency]:
            self.put(urgency=urgency)
        self.put(urgency_known=True)

    def note_intent(self, intent: str) -> None:
        if intent not in self.state.intents:
            self.put(intents=(*self.state.intents, intent))

    def note_act(self, *acts: str) -> None:
        new = [act for act in acts if act not in self.state.acts]
        self.put(acts=(*self.state.acts, *new))

    # --- words --------------------------------------------------------------------------------

    def say(
        self, key: str, *, interruptible: bool = True, attempt: int | None = None, **facts: Fact
    ) -> None:
        """Add the sentences of a template."""
        for sentence in self._sentences(key, attempt, facts):
            self.sentences.append(replace(sentence, interruptible=interruptible))

    def ask(self, slot: str, key: str = "", *, attempt: int | None = None, **facts: Fact) -> None:
        """End the turn with the question for `slot`; later tries are worded more plainly."""
        tries = self.state.attempts.get(slot, 0) if attempt is None else attempt
        self.question = self._sentences(key or f"ask_{slot}", tries, facts)
        self.asked = slot

    def _sentences(
        self, key: str, attempt: int | None, facts: Mapping[str, Fact]
    ) -> tuple[Sentence, ...]:
        seed = f"{self.state.scene.caller_id}:{self.state.turn}"
        facts = {"business": self.business, **facts}
        return sentences(key, self.state.language, seed, facts, attempt=attempt)

    @property
    def business(self) -> Fact:
        return Fact(self.state.rules.business_name, "")

    def window_fact(self, window: Window) -> Fact:
        today = local(self.state.rules, self.state.scene.now).date()
        source = f"window:{window.starts_at.isoformat()}"
        return Fact(spoken_window(window, self.state.language, today), source)

    def slot_fact(self, name: str, text: str = "") -> Fact:
        return Fact(text or self.state.slot(name), f"slot:{name}")

    # --- actions ------------------------------------------------------------------------------

    def do(
        self, kind: ActionKind, *, window: Window | None = None, reference: str = "", text: str = ""
    ) -> None:
        """Have something carried out, and note it in the record."""
        self.actions.append(Action(kind, window=window, reference=reference, text=text))
        self.note_act(kind.value)

    @property
    def actions_wait(self) -> bool:
        """Whether something was asked for whose outcome decides what to say next."""
        waiting = (ActionKind.BOOK, ActionKind.RESCHEDULE, ActionKind.FIND_BOOKINGS)
        return any(action.kind in waiting for action in self.actions)

    # --- the end ------------------------------------------------------------------------------

    def finish(self) -> tuple[State, Reply]:
        """The new state and the reply."""
        if self.ended:
            self.asked, self.question = None, ()
        spoken = (*self.sentences, *self.question)
        attempts = dict(self.state.attempts)
        if self.asked and not self._is_put_again(attempts):
            attempts[self.asked] = attempts.get(self.asked, 0) + 1
        reply = Reply(
            sentences=spoken,
            asked=self.asked,
            expectation=expectation_for(self.asked, self.state),
            actions=tuple(self.actions),
            ended=self.ended,
            wording=self._wording(spoken),
        )
        self.put(asked=self.asked, attempts=attempts, ended=self.ended, last_reply=reply)
        return self.state, reply

    def _is_put_again(self, attempts: dict[str, int]) -> bool:
        """Whether the open question only stands again after an aside, which is no further try.

        Three asides in a row are: a question that is never answered has to be given up.
        """
        if not self.answered_aside or self.asked != self.asked_before:
            attempts[_ASIDES] = 0
            return False
        attempts[_ASIDES] = attempts.get(_ASIDES, 0) + 1
        return attempts[_ASIDES] <= _MOST_ASIDES

    def _wording(self, spoken: tuple[Sentence, ...]) -> Wording | None:
        """Leave to word the reply, except where every word counts."""
        safety = any(not sentence.interruptible for sentence in spoken)
        if safety or not self.may_reword or not spoken or self.ended:
            return None
        must = tuple(
            dict.fromkeys(ground.said for sentence in spoken for ground in sentence.grounds)
        )
        return Wording(" ".join(sentence.text for sentence in spoken), must)
