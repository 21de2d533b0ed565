"""Days and times a caller asks for, and which arrival window that means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from voice.receptionist.dialogue import Window
from voice.receptionist.understanding.lexicon import lexicon
from voice.receptionist.understanding.numbers import runs
from voice.receptionist.understanding.text import Utterance

_WEEKDAYS: Final = {
    **{"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5},
    **{"sunday": 6, "mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thurs": 3, "fri": 4},
    **{"lunes": 0, "martes": 1, "miércoles": 2, "miercoles": 2, "jueves": 3, "viernes": 4},
    **{"sábado": 5, "sabado": 5, "domingo": 6, "wensday": 2, "wednsday": 2, "tuseday": 1},
    **{"saterday": 5, "thrusday": 3, "mondays": 0, "tuesdays": 1, "wednesdays": 2},
    **{"thursdays": 3, "fridays": 4, "saturdays": 5},
}
_NOON: Final = frozenset({"noon", "midday", "mediodía", "noontime"})
_LATER: Final = frozenset({"after", "past", "from", "since", "desde", "después", "than", "de"})
_SOONER: Final = frozenset({"before", "by", "until", "till", "antes", "hasta"})
_PARTS: Final = {
    **{"morning": (0, 12), "afternoon": (12, 17), "evening": (16, 24), "lunch": (11, 14)},
    **{"mornings": (0, 12), "afternoons": (12, 17), "mañanas": (0, 12), "tarde": (12, 17)},
    **{"noon": (11, 13), "midday": (11, 14), "mediodía": (11, 14), "noche": (17, 24)},
}
_ANY: Final = (
    *("either", "whichever", "whatever", "any", "anytime", "cualquiera", "both", "whenever"),
    *("cualquier", "anything"),
)
_ANY_PHRASES: Final = (
    *("doesn't matter", "don't matter", "don't care", "no preference", "up to you", "you pick"),
    *("you choose", "surprise me", "no importa", "me da igual", "usted diga", "lo que sea"),
    *("dealer's choice", "all the same to me", "makes no difference"),
)
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


_NUMBERED: Final = ("number", "option", "choice", "opción", "slot", "la número")
_NOT: Final = frozenset({"not", "except", "can't", "cannot", "won't", "isn't", "doesn't", "no"})


@dataclass(frozen=True, slots=True)
class Wish:
    """When the caller wants it. Hours are local, [from, to); None is left open."""

    day: date | None = None
    after_day: date | None = None
    from_hour: int | None = None
    to_hour: int | None = None
    is_span: bool = False
    position: int | None = None
    indifferent: bool = False
    refuses: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Wish()

    def fits(self, window: Window) -> bool:
        """Whether a window on the tenant's own clock meets the wish."""
        day, starts, ends = window.starts_at.date(), window.starts_at.hour, window.ends_at.hour
        if self.day is not None and day != self.day:
            return False
        if self.after_day is not None and day < self.after_day:
            return False
        if self.is_span:
            return starts == self.from_hour or (
                self.from_hour is not None and starts < self.from_hour < ends
            )
        if self.from_hour is not None and ends <= self.from_hour:
            return False
        return self.to_hour is None or starts < self.to_hour


def wish_in(utterance: Utterance, now: datetime) -> Wish:
    """The wish in the words; `now` is the tenant's local time."""
    words = utterance.words
    day, after_day = _day(words, now.date())
    from_hour, to_hour, is_span = _hours(words)
    said = f" {' '.join(words)} "
    return Wish(
        day=day,
        after_day=after_day,
        from_hour=from_hour,
        to_hour=to_hour,
        is_span=is_span,
        position=_position(words),
        indifferent=any(word in words for word in _ANY)
        or any(phrase in said for phrase in _ANY_PHRASES),
        refuses=any(f" {phrase} " in said for phrase in lexicon("refusals")),
    )


def pick(wish: Wish, offered: Sequence[Window], open_windows: Sequence[Window]) -> Window | None:
    """The one window the caller chose: out of those offered, or named precisely enough."""
    timed = any((wish.day, wish.after_day, wish.from_hour is not None, wish.to_hour))
    if timed:
        fitting = [window for window in offered if wish.fits(window)]
        if fitting:
            if wish.position is not None and wish.position < len(fitting):
                return fitting[wish.position]
            return fitting[0]
        if (wish.is_span and wish.day) or (wish.day and wish.from_hour is not None):
            return next((window for window in open_windows if wish.fits(window)), None)
        return None
    if wish.position is not None and offered:
        return offered[min(wish.position, len(offered) - 1)] if wish.position >= 0 else offered[-1]
    if wish.indifferent and offered:
        return offered[0]
    return None


def _day(words: Sequence[str], today: date) -> tuple[date | None, date | None]:
    """The day, or the day from which on; the one after a "no, wait" where there are two."""
    for at in range(len(words) - 1, 0, -1):
        if words[at] in ("no", "wait", "sorry", "actually", "mean", "perdón"):
            corrected = _first_day(words[at + 1 :], today)
            if corrected != (None, None):
                return corrected
    return _first_day(words, today)


def _first_day(words: Sequence[str], today: date) -> tuple[date | None, date | None]:
    negated = {
        index + ahead for index, word in enumerate(words) if word in _NOT for ahead in (1, 2, 3)
    }
    for index, word in enumerate(words):
        if index in negated and not _is_instead(words, index):
            continue
        part_of_today = word == "this" and set(words[index + 1 : index + 2]) & {*_PARTS}
        if word in ("today", "hoy", "tonight") or part_of_today:
            return today, None
        if word in ("tomorrow", "mañana") and not _is_morning(words, index):
            return today + timedelta(days=1), None
        if word in _WEEKDAYS:
            ahead = (_WEEKDAYS[word] - today.weekday()) % 7
            if index and words[index - 1] == "next" and ahead == 0:
                ahead = 7
            return today + timedelta(days=ahead), None
    joined = " ".join(words)
    if "next week" in joined or "próxima semana" in joined or "proxima semana" in joined:
        return None, today + timedelta(days=7 - today.weekday())
    if "another day" in joined or "different day" in joined or "otro día" in joined:
        return None, today + timedelta(days=1)
    return None, None


def _is_instead(words: Sequence[str], index: int) -> bool:
    """ "Not Thursday, Friday", "Tuesday, no wait, Wednesday": the day after the no is the wish."""
    before = words[max(0, index - 3) : index]
    return any(word in _WEEKDAYS for word in before) or bool({"wait", "sorry", "mean"} & {*before})


def _is_morning(words: Sequence[str], index: int) -> bool:
    """Spanish "por la mañana" is a morning; "mañana" alone is tomorrow."""
    return index > 0 and words[index] == "mañana" and words[index - 1] == "la"


def _hours(words: Sequence[str]) -> tuple[int | None, int | None, bool]:
    if not any(word in _PARTS and word not in _NOON for word in words):
        words = ["twelve" if word in _NOON else word for word in words]
    for index, word in enumerate(words):
        if word in _PARTS:
            start, end = _PARTS[word]
            if not _has_hour(words):
                before = words[index - 1] if index else ""
                return (end - 1, None, False) if before == "after" else (start, end, False)
        if word == "mañana" and _is_morning(words, index):
            return 0, 12, False
    hours = [(run, int(run.readings[0])) for run in runs(words) if len(run.readings[0]) <= 2]
    hours = [(run, hour) for run, hour in hours if 1 <= hour <= 12 or 12 < hour < 24]
    hours = [(run, hour) for run, hour in hours if not _is_count(words, run.start, run.end)]
    if not hours:
        return None, None, False
    first_run, first = hours[0]
    before = words[first_run.start - 1] if first_run.start else ""
    evening = any(word in words for word in ("pm", "p", "afternoon", "evening", "tarde"))
    first = _to_day(first, evening)
    if len(hours) >= 2 and 0 < hours[1][0].start - first_run.end <= 2:
        second = _to_day(hours[1][1], evening or first >= 12)
        return first, second if second > first else first + 2, True
    lead = words[max(0, first_run.start - 3) : first_run.start]
    later = before in _LATER or (before in ("las", "la", "del", "the") and set(lead) & _LATER)
    if later and not set(lead) & {"antes", "hasta"}:
        return first, None, False
    if set(lead) & _SOONER:
        denied = set(words[max(0, first_run.start - 4) : first_run.start]) & {"not", "nothing"}
        return (first, None, False) if denied else (None, first, False)
    if set(lead) & {"say", "after"} and "after" in words[: first_run.start]:
        return first, None, False
    return first, first + 1, True


def _has_hour(words: Sequence[str]) -> bool:
    return any(
        1 <= len(run.readings[0]) <= 2 and not _is_count(words, run.start, run.end)
        for run in runs(words)
    )


def _is_count(words: Sequence[str], start: int, end: int) -> bool:
    """ "the one at ten", "two windows": numbers that are no hours."""
    if end - start == 1 and words[start] == "one":
        before = words[start - 1] if start else ""
        if before in (
            "first",
            "second",
            "that",
            "the",
            "this",
            "last",
            "later",
            "earlier",
            "which",
            "other",
            "another",
            "either",
            "thursday",
            "morning",
            "afternoon",
        ):
            return True
    if start and words[start - 1] in ("number", "option", "choice", "opción"):
        return True
    return end < len(words) and words[end] in ("windows", "days", "people", "options", "times")


def _to_day(hour: int, evening: bool) -> int:
    """Plumbers come by day: one to six is the afternoon."""
    if hour < 12 and (evening or hour <= 6):
        return hour + 12
    return hour


def _position(words: Sequence[str]) -> int | None:
    joined = " ".join(words)
    denied = any(
        refusal in joined for refusal in ("not the first", "can't do the first", "not that first")
    )
    if denied or "other one" in joined or "the other" in joined:
        return 1
    if "second won't" in joined or "not the second" in joined or "second doesn't" in joined:
        return 0
    later = ("second", "segunda", "segundo", "latter", "later", "2nd")
    if any(word in words for word in later) and "later than" not in joined:
        return 1
    if "last one" in joined:
        return -1
    if any(word in words for word in ("first", "former", "1st", *_SOONEST)):
        return 0
    padded = f" {joined} "
    for position, word in enumerate((("one", "1", "uno"), ("two", "2", "dos"))):
        if joined in word or any(f" {lead} {w} " in padded for lead in _NUMBERED for w in word):
            return position
    return None
