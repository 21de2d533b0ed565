"""What a caller brings up in between: a second trouble, a wish to stop, a remark.

None of it answers the question, and none of it is met with "I didn't catch that".
"""

from collections.abc import Mapping
from typing import Final

from voice.receptionist.calendar import local
from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.jobs import OTHER, code_for, kind_of
from voice.receptionist.phrasing import Fact, spoken_date
from voice.receptionist.policy import bookings, plan
from voice.receptionist.policy.questions import CONTACT, ask_anything_else, goodbye
from voice.receptionist.triage import everyday_urgency
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning, understand

_INTAKE: Final = (*CONTACT, "unit", "window", "confirm", "correction", "keep_trying")
_WITH_A_JOB: Final = ("job", "emergency", "safety", "closing", "decline")
_LONGEST_STOP: Final = 14
_LONGEST_CALLED_OFF: Final = 8
_REMARKS: Final[Mapping[str, str]] = {
    "impatient": "bear_with_me",
    "hearing": "i_hear_you",
    "thanks": "welcome",
}
"""Words that need a word in return, by cue, and the phrase that gives it."""


def take(draft: Draft, meaning: Meaning, *, had_ended: bool) -> bool:
    """Answer what was brought up; whether that is the whole turn."""
    if had_ended and _only_leaves(meaning):
        _leave_again(draft)
        return True
    if _keeps_visit(draft, meaning):
        return _keep_visit(draft)
    if draft.state.goal == "emergency" and _cannot_wait(draft, meaning):
        plan.transfer_emergency(draft)
        return True
    if _wants_to_stop(draft, meaning):
        return _stop(draft, meaning)
    if _changes_job(draft, meaning):
        return False
    if _is_another(draft, meaning, had_ended=had_ended):
        return _note_another(draft, meaning)
    _remark(draft, meaning)
    return False


def _only_leaves(meaning: Meaning) -> bool:
    """Nothing but a goodbye, a thank-you or an okay."""
    if meaning.hazards or kind_of(meaning) or len(meaning.utterance.tokens) > 8:
        return False
    polite = bool({"thanks", "stops"} & meaning.cues) or meaning.means("done", 0.7)
    return polite or (meaning.answer in (Answer.YES, Answer.NO) and meaning.is_short)


def _leave_again(draft: Draft) -> None:
    if draft.state.urgency is Urgency.E0:
        draft.say("e0_known", interruptible=False)
    elif any(action.kind is ActionKind.TRANSFER for action in draft.state.last_reply.actions):
        draft.say("welcome")  # on the way to a person: nothing is called off
        draft.do(ActionKind.TRANSFER, text=draft.state.problem)
    else:
        draft.say("unanswered_ended")
    draft.ended = True


def _cannot_wait(draft: Draft, meaning: Meaning) -> bool:
    """Whether the first opening is too late for an emergency: a person decides then."""
    waiting = draft.state.asked == "window" and draft.asked is None
    return waiting and "cannot_wait" in meaning.cues


def _keeps_visit(draft: Draft, meaning: Meaning) -> bool:
    """ "Never mind, keep it", while a visit is being called off or moved, or just after."""
    state = draft.state
    if "keeps" not in meaning.cues or meaning.hazards:
        return False
    if state.asked == "cancel_or_move":
        return True
    if {"cancelled", "requested:cancel"} & state.marks:
        return bool({"keep", "cancel", "déjela", "cancele"} & {*meaning.utterance.words})
    return state.goal == "existing" and draft.has("want:cancel")


def _keep_visit(draft: Draft) -> bool:
    undone = {"cancelled", "requested:cancel"} & draft.state.marks
    draft.put(marks=draft.state.marks - {"want:cancel", "want:reschedule"} - undone)
    if undone:
        draft.say("keep_requested")
        draft.do(ActionKind.TAKE_MESSAGE, text="Request: keep the visit that was called off.")
        draft.note_act("callback", "message")
    else:
        draft.say("visit_kept")
    ask_anything_else(draft)
    return True


# --- the wish to stop ------------------------------------------------------------------------


def _wants_to_stop(draft: Draft, meaning: Meaning) -> bool:
    state = draft.state
    if state.asked in (None, "anything_else", "outside") and not state.goal:
        return "stops" in meaning.cues and not kind_of(meaning) and not draft.heard
    if state.goal == "emergency" and _is_over(draft, meaning):
        return True
    if draft.heard or kind_of(meaning) or len(meaning.utterance.tokens) > _LONGEST_STOP:
        return False
    agrees = meaning.answer is Answer.YES or _AGREEING.intersection(meaning.utterance.words)
    if state.asked == "confirm" and agrees and meaning.answer is not Answer.NO:
        return False  # "yes, thank you, bye" is a yes
    if state.asked == "window" and not bookings.wish_of(draft, meaning).is_empty:
        return False  # "not today" wants another day, "the first one, bye" that one
    if _calls_off(draft, meaning):
        return True
    if meaning.cues & {"stops", "abandons"}:
        return state.asked not in ("anything_else", "book", "leave_message")
    return state.asked in _INTAKE and meaning.means("done", 0.8) and meaning.answer is Answer.NO


_AGREEING: Final = frozenset({"perfect", "great", "wonderful", "good", "perfecto", "excelente"})


def _is_over(draft: Draft, meaning: Meaning) -> bool:
    """ "False alarm"; or the water is back, where there was none."""
    dry = draft.has("e1_sanitation") and not draft.has("e1_flood")
    over = "calls_off" in meaning.cues or (dry and "water_back" in meaning.cues)
    return over and not draft.heard


def _calls_off(draft: Draft, meaning: Meaning) -> bool:
    """ "Cancel it", of a visit that was read back and is not booked yet."""
    unbooked = draft.state.asked in _INTAKE and not draft.state.reference
    whole = len(meaning.utterance.tokens) <= _LONGEST_CALLED_OFF
    open_job = draft.state.goal in ("job", "emergency")
    return unbooked and whole and open_job and "cancel" in meaning.cues


def _stop(draft: Draft, meaning: Meaning) -> bool:
    """The caller may go at any time: what is there is passed on, unless they take it back."""
    state = draft.state
    if state.urgency is Urgency.E0:
        draft.say("e0_end", interruptible=False)
        draft.ended = True
        return True
    urgent = state.urgency is Urgency.E1
    abandons = "abandons" in meaning.cues or _calls_off(draft, meaning) or _is_over(draft, meaning)
    if urgent and abandons:
        return _call_off_emergency(draft, meaning)
    if urgent and not state.slot("street") and draft.mark("before_you_go"):
        draft.ask("street", "ask_street_before_you_go", attempt=0)
        return True
    reachable = bool(state.number)
    known = bool(state.problem or state.slot("message") or state.goal in ("existing", "message"))
    if urgent and reachable:
        draft.say("emergency_message")
    elif abandons or not (known and reachable):
        draft.say("no_trouble")
    else:
        draft.say("passed_on")
    if known and (not abandons or urgent) and draft.mark("message_taken"):
        draft.do(ActionKind.TAKE_MESSAGE, text=state.slot("message") or state.problem)
        draft.note_act("message", "callback")
    goodbye(draft)
    return True


def _call_off_emergency(draft: Draft, meaning: Meaning) -> bool:
    """The plumber who was paged hears of it; the record stays what it was."""
    draft.say("emergency_off")
    text = f"The caller says nobody is needed now: {meaning.text[:_LONGEST_REASON]}"
    draft.do(ActionKind.TAKE_MESSAGE, text=text)
    draft.note_act("message")
    draft.ended = True
    return True


_LONGEST_REASON: Final = 150


# --- the trouble itself, put right ------------------------------------------------------------


def _changes_job(draft: Draft, meaning: Meaning) -> bool:
    """ "Never mind the toilet, I need a heater replaced", "it's not the sink, it's the tub"."""
    state = draft.state
    if state.goal != "job" or state.reference or set(draft.heard) - {"vulnerable"}:
        return False
    if "changes_job" not in meaning.cues or "also" in meaning.cues:
        return False
    words = meaning.utterance.words
    starts = [at for at, word in enumerate(words) if word in _TURNS and at]
    if not starts:
        return False
    told = understand(" ".join(words[starts[-1] :]))
    kind = kind_of(told)
    if not kind:
        return False
    kinds = frozenset(mark for mark in state.marks if mark.startswith("kind:"))
    draft.put(
        job_type=code_for(state.rules, kind, told.text),
        problem=meaning.text[:200],
        marks=(state.marks - kinds - {"minor"}) | {f"kind:{kind}"},
    )
    draft.raise_urgency(everyday_urgency(told, kind))
    draft.say("job_changed")
    draft.answered_aside = True
    return True


_TURNS: Final = frozenset({"it's", "its", "i", "we", "need", "but", "es", "necesito"})

# --- another trouble -------------------------------------------------------------------------


def _is_another(draft: Draft, meaning: Meaning, *, had_ended: bool) -> bool:
    """Whether the words tell of a second thing to repair, and answer nothing that was asked."""
    state = draft.state
    settled = bool(state.reference) or "transfer" in state.acts
    open_for_more = state.asked in _INTAKE or (
        settled and (had_ended or state.asked == "anything_else")
    )
    open_for_more = open_for_more or (had_ended and state.goal == "decline")
    if not open_for_more or state.goal not in _WITH_A_JOB:
        return False
    kind = kind_of(meaning)
    if not kind or set(draft.heard) - {"city", "vulnerable"}:
        return False
    added = "also" in meaning.cues
    own_too = added and bool(set(meaning.utterance.words) & words_of("own_problem"))
    if draft.answered_aside and not own_too:
        return False
    if any(meaning.means(label, 0.6) for label in ("price", "cancel", "reschedule")):
        return False
    if meaning.means("offer", 0.6) and not own_too:
        return False
    if not set(meaning.utterance.words) & (words_of("trade_words") | words_of("own_problem")):
        return False
    if meaning.answer is Answer.NO and not added:
        return False
    if state.job_type == OTHER and not added:
        return False
    return added or code_for(state.rules, kind, meaning.text) not in (state.job_type, OTHER)


def _note_another(draft: Draft, meaning: Meaning) -> bool:
    """Put it down beside the first; a visit that is booked hears of it."""
    state = draft.state
    text = meaning.text[:150]
    if text not in state.problem:
        draft.put(problem=f"{state.problem}; also: {text}"[:400] if state.problem else text)
    draft.answered_aside = True
    if state.goal in ("job", "closing"):
        draft.raise_urgency(everyday_urgency(meaning, kind_of(meaning)))
    if state.reference and state.window is not None:
        draft.say("added_to_visit", window=draft.window_fact(state.window))
        draft.do(ActionKind.TAKE_MESSAGE, text=text)
        ask_anything_else(draft)
        return True
    draft.say("noted_too")
    return False


def _remark(draft: Draft, meaning: Meaning) -> None:
    """A thank-you, an impatient word or a note for the visit, while the question stays open."""
    if draft.heard or draft.answered_aside or draft.sentences or draft.state.asked is None:
        return
    if "asks_date" in meaning.cues and draft.state.goal != "safety":
        today = local(draft.state.rules, draft.state.scene.now).date()
        draft.say("today_is", date=Fact(spoken_date(today, draft.state.language), "scene:now"))
        draft.answered_aside = True
        return
    booked = bool(draft.state.reference) and draft.state.asked == "anything_else"
    if "access" in meaning.cues and (draft.state.asked in _INTAKE or booked):
        draft.fill("access", meaning.text[:150])
        if booked:
            draft.do(ActionKind.TAKE_MESSAGE, text=meaning.text[:150])
        draft.say("noted")
        draft.answered_aside = True
        return
    for cue, phrase in _REMARKS.items():
        if cue == "impatient" and draft.state.asked not in CONTACT:
            continue
        if cue in meaning.cues and meaning.answer is Answer.NONE:
            draft.say(phrase)
            draft.answered_aside = True
            return


__all__ = ["take"]
