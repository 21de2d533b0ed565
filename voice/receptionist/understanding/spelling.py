"""Names spelled out letter by letter."""

from difflib import SequenceMatcher
from typing import Final

_LETTER_NAMES: Final = {
    **{"bee": "b", "cee": "c", "see": "c", "sea": "c", "dee": "d", "eff": "f", "gee": "g"},
    **{"aitch": "h", "jay": "j", "kay": "k", "ell": "l", "el": "l", "em": "m", "en": "n"},
    **{"pee": "p", "cue": "q", "queue": "q", "are": "r", "ar": "r", "ess": "s", "tee": "t"},
    **{"tea": "t", "you": "u", "vee": "v", "ex": "x", "why": "y", "wye": "y", "zee": "z"},
    **{"zed": "z"},
}


def run_of_letters(words: tuple[str, ...], at: int) -> int:
    """How many words spell letters one by one from `at`; 0 if fewer than three letters."""
    end, letters = at, 0
    while end < len(words) and len(words[end]) == 1 and words[end].isalpha():
        end, letters = end + 1, letters + 1
        if words[end : end + 1] == ("as",) and words[end + 1 : end + 2] in (("in",), ("en",)):
            end = min(len(words), end + 3)
    return end - at if letters >= 3 else 0


def spelled(words: tuple[str, ...]) -> str:
    """The longest run of letters spelled one by one ("k o w a l", "b as in boy"), joined."""
    best, run = "", ""
    at = 0
    while at < len(words):
        word = words[at]
        letter = word if len(word) == 1 and word.isalpha() else ""
        if not letter and run and word in _LETTER_NAMES:
            letter = _LETTER_NAMES[word]
        if not letter and word in ("double", "doble") and at + 1 < len(words):
            following = words[at + 1]
            following = _LETTER_NAMES.get(following, following)
            if following == "u" or following == "you":
                letter, at = "w", at + 1
            elif len(following) == 1 and following.isalpha():
                letter, at = following * 2, at + 1
        if letter:
            run += letter
            at += 1
            if at + 1 < len(words) and words[at] == "as" and words[at + 1] in ("in", "en"):
                at += 3
            elif (
                at + 1 < len(words) and words[at] in ("like", "for") and len(words[at + 1]) > 2
            ) or (at < len(words) and words[at] == "de" and at + 1 < len(words)):
                at += 2
            best = max(best, run, key=len)
        else:
            run = ""
            at += 1
    return best if len(best) >= 3 else ""


def with_spelling(taken: list[str], letters: str) -> list[str]:
    if not letters:
        return taken
    if not taken:
        return [letters]
    whole = "".join(taken)
    if SequenceMatcher(None, whole, letters).ratio() > 0.8 and len(taken) > 1:
        first = taken[0]
        if letters.startswith(first):
            return [first, letters[len(first) :]] if len(letters) > len(first) else taken
    for start in range(1, len(taken) - 1):  # "earn hard, E A R N H A R D T"
        if SequenceMatcher(None, "".join(taken[start:]), letters).ratio() > 0.8:
            return [*taken[:start], letters]
    scores = [SequenceMatcher(None, word, letters).ratio() for word in taken]
    best = max(range(len(taken)), key=lambda index: (scores[index], index))
    if len(taken) == 1 and scores[0] < 0.5:
        return [*taken, letters]
    if scores[best] < 0.4:
        best = len(taken) - 1
    return [*taken[:best], letters, *taken[best + 1 :]]
