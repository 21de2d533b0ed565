"""Somebody is hurt or threatened: an ambulance, the police or the fire brigade come first.

Wordings and the classifier have to agree; where they do not, one question is asked: "I'm bleeding
money" and "my hand is stuck in it" are told apart by the caller.
"""

from typing import Final

from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.intake_names import is_full_name
from voice.receptionist.problem import keep_problem
from voice.receptionist.triage import Danger, danger_in
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.hazards import LIFE
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning

_CERTAIN: Final = 0.85
_ANSWERED: Final = 0.5
_SUSPECTED: Final = 0.3
_BESIDE_WATER: Final = 0.65
"""From here on somebody is hurt where water comes down as well."""
_FIGURE: Final = 0.12
"""Below this chance the words are likely no more than a figure of speech."""
_PLAIN_QUESTIONS: Final = ("street", "unit", "zip", "name", "phone", "window", "confirm", "book")
_HAVE_911: Final = ("gas", "co")
"""Dangers whose own script gets everybody out and has 911 called."""


def react(draft: Draft, meaning: Meaning) -> bool:
    """Send the caller to 911, or note that it has to be asked; whether that is the whole turn."""
    danger = danger_in(meaning)
    certain = danger if danger is not None and danger.certain else None
    if certain is not None and certain.hazard in _HAVE_911:
        return False
    if _is_known(draft, meaning, certain):
        return _call_911(draft, meaning, certain)
    if draft.state.goal == "safety":
        return _tell_911(draft, meaning)
    if _is_suspected(draft, meaning) and draft.mark("suspected:hurt"):
        draft.mark("check:hurt")
    return False


def _tell_911(draft: Draft, meaning: Meaning) -> bool:
    """Outside already, and somebody feels worse: who comes is to know."""
    if _is_suspected(draft, meaning) and draft.state.slot("outside"):
        draft.say("e0_symptoms", interruptible=False)
        draft.answered_aside = True
    return False


def _is_known(draft: Draft, meaning: Meaning, danger: Danger | None) -> bool:
    chance = meaning.chances.get("rescue", 0.0)
    said = meaning.means("medical", 2.0)
    if draft.state.asked == "hurt":
        agrees = meaning.answer in (Answer.YES, Answer.UNSURE)
        return agrees or said or (chance >= _ANSWERED and meaning.answer is not Answer.NO)
    if said:
        return chance >= _FIGURE or danger is not None
    if "fumes" in meaning.cues and chance >= _SUSPECTED:
        return True
    plain = draft.state.asked in _PLAIN_QUESTIONS
    harmless = bool(meaning.cues & {"past", "not_medical"})
    if danger is not None and danger.hazard in LIFE:
        return False
    likely = chance >= (_CERTAIN if danger is None else _BESIDE_WATER)
    return likely and not plain and not harmless


def _is_suspected(draft: Draft, meaning: Meaning) -> bool:
    """A half reading; of what answers a plain question, only a likely one."""
    if "settled:hurt" in draft.state.marks or meaning.cues & {"imagined", "not_medical"}:
        return False
    chance = meaning.chances.get("rescue", 0.0)
    if draft.state.asked in _PLAIN_QUESTIONS:
        named = draft.state.asked == "name" and (
            is_full_name(meaning.utterance)
            or words_of("first_names").issuperset(meaning.utterance.words[:1])  # "Dorothy Lane, 84"
        )
        return chance >= _ANSWERED and not named
    return chance >= _SUSPECTED or "medical" in meaning.cues


def _call_911(draft: Draft, meaning: Meaning, danger: Danger | None) -> bool:
    draft.raise_urgency(Urgency.E0)
    draft.note_intent("safety")
    draft.put(goal="safety", job_type=draft.state.job_type or "unknown")
    keep_problem(draft, meaning)
    draft.say(_script(meaning, danger), interruptible=False)
    if draft.mark("e0"):
        draft.note_act("safety_script")
        draft.do(ActionKind.PAGE_ON_CALL, text=draft.state.problem)
    draft.ended = True
    return True


def _script(meaning: Meaning, danger: Danger | None) -> str:
    if danger is not None and danger.hazard == "spark":
        return "e0_shocked"
    return "e0_fumes" if "fumes" in meaning.cues else "e0_medical"
