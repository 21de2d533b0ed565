"""What must not be kept of spoken words: card numbers, and codes that open a gate or a door.

A card's digits are dropped for good, however they came: in one breath, with "uh" between, over
several turns, or as keys. An access code is handed back apart from the words, for a place that few
may read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.numbers import NumberRun, runs
from voice.receptionist.understanding.text import LONGEST, Token, read

CARD: Final = "[card number]"
CODE: Final = "[access code]"

CARD_DIGITS: Final = range(13, 20)
"""How many digits a card number has (ISO/IEC 7812)."""

_FILLERS: Final = frozenset(
    {"uh", "um", "er", "ah", "eh", "and", "then", "dash", "space", "ok", "okay", "so", "next"}
    | {"it's", "is", "that's", "y", "luego", "guion", "este", "removed", "card", "number"}
)
_SECRETS: Final = frozenset(
    {"code", "codes", "combination", "combo", "passcode", "password", "pin"}
    | {"código", "codigo", "clave", "combinación", "combinacion", "contraseña"}
)
_CARD_SECRETS: Final = frozenset({"cvv", "cvc", "csc"})
_OTHER_CODES: Final = frozenset(
    {"zip", "area", "postal", "postcode", "country", "promo", "promotion", "coupon", "discount"}
    | {"error", "fault", "trouble", "flashing", "blinking", "reference", "confirmation", "booking"}
    | {"item", "model", "part", "building's", "dress", "referral", "offer", "postal", "electrical"}
)
_BOXES: Final = frozenset({"lockbox", "keybox", "keypad", "padlock", "callbox"})
_ENTRANCES: Final = _BOXES | frozenset(
    {"gate", "gates", "door", "garage", "alarm", "lock", "entry", "entrance", "lobby", "elevator"}
    | {"buzzer", "building", "box", "gatehouse", "house", "shed", "security"}
    | {"portón", "porton", "puerta", "alarma", "garaje", "candado", "entrada", "edificio"}
)
_PLACES: Final = frozenset(
    {"unit", "apt", "apartment", "suite", "floor", "room", "lot", "departamento", "apartamento"}
)
_PRESSING: Final = frozenset(
    {"punch", "enter", "press", "dial", "type", "buzz", "push", "marque", "marca", "oprima"}
)
_ENDINGS: Final = frozenset({"pound", "star", "hash", "hashtag", "#", "asterisk", "numeral"})
_AFTER_SECRET: Final = 5
_BEFORE_SECRET: Final = 4


@dataclass(frozen=True, slots=True)
class Redacted:
    """Words as they may be kept; `codes` say how to get in, `cards` are digits to forget."""

    text: str
    codes: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        return bool(self.codes or self.cards)


@dataclass(frozen=True, slots=True)
class _Number:
    """Number words of one text: tokens [start, end), their likeliest digits, all readings."""

    text: int
    start: int
    end: int
    digits: str
    longest: int


def redact(text: str) -> Redacted:
    """`text` without card numbers and access codes; the same text where there are none."""
    return redact_all([text])[0]


def redact_all(texts: Sequence[str]) -> list[Redacted]:
    """The texts of one speaker in order, redacted; a card may go from one over to the next."""
    pieces = [list(_pieces(text)) for text in texts]
    redacted = iter(_redacted([piece for some in pieces for piece in some]))
    return [
        _joined(text, [next(redacted) for _ in some])
        for text, some in zip(texts, pieces, strict=True)
    ]


def _pieces(text: str) -> Iterator[str]:
    """Texts that are read whole (`read` leaves out the middle of a longer one)."""
    while len(text) > LONGEST:
        cut = text.rfind(" ", 1, LONGEST)
        cut = cut if cut > 0 else LONGEST
        yield text[:cut]
        text = text[cut:]
    yield text


def _joined(text: str, pieces: Sequence[Redacted]) -> Redacted:
    if not any(piece.is_changed for piece in pieces):
        return Redacted(text)
    return Redacted(
        " ".join(piece.text.strip() for piece in pieces),
        tuple(code for piece in pieces for code in piece.codes),
        tuple(card for piece in pieces for card in piece.cards),
    )


def _redacted(texts: Sequence[str]) -> list[Redacted]:
    tokens = [read(text).tokens for text in texts]
    numbers = [number for index, some in enumerate(tokens) for number in _numbers(index, some)]
    cards = list(_cards(numbers, tokens))
    in_cards = {number for card in cards for number in card}
    found = []
    for index, text in enumerate(texts):
        mine = [card for card in cards if any(number.text == index for number in card)]
        spans = [_span(tokens[index], n) for card in mine for n in card if n.text == index]
        digits = tuple("".join(number.digits for number in card) for card in mine)
        others = [n for n in numbers if n.text == index and n not in in_cards]
        codes = [] if mine else list(_codes(others, tokens[index]))
        raw = read(text).raw if spans or codes else text
        kept = _mask(raw, [(s, e, CARD) for s, e in spans] + [(s, e, CODE) for s, e, _ in codes])
        found.append(Redacted(kept, tuple(raw[first:e] for _, e, first in codes), digits))
    return found


def forget(text: str, cards: Sequence[str]) -> str:
    """`text` without parts of these card numbers, six digits or longer."""
    if not cards:
        return text
    if len(text) > LONGEST:
        return " ".join(forget(piece, cards) for piece in _pieces(text))
    tokens = read(text).tokens
    spans = [
        (*_span(tokens, number), CARD)
        for number in _numbers(0, tokens)
        if _is_part(number.digits, cards)
    ]
    return _mask(read(text).raw, spans) if spans else text


def _is_part(digits: str, cards: Sequence[str]) -> bool:
    bare = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return len(bare) >= 6 and any(bare in card for card in cards)


def _numbers(text: int, tokens: tuple[Token, ...]) -> Iterator[_Number]:
    for run in _runs(tuple(token.word for token in tokens)):
        longest = max(len(reading) for reading in run.readings)
        yield _Number(text, run.start, run.end, run.readings[0], longest)


@lru_cache(maxsize=1024)
def _runs(words: tuple[str, ...]) -> tuple[NumberRun, ...]:
    """A call's turns are looked at again with each new one."""
    return runs(words, dictated=True)


def _cards(
    numbers: Sequence[_Number], tokens: Sequence[Sequence[Token]]
) -> Iterator[tuple[_Number, ...]]:
    """Each card number as the numbers that make it up, found from the left, the longest first."""
    at = 0
    while at < len(numbers):
        end = at + 1
        while end < len(numbers) and _goes_on(numbers[end - 1], numbers[end], tokens):
            end += 1
        size = next((n for n in range(end, at, -1) if _is_card(numbers[at:n], tokens)), 0)
        if size:
            yield tuple(numbers[at:size])
        at = size or at + 1


def _goes_on(one: _Number, other: _Number, tokens: Sequence[Sequence[Token]]) -> bool:
    """Nothing but fillers was said between the two."""
    if one.text == other.text:
        between = tokens[one.text][one.end : other.start]
    else:
        skipped = [token for some in tokens[one.text + 1 : other.text] for token in some]
        between = [*tokens[one.text][one.end :], *skipped, *tokens[other.text][: other.start]]
    return all(token.word in _FILLERS for token in between)


def _is_card(numbers: Sequence[_Number], tokens: Sequence[Sequence[Token]]) -> bool:
    """Beside the word "card" all digits count; else they must begin as cards do.

    A phone number and a house number or ZIP after it have as many digits as a card. So the check
    sum has to fit as well where digits came over several turns, or are of an unusual length.
    """
    digits = "".join(number.digits for number in numbers)
    if len({number.text for number in numbers}) > 1:
        return _has_issuer(digits) and passes_luhn(digits)
    words = {token.word for token in tokens[numbers[0].text]}
    if words & words_of("card_words") or words & _CARD_SECRETS:
        longest = max(number.longest for number in numbers)
        whole = len(digits) in CARD_DIGITS or longest in CARD_DIGITS
        return whole or (3 <= len(digits) <= 12 and len(digits) not in (5, 7, 10, 11))
    return _has_issuer(digits) and (len(digits) in (15, 16) or passes_luhn(digits))


def _has_issuer(digits: str) -> bool:
    """Begins and is as long as the cards in use: Amex, Diners, Visa, Mastercard, Discover."""
    match len(digits):
        case 15:
            return digits[:2] in ("34", "37")
        case 14:
            return digits[:2] in ("30", "36", "38")
        case 13:
            return digits[0] == "4"
        case 16 | 17 | 18 | 19:
            return digits[0] in "2456"
        case _:
            return False


def passes_luhn(digits: str) -> bool:
    """Whether the check sum (ISO/IEC 7812) is right."""
    values = [int(digit) for digit in digits]
    doubled = [sum(divmod(2 * value, 10)) for value in values[-2::-2]]
    return (sum(values[-1::-2]) + sum(doubled)) % 10 == 0


def _codes(numbers: Sequence[_Number], tokens: Sequence[Token]) -> Iterator[tuple[int, int, int]]:
    """(start, end) of each access code in the text, and where the words about it begin."""
    words = [token.word.removesuffix("'s") for token in tokens]
    for number in numbers:
        about = _about(number, words) if 2 <= len(number.digits) <= 10 else None
        if about is None:
            continue
        first, last = number.start, number.end
        while first > 0 and len(words[first - 1]) == 1 and words[first - 1] not in ("a", "i"):
            first -= 1  # "B four seven"
        while last < len(words) and (words[last] in _ENDINGS or len(words[last]) == 1):
            last += 1
        yield tokens[first].start, tokens[last - 1].end, tokens[min(about, first)].start


def _about(number: _Number, words: Sequence[str]) -> int | None:
    """The token from which on this number is spoken of as a way in; None if it is not."""
    if number.start and words[number.start - 1] in _PLACES:
        return None  # "unit twelve, the gate code is …"
    before = range(max(0, number.start - _AFTER_SECRET), number.start)
    for at in reversed(before):
        word = words[at]
        if word in _OTHER_CODES or word.isdecimal():
            return None
        if word in _SECRETS and not _is_other(words, at):
            return _with_entrance(words, at)
        if word in _BOXES or (word in _PRESSING and _ENTRANCES & set(words)):
            return at
    after = words[number.end : number.end + _BEFORE_SECRET]
    for at, word in enumerate(after, number.end):
        if word in _SECRETS and not _is_other(words, at) and _ENTRANCES & set(words):
            return number.start
    return None


def _is_other(words: Sequence[str], at: int) -> bool:
    return bool(_OTHER_CODES & set(words[max(0, at - 2) : at]))


def _with_entrance(words: Sequence[str], at: int) -> int:
    """Begin at the "gate" of "the gate code"."""
    start = at
    while start > 0 and words[start - 1] in _ENTRANCES:
        start -= 1
    return start


def _span(tokens: Sequence[Token], number: _Number) -> tuple[int, int]:
    return tokens[number.start].start, tokens[number.end - 1].end


def _mask(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    """Neighbouring masks become one."""
    for start, end, mask in sorted(spans, reverse=True):
        rest = text[end:].lstrip()
        joined = rest.startswith(mask)
        text = text[:start] + (rest if joined else mask + text[end:])
    return text.replace(f"[{CARD}]", CARD)  # keys are written in brackets, too
