"""The job as it was understood, out of the state: what the plumber reads."""

from collections.abc import Mapping
from typing import Final

from voice.receptionist.dialogue import LeadRecord, SlotValue, Urgency
from voice.receptionist.state import State
from voice.receptionist.understanding.contact import spoken_phone

_INTENT_FIRST: Final = ("spam",)


def intent_of(state: State) -> str:
    """What the call was about, in one word; safety and emergency go before everything."""
    intents = state.intents
    if state.urgency is Urgency.E0:
        return "safety"
    if state.urgency is Urgency.E1:
        return "emergency"
    for intent in _INTENT_FIRST:
        if intent in intents:
            return intent
    if "price" in intents[:2] and "service" in intents and "price+booking" in state.marks:
        return "price+booking"
    if intents[:1] == ("booking",) and "service" in intents:
        return "service"
    if intents[:1] == ("faq",) and "service" in intents:
        return "service"
    return intents[0] if intents else "unknown"


def lead(state: State) -> LeadRecord:
    """The structured record of a call, complete at any moment of it."""
    return LeadRecord(
        slots=_slots(state),
        urgency=state.urgency,
        intent=intent_of(state),
        job_type=state.job_type or "unknown",
        actions=state.acts,
        open_questions=state.open_questions,
        summary="" if state.is_spam else summary(state),
        confidence=_confidence(state),
        is_spam=state.is_spam,
    )


def _slots(state: State) -> Mapping[str, SlotValue]:
    """The slots; the number that called is the callback number as long as none was given."""
    slots = dict(state.slots)
    if state.is_spam:
        return {}
    if "phone" not in slots and state.number:
        slots["phone"] = SlotValue(state.number, 0, confirmed=False)
    if state.problem and "problem" not in slots:
        slots["problem"] = SlotValue(state.problem, 0)
    return slots


def summary(state: State) -> str:
    """One sentence: who, what, where, what was done."""
    slots = _slots(state)

    def value(name: str) -> str:
        return slots[name].value if name in slots else ""

    who = value("name") or "A caller"
    phone = f" ({spoken_phone(value('phone'))})" if value("phone") else ""
    about = f': "{state.problem}"' if state.problem else ""
    where = value("street")
    if where and value("unit"):
        where += f", unit {value('unit')}"
    if where and value("zip"):
        where += f", {value('zip')}"
    parts = [
        f"{who}{phone}, {state.urgency.value}, {(state.job_type or 'unknown').replace('_', ' ')}"
    ]
    parts[0] += about
    if where:
        parts.append(f"at {where}")
    if value("window"):
        parts.append(f"booked {value('window')}")
    elif "transfer" in state.acts:
        parts.append("transferred")
    elif "take_message" in state.acts:
        parts.append("message taken")
    if state.open_questions:
        parts.append(f"{len(state.open_questions)} open question(s)")
    return "; ".join(parts) + "."


def _confidence(state: State) -> float | None:
    """How sure the recogniser was on average, less for what stayed open; None if it never said."""
    if not state.confidences:
        return None
    mean = sum(state.confidences) / len(state.confidences)
    return round(max(0.0, mean - 0.1 * len(state.open_questions)), 3)
