"""Questions the caller asks along the way, answered from the rules alone.

An intent that only needs an answer is one line in ANSWERS, plus its examples in `data/examples`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from voice.receptionist.dialogue import Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.intake_names import is_bare_name
from voice.receptionist.jobs import (
    kind_of,
)
from voice.receptionist.policy import (
    alarms,
    area,
    bookings,
    memberships,
    offers,
    office,
    opening,
    prices,
    unforeseen,
)
from voice.receptionist.policy.questions import CONTACT
from voice.receptionist.problem import problem_of
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.text import plain

Answerer = Callable[[Draft, Meaning], None]


def answer(draft: Draft, meaning: Meaning) -> None:
    """Answer every question in the words; what is not known is noted, never made up."""
    if "name" in draft.heard and is_bare_name(meaning):
        return
    if "shutoff_unknown" in meaning.cues and draft.has("shutoff"):
        return  # where the valve is belongs to the emergency
    if draft.state.goal != "emergency" and memberships.speaks_of(draft, meaning):
        memberships.answer(draft, meaning)
        return
    for label, (threshold, answerer) in ANSWERS.items():
        if (
            label in ("price", "fee")
            and label not in meaning.cues
            and not prices.speaks_of_money(meaning)
        ):
            continue
        if label == "fee" and prices.asks_price_of_work(draft, meaning):
            continue
        if meaning.means(label, threshold):
            answerer(draft, meaning)
            if draft.answered_aside and len(draft.sentences) >= 2:
                return
    if draft.answered_aside or draft.sentences:
        return
    if _asks_who_we_are(draft, meaning):
        robot(draft, meaning)
    elif draft.state.asked in _SMALL_QUESTIONS or (
        draft.state.asked == "confirm" and unforeseen.asks_openly(meaning)
    ):
        _in_passing(draft, meaning)


def _asks_who_we_are(draft: Draft, meaning: Meaning) -> bool:
    """Whether "is this Harbor Plumbing?" is all that was said."""
    name = f" {plain(draft.state.rules.business_name)} "
    asks = unforeseen.is_question(meaning) and len(meaning.utterance.words) <= _LONGEST_ASKED
    return asks and name in f" {meaning.utterance.plain} " and not kind_of(meaning)


_LONGEST_ASKED: Final = 10


_SMALL_QUESTIONS: Final = (
    *CONTACT,
    *("gas_smell", "leak", "active_leak", "fixtures", "cleanout", "anything_else"),
    *("leave_message", "callback", "book", "near_electric"),
)
"""Questions with an answer of their own, which another question does not give."""


def _in_passing(draft: Draft, meaning: Meaning) -> None:
    """A question nobody foresaw, asked instead of an answer."""
    if draft.heard or meaning.answer is not Answer.NONE:
        return
    if kind_of(meaning) or meaning.hazards:
        return
    if any(meaning.means(label, 0.6) for label in _ANSWERED_LATER):
        return
    if meaning.means("status", 0.6) and not _OF_ONES_OWN_VISIT.isdisjoint(meaning.utterance.words):
        return
    if not unforeseen.is_question(meaning):
        return
    wish = bookings.wish_of(draft, meaning)
    if not (wish.day or wish.after_day):
        unforeseen.note(draft, meaning)
    elif draft.state.asked != "confirm":
        draft.say("noted")  # the day is offered once times are
        draft.answered_aside = True


_ANSWERED_LATER: Final = ("cancel", "reschedule", "callback", "book", "repeat", "done")
_OF_ONES_OWN_VISIT: Final = frozenset(
    {"where", "where's", "when", "late", "still", "yet", "status", "dónde", "cuándo", "todavía"}
)


def why_needed(draft: Draft, meaning: Meaning) -> None:
    draft.say("why_needed")
    draft.answered_aside = True


def when_exactly(draft: Draft, meaning: Meaning) -> None:
    """The window, or the next one that is open: nobody promises a time of arrival."""
    state = draft.state
    soonest = "how_soon" in meaning.cues and not meaning.means("status", 0.6)
    if draft.answered_aside:
        return
    if state.window is not None and state.reference:
        draft.say("window_only", window=draft.window_fact(state.window))
    elif state.goal == "emergency":
        draft.say("paged_no_time")
    elif state.goal != "job" and not (state.goal == "" and soonest):
        return
    elif state.window is not None or (state.offered and not soonest):
        return  # times are on offer already
    elif state.open_windows:
        draft.say("next_opening", first=draft.window_fact(state.open_windows[0]))
    else:
        return
    draft.answered_aside = True


def asks_recorded(draft: Draft, meaning: Meaning) -> None:
    """Whether the call is recorded, and that a word turns it off."""
    on = draft.state.rules.recording and not draft.has("recording_off")
    draft.say("recorded_yes" if on else "recorded_no")
    draft.answered_aside = True


def is_this_you(draft: Draft, meaning: Meaning) -> None:
    """ "Is this the plumber?" """
    if draft.mark("this_is"):
        draft.say("this_is")
        draft.answered_aside = True


def other_company(draft: Draft, meaning: Meaning) -> None:
    """ "Is this Roto-Rooter?": who we are, unless that is who we are."""
    if plain(draft.state.rules.business_name) not in meaning.utterance.plain:
        draft.say("this_is_us")
        draft.answered_aside = True
        draft.ask(draft.state.asked or "problem", attempt=0)


def whose_name(draft: Draft, meaning: Meaning) -> None:
    """ "My name or hers?" """
    draft.say("whose_name")
    draft.answered_aside = True


def emergency_service(draft: Draft, meaning: Meaning) -> None:
    """Whether emergencies are taken: who is on call says so, and the listed fee is named."""
    rules = draft.state.rules
    draft.note_intent("faq")
    draft.answered_aside = True
    if not rules.on_call:
        unforeseen.from_faq_or_noted(draft, meaning, "unknown_question")
        return
    draft.say("emergency_service")
    if rules.emergency_fee:
        prices.say_fee(draft, "emergency_fee")
    draft.note_act("faq_yes", "faq_or_message")
    unforeseen.note_faq(draft)


def announces_question(draft: Draft, meaning: Meaning) -> None:
    """ "I have a question": it is welcome."""
    draft.say("go_ahead")
    draft.answered_aside = True
    draft.asked, draft.question = draft.state.asked or "problem", ()


def only_emergency(draft: Draft, meaning: Meaning) -> None:
    """ "Emergency!" and nothing else: what it is comes first."""
    if draft.state.asked in (None, "problem") and draft.state.goal == "":
        draft.ask("problem", "ask_emergency", attempt=0)


def greeting(draft: Draft, meaning: Meaning) -> None:
    if draft.state.asked in (None, "problem") and draft.mark("hello"):
        draft.say("hello")


def question(draft: Draft, meaning: Meaning) -> None:
    """Free questions: the tenant's own answers, else noted for the plumber."""
    if draft.answered_aside or meaning.means("greeting", 2.0):
        return
    if draft.state.asked == "gas_smell" and meaning.cues & {"asks_what_it_smells", "not_home"}:
        return
    draft.note_intent("faq")
    draft.answered_aside = True
    if unforeseen.from_faq(draft, meaning):
        return
    unforeseen.from_faq_or_noted(draft, meaning, "unknown_question")


_PERSONS: Final = frozenset({"person", "human", "real", "persona", "humano"})


def robot(draft: Draft, meaning: Meaning) -> None:
    draft.note_intent("disclosure")
    person = _PERSONS.intersection(meaning.utterance.words)
    draft.say("robot_no" if person else "robot")
    draft.note_act("answer_truthfully", "continue")
    draft.answered_aside = True


def warranty(draft: Draft, meaning: Meaning) -> None:
    """Our own work that went wrong; whoever asks what is covered complains of nothing."""
    if "warranty_asked" in meaning.cues and "warranty" not in meaning.cues:
        return
    if draft.state.goal == "message":
        return  # a complaint that the office was told already
    draft.note_intent("warranty")
    if draft.mark("warranty"):
        draft.say("warranty")
        draft.note_act("note_warranty")
        draft.fill("warranty", "yes")
        draft.put(
            goal="job", job_type="existing", problem=draft.state.problem or problem_of(meaning)
        )
        draft.raise_urgency(Urgency.R)


def manager(draft: Draft, meaning: Meaning) -> None:
    if draft.mark("manager"):
        draft.fill("role", "property manager")
        draft.note_act("note_role")


def tenant(draft: Draft, meaning: Meaning) -> None:
    if "manager" in meaning.cues or draft.has("manager"):
        return  # a landlord's word for those who rent
    if draft.mark("tenant"):
        draft.fill("role", "tenant")
        draft.say("tenant")
        draft.note_act("note_role")


ANSWERS: Final[Mapping[str, tuple[float, Answerer]]] = {
    "is_this_you": (2.0, is_this_you),
    "asks_recorded": (2.0, asks_recorded),
    "emergency_service": (2.0, emergency_service),
    "only_emergency": (2.0, only_emergency),
    "announces_question": (2.0, announces_question),
    "greeting": (2.0, greeting),
    "child": (2.0, alarms.child),
    "who_else": (2.0, office.who_else),
    "whose_name": (2.0, whose_name),
    "other_company": (2.0, other_company),
    "robot": (0.7, robot),
    "why_needed": (2.0, why_needed),
    "when_exactly": (2.0, when_exactly),
    "asks_coming": (2.0, when_exactly),
    "how_soon": (2.0, when_exactly),
    "warranty": (0.75, warranty),
    "tenant": (0.75, tenant),
    "manager": (0.75, manager),
    "offer": (0.6, offers.offer),
    "fee": (0.55, prices.fee),
    "price": (0.5, prices.price),
    "too_expensive": (2.0, prices.discount),
    "hours": (0.6, opening.hours),
    "area": (0.55, area.area),
    "question": (0.75, question),
}
