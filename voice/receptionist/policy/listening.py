"""One turn of the caller's, from words to reply: safety, stops, facts, answers, next question."""

from dataclasses import replace
from typing import Final

from voice.receptionist.dialogue import CallerSaid, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.intake import take_down
from voice.receptionist.jobs import OTHER, kind_of
from voice.receptionist.language_model import proposed_label, proposed_urgency
from voice.receptionist.phrasing import Fact
from voice.receptionist.policy import (
    alarms,
    asides,
    bookings,
    evacuation,
    interruptions,
    plan,
    safety,
    shutoff,
    stops,
    unforeseen,
)
from voice.receptionist.policy.answering import settle
from voice.receptionist.policy.topics import take_topic
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.contact import spoken_phone
from voice.receptionist.understanding.long_turns import essence
from voice.receptionist.understanding.meaning import ACTED_ON, HAZARDS, Meaning, understand

_JOB_QUESTIONS = ("problem", "anything_else", "book", None, "leave_message", "message")


PROPOSED: Final = 0.8
"""How likely a label is that only a model proposed."""
SUSPECTED: Final = 0.6


def listen(draft: Draft, event: CallerSaid) -> None:
    """Compose the reply to what was said."""
    state = draft.state
    had_ended = state.ended
    draft.put(turn=state.turn + 1 if state.turn or state.last_reply.asked else 1, ended=False)
    if event.confidence is not None:
        draft.put(confidences=(*state.confidences, event.confidence))
    meaning = _with_proposal(draft, understand(essence(event.text)), event)
    meaning = _language(draft, meaning)
    if alarms.is_false_alarm(draft, meaning):
        alarms.stand_down(draft, meaning)
        return
    if alarms.is_made_safe(draft, meaning):
        alarms.to_repair(draft)
        return
    if safety.react(draft, meaning):
        take_down(draft, meaning)
        return
    if draft.state.goal != "safety" and _is_card(draft, meaning):
        stops.card(draft, meaning)
        return
    if _nothing_said(draft, meaning):
        return
    take_down(draft, meaning)
    if stops.stop(draft, meaning) or evacuation.while_inside(draft, meaning):
        return
    _converse(draft, meaning, goal=state.goal, had_ended=had_ended)


def _with_proposal(draft: Draft, meaning: Meaning, event: CallerSaid) -> Meaning:
    """A model's reading counts where the rules have none: as likely, never as certain.

    A danger it proposes is asked about; an urgency may only rise, and only to same day.
    """
    label = proposed_label(event.proposal)
    if not label or meaning.telling or any(c >= ACTED_ON for c in meaning.chances.values()):
        return meaning
    chance = SUSPECTED if label in HAZARDS else PROPOSED
    urgency = proposed_urgency(event.proposal, draft.state.urgency)
    if urgency is not None and label not in HAZARDS:
        draft.raise_urgency(Urgency.U if urgency is not Urgency.R else urgency)
    return replace(meaning, chances={**meaning.chances, label: chance})


def _is_card(draft: Draft, meaning: Meaning) -> bool:
    if meaning.has_card:
        return True
    elsewhere = ("message", "name", "street", "phone")
    return meaning.means("card", 0.7) and draft.state.asked not in elsewhere


def _converse(draft: Draft, meaning: Meaning, *, goal: str, had_ended: bool) -> None:
    """`goal` is what the call was about before these words."""
    asked = draft.state.asked
    if draft.state.goal == "emergency" and goal != "emergency":
        if "child" in meaning.cues:
            alarms.child(draft, meaning)
        plan.proceed(draft)  # whatever else was said, water comes first
        return
    helped = shutoff.help_with(draft, meaning)
    if draft.state.goal != "safety" and not helped:
        asides.answer(draft, meaning)
    if interruptions.take(draft, meaning, had_ended=had_ended):
        return
    if helped or draft.asked == "near_electric":  # that was all, or water has come meanwhile
        if asked in _ASKED_ONCE and draft.asked is None:
            draft.ask(asked)
        plan.proceed(draft)
        return
    if asked == "anything_else" and plan.owes_life_check(draft):
        plan.proceed(draft)  # no goodbye before that is answered
        return
    settle(draft, meaning)
    if draft.ended:
        return
    if "can_wait" in meaning.cues and draft.state.goal == "emergency":
        draft.mark("can_wait")
        draft.say("noted")
        draft.answered_aside = True
    if _may_change_topic(draft, meaning, asked):
        take_topic(draft, meaning)
    if _asks_again(draft, meaning):
        _say_again(draft, meaning)
    elif _missed(draft, meaning, asked):
        _not_understood(draft, meaning)
    else:
        draft.put(misses=0)
        _acknowledge(draft, asked)
    if not draft.actions_wait:
        plan.proceed(draft)


def _asks_again(draft: Draft, meaning: Meaning) -> bool:
    return meaning.means("repeat", 0.8) and not draft.heard and not draft.sentences


_DETAILS: Final = frozenset(
    {"appointment", "booking", "visit", "details", "address", "number", "phone", "name", "info"}
    | {"information", "cita", "dirección", "número", "datos"}
)


def _say_again(draft: Draft, meaning: Meaning) -> None:
    """The time of a visit that is booked; otherwise the question is put again anyway."""
    window = draft.state.window
    if draft.state.reference and window is not None:
        wanted = _DETAILS.intersection(meaning.utterance.words)
        if wanted and bookings.say_details(draft, window):
            return
        draft.say("window_again", window=draft.window_fact(window))
    else:
        draft.say("repeat")


def _not_understood(draft: Draft, meaning: Meaning) -> None:
    """A question nobody foresaw is kept for the office; anything else is asked for again."""
    if unforeseen.is_question(meaning):
        unforeseen.note(draft, meaning)
    else:
        draft.say("not_understood", attempt=min(draft.state.misses, 2))
        draft.put(misses=draft.state.misses + 1)


def _language(draft: Draft, meaning: Meaning) -> Meaning:
    """Answer in the caller's language, where the tenant offers it.

    The meaning without an answer where "no hablo inglés" was none.
    """
    language = draft.state.language
    if meaning.means("english", 2.0) and language != "en" and "en" in draft.state.rules.languages:
        draft.put(language="en")
        draft.say("english_yes")
        draft.answered_aside = True
    elif meaning.is_spanish and language != "es" and "es" in draft.state.rules.languages:
        draft.put(language="es")
    if draft.state.language != language:
        draft.note_act("switch_language")
    if {"english", "spanish"} & meaning.cues and meaning.answer is Answer.NO:
        return replace(meaning, answer=Answer.NONE)
    return meaning


def _nothing_said(draft: Draft, meaning: Meaning) -> bool:
    """Only noise, or somebody looking something up: wait for them."""
    if not meaning.is_empty and (not meaning.hesitates or "stops" in meaning.cues):
        return False
    asked = draft.state.asked
    if asked == "window" and "second" in meaning.utterance.words[:2] and not _waits(meaning):
        return False  # the second of those offered
    waited = draft.state.attempts.get("wait", 0)
    if waited >= 3 or draft.answered_aside:
        return False
    draft.put(attempts={**draft.state.attempts, "wait": waited + 1})
    draft.say("not_understood" if meaning.is_empty else "take_your_time", attempt=0)
    if asked is None:
        draft.ask("problem")
    else:
        draft.asked = asked
        if meaning.is_empty:
            draft.question = draft.state.last_reply.sentences[-1:]
        draft.put(attempts={**draft.state.attempts, asked: draft.state.attempts.get(asked, 1) - 1})
    return True


def _waits(meaning: Meaning) -> bool:
    """Whether "second" is one of time: "just a second", "one second"."""
    return bool({"a", "one", "hold", "give", "wait"} & {*meaning.utterance.words})


def _may_change_topic(draft: Draft, meaning: Meaning, asked: str | None) -> bool:
    """Whether the words may set what the call is about: not the answer to a small question."""
    state = draft.state
    if draft.ended or state.goal in ("safety", "emergency"):
        return False
    if state.goal == "message" and draft.asked is not None:
        return False  # a message was begun in this turn
    if asked in ("window", "confirm", "correction") and state.goal == "job":
        return False  # "can we do Thursday instead" moves nothing: nothing is booked yet
    if state.goal in ("", "closing") or asked in _JOB_QUESTIONS:
        return True
    if state.goal == "job" and state.job_type == OTHER and not draft.heard:
        return kind_of(meaning) not in ("", OTHER)
    return any(meaning.means(label, 0.85) for label in ("cancel", "reschedule", "status"))


_ASKED_ONCE: Final = frozenset(
    {"hurt", "near_electric", "gas_smell", "co_alarm", "near_sparks", "leak", "active_leak"}
    | {"fixtures", "other_toilet", "cleanout", "message"}
)
"""Questions that any answer settles."""


def _missed(draft: Draft, meaning: Meaning, asked: str | None) -> bool:
    """Nothing in the words was of use."""
    if draft.sentences or draft.heard or draft.asked or draft.actions or draft.ended:
        return False
    if any(mark.startswith("check:") for mark in draft.state.marks) and asked in (None, "problem"):
        return False
    if asked in _ASKED_ONCE or draft.state.asked != asked:
        return False
    if asked in (None, "problem"):
        return draft.state.goal == "" and not draft.state.intents
    if asked == "window":
        return draft.state.window is None and bool(draft.state.open_windows)
    if _is_about_visit(draft, meaning):
        return False
    if asked in ("street", "zip", "name"):
        return asked not in draft.state.slots
    if asked == "phone":
        return "phone" not in draft.state.slots and meaning.answer is Answer.NONE
    return False


def _is_about_visit(draft: Draft, meaning: Meaning) -> bool:
    """Whether the words are about the visit that is looked up: "just cancel it", "on Friday"."""
    about = any(meaning.means(label, ACTED_ON) for label in ("cancel", "reschedule", "just_cancel"))
    timed = bookings.wish_of(draft, meaning).is_timed
    return draft.state.goal == "existing" and (about or timed)


def _acknowledge(draft: Draft, asked: str | None) -> None:
    """A number given is said back at once; other facts are read back at the end."""
    if draft.sentences or draft.asked:
        return
    if "phone" in draft.heard and draft.state.goal != "safety":
        phone = Fact(spoken_phone(draft.state.slot("phone")), "slot:phone")
        draft.say("got_phone", phone=phone)
    elif draft.heard - _UNSPOKEN and asked is not None:
        draft.say("got_it")


_UNSPOKEN: Final = frozenset({"outside", "phone_part", "street_part", "zip_part", "city"})
"""Facts that are answered by what comes next, not by "got it"."""


__all__ = ["bookings", "listen"]
