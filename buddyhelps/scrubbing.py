"""Keeps callers out of the logs: numbers, addresses, cards and words are masked on every line."""

import re
from collections.abc import MutableMapping
from typing import Any

SPOKEN = frozenset({"text", "transcript", "utterance", "words", "summary", "street", "caller_name"})
"""Fields that hold what somebody said; only their length is logged."""

_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TOKEN = re.compile(r"(?:(?<=/join/)|(?<=/calendar/)|(?<=/reset/key/))[\w-]{20,}")
_QUERY = re.compile(r"(?<=[?&]q=)[^&\s'\"]+")
_NUMBER = re.compile(
    r"(?:(?:\+|%2B)\d[\d ()-]{6,16}\d"  # international
    r"|(?<![\w.:-])(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]?\d{4}(?![\w:-]|\.\d))"  # US
)


def scrub(text: str) -> str:
    """`text` with cards, mail addresses, phone numbers, links' tokens, searched words masked."""
    text = _QUERY.sub("[query]", text)
    text = _CARD.sub(lambda found: "[card]" if _is_card(found.group()) else found.group(), text)
    text = _EMAIL.sub("[email]", _TOKEN.sub("[token]", text))
    return _NUMBER.sub("[number]", text)


def scrub_event(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: the same for every field of an event, tracebacks included."""
    for key, value in event.items():
        if key != "timestamp" and not key.startswith("_"):
            event[key] = _masked(key, value)
    return event


def _masked(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return f"[{len(value)} characters]" if key in SPOKEN else scrub(value)
    if isinstance(value, dict):
        return {name: _masked(str(name), one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(key, one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return scrub(str(value))


def _is_card(written: str) -> bool:
    """Whether the digits' check sum (Luhn's, ISO/IEC 7812) is that of a card."""
    digits = [int(character) for character in written if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
