"""Who must not be led through an emergency, and an alarm that is taken back."""

from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.jobs import code_for
from voice.receptionist.policy import plan
from voice.receptionist.policy.questions import ask_anything_else
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.meaning import Meaning

_LONGEST_NOTE: Final = 300


def child(draft: Draft, meaning: Meaning) -> None:
    """A child is not led through an emergency: a grown-up is asked for, once."""
    if not draft.mark("child"):
        return
    draft.fill("role", "child")
    draft.mark("child_alone")
    if draft.state.goal == "emergency":
        draft.say("child_keep_away", interruptible=False)
    draft.ask("grown_up")
    draft.answered_aside = True


def after_grown_up(draft: Draft, meaning: Meaning) -> None:
    """Whoever speaks now may be told what to do, unless it is the child, and alone."""
    if meaning.answer is Answer.NO or "child" in meaning.cues:
        return
    draft.put(marks=draft.state.marks - {"child_alone"})
    if draft.has("e1_flood"):
        draft.ask("near_electric")


def is_false_alarm(draft: Draft, meaning: Meaning) -> bool:
    """Whether the caller takes a danger to life back, and tells of no sign of it."""
    return (
        draft.state.goal == "safety"
        and "false_alarm" in meaning.cues
        and not meaning.hazards
        and not meaning.suspicions
        and not _SIGNS & set(meaning.utterance.words)
        and meaning.answer is not Answer.UNSURE
    )


_SIGNS: Final = {"still", "again", "but", "dizzy", "headache", "sick", "beeping", "spark", "sparks"}


def is_made_safe(draft: Draft, meaning: Meaning) -> bool:
    """Whether those who may have shut the gas off: what is left is a pipe to be repaired."""
    out = draft.state.slot("outside") == "yes"
    safe = "made_safe" in meaning.cues or (out and "they_made_safe" in meaning.cues)
    present = _SIGNS & set(meaning.utterance.words)
    return draft.state.goal == "safety" and safe and not present


def _forget_alarm(draft: Draft) -> None:
    """What the alarm set aside, so that another one is answered like the first."""
    state = draft.state
    slots = {name: slot for name, slot in state.slots.items() if name != "outside"}
    attempts = {name: tries for name, tries in state.attempts.items() if name != "outside"}
    draft.put(slots=slots, attempts=attempts, marks=state.marks - {"e0", "outside_thanks"})


def to_repair(draft: Draft) -> None:
    """From the alarm to the job; the record keeps the alarm as it was, and a new one is heard."""
    _forget_alarm(draft)
    draft.put(goal="job", job_type=code_for(draft.state.rules, "gas", ""))
    draft.mark("stood_down")
    draft.say("e0_made_safe", interruptible=False)
    draft.answered_aside = True
    plan.proceed(draft)


def stand_down(draft: Draft, meaning: Meaning) -> None:
    """One calm sentence, and the office's help goes on. The record keeps the alarm as it was."""
    state = draft.state
    note = f"caller says it was a false alarm: {meaning.text[:_LONGEST_NOTE]}"
    _forget_alarm(draft)
    draft.put(
        problem="", job_type="unknown", open_questions=(*state.open_questions, note)
    )  # fmt: skip
    draft.mark("stood_down")
    draft.say("e0_false_alarm", interruptible=False)
    draft.note_act("message")
    draft.answered_aside = True
    ask_anything_else(draft)
