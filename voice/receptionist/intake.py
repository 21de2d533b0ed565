"""Facts the caller gives, taken down whatever was asked; the last correction wins."""

from typing import Final

from voice.receptionist.dialogue import ActionKind
from voice.receptionist.draft import Draft
from voice.receptionist.intake_names import take_name
from voice.receptionist.intake_numbers import CORRECTING, set_zip, take_phone, take_replacement
from voice.receptionist.understanding.address import (
    Address,
    address_in,
    city_in,
    street_in,
)
from voice.receptionist.understanding.contact import (
    extension_in,
    zip_in,
)
from voice.receptionist.understanding.corrections import (
    only_figures,
    without,
)
from voice.receptionist.understanding.hazards import Finding
from voice.receptionist.understanding.houses import likeliest
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.text import Utterance
from voice.receptionist.understanding.units import unit_in
from voice.receptionist.wishes import wished_for

FREE_ANSWERS: Final = ("cleanout", "heater", "message")


def take_down(draft: Draft, meaning: Meaning) -> None:
    """Fill every slot the words speak of. Card numbers never get here."""
    meaning = take_replacement(draft, meaning)
    rest = take_phone(draft, meaning)
    if "phone" in draft.heard and (extension := extension_in(meaning.utterance)):
        draft.fill("extension", extension)
    if draft.state.asked == "zip" and (code := zip_in(rest, asked=True)) is not None:
        rest = without(rest, code.start, code.end)  # "60647, Logan Square" is no street
        set_zip(draft, code.digits)
    rest = _take_address(draft, meaning, rest)
    _take_zip(draft, meaning, rest)
    take_name(draft, meaning)
    _take_flags(draft, meaning)


def _take_address(draft: Draft, meaning: Meaning, utterance: Utterance) -> Utterance:
    state = draft.state
    asked = state.asked in ("street", "correction")
    found = address_in(utterance, asked=asked)
    if found is not None:
        rest = without(utterance, found.start, found.end)
        if _is_second_visit(draft, meaning, found):
            return rest
        _set_address(draft, found)
        if not found.unit and (unit := unit_in(rest, asked=False)):
            draft.fill("unit", unit)
        return rest
    if _join_street(draft, utterance):
        return Utterance("", ())
    if state.slot("street") or state.asked in ("street", "unit", None, "problem"):
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
        and house not in draft.state.rules.service_zips
    ):
        draft.fill("street", f"{house} {named.removeprefix(_STREET)}")
        return True
    if not named and (street := street_in(utterance)):
        draft.mark(f"{_STREET}{street}")
        draft.heard.add("street_part")
        return True
    return False


_STREET: Final = "street_name:"


def _is_second_visit(draft: Draft, meaning: Meaning, found: Address) -> bool:
    """An address after a visit was booked is another job's: what is booked stays as it is."""
    state = draft.state
    corrects = CORRECTING.intersection(meaning.utterance.words)
    if not state.reference or state.slot("street") in ("", found.street) or corrects:
        return False
    text = f"Another visit wanted: {found.street} {found.unit}".strip()
    if text not in state.open_questions:
        draft.put(open_questions=(*state.open_questions, text))
        draft.do(ActionKind.TAKE_MESSAGE, text=f"{text}. {meaning.text}"[:300])
        draft.say("second_visit")
        draft.answered_aside = True
    return True


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
    after_address = "street" in draft.heard or _is_bare_zip(draft, utterance)
    found = zip_in(utterance, asked=asked or after_address)
    if found is not None and draft.state.slot("zip") and "asks_area" in meaning.cues:
        draft.mark(f"asked_area:{found.digits}")  # of another place than the job's
    elif found is not None:
        set_zip(draft, found.digits)
    elif draft.state.asked == "zip":
        _join_zip(draft, utterance)


def _is_bare_zip(draft: Draft, utterance: Utterance) -> bool:
    """Whether five digits alone, said instead of the street, are a ZIP code of the area."""
    if draft.state.asked != "street":
        return False
    number = only_figures(utterance)
    served = draft.state.rules.service_zips
    return number is not None and any(digits in served for digits in number.right)


def _join_zip(draft: Draft, utterance: Utterance) -> None:
    """A ZIP code over two turns: "six oh six" … "one four"."""
    number = only_figures(utterance)
    if number is None:
        return
    begun = next((m.removeprefix(_ZIP) for m in draft.state.marks if m.startswith(_ZIP)), "")
    for digits in number.right:
        if begun and len(begun + digits) == 5:
            set_zip(draft, begun + digits)
            return
        if not begun and 2 <= len(digits) <= 3:
            draft.mark(f"{_ZIP}{digits}")
            draft.heard.add("zip_part")
            return


_ZIP: Final = "zip_part:"


def _take_flags(draft: Draft, meaning: Meaning) -> None:
    if "access" in meaning.cues and draft.heard & {"street", "unit"}:
        draft.fill("access", meaning.text[:150])
    if meaning.means("vulnerable", 2.0):
        draft.fill("vulnerable", "yes")
    denied = meaning.hazards.get("gas") is Finding.DENIED and not draft.has("check:gas_smell")
    if denied and not draft.state.slot("gas_smell"):
        draft.fill("gas_smell", "no")
    if "shutoff_unknown" in meaning.cues and draft.has("e1_flood"):
        draft.fill("shutoff", "caller does not know where it is")
    inside = meaning.means("elsewhere", 2.0) or meaning.means("inside", 2.0)
    there = "outside" in meaning.cues and not inside
    if there and draft.state.goal == "safety":
        draft.fill("outside", "yes")
    if not draft.state.offered:
        draft.put(wish=wished_for(draft, meaning) or draft.state.wish)
