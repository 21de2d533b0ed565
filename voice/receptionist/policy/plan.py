"""The next question for each kind of call, and what happens when nothing is left to ask."""

from typing import Final

from voice.receptionist.calendar import is_open
from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.jobs import OTHER, service_by_code
from voice.receptionist.naming import service_fact
from voice.receptionist.policy import bookings, evacuation, visits
from voice.receptionist.policy.questions import (
    CONTACT,
    address_fact,
    ask_anything_else,
    ask_once,
    ask_slot,
    phone_fact,
    tried,
)
from voice.receptionist.rules import ServiceRule
from voice.receptionist.state import Held


def proceed(draft: Draft) -> None:
    """Ask the next thing this call needs, or do what it was for."""
    if _life_check(draft) or draft.ended:
        return
    if draft.state.goal not in ("safety", "emergency"):
        _release(draft)
    if draft.asked:
        return
    match draft.state.goal:
        case "safety":
            _safety(draft)
        case "emergency":
            _emergency(draft)
        case "job":
            _job(draft)
        case "message":
            _message(draft)
        case "existing":
            visits.existing(draft)
        case "decline" if not bookings.is_out_of_area(draft) and "zip_corrected" in draft.heard:
            draft.put(goal="job")
            draft.raise_urgency(Urgency.R)
            _job(draft)
        case "decline":
            draft.ask("leave_message")
        case "closing":
            ask_anything_else(draft)
        case _:
            _open(draft)


def owes_life_check(draft: Draft) -> bool:
    """Whether a question about life and limb is still to be put."""
    return any(
        draft.has(f"check:{slot}")
        and slot not in draft.state.slots
        and not draft.state.attempts.get(slot)
        for slot in _OF_LIFE
    )


def _life_check(draft: Draft) -> bool:
    """A suspicion of danger to life is asked about before anything else is said or done."""
    if draft.ended or draft.state.goal in ("safety", "emergency"):
        return False
    held = _hold(draft)
    for slot in _OF_LIFE:
        if draft.has(f"check:{slot}") and ask_once(draft, slot):
            draft.put(held=held)
            draft.sentences.clear()
            return True
    return False


def _hold(draft: Draft) -> Held:
    """The answer that was about to be given, to be given later."""
    if not draft.answered_aside or draft.state.held != Held():
        return draft.state.held
    return Held(tuple(draft.sentences), draft.asked, tuple(draft.question))


def _release(draft: Draft) -> None:
    """Say what had to wait, now that nobody is in danger."""
    held = draft.state.held
    draft.put(held=Held())
    draft.sentences.extend(held.sentences)
    if held.asked and not draft.asked:
        draft.asked, draft.question = held.asked, held.question


_OF_LIFE: Final = ("hurt", "gas_smell", "co_alarm", "near_sparks")
"""Questions about life and limb; they come before any other."""


def _open(draft: Draft) -> None:
    if tried(draft, "problem"):
        start_message(draft)
        return
    if _pending_check(draft):
        return
    draft.ask("problem")


def start_message(draft: Draft) -> None:
    """Take a message instead: nothing else can be done here."""
    draft.put(goal="message")
    _message(draft)


def _safety(draft: Draft) -> None:
    """Outside already: the number first, then where."""
    far = draft.state.slot("outside") == evacuation.ELSEWHERE
    if draft.mark("outside_thanks") and "safety_script" in draft.state.acts and not draft.sentences:
        draft.say("e0_elsewhere" if far else "e0_outside_thanks", interruptible=False)
    for slot in ("phone", "street", "zip", "name"):
        if ask_slot(draft, slot):
            return
    if draft.mark("e0_end"):
        draft.say("e0_end_elsewhere" if far else "e0_end", interruptible=False)
    elif not draft.sentences:
        draft.say("e0_known", interruptible=False)
    draft.ended = True


def _emergency(draft: Draft) -> None:
    if any(draft.has(f"check:{slot}") and ask_once(draft, slot) for slot in _OF_LIFE):
        return
    sewage = draft.has("e1_sewage") and not draft.has("e1_flood")
    if sewage and (ask_once(draft, "fixtures") or ask_once(draft, "cleanout")):
        return
    for slot in CONTACT:
        if ask_slot(draft, slot):
            return
        if slot == "zip" and bookings.is_out_of_area(draft):
            decline(draft)
            return
    if draft.has("can_wait") and bookings.can_book(draft):
        bookings.offer_or_book(draft, first=True)
        return
    dry = draft.has("e1_sanitation") and draft.state.job_type == OTHER
    if not (draft.has("e1_flood") or dry) and bookings.can_book(draft):
        bookings.offer_or_book(draft, first=True)
        return
    if draft.state.slot("street") and not draft.has("confirmed") and not tried(draft, "confirm"):
        read_back_emergency(draft)
        return
    transfer_emergency(draft)


def read_back_emergency(draft: Draft) -> None:
    draft.say("read_back_emergency", address=address_fact(draft), phone=phone_fact(draft))
    draft.ask("confirm")


def transfer_emergency(draft: Draft) -> None:
    """Hand the caller to whoever is on call."""
    if draft.has("transfer_failed") or not draft.state.rules.on_call:
        draft.say("emergency_message")
        draft.do(ActionKind.TAKE_MESSAGE, text=draft.state.problem)
        ask_anything_else(draft)
        return
    draft.say("transfer_emergency")
    draft.do(ActionKind.TRANSFER, text=draft.state.problem)
    draft.note_act("warm_transfer", "waterfall_transfer")
    draft.ended = True


def _job(draft: Draft) -> None:
    service = service_by_code(draft.state.rules, draft.state.job_type)
    if bookings.is_out_of_area(draft):
        decline(draft)
        return
    human_only = service is not None and service.human_only
    if service is not None and human_only and draft.mark("human_only_said"):
        draft.say("human_only_first", service=service_fact(service, draft.state.language))
    if _pending_check(draft) or _qualify(draft):
        return
    for slot in CONTACT:
        if ask_slot(draft, slot):
            return
        if slot == "zip" and bookings.is_out_of_area(draft):
            decline(draft)
            return
    if service is not None and human_only and not draft.has("transfer_failed"):
        _human_only(draft, service)
        return
    bookable = _is_bookable(draft, service)
    if not bookable or not draft.state.slot("street") or not bookings.can_book(draft):
        leave_for_office(draft, no_windows=bookable and not bookings.can_book(draft))
        return
    if draft.state.job_type == OTHER:
        draft.note_act("estimate_visit")
    bookings.offer_or_book(draft, first=False)


def _is_bookable(draft: Draft, service: ServiceRule | None) -> bool:
    """Whether a visit can be booked: not for our own work, nor where a price is asked first.

    Work that is on no list is looked at in a visit, as what has no listed price is.
    """
    if draft.state.job_type == "existing" or draft.has("warranty"):
        return False
    state = draft.state
    begun = bool(state.offered or state.window)
    price_first = draft.has("price_said") and state.urgency is not Urgency.U and not begun
    if draft.state.job_type == OTHER and price_first:
        return False
    return service is None or service.bookable


def _human_only(draft: Draft, service: ServiceRule) -> None:
    fact = service_fact(service, draft.state.language)
    if draft.state.rules.on_call and is_open(draft.state.rules, draft.state.scene.now):
        draft.say("transfer_human_only", service=fact)
        draft.do(ActionKind.TRANSFER, text=draft.state.problem)
        draft.note_act("callback")  # should nobody pick up
        draft.ended = True
        return
    if draft.mark("human_only"):
        draft.say("human_only_later", service=fact)
    start_message(draft)


def _pending_check(draft: Draft) -> bool:
    """Ask what a suspicion of danger left open."""
    for slot in (*_OF_LIFE, "active_leak", "fixtures", "other_toilet"):
        if draft.has(f"check:{slot}") and ask_once(draft, slot):
            return True
    return False


def _qualify(draft: Draft) -> bool:
    """The few questions that tell urgent from routine, each put once."""
    if draft.has("kind:heater"):
        return ask_once(draft, "gas_smell") or ask_once(draft, "leak")
    if draft.has("kind:leak") and not draft.has("minor"):
        return ask_once(draft, "active_leak")
    if draft.has("kind:sewer"):
        return ask_once(draft, "fixtures")
    return False


def _message(draft: Draft) -> None:
    known = draft.state.problem or draft.state.slot("message")
    if not known and not tried(draft, "message"):
        draft.ask("message")
        return
    for slot in CONTACT if draft.has("human_only") else ("name", "phone"):
        if ask_slot(draft, slot):
            return
    leave_for_office(draft)


def leave_for_office(draft: Draft, *, no_windows: bool = False) -> None:
    """Pass everything on; the office calls back."""
    if draft.mark("message_taken"):
        if draft.state.job_type == OTHER and draft.state.goal == "job":
            draft.note_act("estimate_visit")
        draft.say("no_windows" if no_windows else "message_taken")
        draft.do(ActionKind.TAKE_MESSAGE, text=draft.state.slot("message") or draft.state.problem)
        draft.note_act("callback", "message")
    ask_anything_else(draft)


def decline(draft: Draft) -> None:
    """The job is outside the area: say so, offer to pass a message on."""
    state = draft.state
    if state.slot("zip"):
        draft.say("out_of_area", zip=draft.slot_fact("zip"))
    else:
        draft.say("out_of_area_city")
    if state.urgency is Urgency.E1:
        draft.say("call_another", interruptible=False)
    draft.note_act("decline_out_of_area")
    if state.urgency not in (Urgency.E0, Urgency.E1):
        draft.put(urgency=Urgency.N)
    draft.put(goal="decline")
    draft.mark("declined")
    draft.ask("leave_message")
