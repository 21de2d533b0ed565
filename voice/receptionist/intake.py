"""Facts the caller gives, taken down whatever was asked; the last correction wins."""

from dataclasses import replace
from typing import Final

from voice.receptionist.calendar import local
from voice.receptionist.draft import Draft
from voice.receptionist.understanding.address import (
    SUFFIXES,
    Address,
    address_in,
    city_in,
    street_in,
)
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.contact import (
    corrected_phone,
    dictated,
    e164,
    extension_in,
    phone_in,
    speaks_of_phone,
    zip_in,
)
from voice.receptionist.understanding.corrections import (
    Replacement,
    closeness,
    only_figures,
    replacement_in,
    without,
)
from voice.receptionist.understanding.hazards import Finding
from voice.receptionist.understanding.houses import likeliest
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.people import name_in, spelled_name
from voice.receptionist.understanding.text import Utterance
from voice.receptionist.understanding.times import wish_in
from voice.receptionist.understanding.units import unit_in

FREE_ANSWERS: Final = ("cleanout", "heater", "message")
_CORRECTING: Final = frozenset(
    {"no", "not", "actually", "sorry", "correction", "wait", "meant", "wrong"}
)


def take_down(draft: Draft, meaning: Meaning) -> None:
    """Fill every slot the words speak of. Card numbers never get here."""
    meaning = _take_replacement(draft, meaning)
    rest = _take_phone(draft, meaning)
    if "phone" in draft.heard and (extension := extension_in(meaning.utterance)):
        draft.fill("extension", extension)
    if draft.state.asked == "zip" and (code := zip_in(rest, asked=True)) is not None:
        rest = without(rest, code.start, code.end)  # "60647, Logan Square" is no street
        _set_zip(draft, code.digits)
    rest = _take_address(draft, meaning, rest)
    _take_zip(draft, meaning, rest)
    _take_name(draft, meaning)
    _take_flags(draft, meaning)


def _take_replacement(draft: Draft, meaning: Meaning) -> Meaning:
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
                _set_zip(draft, right)
                return True
            if slot == "phone" and (number := corrected_phone(f"+1{phone}", right)):
                _set_phone(draft, number)
                return True
    return False


_ALIKE: Final = 0.5
"""Half of the digits are the same: the figures that were taken down, or nearly."""


def _take_phone(draft: Draft, meaning: Meaning) -> Utterance:
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
    if found is not None:
        number = found.digits
        for tail in dictated(utterance, (4, 7, 3, 2)):
            if tail.start >= found.end and tail.corrects:
                number = corrected_phone(number, tail.digits) or number
        _set_phone(draft, number)
        return without(utterance, found.start, found.end)
    if _is_correction_of_phone(draft, meaning):
        current = state.number
        for tail in reversed(dictated(utterance, (7, 4))):
            if len(tail.digits) == 4 and not _is_about_digits(meaning, tail.end - tail.start):
                continue  # "my husband bought it in 2011"
            number = corrected_phone(current, tail.digits)
            if number:
                _set_phone(draft, number)
                return without(utterance, tail.start, tail.end)
    return _take_part(draft, utterance) if asked and parts else utterance


def _set_phone(draft: Draft, number: str) -> None:
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
    return len(utterance.tokens) <= 12 and bool(set(utterance.words) & _CORRECTING)


def _is_correction_of_phone(draft: Draft, meaning: Meaning) -> bool:
    state = draft.state
    if not state.number or state.phone_part:
        return False
    words = set(meaning.utterance.words)
    about_phone = state.asked in ("phone", "confirm", "correction") or "phone" in _last_read(draft)
    if speaks_of_phone(meaning.utterance):
        return True
    return (
        about_phone
        and (bool(words & _CORRECTING) or state.asked in ("phone", "correction"))
        and (state.asked != "confirm" or address_in(meaning.utterance, asked=False) is None)
    )


def _is_about_digits(meaning: Meaning, said: int) -> bool:
    """Whether hardly anything but the digits was said, or a word of numbers or of mistakes."""
    utterance = meaning.utterance
    corrects = bool(_CORRECTING & set(utterance.words)) or speaks_of_phone(utterance)
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
        _set_phone(draft, number)
    elif len(digits) < 10:
        draft.put(phone_part=digits)
        draft.heard.add("phone_part")
    else:
        draft.put(phone_part="")
    return without(utterance, parts[0].start, parts[-1].end)


def _take_address(draft: Draft, meaning: Meaning, utterance: Utterance) -> Utterance:
    state = draft.state
    asked = state.asked in ("street", "correction")
    found = address_in(utterance, asked=asked)
    if found is not None:
        rest = without(utterance, found.start, found.end)
        _set_address(draft, found)
        if not found.unit and (unit := unit_in(rest, asked=False)):
            draft.fill("unit", unit)
        return rest
    if _join_street(draft, utterance):
        return Utterance("", ())
    if state.slot("street") or state.asked in ("street", "unit"):
        unit = unit_in(utterance, asked=state.asked == "unit")
        if unit:
            draft.fill("unit", unit)
    city = city_in(utterance)
    if city and (not state.slot("city") or state.asked == "city"):
        draft.fill("city", city)
    return utterance


def _join_street(draft: Draft, utterance: Utterance) -> bool:
    """A street first and its house number a turn later: "on Addison" … "1834"."""
    if draft.state.asked != "street" or "street" in draft.state.slots:
        return False
    named = next((m for m in draft.state.marks if m.startswith(_STREET)), "")
    number = only_figures(utterance)
    if (
        named
        and number is not None
        and (house := likeliest(utterance.words[number.start : number.end]))
    ):
        draft.fill("street", f"{house} {named.removeprefix(_STREET)}")
        return True
    if not named and (street := street_in(utterance)):
        draft.mark(f"{_STREET}{street}")
        draft.heard.add("street_part")
        return True
    return False


_STREET: Final = "street_name:"


def _set_address(draft: Draft, found: Address) -> None:
    if draft.state.slot("street") not in ("", found.street):
        draft.heard.add("street_corrected")
    draft.fill("street", found.street)
    if found.unit:
        draft.fill("unit", found.unit)
    if found.city:
        draft.fill("city", found.city)


def _take_zip(draft: Draft, meaning: Meaning, utterance: Utterance) -> None:
    if "zip" in draft.heard:
        return
    asked = draft.state.asked in ("zip", "correction")
    after_address = "street" in draft.heard
    found = zip_in(utterance, asked=asked or after_address)
    if found is not None:
        _set_zip(draft, found.digits)
    elif draft.state.asked == "zip":
        _join_zip(draft, utterance)


def _join_zip(draft: Draft, utterance: Utterance) -> None:
    """A ZIP code over two turns: "six oh six" … "one four"."""
    number = only_figures(utterance)
    if number is None:
        return
    begun = next((m.removeprefix(_ZIP) for m in draft.state.marks if m.startswith(_ZIP)), "")
    for digits in number.right:
        if begun and len(begun + digits) == 5:
            _set_zip(draft, begun + digits)
            return
        if not begun and 2 <= len(digits) <= 3:
            draft.mark(f"{_ZIP}{digits}")
            draft.heard.add("zip_part")
            return


_ZIP: Final = "zip_part:"


def _set_zip(draft: Draft, code: str) -> None:
    if code.startswith("000"):
        return
    if draft.state.slot("zip") not in ("", code):
        draft.heard.add("zip_corrected")
    draft.fill("zip", code)


def _take_name(draft: Draft, meaning: Meaning) -> None:
    state, utterance = draft.state, meaning.utterance
    asked = state.asked in ("name", "booking_name")
    if asked and (meaning.hesitates or meaning.answer is Answer.UNSURE):
        return
    spelled = state.slot("name") and not draft.has("spelling:street")
    corrected = spelled_name(utterance, state.slot("name")) if spelled else ""
    about_name = state.asked in ("confirm", "correction") and "name" in utterance.words
    instead = state.asked in _CONTACT and "name" not in state.slots and _is_a_name_alone(utterance)
    name = name_in(
        utterance, asked=(asked and "street" not in draft.heard) or about_name or instead
    )
    if asked and name and _is_no_name(meaning, name):
        name = ""
    if state.slot("name") and not asked:
        if len(name.split()) >= len(state.slot("name").split()):
            draft.fill("name", name)
        elif corrected:
            draft.fill("name", corrected)
        return
    if name:
        current = state.slot("name")
        if current and len(name.split()) == 1 and len(current.split()) == 1 and asked:
            name = f"{current} {name}" if name != current else name
        draft.fill("name", name)


_CONTACT: Final = ("street", "zip", "phone")


def _is_a_name_alone(utterance: Utterance) -> bool:
    """Two or three words of which the first is a given name: an answer, if to another question."""
    words = utterance.words
    strange = words_of("not_a_name").union(SUFFIXES)
    return (
        2 <= len(words) <= 3
        and words[0] in words_of("first_names")
        and not strange.intersection(words)
        and all(word.isalpha() and len(word) > 1 for word in words)
    )


def is_bare_name(meaning: Meaning) -> bool:
    """A few words that ask nothing: "Jamal Price" wants no price."""
    words = meaning.utterance.words
    return len(words) <= 6 and not set(words) & _ASKING and "?" not in meaning.utterance.raw


_ASKING: Final = frozenset(
    {"what", "what's", "how", "why", "when", "who", "where", "can", "could", "do", "does", "is"}
    | {"are", "much", "need", "want", "talk", "speak", "cancel", "qué", "cuánto", "quién", "por"}
)


def _is_no_name(meaning: Meaning, name: str) -> bool:
    """A question, a refusal or a word to somebody else is not a name."""
    if "refuses" in meaning.cues or meaning.means("injection", 0.5):
        return True
    if len(name.split()) == 1 and _ORDERS.intersection(meaning.utterance.words):
        return True  # "Bobby, get down!"
    if meaning.answer is Answer.NO and len(name.split()) < 2:
        return True
    if len(name.split()) >= 2 and is_bare_name(meaning):
        return False
    asides = ("price", "human", "robot", "recording", "hours", "cancel", "question", "offer", "fee")
    return any(meaning.chances.get(label, 0.0) > 0.6 for label in asides)


_ORDERS: Final = frozenset(
    {"get", "down", "stop", "quit", "sit", "shush", "hush", "stay", "don't", "leave", "wait"}
)


def _take_flags(draft: Draft, meaning: Meaning) -> None:
    if meaning.means("vulnerable", 2.0):
        draft.fill("vulnerable", "yes")
    if meaning.hazards.get("gas") is Finding.DENIED and not draft.state.slot("gas_smell"):
        draft.fill("gas_smell", "no")
    if "shutoff_unknown" in meaning.cues and draft.has("e1_flood"):
        draft.fill("shutoff", "caller does not know where it is")
    if "outside" in meaning.cues and draft.state.goal == "safety":
        draft.fill("outside", "yes")
    wish = wish_in(meaning.utterance, local(draft.state.rules, draft.state.scene.now))
    if (wish.day or wish.after_day) and not draft.state.offered and _wants_time(meaning):
        draft.put(marks=draft.state.marks | {f"wish:{meaning.utterance.plain[:120]}"})


def _wants_time(meaning: Meaning) -> bool:
    text = f" {meaning.utterance.plain} "
    past = any(word in text for word in (" since ", " started ", " ago ", " last ", " been "))
    return not past and len(meaning.utterance.tokens) <= 60
