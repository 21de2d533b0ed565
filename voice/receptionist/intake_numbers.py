"""Telephone numbers and ZIP codes as they are taken down, in parts, and put right."""

from dataclasses import replace
from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.understanding.address import address_in
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.contact import (
    corrected_phone,
    dictated,
    e164,
    phone_in,
    speaks_of_phone,
)
from voice.receptionist.understanding.corrections import (
    Replacement,
    closeness,
    only_figures,
    replacement_in,
    without,
)
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.text import Utterance
from voice.receptionist.understanding.units import INDOORS

CORRECTING: Final = frozenset(
    {"no", "not", "actually", "sorry", "correction", "wait", "meant", "wrong"}
)


def take_replacement(draft: Draft, meaning: Meaning) -> Meaning:
    """Put right what was taken down: "2214, not 2240", "no, it's 2214". The meaning without it."""
    utterance, state = meaning.utterance, draft.state
    found = replacement_in(utterance)
    if (
        found is None
        and state.asked in ("confirm", "correction")
        and meaning.answer is not Answer.YES
    ):
        found = only_figures(utterance)
    if found is None or not _replace(draft, found):
        return meaning
    return replace(meaning, utterance=without(utterance, found.start, found.end))


def _replace(draft: Draft, found: Replacement) -> bool:
    """Whether one of the slots held what was wrong, or what is most like the right figures."""
    state = draft.state
    house, _, street = state.slot("street").partition(" ")
    phone = state.number.removeprefix("+1")
    for right in found.right:
        tail = phone[-len(right) :]
        held = {"street": house, "zip": state.slot("zip"), "phone": tail}
        if found.wrong:
            slots = [slot for slot, value in held.items() if value and value in found.wrong]
        else:
            likeness = {slot: closeness(right, value) for slot, value in held.items()}
            best = max(likeness, key=lambda slot: likeness[slot])
            slots = [best] if likeness[best] >= _ALIKE else []
        for slot in slots:
            if slot == "street" and house.isdecimal() and len(right) <= 5:
                draft.heard.add("street_corrected")
                draft.fill("street", f"{right} {street}")
                return True
            if slot == "zip" and len(right) == 5:
                set_zip(draft, right)
                return True
            if slot == "phone" and (number := corrected_phone(f"+1{phone}", right)):
                set_phone(draft, number)
                return True
    return False


_ALIKE: Final = 0.5
"""Half of the digits are the same: the figures that were taken down, or nearly."""


def take_phone(draft: Draft, meaning: Meaning) -> Utterance:
    """The utterance without the number, so that its digits are not read as anything else.

    A house number is no part of a phone number: where an address was said too, the number is
    looked for beside it, and the whole utterance is handed on.
    """
    utterance, state = meaning.utterance, draft.state
    address = address_in(utterance, asked=state.asked == "street")
    beside = without(utterance, address.start, address.end) if address else utterance
    rest = _take_number(draft, meaning, beside, parts=address is None)
    return utterance if address else rest


def _take_number(draft: Draft, meaning: Meaning, utterance: Utterance, *, parts: bool) -> Utterance:
    state = draft.state
    asked = state.asked == "phone"
    known = asked or "phone" in state.slots
    loose_seven = known or speaks_of_phone(utterance) or _is_bare(utterance)
    found = phone_in(utterance, area_code=_area_code(draft) if loose_seven else "")
    if found is not None and state.asked == "confirm" and _is_anothers(meaning):
        draft.fill("access", meaning.text[:150])  # whom else to call; the caller's own stays
        return without(utterance, found.start, found.end)
    if found is not None:
        number = found.digits
        for tail in dictated(utterance, (4, 7, 3, 2)):
            if tail.start >= found.end and tail.corrects:
                number = corrected_phone(number, tail.digits) or number
        set_phone(draft, number)
        return without(utterance, found.start, found.end)
    if _is_correction_of_phone(draft, meaning):
        current = state.number
        for tail in reversed(dictated(utterance, (7, 4))):
            about = _is_about_digits(meaning, tail.end - tail.start)
            before = utterance.words[tail.start - 1] if tail.start else ""
            year = tail.digits[:2] in ("19", "20") and before in _BEFORE_YEAR
            if len(tail.digits) == 4 and (year or not about):
                continue  # "my husband bought it in 2011"
            number = corrected_phone(current, tail.digits)
            if number:
                set_phone(draft, number)
                return without(utterance, tail.start, tail.end)
    names_unit = bool(INDOORS.intersection(utterance.words))
    return _take_part(draft, utterance) if asked and parts and not names_unit else utterance


def _is_anothers(meaning: Meaning) -> bool:
    """ "Yes, or my wife's, 312 555 0144": a second number, and no other for the first."""
    words = {*meaning.utterance.words}
    corrects = words & CORRECTING or meaning.answer is Answer.NO
    return bool(words & _OTHERS) and not corrects


_OTHERS: Final = frozenset(
    {"his", "her", "their", "wife's", "husband's", "landlord's", "tenant's", "mother's", "son's"}
    | {"or", "daughter's", "mom's", "dad's", "neighbor's", "super's", "su"}
)


def set_phone(draft: Draft, number: str) -> None:
    if draft.state.slot("phone") not in ("", number):
        draft.heard.add("phone_corrected")
    draft.fill("phone", number)
    draft.put(phone_part="")


def _area_code(draft: Draft) -> str:
    state = draft.state
    known = state.slot("phone") or state.scene.caller_id or ""
    return known.removeprefix("+1")[:3] if known.startswith("+1") and len(known) == 12 else ""


def _is_bare(utterance: Utterance) -> bool:
    """Little but digits was said, as when somebody corrects a number."""
    return len(utterance.tokens) <= 12 and bool(set(utterance.words) & CORRECTING)


def _is_correction_of_phone(draft: Draft, meaning: Meaning) -> bool:
    state = draft.state
    if not state.number or state.phone_part:
        return False
    if state.asked == "window" and not speaks_of_phone(meaning.utterance):
        return False  # "the 12 to 2 but not today"
    words = set(meaning.utterance.words)
    about_phone = state.asked in ("phone", "confirm", "correction") or "phone" in _last_read(draft)
    if speaks_of_phone(meaning.utterance):
        return True
    return (
        about_phone
        and (bool(words & CORRECTING) or state.asked in ("phone", "correction"))
        and (state.asked != "confirm" or address_in(meaning.utterance, asked=False) is None)
    )


_BEFORE_YEAR: Final = frozenset(
    {"in", "from", "since", "until", "of", "year", "en", "desde", "del"}
)


def _is_about_digits(meaning: Meaning, said: int) -> bool:
    """Whether hardly anything but the digits was said, or a word of numbers or of mistakes."""
    utterance = meaning.utterance
    corrects = bool(CORRECTING & set(utterance.words)) or speaks_of_phone(utterance)
    return corrects or len(utterance.tokens) <= said + 3


def _last_read(draft: Draft) -> frozenset[str]:
    """The slots whose values the last reply spoke."""
    return frozenset(
        ground.source.removeprefix("slot:")
        for sentence in draft.state.last_reply.sentences
        for ground in sentence.grounds
        if ground.source.startswith("slot:")
    )


def _take_part(draft: Draft, utterance: Utterance) -> Utterance:
    """A number dictated over several turns: keep the digits so far."""
    begun = draft.state.phone_part
    parts = dictated(utterance, (10 - len(begun), 3, 6, 4, 7, 9, 8, 5, 2, 1))
    if not parts or (not begun and len(parts[0].digits) == 5):
        return utterance  # five digits are a ZIP code before they are half a number
    digits = draft.state.phone_part + "".join(part.digits for part in parts)
    if len(parts[-1].digits) == 3 and len(draft.state.phone_part) == 7:
        digits = parts[-1].digits + draft.state.phone_part
    number = e164(digits)
    if number:
        set_phone(draft, number)
    elif len(digits) < 10:
        draft.put(phone_part=digits)
        draft.heard.add("phone_part")
    else:
        draft.put(phone_part="")
    return without(utterance, parts[0].start, parts[-1].end)


def set_zip(draft: Draft, code: str) -> None:
    if code.startswith("000"):
        return
    if draft.state.slot("zip") not in ("", code):
        draft.heard.add("zip_corrected")
    draft.fill("zip", code)
