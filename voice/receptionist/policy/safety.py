"""Dangers: the instruction at once, the page, and only then the few facts that help."""

from typing import Final

from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.intake_names import is_full_name
from voice.receptionist.jobs import OTHER, code_for, kind_of, only_refused
from voice.receptionist.policy import evacuation, rescue, shutoff
from voice.receptionist.policy.alarming import (
    danger_in_answer,
    denies_shortly,
    is_electric,
    names_the_fuel,
)
from voice.receptionist.problem import keep_problem
from voice.receptionist.triage import Danger, danger_in, suspected_in
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.hazards import LIFE
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning

_SCRIPTS: Final = {"gas": "e0_gas", "co": "e0_co", "spark": "e0_spark"}
_CHECKS: Final = {
    "gas": "gas_smell", "co": "co_alarm", "spark": "near_sparks", "flood": "active_leak",
    "sewage": "fixtures", "frozen": "active_leak", "sanitation": "other_toilet",
}  # fmt: skip


def react(draft: Draft, meaning: Meaning) -> bool:
    """Answer a danger that was just heard of; whether that is the whole turn."""
    if rescue.react(draft, meaning):
        return True
    if draft.state.asked == "name" and is_full_name(meaning.utterance):
        return False  # Jim Flood, Ashley Sparks
    danger = _confirmed(draft, meaning)
    if danger is None and not _tells_of_none(draft, meaning):
        danger = danger_in(meaning)
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
    if danger.urgency is Urgency.E0 and "made_safe" in meaning.cues and not draft.has("e0"):
        _check(draft, danger)  # the utility shut it off: one question, and it is work to be done
        return False
    if danger.urgency is Urgency.E0:
        return _life(draft, danger, meaning)
    for other in suspected_in(meaning):
        if other.hazard in _UNSEEN and not _is_mere_answer(draft, meaning, other):
            _check(draft, other)
    return _damage(draft, danger, meaning)


_OPEN_QUESTIONS: Final = (None, "problem", "anything_else", "hurt", "message", "leave_message")


def _tells_of_none(draft: Draft, meaning: Meaning) -> bool:
    """Whether an answer only denies, or says what a heater burns: "it's gas by the way"."""
    state = draft.state
    if state.asked in _OPEN_QUESTIONS:
        return False
    heater = "water_heater" in state.job_type or draft.has("kind:heater")
    smells = state.asked == "gas_smell" and "gas" in meaning.utterance.words
    fuel = heater and state.goal == "job" and names_the_fuel(meaning) and not smells
    return fuel or denies_shortly(meaning)


_UNSEEN: Final = ("gas", "co")
"""Dangers to life that a flood's own question, about electricity, does not find."""


def _water_reaches_electric(draft: Draft, meaning: Meaning) -> None:
    """In a flood, what is said later of outlets and panels: hands off, whatever is being asked."""
    state = draft.state
    wet = {"e1_flood", "e1_sewage"} & state.marks
    if state.goal != "emergency" or not wet or state.asked == "near_electric":
        return
    if state.slot("near_electric") != "yes" and is_electric(meaning):
        draft.fill("near_electric", "yes")
        draft.say("electric_yes", interruptible=False)
        draft.answered_aside = True


def _is_mere_answer(draft: Draft, meaning: Meaning, danger: Danger) -> bool:
    """An answer to a plain question in which only the classifier sees a danger.

    It may be half sure of a sentence, or quite sure of a name: Chuck Strobel.
    """
    words = meaning.utterance.words
    chance = meaning.chances.get(danger.hazard, 0.0)
    of_property = danger.hazard not in LIFE and chance < _OPEN_WORDS
    if danger.hazard == "sanitation" and "only_toilet" in meaning.cues:
        return False
    if draft.state.asked in ("name", "street") and of_property and len(words) <= _LONGEST_NAME:
        return True  # "Flood, like the water. Tom Flood", "450 Flood Street"
    if danger.hazard in meaning.suspicions or danger.hazard in meaning.hazards:
        return False
    unlikely = meaning.chances.get(danger.hazard, 0.0) < 0.5 and len(words) <= _LONGEST_ANSWER
    calm = draft.state.goal not in ("safety", "emergency") or draft.state.asked == "name"
    named = draft.state.asked in ("name", "street", "unit")
    bare = calm and named and len(words) <= 4 and not words_of("trade_words").intersection(words)
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
_LONGEST_NAME: Final = 9
_OPEN_WORDS: Final = 0.4
"""Below this chance the words of damage are the name of somebody or of a street."""


def _is_nothing_we_mend(draft: Draft, danger: Danger, meaning: Meaning) -> bool:
    """Whether it is a broken sprinkler on the lawn: nobody is called out where none is sent."""
    return (
        danger.urgency is not Urgency.E0
        and draft.state.goal != "emergency"
        and bool(_OUTDOORS & set(meaning.utterance.words))
        and bool(only_refused(draft.state.rules, meaning))
        and not words_of("harm_to_home") & set(meaning.utterance.words)
    )


_OUTDOORS: Final = frozenset(
    {"sprinkler", "sprinklers", "lawn", "yard", "irrigation", "garden", "pool", "spa", "pond"}
    | {"septic", "well", "fountain", "outside", "roof", "gutter", "gutters", "hydrant"}
    | {"riego", "jardín", "alberca", "piscina", "patio", "techo"}
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
    if asked in ("gas_smell", "co_alarm") and "somebody_does" in meaning.cues:
        return Danger("gas" if asked == "gas_smell" else "co", certain=True)
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
    {"tiny", "slight", "slightly", "whiff", "bit"}
    | {"maybe", "possibly", "faint", "faintly", "little", "burning", "plastic", "chemical", "funny"}
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
    job = _job_of(draft, danger, meaning)
    known = draft.state.job_type
    draft.put(goal="safety", job_type=known if job == "unknown" and known else job)
    keep_problem(draft, meaning)
    if not first:
        _tell_worse(draft, danger, meaning)
        return False
    far = evacuation.is_elsewhere(meaning)
    if "outside" in meaning.cues and "inside" not in meaning.cues:
        draft.fill("outside", "yes")
    draft.mark(_SCRIPTS[danger.hazard])
    if "second_hand" in meaning.cues:
        draft.mark("second_hand")
    if far:
        evacuation.warn_from_afar(draft)
    else:
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


_WORSE: Final = {"spark": "e0_fire", "co": "e0_symptoms"}


def _tell_worse(draft: Draft, danger: Danger, meaning: Meaning) -> None:
    """Fire or sickness told of while the facts are taken: 911 is to know."""
    burns = danger.hazard == "spark" or meaning.means("flames", 2.0)
    hazard = "spark" if burns else danger.hazard
    known = f"told:{hazard}" in draft.state.marks or _SCRIPTS[hazard] in draft.state.marks
    if hazard in _WORSE and not known and draft.state.slot("outside"):
        draft.mark(f"told:{hazard}")
        draft.say(_WORSE[hazard], interruptible=False)
        draft.answered_aside = True


def _damage(draft: Draft, danger: Danger, meaning: Meaning) -> bool:
    if draft.state.urgency is Urgency.E0:
        return False
    first = draft.mark("e1")
    draft.raise_urgency(Urgency.E1)
    draft.note_intent("emergency")
    keep_problem(draft, meaning)
    floods = danger.hazard == "flood" and bool(draft.state.marks & _DRY)
    if not (first or floods):
        return False
    if not draft.mark(f"e1_{danger.hazard}"):
        return False
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


_DRY: Final = frozenset({"e1_frozen", "e1_sanitation"})
"""Emergencies without water on the floor, which may burst or overflow yet."""


def _electric_known(draft: Draft, meaning: Meaning) -> bool:
    """The caller said already that the water is at something electric."""
    if not set(meaning.utterance.words) & words_of("electric"):
        return False
    draft.fill("near_electric", "yes")
    shutoff.advise(draft, near_electric=True)
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
