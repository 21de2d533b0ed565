"""Dangers: the instruction at once, the page, and only then the few facts that help."""

from typing import Final

from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.intake_names import is_full_name
from voice.receptionist.jobs import OTHER, code_for, kind_of, only_refused
from voice.receptionist.policy.alarming import danger_in_answer, is_electric
from voice.receptionist.problem import problem_of
from voice.receptionist.triage import Danger, danger_in, suspected_in
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning

_SCRIPTS: Final = {"gas": "e0_gas", "co": "e0_co", "spark": "e0_spark"}
_CHECKS: Final = {
    "gas": "gas_smell", "co": "co_alarm", "spark": "near_sparks", "flood": "active_leak",
    "sewage": "fixtures", "frozen": "active_leak", "sanitation": "other_toilet",
}  # fmt: skip


def react(draft: Draft, meaning: Meaning) -> bool:
    """Answer a danger that was just heard of; whether that is the whole turn."""
    if "medical" in meaning.cues and "not_medical" not in meaning.cues:
        return _medical(draft, meaning)
    if draft.state.asked == "name" and is_full_name(meaning.utterance):
        return False  # Jim Flood, Ashley Sparks
    danger = _confirmed(draft, meaning) or danger_in(meaning)
    if danger is not None and _is_mere_answer(draft, meaning, danger):
        danger = None
    _water_reaches_electric(draft, meaning)
    if danger is None or _is_nothing_we_mend(draft, danger, meaning):
        return False
    if not danger.certain and danger.urgency is Urgency.E1 and _asks_of_people(meaning):
        return False
    if danger.hazard == "frozen" and "no_leak" in meaning.cues:
        return _frozen_dry(draft)
    if not danger.certain:
        for suspected in suspected_in(meaning):
            if not suspected.certain and not _is_mere_answer(draft, meaning, suspected):
                _check(draft, suspected)
        return False
    if danger.urgency is Urgency.E0:
        return _life(draft, danger, meaning)
    return _damage(draft, danger, meaning)


def _water_reaches_electric(draft: Draft, meaning: Meaning) -> None:
    """In a flood, what is said later of outlets and panels: hands off, whatever is being asked."""
    state = draft.state
    if state.goal != "emergency" or not draft.has("e1_flood") or state.asked == "near_electric":
        return
    if state.slot("near_electric") != "yes" and is_electric(meaning):
        draft.fill("near_electric", "yes")
        draft.say("electric_yes", interruptible=False)
        draft.answered_aside = True


def _is_mere_answer(draft: Draft, meaning: Meaning, danger: Danger) -> bool:
    """An answer to a plain question in which only the classifier sees a danger.

    It may be half sure of a sentence, or quite sure of a name: Chuck Strobel.
    """
    if danger.hazard in meaning.suspicions or danger.hazard in meaning.hazards:
        return False
    words = meaning.utterance.words
    unlikely = meaning.chances.get(danger.hazard, 0.0) < 0.5 and len(words) <= _LONGEST_ANSWER
    bare = len(words) <= 4 and not words_of("trade_words").intersection(words)
    return draft.state.asked in _PLAIN_QUESTIONS and (unlikely or bare)


_PLAIN_QUESTIONS: Final = (
    "street",
    "unit",
    "zip",
    "name",
    "phone",
    "window",
    "confirm",
    "cleanout",
)
_LONGEST_ANSWER: Final = 16


def _medical(draft: Draft, meaning: Meaning) -> bool:
    """Somebody is hurt: an ambulance first, whatever else is broken."""
    draft.raise_urgency(Urgency.E0)
    draft.note_intent("safety")
    draft.put(goal="safety", job_type=draft.state.job_type or "unknown")
    _keep_problem(draft, meaning)
    draft.say("e0_medical", interruptible=False)
    if draft.mark("e0"):
        draft.note_act("safety_script")
        draft.do(ActionKind.PAGE_ON_CALL, text=draft.state.problem)
    draft.ended = True
    return True


def _is_nothing_we_mend(draft: Draft, danger: Danger, meaning: Meaning) -> bool:
    """Whether it is a broken sprinkler on the lawn: nobody is called out where none is sent."""
    return (
        danger.urgency is not Urgency.E0
        and draft.state.goal != "emergency"
        and bool(only_refused(draft.state.rules, meaning))
        and not words_of("harm_to_home") & set(meaning.utterance.words)
    )


def _asks_of_people(meaning: Meaning) -> bool:
    """Whether "who is coming" asks for somebody, and speaks of no water that comes."""
    asks = {"who", "who's", "quién", "quiénes"} & set(meaning.utterance.words[:2])
    return bool(asks) and not words_of("trade_words") & set(meaning.utterance.words)


def _confirmed(draft: Draft, meaning: Meaning) -> Danger | None:
    """The answer to a question about danger."""
    asked, answer = draft.state.asked, meaning.answer
    suspected = draft.has("suspected:" + (asked or ""))
    if (danger := danger_in_answer(meaning, asked)) is not None:
        return danger
    if asked in _CHECKS.values() and denies(meaning):
        return None
    words = set(meaning.utterance.words)
    wavers = answer is not Answer.NO or bool(words & {"but", "well", "pero"})
    if asked == "gas_smell" and wavers and words & _SMELLS_SOMETHING:
        return Danger("gas", certain=True)  # "maybe", "more like burning plastic": out, to be safe
    yes = answer is Answer.YES or (answer is Answer.UNSURE and suspected)
    if asked == "other_toilet" and answer is Answer.NO and suspected:
        return Danger("sanitation", certain=True)
    if not yes:
        return None
    if asked == "gas_smell":
        return Danger("gas", certain=True)
    if asked == "co_alarm":
        return Danger("co", certain=True)
    if asked == "near_sparks":
        return Danger("spark", certain=True)
    if asked == "active_leak" and answer is Answer.YES and "minor" not in meaning.cues:
        return Danger("flood", certain=True)
    if asked == "fixtures" and answer is Answer.YES and draft.has("suspected:fixtures"):
        return Danger("sewage", certain=True)
    return None


def denies(meaning: Meaning) -> bool:
    """ "Ok, I'm back, no smell": an okay that answers nothing, and then a no."""
    words = meaning.utterance.words
    okay = words[:1] and words[0] in ("ok", "okay", "alright", "so", "well", "hmm")
    return bool(okay) and bool({"no", "not", "nothing", "don't", "none"} & {*words[1:]})


_SMELLS_SOMETHING: Final = frozenset(
    {"maybe", "possibly", "faint", "faintly", "little", "burning", "plastic", "chemical", "funny"}
    | {"weird", "strange", "sort", "kinda", "kind", "quizás", "tantito", "poquito", "raro"}
)


def _frozen_dry(draft: Draft) -> bool:
    """Frozen, but nothing has burst: what to do meanwhile, and a visit the same day."""
    draft.raise_urgency(Urgency.U)
    if draft.mark("frozen_dry"):
        draft.say("frozen_dry", interruptible=False)
        draft.note_act("safety_script")
    return False


def _check(draft: Draft, danger: Danger) -> None:
    """One clarifying question, once; a danger that was denied is not asked about again."""
    slot = _CHECKS[danger.hazard]
    graver = danger.urgency is Urgency.E0 and draft.state.urgency is Urgency.E1
    known = draft.state.urgency in (Urgency.E0, Urgency.E1) and not graver
    if known or not draft.mark(f"suspected:{slot}"):
        return
    if f"settled:{slot}" not in draft.state.marks:
        draft.mark(f"check:{slot}")


def _life(draft: Draft, danger: Danger, meaning: Meaning) -> bool:
    first = draft.mark("e0")
    draft.raise_urgency(Urgency.E0)
    draft.note_intent("safety")
    draft.put(goal="safety", job_type=_job_of(draft, danger, meaning))
    _keep_problem(draft, meaning)
    if not first:
        return False
    if "outside" in meaning.cues and "inside" not in meaning.cues:
        draft.fill("outside", "yes")
    draft.mark(_SCRIPTS[danger.hazard])
    draft.say(_SCRIPTS[danger.hazard], interruptible=False)
    draft.note_act("safety_script")
    draft.do(ActionKind.PAGE_ON_CALL, text=draft.state.problem)
    if "cannot_leave" in meaning.cues:
        draft.say("e0_cannot_leave", interruptible=False)
        draft.ended = True
        return True
    if draft.state.slot("outside"):
        return False
    draft.ask("outside")
    return True


def _damage(draft: Draft, danger: Danger, meaning: Meaning) -> bool:
    if draft.state.urgency is Urgency.E0:
        return False
    first = draft.mark("e1")
    draft.raise_urgency(Urgency.E1)
    draft.note_intent("emergency")
    _keep_problem(draft, meaning)
    if not first:
        return False
    draft.mark(f"e1_{danger.hazard}")
    draft.put(goal="emergency", job_type=_job_of(draft, danger, meaning))
    draft.say(f"e1_{danger.hazard}", interruptible=False)
    draft.do(ActionKind.PAGE_ON_CALL, text=draft.state.problem)
    if danger.hazard == "flood":
        if meaning.hazards.get("flood") and _electric_known(draft, meaning):
            return False
        draft.ask("near_electric")
        draft.note_act("safety_script")
        return False
    if danger.hazard != "sanitation":
        draft.note_act("safety_script")
    return False


def _electric_known(draft: Draft, meaning: Meaning) -> bool:
    """The caller said already that the water is at something electric."""
    if not set(meaning.utterance.words) & words_of("electric"):
        return False
    draft.fill("near_electric", "yes")
    _shutoff(draft, near_electric=True)
    return True


def _job_of(draft: Draft, danger: Danger, meaning: Meaning) -> str:
    """The work behind a danger; "unknown" where it is nothing a plumber mends."""
    words = set(meaning.utterance.full.split())
    if danger.hazard == "spark" and not words & words_of("trade_words"):
        return "unknown"
    if danger.hazard == "sanitation":
        toilet = kind_of(meaning) in ("toilet", "drain") or draft.has("kind:toilet")
        return code_for(draft.state.rules, "toilet" if toilet else OTHER, "")
    if danger.hazard == "flood" and "sump" in words:
        return OTHER
    kind = kind_of(meaning) if danger.hazard == "flood" else ""
    overflows = kind == "toilet" and bool(words & _BOWL) and not words & _SUPPLY
    if kind == "heater" or overflows:
        return code_for(draft.state.rules, kind, "")
    return code_for(draft.state.rules, danger.hazard, "")


_BOWL: Final = frozenset({"toilet", "toilets", "commode", "bowl", "inodoro", "excusado", "taza"})
_SUPPLY: Final = frozenset(
    {"hose", "pipe", "line", "supply", "valve", "tubo", "manguera", "behind"}
)


def _keep_problem(draft: Draft, meaning: Meaning) -> None:
    if not draft.state.problem or len(meaning.utterance.tokens) > 3:
        draft.put(problem=problem_of(meaning) if not draft.state.problem else draft.state.problem)
    if meaning.means("vulnerable", 2.0):
        draft.fill("vulnerable", "yes")


def after_electric(draft: Draft, meaning: Meaning) -> None:
    """Advice on the main valve, once it is known whether the water is near electricity."""
    named = bool(set(meaning.utterance.words) & words_of("electric"))
    if "not_home" in meaning.cues and not named:  # a no to being there tells nothing
        draft.fill("near_electric", "unknown")
        _shutoff(draft, near_electric=True)
        return
    near = meaning.answer is Answer.YES or is_electric(meaning)
    near = near or (meaning.answer is not Answer.NO and named)
    draft.fill(
        "near_electric", "yes" if near else "no" if meaning.answer is Answer.NO else "unknown"
    )
    is_off = _is_off(meaning)
    _shutoff(draft, near_electric=near or meaning.answer is Answer.UNSURE, is_off=is_off)


def _is_off(meaning: Meaning) -> bool:
    """Whether the valve was found and closed, and the water has stopped for all that is said."""
    found = "shutoff_found" in meaning.cues and "shutoff_unknown" not in meaning.cues
    return found and not _IN_VAIN.intersection(meaning.utterance.words)


_IN_VAIN: Final = frozenset(
    {"but", "still", "worse", "stuck", "can't", "cannot", "won't", "underwater", "pero"}
)


def _shutoff(draft: Draft, *, near_electric: bool, is_off: bool = False) -> None:
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


def help_with_shutoff(draft: Draft, meaning: Meaning) -> None:
    """Where the main valve usually is, for somebody who cannot find it; said once."""
    if not draft.has("shutoff") or draft.sentences or draft.heard - {"shutoff"}:
        return
    if _is_off(meaning):
        draft.say("shutoff_good", interruptible=False)
        draft.answered_aside = True
    elif "shutoff_unknown" in meaning.cues and draft.state.attempts.get("shutoff_where", 0) < 2:
        tries = draft.state.attempts.get("shutoff_where", 0) + 1
        draft.put(attempts={**draft.state.attempts, "shutoff_where": tries})
        draft.say("shutoff_where", interruptible=False)
        draft.answered_aside = True


def while_inside(draft: Draft, meaning: Meaning) -> bool:
    """Life safety goes on: nothing is asked until everyone is out. Whether the turn is done."""
    state = draft.state
    if state.goal != "safety":
        return False
    if "someone_inside" in meaning.cues and not draft.heard - {"outside", "vulnerable", "name"}:
        if "name" in draft.heard:
            draft.clear("name")  # "she's still inside" names nobody
        draft.say("e0_someone_inside", interruptible=False)
        draft.ended = True
        return True
    if state.slot("outside"):
        return _outside_remark(draft, meaning)
    if "cannot_leave" in meaning.cues:
        draft.say("e0_cannot_leave", interruptible=False)
        draft.ended = True
        return True
    agrees = meaning.answer is Answer.YES and not _ONLY_OKAY.issuperset(meaning.utterance.words)
    if state.asked == "outside" and agrees and "inside" not in meaning.cues:
        draft.fill("outside", "yes")
        return False
    if state.attempts.get("outside", 0) >= 2:
        draft.say("e0_end_inside", interruptible=False)
        draft.ended = True
        return True
    if _DANGEROUS.intersection(meaning.utterance.words):
        draft.say("e0_yes", interruptible=False)
    spark = "e0_spark" in state.marks
    draft.say("e0_again_spark" if spark else "e0_again", interruptible=False)
    draft.ask("outside", attempt=0)
    return True


_ONLY_OKAY: Final = frozenset(
    {"ok", "okay", "alright", "uh", "huh", "mhm", "sure", "thanks", "thank", "you", "bye", "will"}
    | {"do", "got", "it", "right", "fine", "k", "bueno", "gracias", "está", "bien"}
)
"""Words that promise to leave, and do not say that one has."""
_DANGEROUS: Final = frozenset({"dangerous", "danger", "serious", "bad", "peligroso", "grave"})


def _outside_remark(draft: Draft, meaning: Meaning) -> bool:
    """Nobody goes back in, and 911 is called, whatever else is being asked. The call goes on."""
    if draft.heard - {"outside"}:
        return False
    asks_911 = {"911", "nine"} & set(meaning.utterance.words) and meaning.answer is Answer.NONE
    if "reenters" in meaning.cues:
        draft.say("e0_stay_out", interruptible=False)
    elif asks_911 and _is_asking(meaning):
        draft.say("e0_call_911", interruptible=False)
    else:
        return False
    draft.answered_aside = True
    return False


def _is_asking(meaning: Meaning) -> bool:
    return bool(set(meaning.utterance.words[:3]) & {"do", "should", "can", "will", "must", "so"})
