"""A visit that exists already: look it up, move it, cancel it, say when it is."""

from voice.receptionist.dialogue import Action, ActionKind, KnownBooking
from voice.receptionist.draft import Draft
from voice.receptionist.policy import bookings
from voice.receptionist.policy.questions import (
    ask_anything_else,
    ask_slot,
)
from voice.receptionist.understanding.people import identifies, same_person


def existing(draft: Draft) -> None:
    """Cancel, move or ask about a visit, once it is clear whose it is."""
    _own_booking(draft)
    state = draft.state
    if state.booking is None and not draft.has("lookup_failed") and not _look_up(draft):
        return
    if draft.has("want:cancel"):
        _cancel(draft)
    elif draft.has("want:reschedule"):
        _move(draft)
    else:
        _status(draft)
    if not draft.asked and not draft.ended and not draft.actions_wait:
        ask_anything_else(draft)


def _own_booking(draft: Draft) -> None:
    """The visit that was booked in this call needs no looking up."""
    state = draft.state
    if not state.reference or state.window is None or draft.has("moving"):
        return
    name, street = state.slot("name"), state.slot("street")
    booking = KnownBooking(state.reference, state.window, name, street)
    draft.put(booking=booking, window=None, offered=())
    draft.mark("found_said")


def _look_up(draft: Draft) -> bool:
    """Find the visit by number and name or address. False while something has to be asked first.

    Numbers can be forged, so a number alone, or a yes to what we said ourselves, shows nothing.
    """
    name, street = _said_by_caller(draft, "name"), _said_by_caller(draft, "street")
    if not name and not street and draft.state.attempts.get("name", 0) < 2:
        if not draft.state.slot("name"):
            draft.ask("name", "ask_booking_name")
            return False
        if draft.state.attempts.get("street", 0) < 2 and not draft.state.slot("street"):
            draft.ask("street", "ask_booking_street")
            return False
    known = (*draft.state.scene.bookings, *draft.state.found)
    for booking in known:
        if (name and identifies(name, booking.name)) or (
            street and street.lower() == booking.street.lower()
        ):
            draft.put(booking=booking)
            draft.fill("booking", bookings.window_text(bookings.here(draft, booking.window)))
            return True
    if (name or street) and _asks_other_number(draft):
        return False
    if not draft.state.slot("street") and draft.mark("tried_street"):
        draft.say("lookup_failed")  # the same whether or not that number has visits at all
        draft.ask("street", "ask_booking_street")
        return False
    draft.mark("lookup_failed")
    return True


def _said_by_caller(draft: Draft, slot: str) -> str:
    """The slot's value, unless it was we who offered it from an earlier call."""
    memory, value = draft.state.scene.memory, draft.state.slot(slot)
    if memory is None or not value or not draft.has(f"memory:{slot}"):
        return value
    offered = memory.name if slot == "name" else memory.street
    repeats = value.lower() == offered.lower() or (slot == "name" and same_person(value, offered))
    return "" if repeats else value


def _asks_other_number(draft: Draft) -> bool:
    """The visit may have been booked from another phone: ask for its number and look there.

    One more number a call, so that nobody tries them through.
    """
    number = draft.state.slot("phone")
    if number and number != draft.state.scene.caller_id:
        if not draft.mark("looked_up"):
            return False
        draft.say("looking_up")
        draft.actions.append(Action(ActionKind.FIND_BOOKINGS, text=number))
        return True
    if not number and draft.mark("asked_booking_phone"):
        draft.ask("phone", "ask_booking_phone")
        return True
    return False


def _cancel(draft: Draft) -> None:
    """One offer to move it instead, then it is cancelled as asked."""
    state = draft.state
    if draft.mark("offered_move"):
        draft.note_act("offer_reschedule_once")
        if state.booking is not None:
            draft.say("lookup_found", window=draft.window_fact(state.booking.window))
        draft.ask("cancel_or_move")
        return
    if state.booking is not None:
        if draft.mark("cancelled"):
            draft.do(ActionKind.CANCEL_BOOKING, reference=state.booking.reference)
            draft.note_act("cancel")
            draft.say("cancelled", window=draft.window_fact(state.booking.window))
        return
    _request(draft, "cancel_requested", "cancel")


def _move(draft: Draft) -> None:
    state = draft.state
    if state.booking is not None and state.open_windows and state.attempts.get("window", 0) < 4:
        draft.mark("moving")
        own = state.booking.window.starts_at
        others = tuple(window for window in state.open_windows if window.starts_at != own)
        draft.put(open_windows=others)
        if state.window is None:
            if draft.mark("found_said"):
                draft.say("lookup_found", window=draft.window_fact(state.booking.window))
            bookings.offer(draft)
        elif draft.mark("moved"):
            bookings.book(draft)
            draft.note_act("reschedule")
        return
    _request(draft, "reschedule_requested", "reschedule")


def _status(draft: Draft) -> None:
    booking = draft.state.booking
    if booking is not None:
        if draft.mark("status_said"):
            draft.say("status", window=draft.window_fact(booking.window))
            draft.do(ActionKind.TAKE_MESSAGE, text="The caller asks where the plumber is.")
            draft.note_act("status", "callback")
        return
    _request(draft, "status_unknown", "status")


def _request(draft: Draft, phrase: str, act: str) -> None:
    """No visit was found: the office gets the request, with name and number."""
    for slot in ("name", "phone"):
        if ask_slot(draft, slot):
            return
    if draft.mark(f"requested:{act}"):
        draft.say(phrase)
        draft.do(ActionKind.TAKE_MESSAGE, text=f"Request: {act}. {draft.state.problem}")
        draft.note_act(act, "callback")
