"""Days and times a caller asks for, and which arrival window that means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from voice.receptionist.dialogue import Window
from voice.receptionist.understanding.choices import position_in
from voice.receptionist.understanding.dates import PARTS_OF_DAY, days_in, is_morning, without_days
from voice.receptionist.understanding.lexicon import lexicon
from voice.receptionist.understanding.numbers import runs
from voice.receptionist.understanding.text import Utterance

_NOON: Final = frozenset({"noon", "midday", "mediodía", "noontime"})
_LATER: Final = frozenset({"after", "past", "from", "since", "desde", "después", "than", "de"})
_SOONER: Final = frozenset({"before", "by", "until", "till", "antes", "hasta"})
_ANY: Final = (
    *("either", "whichever", "whatever", "any", "anytime", "cualquiera", "both", "whenever"),
    *("cualquier", "anything"),
)
_ANY_PHRASES: Final = (
    *("doesn't matter", "don't matter", "don't care", "no preference", "up to you", "you pick"),
    *("you choose", "surprise me", "no importa", "me da igual", "usted diga", "lo que sea"),
    *("dealer's choice", "all the same to me", "makes no difference"),
)
_AT_ONCE: Final = (
    *("asap", "a s a p", "as soon as possible", "as soon as you can", "right away", "right now"),
    *("immediately", "soonest you can", "soon as possible", "lo antes posible", "cuanto antes"),
    *("come now", "out now", "here now", "ahorita", "ahora mismo", "first available"),
    *("next available", "soonest available", "earliest available", "earliest possible"),
    *("soonest possible", "earliest you have", "soonest you have", "earliest opening"),
)
_OPEN: Final = frozenset({"anything", "any", "something", "nothing", "times", "slots", "time"})
_ELSE: Final = (
    *("anything else", "something else", "any other", "what else", "any others", "other openings"),
    *("algo más", "algo mas", "alguna otra"),
)
_EXACTLY: Final = ("exactly", "at exactly", "on the dot", "sharp", "en punto", "exact time")
_SHIFTS: Final = {"hour": 60, "hours": 60, "hora": 60, "horas": 60, "minutes": 1, "minutos": 1}


@dataclass(frozen=True, slots=True)
class Wish:
    """When the caller wants it. Hours are local, [from, to); None is left open."""

    day: date | None = None
    after_day: date | None = None
    before_day: date | None = None
    not_days: frozenset[int] = frozenset()
    """Weekdays, Monday 0, that do not suit."""
    from_hour: int | None = None
    to_hour: int | None = None
    is_span: bool = False
    position: int | None = None
    indifferent: bool = False
    refuses: bool = False
    at_once: bool = False
    """The first window there is, whatever was offered."""
    beyond: Literal["earlier", "later", ""] = ""
    """Before the first, or after the last of those offered."""
    exact: bool = False
    """A moment and no window was asked for."""
    refuses_hours: bool = False
    """The hours named are those that do not suit."""

    @property
    def is_timed(self) -> bool:
        """Whether a day or an hour was named."""
        days = (self.day, self.after_day, self.before_day, self.not_days)
        return any(days) or self.from_hour is not None or self.to_hour is not None

    def timed(self) -> "Wish":
        """The days and hours of the wish alone."""
        return Wish(
            day=self.day,
            after_day=self.after_day,
            before_day=self.before_day,
            not_days=self.not_days,
            from_hour=self.from_hour,
            to_hour=self.to_hour,
            is_span=self.is_span,
        )

    def distance(self, window: Window) -> tuple[int, int]:
        """How far a window is from the wish: days, then hours."""
        day, hour = window.starts_at.date(), window.starts_at.hour
        days = abs((day - self.day).days) if self.day else 0
        if self.after_day:
            days += max(0, (self.after_day - day).days)
        if self.before_day:
            days += max(0, (day - self.before_day).days + 1)
        return days, abs(hour - self.from_hour) if self.from_hour is not None else 0

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
        if self.before_day is not None and day >= self.before_day:
            return False
        if day.weekday() in self.not_days:
            return False
        if self.is_span:
            return starts == self.from_hour or (
                self.from_hour is not None and starts < self.from_hour < ends
            )
        if self.from_hour is not None and ends <= self.from_hour:
            return False
        return self.to_hour is None or starts < self.to_hour


def wish_in(utterance: Utterance, now: datetime, *, asked: bool = False) -> Wish:
    """The wish in the words; `now` is the tenant's local time. `asked` when the visit is to be."""
    if asked:
        utterance = _corrected(utterance)
    words = utterance.words
    days = days_in(utterance, now.date(), asked=asked)
    said = f" {' '.join(words)} "
    ahead = _ahead(words, now) if asked else None
    from_hour, to_hour, is_span = (
        _hours(without_days(utterance) if asked else words, asked=asked)
        if ahead is None
        else (ahead.hour, None, False)
    )
    minutes = asked and _clock(words) is not None
    beyond = _beyond(words, said)
    another = any(f" {phrase} " in said for phrase in _ELSE)
    anything = not another and not beyond
    return Wish(
        day=days.day if ahead is None else ahead.date(),
        after_day=days.after,
        before_day=days.before,
        not_days=days.without,
        from_hour=from_hour,
        to_hour=to_hour,
        is_span=is_span,
        position=None if beyond or another else position_in(words),
        indifferent=anything
        and (any(word in words for word in _ANY) or any(phrase in said for phrase in _ANY_PHRASES)),
        refuses=another or any(f" {phrase} " in said for phrase in lexicon("refusals")),
        at_once=said == " now " or any(f" {phrase} " in said for phrase in _AT_ONCE),
        beyond=beyond,
        refuses_hours=asked and from_hour is not None and _refuses_hours(words),
        exact=minutes or any(f" {phrase} " in said for phrase in _EXACTLY),
    )


def _corrected(utterance: Utterance) -> Utterance:
    """What was said last of "the two to four one, no wait, the noon one"."""
    words = utterance.words
    for at in range(len(words) - 1, 0, -1):
        if words[at] in _CORRECTING and at + 1 < len(words):
            rest = Utterance(utterance.raw, utterance.tokens[at + 1 :])
            hours = _hours(without_days(rest), asked=True)
            return rest if hours[0] is not None or hours[1] is not None else utterance
    return utterance


_CORRECTING: Final = frozenset({"wait", "actually", "sorry", "mean", "rather", "perdón", "mejor"})


def _refuses_hours(words: Sequence[str]) -> bool:
    """ "I can't do two to four", "twelve to two doesn't work": hours that do not suit."""
    said = " ".join(words)
    if any(f" {phrase}" in f" {said}" for phrase in _UNSUITABLE):
        return True
    for run in runs(words):
        before = words[max(0, run.start - 3) : run.start]
        if _REFUSING & {*before} and not {"before", "until", "till", "wait", "after"} & {*before}:
            return True
    return bool(_REFUSING & {*words}) and bool({"noon", "lunch", "lunchtime"} & {*words})


_REFUSING: Final = frozenset({"can't", "cannot", "not", "don't", "won't", "busy", "couldn't"})
_UNSUITABLE: Final = (*lexicon("unsuitable"), "is bad", "are bad", "bad for me")


def _beyond(words: Sequence[str], said: str) -> Literal["earlier", "later", ""]:
    """ "Anything earlier", "later than that": beyond what was offered; "the later one" is not."""
    for index, word in enumerate(words):
        if word not in ("earlier", "sooner", "later", "antes"):
            continue
        around = {*words[max(0, index - 3) : index]}
        compared = words[index + 1 : index + 2] == ("than",) or word == "sooner"
        if around & _OPEN or compared or f" algo {word} " in said or f" más {word} " in said:
            return "later" if word == "later" else "earlier"
    return "later" if " más tarde " in said or " mas tarde " in said else ""


def pick(wish: Wish, offered: Sequence[Window], open_windows: Sequence[Window]) -> Window | None:
    """The one window the caller chose: out of those offered, or named precisely enough."""
    if wish.beyond:
        return None
    if wish.is_timed:
        return _fitting(wish, offered, open_windows)
    if wish.at_once and open_windows:
        return open_windows[0]
    if wish.position is not None and offered:
        return offered[min(wish.position, len(offered) - 1)] if wish.position >= 0 else offered[-1]
    if wish.indifferent and offered:
        return offered[0]
    return None


def _fitting(
    wish: Wish, offered: Sequence[Window], open_windows: Sequence[Window]
) -> Window | None:
    fitting = [window for window in offered if wish.fits(window)]
    only_without = wish.timed() == Wish(not_days=wish.not_days)
    if fitting and (not only_without or wish.indifferent or wish.position is not None):
        if wish.position is not None and wish.position < len(fitting):
            return fitting[wish.position]
        return fitting[0]
    if (wish.is_span and (wish.day or wish.exact)) or (wish.day and wish.from_hour is not None):
        return next((window for window in open_windows if wish.fits(window)), None)
    return None


def _ahead(words: Sequence[str], now: datetime) -> datetime | None:
    """ "In an hour", "in thirty minutes", "en dos horas": the moment from which on; else None."""
    for index, word in enumerate(words):
        minutes = _SHIFTS.get(word)
        lead = {*words[max(0, index - 4) : index]} & {"in", "within", "en", "dentro"}
        if not minutes or not lead:
            continue
        half = "half" in words[max(0, index - 3) : index] or words[index - 1] == "media"
        counted = runs(words[max(0, index - 2) : index])
        count = int(counted[-1].readings[0]) if counted and not half else 1
        if count <= 90:
            return now + timedelta(minutes=minutes * count // (2 if half else 1))
    return None


def _clock(words: Sequence[str]) -> int | None:
    """The hour of a time with minutes, "1:30", "one thirty"; None where there is none."""
    for run in runs(words):
        for reading in run.readings:
            if len(reading) in (3, 4) and reading[-2:] in ("00", "15", "30", "45"):
                hour = int(reading[:-2])
                if 1 <= hour < 24:
                    return hour
    return None


def _hours(words: Sequence[str], *, asked: bool) -> tuple[int | None, int | None, bool]:
    if asked and (clock := _clock(words)) is not None:
        hour = _to_day(clock, any(word in words for word in _EVENING))
        return hour, hour + 1, True
    if not any(word in PARTS_OF_DAY and word not in _NOON for word in words):
        words = [
            "twelve" if word in _NOON else word
            for at, word in enumerate(words)
            if not (word in ("one", "slot") and words[at - 1 : at] and words[at - 1] in _NOON)
        ]
    for index, word in enumerate(words):
        if word in PARTS_OF_DAY:
            start, end = PARTS_OF_DAY[word]
            if _BUT.intersection(words[max(words[0] == "no", index - 3) : index]):
                # "any time but mornings"; "no, in the afternoon" excludes nothing
                return (end, None, False) if start == 0 else (None, start, False)
            if not _has_hour(words):
                before = words[index - 1] if index else ""
                return (end - 1, None, False) if before == "after" else (start, end, False)
        if word == "mañana" and is_morning(words, index):
            return 0, 12, False
    hours = [(run, int(run.readings[0])) for run in runs(words) if len(run.readings[0]) <= 2]
    hours = [(run, hour) for run, hour in hours if 1 <= hour <= 12 or 12 < hour < 24]
    hours = [(run, hour) for run, hour in hours if not _is_count(words, run.start, run.end)]
    if not hours:
        return None, None, False
    first_run, first = hours[0]
    before = words[first_run.start - 1] if first_run.start else ""
    evening = any(word in words for word in _EVENING)
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


_BUT: Final = frozenset({"but", "except", "not", "no", "besides", "menos"})
_EVENING: Final = ("pm", "p", "afternoon", "evening", "tarde")


def _has_hour(words: Sequence[str]) -> bool:
    return any(
        1 <= len(run.readings[0]) <= 2 and not _is_count(words, run.start, run.end)
        for run in runs(words)
    )


_AFTER_HOUR: Final = frozenset(
    {"works", "is", "it's", "that's", "was", "suits", "sounds", "seems", "pls", "as", "this", "yes"}
    | {"thanks", "does", "please", "has", "thursdays", "fridays", "mondays", "tuesdays"}
)
"""Words on "s" after an hour; after others, as "two hours" and "two dogs", it is a count."""


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
            "early",
            "late",
            "noon",
            "thursday",
            "morning",
            "afternoon",
        ):
            return True
    if start and words[start - 1] in ("number", "option", "choice", "opción"):
        return True
    after = words[end] if end < len(words) else ""
    return after == "people" or (after.endswith("s") and after not in _AFTER_HOUR)


def _to_day(hour: int, evening: bool) -> int:
    """Plumbers come by day: one to six is the afternoon."""
    if hour < 12 and (evening or hour <= 6):
        return hour + 12
    return hour
