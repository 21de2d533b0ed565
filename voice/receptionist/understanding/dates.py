"""Days a caller names: weekdays, dates, feasts, "in two weeks", "any day but Friday"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from voice.receptionist.understanding.feasts import (
    FEAST_BEGINNINGS,
    date_of,
    feast_at,
    next_date,
)
from voice.receptionist.understanding.lexicon import lexicon
from voice.receptionist.understanding.numbers import run_at, runs
from voice.receptionist.understanding.text import Utterance

WEEKDAYS: Final = {
    **{"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5},
    **{"sunday": 6, "mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thurs": 3, "fri": 4},
    **{"lunes": 0, "martes": 1, "miércoles": 2, "miercoles": 2, "jueves": 3, "viernes": 4},
    **{"sábado": 5, "sabado": 5, "domingo": 6, "wensday": 2, "wednsday": 2, "tuseday": 1},
    **{"saterday": 5, "thrusday": 3, "mondays": 0, "tuesdays": 1, "wednesdays": 2},
    **{"thursdays": 3, "fridays": 4, "saturdays": 5, "sundays": 6, "monday's": 0, "friday's": 4},
    **{"sábados": 5, "sabados": 5, "domingos": 6},
}
PARTS_OF_DAY: Final = {
    **{"morning": (0, 12), "afternoon": (12, 17), "evening": (16, 24), "lunch": (11, 14)},
    **{"mornings": (0, 12), "afternoons": (12, 17), "mañanas": (0, 12), "tarde": (12, 17)},
    **{"noon": (11, 13), "midday": (11, 14), "mediodía": (11, 14), "noche": (17, 24)},
    **{"tonight": (17, 24), "evenings": (16, 24), "lunchtime": (11, 14), "night": (17, 24)},
}
_MONTHS: Final = {
    **{"january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7},
    **{"august": 8, "september": 9, "october": 10, "november": 11, "december": 12},
    **{"jan": 1, "feb": 2, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sept": 9, "sep": 9},
    **{"oct": 10, "nov": 11, "dec": 12, "enero": 1, "febrero": 2, "marzo": 3, "abril": 4},
    **{"mayo": 5, "junio": 6, "julio": 7, "agosto": 8, "septiembre": 9, "octubre": 10},
    **{"noviembre": 11, "diciembre": 12},
}
MONTHS: Final = frozenset(_MONTHS) - {"may"}
"""Their names, without the one that is another word besides."""
_IRREGULAR: Final = {
    **{"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12},
    **{"twentieth": 20, "thirtieth": 30, "primero": 1},
}
_CARDINALS: Final = (
    *("four", "six", "seven", "ten", "eleven", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
)
_ORDINALS: Final = {
    **_IRREGULAR,
    **{f"{word}th": int(runs((word,))[0].readings[0]) for word in _CARDINALS},
}
_NOT: Final = frozenset({"not", "except", "can't", "cannot", "won't", "isn't", "doesn't", "no"})
_BUT: Final = frozenset({"but", "besides", "than", "except", "excluding", "menos", "excepto"})
_BEFORE_BUT: Final = frozenset(
    {"any", "anyday", "anything", "anytime", "day", "days", "every", "other", "cualquier", "todos"}
)
_BEFORE: Final = frozenset({"before", "by", "until", "till", "antes", "hasta"})
_COUNTS: Final = {"a": 1, "an": 1, "one": 1, "couple": 2, "few": 3, "un": 1, "una": 1, "unos": 3}
_SPANS: Final = {
    **{"day": 1, "days": 1, "día": 1, "días": 1, "dia": 1, "dias": 1},
    **{"week": 7, "weeks": 7, "semana": 7, "semanas": 7, "month": 30, "months": 30, "mes": 30},
}
_BETWEEN: Final = frozenset({"of", "the", "or", "so", "de", "el"})
_LATER_THIS_WEEK: Final = ("later in the week", "later this week", "end of the week")
_NEXT_WEEK: Final = ("next week", "próxima semana", "proxima semana", "semana que viene")
_OTHER_DAY: Final = ("another day", "different day", "some other day", "otro día", "otro dia")


@dataclass(frozen=True, slots=True)
class Days:
    """Which days were asked for: `day` itself, from `after` on, before `before`, never `without`.

    None is left open; all open is no wish for a day.
    """

    day: date | None = None
    after: date | None = None
    before: date | None = None
    without: frozenset[int] = frozenset()
    """Weekdays, Monday 0."""


def days_in(utterance: Utterance, today: date, *, asked: bool) -> Days:
    """The days in the words; the one after a "no, wait" where there are two.

    Asked when, "the third", "12/4" and "Thanksgiving" are days too: elsewhere they are a floor, a
    pipe and the reason for the call.
    """
    words = tuple(map(_without_s, utterance.words))
    words = _written_out(words) if asked else words
    without = _without(words)
    dated = tuple(_dates(utterance, today)) if asked else ()
    for at in range(len(words) - 1, 0, -1):
        if words[at] in ("no", "wait", "sorry", "actually", "mean", "perdón"):
            later = tuple(day for start, day in dated if start > at)
            corrected = _first(words[at + 1 :], today, later)
            if corrected != Days():
                return corrected
    found = _first(words, today, tuple(day for _, day in dated))
    after = found.after or (None if found.day else _after_excluded(words, today))
    return Days(found.day, after, found.before, without)


def _without_s(word: str) -> str:
    """ "Tomorrow's fine", "Monday's no good"."""
    base = word.removesuffix("'s")
    return base if base in WEEKDAYS or base in ("today", "tomorrow", "tonight") else word


def _written_out(words: tuple[str, ...]) -> tuple[str, ...]:
    """ "Sat at 10", "on sun morning": the short names that are words of their own elsewhere."""
    if not {"sat", "sun"} & {*words}:
        return words
    return tuple(
        _SHORT_NAMES[word]
        if word in _SHORT_NAMES and (at == 0 or _word(words, at + 1) in _AFTER_DAY)
        else word
        for at, word in enumerate(words)
    )


_SHORT_NAMES: Final = {"sat": "saturday", "sun": "sunday"}
_AFTER_DAY: Final = frozenset({"", "at", "morning", "afternoon", "evening", "the", "or", "would"})


def is_excluded(words: Sequence[str], index: int) -> bool:
    """Whether the day named at `index` is the one that does not suit."""
    if _word(words, index - 1) in _BEFORE:
        return False  # "not before Wednesday" excludes other days
    for at in range(max(0, index - 3), index):
        answers = words[at] == "no" and at == 0 and not words[index].endswith("days")
        if words[at] in _NOT and not answers and not _is_instead(words, index):
            return True
        if words[at] in _BUT and _BEFORE_BUT & {*words[max(0, at - 2) : at]}:
            return True
    return " ".join(words[index + 1 : index + 5]).startswith(_UNSUITABLE)


_UNSUITABLE: Final = tuple(
    f"{verb}{phrase}"
    for verb in ("", "is ", "was ", "es ", "está ")
    for phrase in (*lexicon("unsuitable"), "bad", "too soon")
)


def _is_instead(words: Sequence[str], index: int) -> bool:
    """ "Not Thursday, Friday", "Tuesday, no wait, Wednesday": the day after the no is the wish."""
    before = words[max(0, index - 3) : index]
    if _word(words, index - 1) in ("and", "or", *_NOT):
        return False
    named = any(word in WEEKDAYS or word in ("today", "hoy", "tonight") for word in before)
    return named or bool({"wait", "sorry", "mean"} & {*before})


def is_morning(words: Sequence[str], index: int) -> bool:
    """Spanish "por la mañana" is a morning; "mañana" alone is tomorrow."""
    return index > 0 and words[index] == "mañana" and words[index - 1] == "la"


def _after_excluded(words: Sequence[str], today: date) -> date | None:
    """The day after those of today and tomorrow that do not suit; None where both may."""
    for word, ahead in (("tomorrow", 2), ("mañana", 2), ("today", 1), ("hoy", 1)):
        if word in words and is_excluded(words, words.index(word)):
            return today + timedelta(days=ahead)
    return None


def _without(words: Sequence[str]) -> frozenset[int]:
    """The weekdays that do not suit: "any day but Friday or Monday"."""
    return frozenset(
        WEEKDAYS[word]
        for index, word in enumerate(words)
        if word in WEEKDAYS and is_excluded(words, index)
    )


def _first(words: Sequence[str], today: date, dated: tuple[date, ...]) -> Days:
    """The first day that is named, a date before a weekday."""
    if dated:
        return Days(day=dated[0])
    if (month := _not_before_month(words, today)) is not None:
        return Days(after=month)
    ahead = _from_now(words, today)
    named = _named(words, ahead.day or today, today)
    if named is not None:
        index, day = named
        lead = _word(words, index - (2 if _word(words, index - 1) in ("the", "del") else 1))
        if lead in _BEFORE and _NOT & {*words[max(0, index - 6) : index - 1]}:
            return Days(after=day)  # "not before Wednesday", "I'm not free until Friday"
        if lead in _BEFORE:
            return Days(before=day if lead in ("before", "antes") else day + timedelta(days=1))
        return Days(day=day)
    return ahead


def _not_before_month(words: Sequence[str], today: date) -> date | None:
    """ "Not until December": its first day; None where nothing of the kind was said."""
    for at, word in enumerate(words):
        month = _MONTHS.get(word)
        if month and _word(words, at - 1) in _BEFORE and _NOT & {*words[max(0, at - 6) : at]}:
            return next_date(today, month, 1)
    return None


def _named(words: Sequence[str], earliest: date, today: date) -> tuple[int, date] | None:
    """Where today, tomorrow or a weekday was named, and which date it is."""
    joined = " ".join(words)
    of_next_week = any(phrase in joined for phrase in _NEXT_WEEK)
    for index, word in enumerate(words):
        if is_excluded(words, index):
            continue
        part_of_today = word == "this" and set(words[index + 1 : index + 2]) & {*PARTS_OF_DAY}
        if word in ("today", "hoy", "tonight") or part_of_today:
            if earliest == today:  # "a week from today" is no wish for today
                return index, today
        elif word in ("tomorrow", "mañana") and not is_morning(words, index):
            overmorrow = _word(words, index - 1) in ("after", "pasado")
            return index, today + timedelta(days=2 if overmorrow else 1)
        elif word == "weekend" or word == "finde":
            return index, _weekday(5, earliest, today, following=of_next_week)
        elif word in WEEKDAYS:
            following = of_next_week or _word(words, index - 1) == "next"
            return index, _weekday(WEEKDAYS[word], earliest, today, following=following)
    return None


def _word(words: Sequence[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _weekday(weekday: int, earliest: date, today: date, *, following: bool) -> date:
    """The next such day from `earliest` on; `following`, the one of the week after this."""
    if following:
        monday = today + timedelta(days=7 - today.weekday())
        return monday + timedelta(days=weekday)
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)


def _from_now(words: Sequence[str], today: date) -> Days:
    """ "In two weeks", "a week from Thursday", "next week", "another day"."""
    joined = " ".join(words)
    if "week after next" in joined:
        return Days(after=today + timedelta(days=14 - today.weekday()))
    for index, word in enumerate(words):
        length = _SPANS.get(word)
        count = _count_before(words, index) if length else 0
        lead = {*words[max(0, index - 5) : index]} & {"in", "en", "dentro"}
        if not length or not count or not (lead or _word(words, index + 1) == "from"):
            continue
        day = today + timedelta(days=length * count)
        roughly = "few" in words[:index] or "couple" in words[:index]
        return Days(after=day) if roughly else Days(day=day)
    if any(phrase in joined for phrase in _NEXT_WEEK):
        return Days(after=today + timedelta(days=7 - today.weekday()))
    if any(phrase in joined for phrase in _LATER_THIS_WEEK):
        return Days(after=today + timedelta(days=2))
    if any(phrase in joined for phrase in _OTHER_DAY):
        return Days(after=today + timedelta(days=1))
    return Days()


def _count_before(words: Sequence[str], index: int) -> int:
    """How many days or weeks: "two", "a", "a couple of"; 0 where no count stands before."""
    at = index - 1
    while at > 0 and words[at] in _BETWEEN:
        at -= 1
    if at < 0:
        return 0
    if words[at] in _COUNTS:
        return _COUNTS[words[at]]
    counted = run_at(words, at, 1)
    return int(counted.readings[0]) if counted and len(counted.readings[0]) <= 2 else 0


def without_days(utterance: Utterance) -> tuple[str, ...]:
    """The words without the figures that count or name days, so that they are not read as hours."""
    words = list(utterance.words)
    for at, word in enumerate(utterance.words):
        spans: list[range] = []
        if word in _SPANS:
            spans.append(range(at - 3, at))
        if word in _MONTHS and _word(words, at - 1) in ("of", "de"):
            spans.append(range(at - 3, at))
        elif word in _MONTHS and _day_at(words, at + 1):
            spans.append(range(at + 1, at + 3))
        if _is_slashed(utterance, at) or (word in ("twenty", "thirty") and _ordinal_at(words, at)):
            spans.append(range(at, at + 2))
        for index in (index for span in spans for index in span if 0 <= index < len(words)):
            words[index] = "·"
    return tuple(words)


# --- dates and feasts ------------------------------------------------------------------------


def _dates(utterance: Utterance, today: date) -> Iterator[tuple[int, date]]:
    """Where a date was named, and the next such date, in the order said."""
    words = utterance.words
    for at, word in enumerate(words):
        if is_excluded(words, at):
            continue
        found = _with_month(words, at, today) or _with_slash(utterance, at, today)
        found = found or _of_this_month(words, at, today)
        if found is not None:
            yield at, found
            return
        if word in FEAST_BEGINNINGS and (feast := feast_at(words, at, today)) is not None:
            yield at, feast
            return


def _with_month(words: Sequence[str], at: int, today: date) -> date | None:
    """ "December 24", "december twenty fourth", "the 24th of december", "24 de diciembre"."""
    month = _MONTHS.get(words[at])
    if month is None:
        return None
    after = at + 1 + (_word(words, at + 1) == "the")
    day = _day_at(words, after)
    if not day and at >= 2 and words[at - 1] in ("of", "de"):
        day = _day_at(words, at - 3) if at >= 3 else 0
        day = day if day > 20 else _day_at(words, at - 2)
    return next_date(today, month, day) if day else None


def _with_slash(utterance: Utterance, at: int, today: date) -> date | None:
    """ "12/4": month and day, written."""
    if not _is_slashed(utterance, at):
        return None
    month, day = utterance.words[at : at + 2]
    return next_date(today, int(month), int(day))


def _is_slashed(utterance: Utterance, at: int) -> bool:
    tokens = utterance.tokens[at : at + 2]
    if len(tokens) < 2 or not (tokens[0].word.isdecimal() and tokens[1].word.isdecimal()):
        return False
    return utterance.raw[tokens[0].end : tokens[1].start] == "/"


_NO_DATE: Final = frozenset({"one", "option", "window", "time", "floor", "of", "de"})


def _of_this_month(words: Sequence[str], at: int, today: date) -> date | None:
    """ "The third", "on the 24th"; "the first" and "the second" are windows, rather than days."""
    if _word(words, at - 1) != "the":
        return None
    day = _ordinal_at(words, at)
    if not day or {*words[at + 1 : at + 3]} & _NO_DATE:
        return None
    if day <= 2 and (words[at] in _IRREGULAR or _word(words, at - 2) != "on"):
        return None
    for months in range(13):
        month = (today.month - 1 + months) % 12 + 1
        found = date_of(today.year + (today.month - 1 + months) // 12, month, day)
        if found is not None and found >= today:
            return found
    return None


def _day_at(words: Sequence[str], at: int) -> int:
    """The day of the month at `at`: "24", "twenty four", "twenty fourth", "24th"; 0 if none."""
    if ordinal := _ordinal_at(words, at):
        return ordinal
    run = run_at(words, at, 2)
    return int(run.readings[0]) if run and len(run.readings[0]) <= 2 else 0


def _ordinal_at(words: Sequence[str], at: int) -> int:
    if not 0 <= at < len(words):
        return 0
    word = words[at]
    if word[:-2].isdecimal() and word[-2:] in ("st", "nd", "rd", "th"):
        return int(word[:-2])
    tens = {"twenty": 20, "thirty": 30}.get(word, 0)
    unit = _ORDINALS.get(words[at + 1], 0) if tens and at + 1 < len(words) else 0
    return tens + unit if 0 < unit < 10 else _ORDINALS.get(word, 0)
