"""Whether a sentence may be said: every figure, time, number or promise needs its rule or slot."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from num2words import num2words

from voice.receptionist.calendar import local
from voice.receptionist.dialogue import Ground
from voice.receptionist.phrasing import closed_days, spoken_hours, spoken_window
from voice.receptionist.state import State
from voice.receptionist.understanding.contact import spoken_phone
from voice.receptionist.understanding.lexicon import document
from voice.receptionist.understanding.numbers import is_number_word, runs
from voice.receptionist.understanding.patterns import Pattern, compile_pattern
from voice.receptionist.understanding.text import read

_SAFE_NUMBERS: Final = frozenset({"911", "1", "2"})
_FIGURE: Final = re.compile(r"\$\s?\d[\d,]*(?:\.\d+)?|\d+(?:\.\d+)?\s?%|\d+(?:[-:]\d+)*")
_DAY_WORDS: Final = frozenset(
    {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tomorrow"}
    | {"today", "tonight", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}
    | {"domingo", "hoy"}
)
_MONEY_WORDS: Final = frozenset(
    {"dollar", "dollars", "bucks", "percent", "cents", "dólares", "pesos"}
)
_HARMLESS_WORDS: Final = frozenset(
    {
        "zero",
        "one",
        "two",
        "three",
        "five",
        "ten",
        "oh",
        "cero",
        "un",
        "una",
        "uno",
        "cinco",
        "diez",
    }
)


def grounded(sentence: str, state: State) -> tuple[Ground, ...] | None:
    """What each statement in `sentence` rests on; None when one rests on nothing.

    Figures, prices, phone numbers, days and times have to occur in the rules, the slots, the
    windows on offer or the scene. Promises that no rule makes are never grounded.
    """
    padded = f" {read(sentence).plain} "
    if any(pattern.search(padded) for pattern in _forbidden()):
        return None
    allowed = list(_allowed(state))
    grounds: list[Ground] = []
    for said in _claims(sentence):
        ground = _ground(said, allowed)
        if ground is None:
            return None
        if ground.source:
            grounds.append(ground)
    return tuple(dict.fromkeys(grounds))


def _claims(sentence: str) -> Iterator[str]:
    """Every figure, spoken number, day and amount of money in the sentence."""
    for match in _FIGURE.finditer(sentence):
        yield match.group().strip(" ,.-:")
    words = read(sentence).words
    for run in runs(words):
        spoken = words[run.start : run.end]
        if any(word.isdecimal() for word in spoken):
            continue
        after = words[run.end] if run.end < len(words) else ""
        if after in _MONEY_WORDS or len(spoken) > 1 or spoken[0] not in _HARMLESS_WORDS:
            yield " ".join(spoken)
    for word in words:
        if word in _DAY_WORDS or word in ("free", "gratis", "discount", "descuento", "refund"):
            yield word


def _ground(said: str, allowed: Iterable[tuple[str, str]]) -> Ground | None:
    """The rule or slot whose text holds the claim."""
    digits = re.sub(r"\D", "", said)
    if said in _SAFE_NUMBERS:
        return Ground(said, "")
    for text, source in allowed:
        if _holds(text, said, digits):
            return Ground(said, source)
    return None


def _holds(text: str, said: str, digits: str) -> bool:
    lowered = text.lower()
    if "$" in said or "%" in said:
        figure = re.escape(said.replace(" ", "").lower())
        return re.search(rf"{figure}(?![\d.,]*\d)", lowered.replace(" ", "")) is not None
    if digits:
        if re.search(rf"(?<![\d$]){re.escape(said.lower())}(?!\d)", lowered):
            return True
        return len(digits) >= 7 and digits in re.sub(r"\D", "", text)
    if is_number_word(said.split()[0]):
        readings = {reading for run in runs(said.split()) for reading in run.readings}
        return any(
            re.search(rf"(?<!\d){reading}(?!\d)", re.sub(r"(?<=\d)[ -](?=\d)", "", lowered))
            for reading in readings
        ) or said in _in_words(lowered)
    return re.search(rf"\b{re.escape(said.lower())}\b", lowered) is not None


def _in_words(text: str) -> list[str]:
    """Figures of a text written out, so that "eighty nine dollars" finds "$89"."""
    found = re.findall(r"\d+", text)
    return [str(num2words(int(n))).replace("-", " ") for n in found if len(n) < 10]


def _allowed(state: State) -> Iterator[tuple[str, str]]:
    """Every text a statement may rest on, with the name of its rule or slot."""
    rules, language = state.rules, state.language
    yield rules.business_name, "rules.business_name"
    yield rules.greeting, "rules.greeting"
    for service in rules.services:
        yield service.name, f"rules.services.{service.code}.name"
        if service.price_text:
            yield service.price_text, f"rules.services.{service.code}.price_text"
    for name in ("diagnostic_fee", "emergency_fee"):
        fee = getattr(rules, name)
        if fee:
            yield fee, f"rules.{name}"
    yield from ((text, "rules.memberships") for text in rules.memberships)
    yield from ((text, "rules.not_offered") for text in rules.not_offered)
    yield from ((entry.answer, f"rules.faq:{entry.question}") for entry in rules.faq)
    yield spoken_hours(rules, language), "rules.hours"
    yield from ((day, "rules.hours") for day in closed_days(rules, language))
    yield from ((code, "rules.service_zips") for code in rules.service_zips)
    for slot, value in state.slots.items():
        yield spoken_phone(value.value) if slot == "phone" else value.value, f"slot:{slot}"
    yield from _scene(state)


def _scene(state: State) -> Iterator[tuple[str, str]]:
    scene, language = state.scene, state.language
    today = local(state.rules, scene.now).date()
    if scene.caller_id:
        yield spoken_phone(scene.caller_id), "scene:caller_id"
    windows = [*state.offered, *state.open_windows]
    if state.booking is not None:  # of others' visits nothing is said, whoever words it
        windows.append(state.booking.window)
    if state.window is not None:
        windows.insert(0, state.window)
    for window in windows:
        yield spoken_window(window, language, today), f"window:{window.starts_at.isoformat()}"
    if scene.memory is not None:
        memory = scene.memory
        for name in ("name", "street", "unit", "city", "zip"):
            yield getattr(memory, name), f"memory:{name}"


_patterns: list[Pattern] = []


def _forbidden() -> list[Pattern]:
    """Promises and advice that are never given, whatever the rules hold."""
    if not _patterns:
        listed = document("forbidden")["patterns"]
        assert isinstance(listed, list)  # noqa: S101 - our own data file
        _patterns.extend(compile_pattern(str(pattern), {}) for pattern in listed)
    return _patterns
