"""When the caller wanted the visit: said before any window was offered, or to those offered."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from voice.receptionist.calendar import local
from voice.receptionist.dialogue import Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.understanding.dates import MONTHS
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.text import PUNCTUATION, read
from voice.receptionist.understanding.times import Wish, wish_in

_LONGEST: Final = 60
"""Words: a day named in a longer story is one on which something happened."""
_SHORT: Final = 12
"""Words: what is as short as this speaks of the visit though no word says so ("fridays suit")."""
_JOINTS: Final = frozenset(
    {"and", "so", "because", "cause", "cuz", "since", "y", "porque", "pues", "if", "si", "when"}
)
_CLAUSES: Final = re.compile(rf"[{re.escape(PUNCTUATION)}]+")
_WEEK: Final = timedelta(days=7)


def wished_for(draft: Draft, meaning: Meaning) -> Wish | None:
    """The time the caller would like; the day on which something happened is none."""
    if len(meaning.utterance.tokens) > _LONGEST:
        return None
    now = local(draft.state.rules, draft.state.scene.now)
    return _wish_for_the_visit(meaning, now, urgent=draft.state.urgency is Urgency.U)


def narrowed(wish: Wish, before: Wish) -> Wish:
    """The wish, with what was wished before and still stands.

    "Friday", and then "in the afternoon", is Friday afternoon; "next week", and then "Thursday",
    is that of next week; "mornings only", and then "Tuesday", is Tuesday morning.
    """
    days = (wish.day, wish.after_day, wish.before_day)
    if not any(days) and not wish.not_days:
        return replace(
            wish, day=before.day, after_day=before.after_day, before_day=before.before_day
        )
    if wish.day and before.after_day and wish.day < before.after_day <= wish.day + _WEEK:
        wish = replace(wish, day=wish.day + _WEEK)
    hours = wish.from_hour is None and wish.to_hour is None
    if hours and not before.is_span:
        return replace(wish, from_hour=before.from_hour, to_hour=before.to_hour)
    return wish


def _wish_for_the_visit(meaning: Meaning, now: datetime, *, urgent: bool) -> Wish | None:
    """The wish in the part of the words that is about the visit; None where none is.

    What cannot wait has to be wished for expressly: a deadline ("the inspector is coming
    tomorrow") and an old day ("since Monday") would only put the visit off.
    """
    short = len(meaning.utterance.words) <= _SHORT
    wished = []
    for part in _parts(meaning.text):
        words = {*part.split()}
        if _OWN_HOURS.search(f" {part} "):
            continue
        wish = wish_in(read(part), now, asked=bool(words & MONTHS)).timed()
        if _names_time(wish) and _is_wish(words, wish, expressly=urgent or not short):
            wished.append((bool(words & _TODAY), wish))
    wished.sort(key=lambda found: not found[0])
    return wished[0][1] if wished else None


_OWN_HOURS: Final = re.compile(r" (?:i|we|he|she) works? (?:on |from )?[a-z]+ (?:to|through|till) ")
_TODAY: Final = frozenset({"today", "hoy", "tonight"})


def _names_time(wish: Wish) -> bool:
    """Whether a day or a half of the day was named; an hour alone may be anything's."""
    days = (wish.day, wish.after_day, wish.before_day, wish.not_days)
    hours = (wish.from_hour, wish.to_hour)
    return any(days) or (not wish.is_span and any(hour is not None for hour in hours))


def _is_wish(words: set[str], wish: Wish, *, expressly: bool) -> bool:
    if words & words_of("tells_of_a_day"):
        return False
    expressly = expressly or not (wish.day or wish.after_day or wish.not_days)
    return not expressly or bool(words & words_of("asks_for_a_day"))


def _parts(text: str) -> Iterator[str]:
    """The words between punctuation and joints ("and", "so", "because")."""
    for clause in _CLAUSES.split(text):
        part: list[str] = []
        for word in read(clause).words:
            if word in _JOINTS and part:
                yield " ".join(part)
                part = []
            part.append(word)
        yield " ".join(part)
