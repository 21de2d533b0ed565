"""Questions put to the caller: each slot at most three times, never one that is filled."""

from typing import Final

from voice.receptionist.dialogue import Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.intake_names import given_name
from voice.receptionist.phrasing import Fact
from voice.receptionist.understanding.contact import spoken_phone

MOST_TRIES: Final = 3
CONTACT: Final = ("street", "zip", "name", "phone")


def ask_anything_else(draft: Draft) -> None:
    draft.put(goal="closing")
    if tried(draft, "anything_else"):
        goodbye(draft)
        return
    draft.ask("anything_else")


def goodbye(draft: Draft) -> None:
    urgent = draft.state.urgency in (Urgency.E0, Urgency.E1)
    helped = draft.state.reference or draft.has("stood_down")
    declined = draft.has("declined") and "take_message" not in draft.state.acts
    if urgent and declined:
        draft.say("goodbye_declined")
    else:
        draft.say("goodbye_emergency" if urgent and not helped else "goodbye")
    draft.ended = True


def tried(draft: Draft, slot: str, most: int = MOST_TRIES) -> bool:
    """Whether the question for `slot` was put as often as it may be."""
    return draft.state.attempts.get(slot, 0) >= most


def ask_once(draft: Draft, slot: str) -> bool:
    """Ask unless it was asked or is known."""
    state = draft.state
    if slot in state.slots or state.attempts.get(slot, 0) or f"settled:{slot}" in state.marks:
        return False
    draft.ask(slot)
    return True


def ask_slot(draft: Draft, slot: str) -> bool:
    """Ask for a contact slot unless it is filled or was given up. Whether a question was put."""
    state = draft.state
    if slot in state.slots or f"skip:{slot}" in state.marks:
        return False
    if slot == "name" and state.goal == "message" and (given := given_name(draft)):
        draft.fill("name", given)  # to be called back, a first name will do
        return False
    if tried(draft, slot) and "phone_part" not in draft.heard:
        _give_up(draft, slot)
        return False
    if slot == "phone":
        return _ask_phone(draft)
    memory = state.scene.memory
    if memory is not None and not draft.has(f"memory:{slot}"):
        if slot == "name" and memory.name:
            draft.mark("memory:name")
            draft.ask("name", "ask_name_memory", attempt=0, name=Fact(memory.name, "memory:name"))
            return True
        if slot == "street" and memory.street and draft.has("memory_confirmed"):
            draft.mark("memory:street")
            street = Fact(memory.street, "memory:street")
            draft.ask("street", "ask_street_memory", attempt=0, street=street)
            return True
        if slot == "street" and memory.street and memory.name and "name" not in state.slots:
            return ask_slot(draft, "name")
    named = next((m for m in state.marks if m.startswith("street_name:")), "")
    if slot == "street" and named and state.attempts.get("street", 0) < 2:
        street = Fact(named.removeprefix("street_name:"), "caller:street")
        draft.ask("street", "ask_house_number", attempt=0, street=street)
        return True
    if slot == "zip" and "zip_part" in draft.heard:
        draft.ask("zip", "ask_zip_rest", attempt=0)
        return True
    draft.ask(slot)
    return True


def _ask_phone(draft: Draft) -> bool:
    caller_id = draft.state.scene.caller_id
    if draft.state.phone_part:
        length = len(draft.state.phone_part)
        key = {7: "ask_area_code", 3: "ask_phone_rest", 6: "ask_phone_rest"}.get(
            length, "ask_phone"
        )
        draft.ask("phone", key)
    elif caller_id and not draft.has("caller_id_refused"):
        draft.mark("caller_id_offered")
        phone = Fact(spoken_phone(caller_id), "scene:caller_id")
        draft.ask("phone", "ask_phone_caller_id", phone=phone)
    elif draft.state.goal == "message":
        draft.ask(
            "phone", "ask_phone_callback_only" if not draft.state.attempts.get("phone") else ""
        )
    else:
        draft.ask("phone")
    return True


def _give_up(draft: Draft, slot: str) -> None:
    """Three tries are enough: go on without it, and say so in the record."""
    draft.mark(f"skip:{slot}")
    if slot == "phone" and draft.state.number:
        draft.fill("phone", draft.state.number)
    draft.put(open_questions=(*draft.state.open_questions, f"{slot} not understood"))
    unreachable = slot == "phone" and not draft.state.number and draft.mark("no_phone_said")
    draft.say("skip_phone" if unreachable else "skip")
    if slot == "zip":
        note_area_unchecked(draft)


def note_area_unchecked(draft: Draft) -> bool:
    """Without a ZIP code the office has to see whether the address is served. Whether it must."""
    if not draft.state.rules.service_zips:
        return False
    note = "service area to be checked: no ZIP code"
    draft.put(open_questions=(*draft.state.open_questions, note))
    return True


def address_fact(draft: Draft) -> Fact:
    """The address for the ear, with the unit and the ZIP code."""
    slots = draft.state
    parts = [slots.slot("street")]
    if slots.slot("unit"):
        parts.append(spoken_unit(draft))
    if slots.slot("zip"):
        parts.append(slots.slot("zip"))
    return Fact(", ".join(part for part in parts if part), "slot:street")


def spoken_unit(draft: Draft) -> str:
    """The unit for the ear: "apartment 2", "Rear"."""
    unit = draft.state.slot("unit")
    named = "apartment" if draft.state.language == "en" else "apartamento"
    if "," in unit:
        return f"{named}s {unit}"
    return unit if " " in unit or not unit[:1].isalnum() else f"{named} {unit}"


def phone_fact(draft: Draft) -> Fact:
    return Fact(spoken_phone(draft.state.number), "slot:phone")
