"""The answer to "Is that right?": nothing is booked but on a yes, or a correction that was taken.

A no is asked about; a caller who cannot say what is wrong is called back by the office.
"""

from collections.abc import Sequence
from typing import Final

from voice.receptionist.dialogue import ActionKind
from voice.receptionist.draft import Draft
from voice.receptionist.intake_names import spells_street
from voice.receptionist.phrasing import Fact
from voice.receptionist.policy import bookings, plan
from voice.receptionist.policy.questions import ask_anything_else, spoken_unit, tried
from voice.receptionist.understanding.address import DIRECTIONS
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.contact import spoken_phone
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.people import spelled_name
from voice.receptionist.understanding.rewording import renamed, rewording_in, unplaced_word

_SLOTS: Final = ("phone", "street", "zip", "name", "unit")
_NAMED: Final = (
    ("street", frozenset({"address", "street", "dirección", "calle", "house"})),
    ("phone", frozenset({"phone", "number", "número", "teléfono"})),
    ("name", frozenset({"name", "nombre"})),
    ("zip", frozenset({"zip", "postal"})),
    ("window", frozenset({"time", "day", "window", "appointment", "hora", "día"})),
)
_WRONG: Final = frozenset(
    {"wrong", "incorrect", "not", "isn't", "change", "fix", "correct", "different", "off"}
    | {"mal", "incorrecto", "cambiar", "said", "mistake", "misspelled"}
)
_TURNING: Final = frozenset({"but", "instead", "actually", "rather", "wait", "pero", "mejor"})
_MOST_ASKED: Final = 2
"""How often it is asked what is to be corrected, before the office takes over."""
_MOST_READ: Final = 5
_MEANT: Final = "meant:"
"""A word said instead of what was read back, before the caller has told which part it is."""


def confirm(draft: Draft, meaning: Meaning) -> None:
    """A yes, a correction, another time, or a no that has to be asked about."""
    _turn_street(draft, meaning)
    unclear = _reword(draft, meaning)
    _place(draft, meaning)
    corrected = [slot for slot in _SLOTS if slot in draft.heard]
    if _change_window(draft, meaning, corrected=bool(corrected)):
        return
    if corrected:
        _take_corrections(draft, corrected)
    elif _agrees(draft, meaning):
        draft.mark("confirmed")
        draft.confirm("name", "phone", "street", "unit", "zip", "window", "city")
    elif unclear:
        draft.mark(f"spelling:{unclear}")
        _ask_correction(draft, f"ask_spell_{unclear}")
    elif draft.answered_aside or _named_the_wrong(draft, meaning):
        return
    elif word := unplaced_word(meaning.utterance, name=draft.state.slot("name")):
        draft.put(marks=draft.state.marks | {f"{_MEANT}{word}"})
        _ask_correction(draft, "ask_which", word=Fact(word, "caller"))
    elif not _may_read_again(draft, meaning):
        _ask_correction(draft)


def _turn_street(draft: Draft, meaning: Meaning) -> None:
    """ "No, it's South Halsted": the side of the street that was read back."""
    words, street = meaning.utterance.words, draft.state.slot("street").split()
    if "street" in draft.heard or len(street) < 2 or len(words) > _SHORT:
        return
    named = [word for word in words if word in DIRECTIONS and len(word) > 1]
    if len(named) != 1 or DIRECTIONS[named[0]] in street:
        return
    rest = {*words} - _ABOUT_SIDE - {*named, *(word.lower() for word in street)}
    if rest:
        return
    sides = {*DIRECTIONS.values()}
    house, name = street[0], [word for word in street[1:] if word not in sides]
    draft.fill("street", " ".join([house, DIRECTIONS[named[0]], *name]))


_SHORT: Final = 7
_ABOUT_SIDE: Final = frozenset(
    {"no", "it's", "it", "is", "that's", "the", "street", "not", "actually", "sorry", "on", "at"}
    | {"should", "be", "avenue", "es", "calle", "al", "side", "wait", "um", "uh"}
)


def _reword(draft: Draft, meaning: Meaning) -> str:
    """Take a name or street put right in words; the slot that has to be spelled, "" for none."""
    state = draft.state
    if meaning.answer is Answer.YES or draft.answered_aside:
        return ""
    letters = spelled_name(meaning.utterance, "")
    of_street = draft.has("spelling:street") or spells_street(meaning.utterance, state)
    if letters and of_street and "street" not in draft.heard:
        draft.fill("street", renamed(state.slot("street"), letters.lower().split()))
        return ""
    found = rewording_in(meaning.utterance, name=state.slot("name"), street=state.slot("street"))
    if found is None or found.slot in draft.heard:
        return ""
    if draft.heard & {*_SLOTS} and (found.slot != "name" or "name" not in meaning.utterance.words):
        return ""
    if found.value and found.value != state.slot(found.slot):
        draft.fill(found.slot, found.value)
        return ""
    return found.slot


def _place(draft: Draft, meaning: Meaning) -> None:
    """Put the word that could be a street or a name where the caller says it belongs."""
    meant = [mark for mark in draft.state.marks if mark.startswith(_MEANT)]
    if draft.state.asked != "correction" or not meant or draft.heard & {"name", "street"}:
        return
    draft.put(marks=draft.state.marks - {*meant})
    word, said = meant[0].removeprefix(_MEANT), f" {meaning.utterance.plain} "
    street, names = draft.state.slot("street"), draft.state.slot("name").split()
    if any(f" {label} " in said for label in ("street", "address", "calle", "dirección")):
        draft.fill("street", renamed(street, [word]))
    elif names and any(f" {label} " in said for label in ("name", "nombre", "apellido")):
        given = "first name" in said or "primer nombre" in said
        draft.fill("name", " ".join([word, *names[1:]] if given else [*names[:-1], word]))


def _take_corrections(draft: Draft, corrected: Sequence[str]) -> None:
    """One correction is said back and settles it; of several, everything is read back."""
    draft.put(attempts={**draft.state.attempts, "correction": 0})
    if len(corrected) > 1:
        return
    slot = corrected[0]
    value = draft.state.slot(slot)
    spoken = {"phone": spoken_phone(value), "unit": spoken_unit(draft)}
    draft.say("got_correction", value=Fact(spoken.get(slot, value), f"slot:{slot}"))
    draft.mark("confirmed")


def _agrees(draft: Draft, meaning: Meaning) -> bool:
    """A yes to what was read back; "no, it's all right" where it was asked what to change."""
    if _EXCEPTING & {*meaning.utterance.words}:
        return False  # "everything's right except the phone"
    if "all_right" in meaning.cues and not {"not", "isn't"} & {*meaning.utterance.words}:
        return True
    return draft.state.asked == "confirm" and meaning.answer is Answer.YES


_EXCEPTING: Final = frozenset({"except", "besides", "excepto", "menos"})


def _change_window(draft: Draft, meaning: Meaning, *, corrected: bool) -> bool:
    """Another time for the visit that is not booked yet: "can we do Thursday instead"."""
    window = draft.state.window
    if window is None or draft.answered_aside:
        return False
    words = set(meaning.utterance.words)
    if meaning.answer is Answer.YES and not words & _TURNING:
        return False
    wish = bookings.wish_of(draft, meaning)
    day = wish.day or wish.after_day or wish.before_day or wish.not_days
    hour = wish.is_timed and not corrected and (wish.to_hour is None or bool(words & _HOURLY))
    other = wish.position is not None and bool(words & {"one", "window", "slot", "time", "instead"})
    refused = wish.refuses and not corrected and meaning.answer is not Answer.UNSURE
    changes = (day or hour or _is_period(wish.from_hour, wish.to_hour)) and not wish.fits(
        bookings.here(draft, window)
    )
    if not (changes or (other and not corrected) or refused or (wish.beyond and not corrected)):
        return False
    draft.put(window=None, attempts={**draft.state.attempts, "correction": 0})
    if wish.beyond:
        draft.put(offered=(window,))  # earlier or later than the one that was read back
    bookings.answer_window(draft, meaning)
    return True


_HOURLY: Final = frozenset(
    {"at", "around", "am", "pm", "o'clock", "clock", "instead", "after", "before", "by", "las"}
)


def _is_period(from_hour: int | None, to_hour: int | None) -> bool:
    """Whether two hours were named: one alone may be an apartment."""
    return from_hour is not None and to_hour is not None and to_hour - from_hour > 1


def _named_the_wrong(draft: Draft, meaning: Meaning) -> bool:
    """ "The address is wrong": forget it, so that it is asked for again."""
    words = set(meaning.utterance.words)
    if draft.state.asked == "confirm" and not words & (_WRONG | _EXCEPTING):
        return False
    for slot, cues in _NAMED:
        if not words & cues:
            continue
        draft.clear(slot)
        attempts = {**draft.state.attempts, "correction": 0, slot: 0}
        draft.put(marks=draft.state.marks - {f"skip:{slot}"}, attempts=attempts)
        if slot == "phone":
            draft.mark("caller_id_refused")
        elif slot == "window":
            draft.put(window=None, offered=())
        return True
    return False


def _may_read_again(draft: Draft, meaning: Meaning) -> bool:
    """Whether the words may only have been misheard, so that it is read once more."""
    state = draft.state
    if state.asked == "correction":
        return meaning.answer is Answer.YES or "nothing" in meaning.utterance.words
    doubtful = meaning.answer is not Answer.NONE or bool(set(meaning.utterance.words) & _WRONG)
    return not doubtful and state.attempts.get("confirm", 0) < 2


def _ask_correction(draft: Draft, key: str = "", **facts: Fact) -> None:
    """What is to be changed; after two tries everything goes to the office, unbooked."""
    if not tried(draft, "correction", _MOST_ASKED) and not tried(draft, "confirm", _MOST_READ):
        draft.ask("correction", key, attempt=0 if key else None, **facts)
        return
    draft.put(open_questions=(*draft.state.open_questions, "details not confirmed"))
    if draft.state.goal == "emergency":
        plan.transfer_emergency(draft)
        return
    draft.put(window=None, offered=())
    draft.say("not_booked")
    if draft.mark("message_taken"):
        draft.do(ActionKind.TAKE_MESSAGE, text=draft.state.slot("message") or draft.state.problem)
        draft.note_act("callback", "message")
    ask_anything_else(draft)
