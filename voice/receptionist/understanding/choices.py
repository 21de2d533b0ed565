"""Which of two things that were offered a caller takes: "the first one", "later is better"."""

from collections.abc import Sequence
from typing import Final

_NUMBERED: Final = ("number", "option", "choice", "opción", "slot", "la número")
_SOONEST: Final = (
    "earliest",
    "soonest",
    "asap",
    "sooner",
    "earlier",
    "antes",
    "primera",
    "primero",
)


def _is_before_all(words: Sequence[str]) -> bool:
    """ "Can he call first", "I ask my husband first": no window, but what is to be done before."""
    before = words[words.index("first") - 1] if words[0] != "first" else ""
    return words[-1] == "first" and before not in ("", *_BEFORE_CHOICE)


_BEFORE_CHOICE: Final = (
    *("the", "that", "your", "take", "want", "very", "do", "choose", "pick", "prefer", "say"),
    *("whatever's", "whatever", "whichever", "what's", "which", "comes"),
    *("uh", "um", "yes", "yeah", "okay", "please", "just", "maybe", "like", "have", "option"),
)


def _is_the_later(joined: str) -> bool:
    """ "The later one", "later is better"; "I'll call back later" chooses nothing."""
    begins = joined.startswith("later") and "later than" not in joined and "week" not in joined
    return begins or "the later" in joined or "late one" in joined


def position_in(words: Sequence[str]) -> int | None:
    """Which of the windows offered: 0 the first, 1 the second, -1 the last; None for none."""
    for at in range(len(words) - 1, 0, -1):  # "the second one, no wait, the first one"
        if words[at] in ("wait", "actually", "sorry") or words[at - 1 : at + 1] == ("no", "the"):
            corrected = position_in(words[at + 1 :])
            if corrected is not None:
                return corrected
    joined = " ".join(words)
    denied = any(
        refusal in joined for refusal in ("not the first", "can't do the first", "not that first")
    )
    if denied or "other one" in joined or "the other" in joined:
        return 1
    if "second won't" in joined or "not the second" in joined or "second doesn't" in joined:
        return 0
    later = ("second", "segunda", "segundo", "latter", "2nd")
    if any(word in words for word in later) or _is_the_later(joined):
        return 1
    if "last one" in joined:
        return -1
    if any(word in words for word in ("former", "1st", *_SOONEST)):
        return 0
    if ("first" in words and not _is_before_all(words)) or "early one" in joined:
        return 0
    padded = f" {joined} "
    for position, word in enumerate((("one", "1", "uno"), ("two", "2", "dos"))):
        if joined in word or any(f" {lead} {w} " in padded for lead in _NUMBERED for w in word):
            return position
    return None
