"""When the caller wanted the visit, said before any window was offered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from voice.receptionist.calendar import local
from voice.receptionist.dialogue import Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.understanding.hazards import clauses
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.text import read
from voice.receptionist.understanding.times import Wish, wish_in

_MARK: Final = "wish:"
_LONGEST: Final = 60
"""Words: a day named in a longer story is one on which something happened."""
_SHORT: Final = 12
"""Words: what is as short as this speaks of the visit though no word says so ("fridays suit")."""
_JOINTS: Final = frozenset(
    {"and", "so", "because", "cause", "cuz", "since", "y", "porque", "pues", "if", "si", "when"}
)


def remember_wish(draft: Draft, words: str) -> None:
    """Keep the words that name the time, instead of what was wished before."""
    others = {mark for mark in draft.state.marks if not mark.startswith(_MARK)}
    draft.put(marks=frozenset(others))
    draft.mark(f"{_MARK}{words[:120]}")


def remember_wished_day(draft: Draft, meaning: Meaning) -> bool:
    """Keep the day the caller would like; the day on which something happened is none."""
    if len(meaning.utterance.tokens) > _LONGEST:
        return False
    now = local(draft.state.rules, draft.state.scene.now)
    words = _about_the_visit(meaning, now, urgent=draft.state.urgency is Urgency.U)
    if words:
        remember_wish(draft, words)
    return bool(words)


def earlier_wish(draft: Draft) -> Wish:
    """The day and hour the caller asked for before any window was offered."""
    now = local(draft.state.rules, draft.state.scene.now)
    for mark in draft.state.marks:
        if mark.startswith(_MARK):
            asked = draft.has("want:reschedule")
            return wish_in(read(mark.removeprefix(_MARK)), now, asked=asked).timed()
    return Wish()


def _about_the_visit(meaning: Meaning, now: datetime, *, urgent: bool) -> str:
    """The part of the words that names a day for the visit; "" where none does.

    What cannot wait has to be wished for expressly: a deadline ("the inspector is coming
    tomorrow") and an old day ("since Monday") would only put the visit off.
    """
    short = len(meaning.utterance.words) <= _SHORT
    wished = [
        part
        for part in _parts(meaning.text)
        if _names_day(part, now) and _is_wish(part, expressly=urgent or not short)
    ]
    today = [part for part in wished if {"today", "hoy", "tonight"} & {*part.split()}]
    return (today or wished or [""])[0]


def _names_day(part: str, now: datetime) -> bool:
    wish = wish_in(read(part), now)
    return bool(wish.day or wish.after_day)


def _is_wish(part: str, *, expressly: bool) -> bool:
    words = {*part.split()}
    if words & words_of("tells_of_a_day"):
        return False
    return not expressly or bool(words & words_of("asks_for_a_day"))


def _parts(text: str) -> Iterator[str]:
    """The words between punctuation and joints ("and", "so", "because")."""
    for clause in clauses(text):
        part: list[str] = []
        for word in clause.split():
            if word in _JOINTS and part:
                yield " ".join(part)
                part = []
            part.append(word)
        yield " ".join(part)
