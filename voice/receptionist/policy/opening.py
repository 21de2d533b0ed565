"""When the business is open: yes or no for the day that was asked about, else all its hours."""

from datetime import date, timedelta
from typing import Final

from voice.receptionist.calendar import is_holiday, is_open, local
from voice.receptionist.draft import Draft
from voice.receptionist.phrasing import (
    Fact,
    spoken_date,
    spoken_day,
    spoken_hours,
)
from voice.receptionist.policy import unforeseen
from voice.receptionist.understanding.dates import days_in
from voice.receptionist.understanding.meaning import Meaning

_SOURCE: Final = "rules.hours"
_NOW: Final = frozenset({"now", "still", "currently", "ahora", "ahorita", "todavía"})
_ALWAYS: Final = frozenset({"24", "twenty", "night", "nights", "late", "evenings", "noche"})
_WEEKEND: Final = frozenset({"weekend", "weekends"})
_ASKS_WHETHER: Final = frozenset(
    {"are", "is", "do", "does", "you", "will", "abren", "están", "tienen", "trabajan", "atienden"}
    | {"open"}
)
_OF_OPENING: Final = frozenset(
    {"open", "closed", "close", "opened", "work", "working", "hours", "abren", "abierto", "cierran"}
    | {"cerrado", "trabajan", "servicio", "atienden", "abiertos"}
)


def asks_when_open(meaning: Meaning) -> bool:
    """Whether "do you work on weekends" asks for the hours, and not for a kind of work."""
    return meaning.means("hours", 0.6) and bool(_OF_OPENING & set(meaning.utterance.words))


def hours(draft: Draft, meaning: Meaning) -> None:
    """The hours as they are listed, after a yes or no where one was asked for."""
    if "own_hours" in meaning.cues and "hours" not in meaning.cues:
        return  # "we open at five" tells of the caller's own shop
    draft.note_intent("faq")
    draft.answered_aside = True
    rules = draft.state.rules
    if not rules.hours:
        unforeseen.from_faq_or_noted(draft, meaning, "hours_unknown")
        return
    _answer(draft, meaning)
    draft.note_act("faq_hours", "faq_or_message")
    unforeseen.note_faq(draft)


def _answer(draft: Draft, meaning: Meaning) -> None:
    rules, language = draft.state.rules, draft.state.language
    now = local(rules, draft.state.scene.now)
    words = set(meaning.utterance.words)
    listed = Fact(spoken_hours(rules, language), _SOURCE)
    whether = bool(_ASKS_WHETHER & set(meaning.utterance.words[:1]))
    asked = days_in(meaning.utterance, now.date(), asked=True).day
    if words & _WEEKEND:
        asked = now.date() + timedelta(days=(5 - now.weekday()) % 7)
    if whether and words & _NOW and asked in (None, now.date()):
        if is_open(rules, now):
            draft.say("open_now", hours=listed)
        else:
            draft.say("closed_now", hours=listed)
    elif asked is not None and words & _WEEKEND and _is_closed(draft, asked + timedelta(days=1)):
        draft.say("closed_all_weekend" if _is_closed(draft, asked) else "hours", hours=listed)
    elif asked is not None and _is_closed(draft, asked):
        draft.say("closed_on", day=_closed_day(draft, asked), hours=listed)
    elif asked is not None and whether and not words & _WEEKEND:
        draft.say("open_on", hours=listed)
    elif whether and words & _ALWAYS:
        draft.say("not_always_open", hours=listed)
    else:
        draft.say("hours", hours=listed)


def _closed_day(draft: Draft, day: date) -> Fact:
    """A weekday by its name; a holiday by its date, for the weekday itself is open."""
    named = spoken_date if is_holiday(draft.state.rules, day) else spoken_day
    return Fact(named(day, draft.state.language), _SOURCE)


def _is_closed(draft: Draft, day: date) -> bool:
    rules = draft.state.rules
    return is_holiday(rules, day) or all(each.weekday != day.weekday() for each in rules.hours)
