"""Phone numbers and ZIP codes in spoken or typed words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voice.receptionist.understanding.numbers import NumberRun, is_number_word, readings, runs
from voice.receptionist.understanding.text import Utterance

_CORRECTING: Final = frozenset(
    {"no", "sorry", "wait", "actually", "rather", "correction", "perdón"}
)
_BEFORE_COUNTRY: Final = frozenset({"plus", "+"})
_ZIP_CUES: Final = frozenset({"zip", "zipcode", "zips", "postal", "código"})
_LINKS: Final = frozenset(
    {"area", "code", "then", "is", "dash", "and", "it's", "uh", "um", "hyphen", "dot", "okay"}
    | {"that's", "the", "number's", "guión", "luego", "y"}
)
_EXTENSION: Final = frozenset({"extension", "ext", "extensión"})
_AREA_CODE_FOLLOWS: Final = frozenset({"area", "front", "first", "before", "prefix", "área"})
_PHONE_CUES: Final = frozenset(
    {"number", "phone", "cell", "call", "callback", "reach", "número", "teléfono", "área", "area"}
)


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits that were dictated, tokens [start, end) of the utterance; `corrects` after a no."""

    digits: str
    start: int
    end: int
    corrects: bool = False


def e164(digits: str) -> str:
    """A US number in E.164 out of ten digits, or eleven that begin with 1; else ""."""
    if len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) != 10 or digits[0] in "01" or digits[3] in "01":
        return ""
    return f"+1{digits}"


def spoken_phone(number: str) -> str:
    """A number for the ear: +17735550121 is "773-555-0121"."""
    digits = number.removeprefix("+1")
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == 10 else number


def dictated(utterance: Utterance, lengths: Sequence[int]) -> tuple[Digits, ...]:
    """Digit groups with one of `lengths` digits, in the order said.

    Groups that follow each other with nothing but pauses or "area code" between them are one
    group; what comes after a "no" or a "sorry" starts anew.
    """
    groups = _joined(utterance, dictated_runs(utterance))
    found = []
    for group in groups:
        said = group.readings
        if utterance.words[group.start] in ("oh", "o"):  # a zero, or only a sound
            said = (*said, *(reading[1:] for reading in said if reading.startswith("0")))
        for length in lengths:
            match = next((reading for reading in said if len(reading) == length), "")
            if match:
                corrects = _follows_correction(utterance.words, group.start)
                found.append(Digits(match, group.start, group.end, corrects))
                break
    return tuple(found)


def dictated_runs(utterance: Utterance) -> tuple[NumberRun, ...]:
    """The number words that stand for digits: no extension, and no "that one" or "my old one"."""
    return _dictated_runs(utterance.words)


@lru_cache(maxsize=64)
def _dictated_runs(words: tuple[str, ...]) -> tuple[NumberRun, ...]:
    bare = all(is_number_word(word) or word in _SOUNDS for word in words)
    found = []
    for run in runs(words, dictated=True):
        before = words[run.start - 1] if run.start else ""
        if before in _EXTENSION or (not bare and words[run.start : run.end] == ("one",)):
            continue
        if before in _BEFORE_ONE and words[run.start] == "one":
            rest = tuple(word for word in words[run.start + 1 : run.end])
            run = NumberRun(run.start + 1, run.end, readings(rest))
        found.append(run)
    return tuple(found)


_SOUNDS: Final = frozenset({"uh", "um", "oh", "then", "and", "dash"})
_BEFORE_ONE: Final = frozenset(
    {"that", "this", "old", "new", "other", "another", "wrong", "right", "which", "different"}
)


def _joined(utterance: Utterance, parts: Sequence[NumberRun]) -> list[NumberRun]:
    words = utterance.words
    joined: list[NumberRun] = []
    for part in parts:
        if joined and _is_link(words[joined[-1].end : part.start]):
            before = joined.pop()
            readings = tuple(dict.fromkeys(a + b for a in before.readings for b in part.readings))
            part = NumberRun(before.start, part.end, readings[:24])
        joined.append(part)
    return joined


def _is_link(between: Sequence[str]) -> bool:
    return len(between) <= 3 and all(word in _LINKS for word in between)


def _follows_correction(words: Sequence[str], start: int) -> bool:
    return any(word in _CORRECTING for word in words[max(0, start - 6) : start])


_ABROAD: Final = re.compile(r"(?:\+|\bplus )(?!1\b|1\d)(\d[\d ().-]{6,18}\d)")
"""A number with a country code of its own; what is dictated in words has none."""


def _from_abroad(utterance: Utterance) -> Digits | None:
    found = _ABROAD.search(utterance.raw)
    if found is None:
        return None
    digits = "".join(character for character in found[1] if character.isdecimal())
    if not 8 <= len(digits) <= 15:
        return None
    at = [
        i for i, token in enumerate(utterance.tokens) if found.start() <= token.start < found.end()
    ]
    return Digits(f"+{digits}", at[0], at[-1] + 1)


def phone_in(utterance: Utterance, *, area_code: str = "") -> Digits | None:
    """The last whole number said: E.164 digits. Seven digits take `area_code` if there is one."""
    if (abroad := _from_abroad(utterance)) is not None:
        return abroad
    whole = [d for d in dictated(utterance, (10, 11)) if e164(d.digits)]
    if whole:
        last = whole[-1]
        return Digits(e164(last.digits), last.start, last.end, last.corrects)
    found = _echoed(utterance) or _area_code_last(utterance)
    if found is not None:
        return found
    if area_code:
        for seven in reversed(dictated(utterance, (7,))):
            number = e164(area_code + seven.digits)
            if number:
                return Digits(number, seven.start, seven.end, seven.corrects)
    return None


def _echoed(utterance: Utterance) -> Digits | None:
    """A number of which a part was said twice: "… oh one three, uh, oh one three one"."""
    turned = bool(set(utterance.words) & _AREA_CODE_FOLLOWS)
    for group in reversed(_joined(utterance, dictated_runs(utterance))):
        for reading in group.readings:
            number = _without_echo(reading.lstrip("1"))
            if not number and turned and len(reading) == 10:
                number = e164(reading[7:] + reading[:7])
            if number:
                return Digits(number, group.start, group.end)
    return None


def _without_echo(digits: str) -> str:
    """The one number in digits that repeat a part of it; "" if they do not."""
    if e164(digits):
        return e164(digits)
    extra = len(digits) - 10
    if not 2 <= extra <= 10:
        return ""
    if digits[:extra] == digits[-extra:] and extra <= 7:  # "ends in 0140: 773 555 0140"
        return e164(digits[extra:])
    for start in range(3, 10):  # the tail was begun, then said again from its beginning
        if digits[start : start + extra] == digits[start + extra : start + 2 * extra]:
            return e164(digits[:start] + digits[start + extra :])
    return ""


def _area_code_last(utterance: Utterance) -> Digits | None:
    """ "555 0162, area code 773": the area code after the number, announced as one."""
    sevens, threes = dictated(utterance, (7,)), dictated(utterance, (3,))
    if len(sevens) != 1 or len(threes) != 1 or threes[0].start < sevens[0].end:
        return None
    around = utterance.words[max(sevens[0].end, threes[0].start - 4) : threes[0].end + 3]
    number = e164(threes[0].digits + sevens[0].digits)
    if not number or not set(around) & _AREA_CODE_FOLLOWS:
        return None
    return Digits(number, sevens[0].start, threes[0].end)


def corrected_phone(number: str, tail: str) -> str:
    """`number` with its last digits replaced by `tail` (2 to 4, or 7); "" if that is no number."""
    digits = number.removeprefix("+1")
    if len(digits) != 10 or len(tail) not in (2, 3, 4, 7):
        return ""
    return e164(digits[: -len(tail)] + tail)


def zip_in(utterance: Utterance, *, asked: bool) -> Digits | None:
    """The last ZIP code said. Unasked it needs the word "zip" before it or to end an address."""
    words = utterance.words
    if asked and not dictated(utterance, (5, 9)):
        return _last_five(utterance)
    for group in reversed(dictated(utterance, (5, 9))):
        if words[max(0, group.start - 1) : group.start] == ("not",):
            continue  # "60614, not 60618"
        cue = any(word in _ZIP_CUES for word in words[max(0, group.start - 5) : group.start])
        cue = cue or any(word in _ZIP_CUES for word in words[group.end : group.end + 3])
        typed = group.end - group.start == 1
        spoken_alone = group.start > 0 and _is_likely_five(words[group.start : group.end])
        if asked or cue or (typed and group.start > 0) or spoken_alone:
            return Digits(group.digits[:5], group.start, group.end, group.corrects)
    return None


def _is_likely_five(words: Sequence[str]) -> bool:
    """Five digits said as such: "eighty five fifty one" is 8551 before it is 80551."""
    if len(words) < 3 or not all(is_number_word(word) for word in words):
        return False
    return len(readings(words)[0]) >= 5


def _last_five(utterance: Utterance) -> Digits | None:
    """The ZIP code at the end of digits that begin with a slip: "two two, six oh six two two"."""
    for group in reversed(_joined(utterance, dictated_runs(utterance))):
        for reading in group.readings:
            if 6 <= len(reading) <= 8 and reading[:-5] == reading[-(len(reading) - 5) :]:
                return Digits(reading[-5:], group.start, group.end, corrects=True)
    return None


def extension_in(utterance: Utterance) -> str:
    """The digits after "extension"; "" without one."""
    words = utterance.words
    for run in runs(words, dictated=True):
        if words[max(0, run.start - 1) : run.start] and words[run.start - 1] in _EXTENSION:
            return run.of_length(1, 2, 3, 4, 5)
    return ""


def speaks_of_phone(utterance: Utterance) -> bool:
    return any(word in _PHONE_CUES for word in utterance.words)
