"""Stopping the water: where the valve is, who must keep away from it, and what if it won't turn."""

from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.policy.alarming import denies_shortly, is_electric
from voice.receptionist.triage import suspected_in
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning


def after_electric(draft: Draft, meaning: Meaning) -> None:
    """Advice on the main valve, once it is known whether the water is near electricity."""
    powered = words_of("electric") | words_of("appliances")
    named = bool(set(meaning.utterance.words) & powered)
    denied = meaning.answer is Answer.NO and _is_about_it(meaning, named=named)
    denied = denied or denies_shortly(meaning)
    says_yes = meaning.utterance.words[:1] and meaning.utterance.words[0] in words_of("yes")
    near = (
        meaning.answer is Answer.YES
        or bool(says_yes)
        or is_electric(meaning)
        or (named and not denied)
    )
    denied = denied and not says_yes
    near = near or "getting_near" in meaning.cues
    draft.fill("near_electric", "yes" if near else "no" if denied else "unknown")
    unseen = meaning.answer is not Answer.NONE or bool(meaning.cues & _UNSEEN)
    careful = near or (unseen and not denied)
    advise(draft, near_electric=careful, is_off=_is_off(meaning))


def _is_about_it(meaning: Meaning, *, named: bool) -> bool:
    """Whether a no denies that electricity is near: "I have no time for this" tells nothing."""
    if named:
        return True
    if meaning.cues & _UNSEEN:
        return False
    return len(meaning.utterance.tokens) <= _LONGEST_NO or bool(
        _OF_PLACES.intersection(meaning.utterance.words)
    )


_UNSEEN: Final = frozenset({"not_home", "cannot_see"})
_LONGEST_NO: Final = 6
_OF_PLACES: Final = frozenset(
    {"near", "close", "far", "away", "just", "only", "floor", "carpet", "tile", "sink", "tub"}
    | {"none", "nothing", "nowhere", "basement", "yard", "outside", "water", "lejos", "cerca"}
)


def _is_off(meaning: Meaning) -> bool:
    """Whether the valve was found and closed, and the water has stopped for all that is said."""
    found = "shutoff_found" in meaning.cues and "shutoff_unknown" not in meaning.cues
    return found and not _IN_VAIN.intersection(meaning.utterance.words)


def _is_in_vain(meaning: Meaning) -> bool:
    """Whether it was closed, and the water comes all the same."""
    return "shutoff_found" in meaning.cues and not _is_off(meaning)


_IN_VAIN: Final = frozenset(
    {"but", "still", "worse", "stuck", "can't", "cannot", "won't", "underwater", "pero"}
)


def advise(draft: Draft, *, near_electric: bool, is_off: bool = False) -> None:
    if not draft.mark("shutoff") or draft.has("child_alone"):
        return
    if is_off:
        draft.say("shutoff_good", interruptible=False)
        draft.note_act("shutoff_advice")
        return
    if near_electric:
        draft.say("electric_yes", interruptible=False)
    draft.say("shutoff_dry" if near_electric else "shutoff", interruptible=False)
    draft.note_act("shutoff_advice")


def help_with(draft: Draft, meaning: Meaning) -> bool:
    """Help who cannot find or turn the valve, or asks what is safe; whether that is all."""
    if draft.sentences or draft.heard - {"shutoff"}:
        return False
    phrase = _about_valve(draft, meaning) if draft.has("shutoff") else ""
    phrase = phrase or _about_danger(draft, meaning) or _what_to_do(draft, meaning)
    if not phrase:
        return False
    draft.say(phrase, interruptible=False)
    draft.answered_aside = True
    return meaning.answer is not Answer.YES


def _about_valve(draft: Draft, meaning: Meaning) -> str:
    if _is_off(meaning):
        return "shutoff_good"
    if _is_in_vain(meaning) and draft.mark("shutoff_stuck"):
        return "shutoff_stuck"
    if "flood_stopped" in meaning.cues and not _IN_VAIN.intersection(meaning.utterance.words):
        return "flood_stopped" if draft.mark("flood_stopped") else ""
    if "shutoff_stuck" in meaning.cues and draft.mark("shutoff_stuck"):
        return "shutoff_stuck"
    tries = draft.state.attempts.get("shutoff_where", 0)
    if "shutoff_unknown" in meaning.cues and tries < 2:
        draft.put(attempts={**draft.state.attempts, "shutoff_where": tries + 1})
        return "shutoff_where"
    return ""


def _what_to_do(draft: Draft, meaning: Meaning) -> str:
    """The advice once more, for "what do I do" and "should I call 911"."""
    if draft.state.goal != "emergency":
        return ""
    if {"911", "nine"} & set(meaning.utterance.words):
        return "call_911_if"
    if draft.has("e1_sewage") and meaning.cues & {"asks_what_now", "asks_to_use"}:
        return "no_water_use"
    if not draft.has("e1_flood") or not meaning.cues & {"asks_what_now", "asks_to_power"}:
        return ""
    if "asks_to_power" in meaning.cues or draft.state.slot("near_electric") != "no":
        return "electric_yes"
    return "shutoff"


def _about_danger(draft: Draft, meaning: Meaning) -> str:
    """No torch on a frozen pipe, and nobody near what has spilled."""
    if {"e1_frozen", "frozen_dry"} & draft.state.marks and "torch" in meaning.cues:
        return "frozen_no_flame" if draft.mark("no_flame") else ""
    if "in_water" in meaning.cues and draft.state.slot("near_electric") == "yes":
        return "electric_yes"
    spilled = {"e1_flood", "e1_sewage"} & draft.state.marks
    if not spilled or draft.state.goal != "emergency":
        return ""
    waded = "in_water" in meaning.cues and draft.has("e1_sewage")
    if waded or "asks_danger" in meaning.cues:
        return "keep_away"
    told = meaning.answer is Answer.NONE and any(danger.certain for danger in suspected_in(meaning))
    return "stay_clear" if told and draft.mark("stay_clear") else ""
