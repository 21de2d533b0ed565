"""The receptionist's one entry: `open_call`, then `step` for each event, `lead` at any time.

Pure functions: the same state and event always give the same reply.
"""

from dataclasses import replace
from typing import Final

from voice.receptionist.dialogue import (
    ActionKind,
    BookingsFound,
    CallerPressed,
    CallerSaid,
    CallerSilent,
    Event,
    LeadRecord,
    Reply,
    Scene,
    TimeAlmostUp,
    TransferFailed,
    Urgency,
    WindowBooked,
    WindowTaken,
)
from voice.receptionist.draft import Draft
from voice.receptionist.phrasing import Fact
from voice.receptionist.policy import bookings, plan, stops
from voice.receptionist.policy.listening import listen
from voice.receptionist.policy.questions import ask_anything_else, ask_slot, goodbye
from voice.receptionist.record import lead
from voice.receptionist.rules import TenantRules
from voice.receptionist.state import State

__all__ = ["LeadRecord", "State", "lead", "open_call", "step"]

_DISCLOSED: Final = ("ai", "assistant", "record")


def open_call(rules: TenantRules, scene: Scene) -> tuple[State, Reply]:
    """The state at the start of a call, and the greeting that discloses machine and recording."""
    language = "en" if "en" in rules.languages or not rules.languages else "es"
    draft = Draft(State(rules, scene, language=language, open_windows=scene.open_windows))
    own = "_own" if rules.greeting else ""
    unrecorded = "" if rules.recording else "_unrecorded"
    greeting = Fact(rules.greeting, "rules.greeting")
    draft.say(f"greeting{own}{unrecorded}", greeting=greeting)
    draft.may_reword = False
    state, reply = draft.finish()
    return state, replace(reply, asked=None)


def step(state: State, event: Event) -> tuple[State, Reply]:
    """The next state and what to say and do about `event`. Never raises on a caller's words."""
    draft = Draft(state)
    match event:
        case CallerSaid():
            listen(draft, event)
        case CallerPressed():
            _pressed(draft, event)
        case CallerSilent():
            _silent(draft, event)
        case WindowBooked():
            bookings.booked(draft, event.window, event.reference)
            ask_anything_else(draft)
        case WindowTaken():
            bookings.taken(draft, event.open_windows)
            draft.put(goal="job" if state.goal != "existing" else state.goal)
            plan.proceed(draft)
        case BookingsFound():
            draft.put(found=(*draft.state.found, *event.bookings))
            plan.proceed(draft)
        case TransferFailed():
            _transfer_failed(draft)
        case TimeAlmostUp():
            _time_almost_up(draft)
    return draft.finish()


def _pressed(draft: Draft, event: CallerPressed) -> None:
    """Zero is a person, always; other keys add to a number that is being asked for."""
    if event.key == "0" and draft.state.asked not in ("phone", "zip"):
        draft.note_intent("human")
        stops.to_a_person(draft)
        return
    if event.key.isdecimal() and draft.state.asked in ("phone", "zip"):
        _keyed_digit(draft, event.key)
        return
    if draft.state.ended:
        draft.say("unanswered_ended")
        draft.ended = True
        return
    _again(draft)


def _keyed_digit(draft: Draft, key: str) -> None:
    """Digits typed instead of spoken: silent until the number is whole."""
    asked = draft.state.asked or ""
    digits = draft.state.phone_part + key
    if asked == "zip" and len(digits) == 5:
        draft.fill("zip", digits)
    elif asked == "phone" and len(digits) == 10 and digits[0] not in "01":
        draft.fill("phone", f"+1{digits}")
    else:
        if key == "0" and digits == "0":
            draft.note_intent("human")
            stops.to_a_person(draft)
            return
        draft.put(phone_part=digits[:10])
        draft.asked, draft.question = asked, ()
        draft.put(attempts={**draft.state.attempts, asked: draft.state.attempts.get(asked, 1) - 1})
        return
    draft.put(phone_part="")
    plan.proceed(draft)


def _silent(draft: Draft, event: CallerSilent) -> None:
    """Ask twice whether somebody is there, then say goodbye."""
    draft.may_reword = False
    if event.count >= 3:
        urgent = draft.state.urgency in (Urgency.E0, Urgency.E1)
        draft.say(
            "e0_end_inside" if draft.state.urgency is Urgency.E0 else "silence_end",
            interruptible=not urgent,
        )
        draft.do(ActionKind.HANG_UP)
        draft.note_act("end_call")
        draft.ended = True
        return
    draft.say("silence_1" if event.count <= 1 else "silence_2")
    draft.asked = draft.state.asked
    _uncounted(draft)


def _uncounted(draft: Draft) -> None:
    """The question stays open; putting it again is no further try."""
    if draft.asked:
        tries = draft.state.attempts.get(draft.asked, 1)
        draft.put(attempts={**draft.state.attempts, draft.asked: tries - 1})


def _again(draft: Draft) -> None:
    if draft.state.asked is None:
        draft.ask("problem")
        return
    draft.asked = draft.state.asked
    draft.question = draft.state.last_reply.sentences[-1:]
    _uncounted(draft)


def _transfer_failed(draft: Draft) -> None:
    """Nobody answered: the truth, and what happens instead."""
    draft.put(ended=False)
    draft.mark("transfer_failed")
    if draft.state.urgency in (Urgency.E0, Urgency.E1):
        draft.say("transfer_failed_emergency")
        draft.note_act("fallback")
        draft.put(goal="message")
        draft.ask("keep_trying")
        return
    draft.say("transfer_failed")
    draft.note_act("message", "sms")
    plan.start_message(draft)


def _time_almost_up(draft: Draft) -> None:
    """Keep what there is: the office calls back."""
    draft.say("time_almost_up")
    if draft.state.goal in ("job", "emergency", "message") and not draft.state.reference:
        draft.say("message_taken")
        draft.do(ActionKind.TAKE_MESSAGE, text=draft.state.problem)
    if (draft.state.phone_part or not draft.state.number) and ask_slot(draft, "phone"):
        return
    goodbye(draft)
