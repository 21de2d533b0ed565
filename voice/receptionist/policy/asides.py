"""Questions the caller asks along the way, answered from the rules alone.

An intent that only needs an answer is one line in ANSWERS, plus its examples in `data/examples`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from voice.receptionist.calendar import is_open
from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.faq import best_answer
from voice.receptionist.intake import is_bare_name
from voice.receptionist.jobs import (
    OTHER,
    code_for,
    kind_of,
    not_offered_in,
    service_by_code,
    service_named,
)
from voice.receptionist.phrasing import Fact, spoken_hours
from voice.receptionist.problem import problem_of
from voice.receptionist.understanding.address import city_in
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning

Answerer = Callable[[Draft, Meaning], None]


def answer(draft: Draft, meaning: Meaning) -> None:
    """Answer every question in the words; what is not known is noted, never made up."""
    if "name" in draft.heard and is_bare_name(meaning):
        return
    for label, (threshold, answerer) in ANSWERS.items():
        if label in ("price", "fee") and not _speaks_of_money(meaning):
            continue
        if meaning.means(label, threshold):
            answerer(draft, meaning)
            if draft.answered_aside and len(draft.sentences) >= 2:
                return


def _speaks_of_money(meaning: Meaning) -> bool:
    """Whether a word for money was said: without one nobody asks for a price."""
    return bool(set(meaning.utterance.words) & words_of("money_words"))


def price(draft: Draft, meaning: Meaning) -> None:
    """A listed price word for word; anything else is left to the visit."""
    state = draft.state
    draft.note_intent("price")
    if _is_after_hours_emergency(draft) and state.rules.emergency_fee:
        fee(draft, meaning)  # what an emergency costs at this hour is what is asked
        return
    kind = kind_of(meaning)
    code = code_for(state.rules, kind, meaning.text) if kind else state.job_type
    service = service_by_code(state.rules, code) or service_named(state.rules, meaning.text)
    if meaning.means("too_expensive", 2.0) and draft.has("price_said"):
        draft.say("no_discount")
        draft.answered_aside = True
        return
    if draft.answered_aside and "price_said" in draft.state.marks:
        return
    if not draft.mark(f"price:{code}") and not meaning.means("price", 0.8):
        return
    draft.mark("price_said")
    draft.answered_aside = True
    if service is not None and service.price_text:
        draft.say(
            "price_listed",
            service=Fact(service.name, f"rules.services.{service.code}.name"),
            price=Fact(service.price_text, f"rules.services.{service.code}.price_text"),
        )
        draft.note_act("faq_price")
        return
    if service is not None:
        draft.say(
            "price_unlisted", service=Fact(service.name, f"rules.services.{service.code}.name")
        )
        draft.note_act("faq_price")
    else:
        draft.say("price_unlisted_general")
    draft.note_act("estimate_visit")
    if state.rules.diagnostic_fee:
        fee = Fact(state.rules.diagnostic_fee, "rules.diagnostic_fee")
        draft.say("price_diagnostic", diagnostic_fee=fee)
    else:
        draft.say("price_estimate_visit")


def _is_after_hours_emergency(draft: Draft) -> bool:
    urgent = draft.state.urgency in (Urgency.E0, Urgency.E1)
    return urgent and not is_open(draft.state.rules, draft.state.scene.now)


def fee(draft: Draft, meaning: Meaning) -> None:
    """The diagnostic and the emergency fee, as listed."""
    rules = draft.state.rules
    draft.note_intent("price")
    draft.answered_aside = True
    draft.mark("price_said")
    words = set(meaning.utterance.words)
    after_hours = words & {
        "emergency",
        "after",
        "night",
        "nights",
        "weekend",
        "weekends",
        "sunday",
        "tonight",
        "extra",
        "hour",
        "emergencia",
        "noche",
    }
    if rules.emergency_fee and (after_hours or _is_after_hours_emergency(draft)):
        draft.say("fee_emergency", emergency_fee=Fact(rules.emergency_fee, "rules.emergency_fee"))
    elif rules.diagnostic_fee:
        draft.say(
            "price_diagnostic", diagnostic_fee=Fact(rules.diagnostic_fee, "rules.diagnostic_fee")
        )
    else:
        from_faq_or_noted(draft, meaning, "fee_unknown")
    draft.note_act("faq_price")


def why_needed(draft: Draft, meaning: Meaning) -> None:
    draft.say("why_needed")
    draft.answered_aside = True


def when_exactly(draft: Draft, meaning: Meaning) -> None:
    """The window is all there is to say: nobody promises a time of arrival."""
    window = draft.state.window
    if window is None or not draft.state.reference:
        return
    draft.say("window_only", window=draft.window_fact(window))
    draft.answered_aside = True


def is_this_you(draft: Draft, meaning: Meaning) -> None:
    """ "Is this the plumber?" """
    if draft.mark("this_is"):
        draft.say("this_is")
        draft.answered_aside = True


def emergency_service(draft: Draft, meaning: Meaning) -> None:
    """Whether emergencies are taken: who is on call says so, and the listed fee is named."""
    rules = draft.state.rules
    draft.note_intent("faq")
    draft.answered_aside = True
    if not rules.on_call:
        from_faq_or_noted(draft, meaning, "unknown_question")
        return
    draft.say("emergency_service")
    if rules.emergency_fee:
        draft.say("fee_emergency", emergency_fee=Fact(rules.emergency_fee, "rules.emergency_fee"))
    draft.note_act("faq_yes", "faq_or_message")
    note_faq(draft)


def only_emergency(draft: Draft, meaning: Meaning) -> None:
    """ "Emergency!" and nothing else: what it is comes first."""
    if draft.state.asked in (None, "problem") and draft.state.goal == "":
        draft.ask("problem", "ask_emergency", attempt=0)


def greeting(draft: Draft, meaning: Meaning) -> None:
    if draft.state.asked in (None, "problem") and draft.mark("hello"):
        draft.say("hello")


def discount(draft: Draft, meaning: Meaning) -> None:
    """Prices are the plumber's: nothing is taken off, nobody is argued with."""
    if meaning.means("cancel", 0.6) or not draft.mark("no_discount"):
        return
    draft.note_intent("price")
    draft.say("no_discount")
    draft.answered_aside = True


def hours(draft: Draft, meaning: Meaning) -> None:
    draft.note_intent("faq")
    draft.answered_aside = True
    rules = draft.state.rules
    if rules.hours:
        draft.say("hours", hours=Fact(spoken_hours(rules, draft.state.language), "rules.hours"))
        draft.note_act("faq_hours", "faq_or_message")
        note_faq(draft)
    else:
        from_faq_or_noted(draft, meaning, "hours_unknown")


def area(draft: Draft, meaning: Meaning) -> None:
    """By ZIP code; the plan itself declines a job that lies outside."""
    state = draft.state
    zips = state.rules.service_zips
    code = state.slot("zip")
    asks = meaning.utterance.words[:1] and (
        set(meaning.utterance.words) & {"do", "serve", "cover", "area", "service", "come"}
    )
    if not asks:
        return
    draft.note_intent("faq")
    if code and zips:
        if code in zips and draft.mark(f"area:{code}"):
            draft.say("area_yes", zip=draft.slot_fact("zip"))
            draft.answered_aside = True
            draft.note_act("faq_area", "faq_or_message")
            note_faq(draft)
        elif (
            code not in zips
            and state.goal != "job"
            and not kind_of(meaning)
            and draft.mark(f"area:{code}")
        ):
            draft.say("area_no", zip=draft.slot_fact("zip"))
            draft.note_act("decline_out_of_area")
            draft.answered_aside = True
            draft.put(goal="decline")
    elif zips and state.goal not in ("job", "emergency", "safety"):
        draft.say("area_ask")
        draft.answered_aside = True
        if not draft.asked and state.attempts.get("zip", 0) < 2:
            draft.ask("zip", attempt=1)
    elif not zips:
        from_faq_or_noted(draft, meaning, "area_unknown")
        draft.answered_aside = True


def _wants_it_done(meaning: Meaning) -> bool:
    """Something of the caller's own, or a time for it: an order, not a question."""
    words = set(meaning.utterance.words)
    return bool(words & words_of("own_problem") or meaning.cues & {"soon", "other_time", "no_rush"})


def note_faq(draft: Draft) -> None:
    """A call that was only a question so far."""
    if not draft.state.job_type:
        draft.put(job_type="faq")


def offer(draft: Draft, meaning: Meaning) -> None:
    """Whether something is done here: a clear no, a clear yes, or honestly unknown."""
    state = draft.state
    draft.note_intent("faq")
    refused = not_offered_in(state.rules, meaning.text)
    if refused:
        not_offered(draft, refused)
        return
    service = service_named(state.rules, meaning.text)
    kind = kind_of(meaning)
    if service is None and kind and kind != "other":
        service = service_by_code(state.rules, code_for(state.rules, kind, meaning.text))
    answered = service is None and best_answer(state.rules.faq, meaning.text) is not None
    unlisted = service is None and kind == OTHER and not answered
    if _asks_for_work(meaning) and (unlisted or _wants_it_done(meaning)):
        return
    draft.answered_aside = True
    if service is not None:
        draft.say("offered", service=Fact(service.name, f"rules.services.{service.code}.name"))
        draft.note_act("faq_yes", "faq_or_message")
        return
    from_faq_or_noted(draft, meaning, "unknown_question")


def _asks_for_work(meaning: Meaning) -> bool:
    """ "Can you put in a bidet" wants it done; "do you do bidets" wants to know."""
    words = f" {meaning.utterance.plain} "
    return any(f" {verb} you " in words for verb in ("can", "could", "will", "would"))


def not_offered(draft: Draft, entry: str) -> None:
    draft.answered_aside = True
    draft.note_intent("faq")
    draft.say("not_offered", service=Fact(entry, "rules.not_offered"))
    draft.note_act("faq_no")
    if not draft.state.job_type or draft.state.job_type in ("other", "unknown"):
        draft.put(job_type="not_offered")


def question(draft: Draft, meaning: Meaning) -> None:
    """Free questions: the tenant's own answers, memberships, else noted for the plumber."""
    if draft.answered_aside or meaning.means("greeting", 2.0):
        return
    draft.note_intent("faq")
    draft.answered_aside = True
    if from_faq(draft, meaning):
        return
    if draft.state.rules.memberships and set(meaning.utterance.words) & {
        "membership", "memberships", "plan", "plans", "club", "member", "maintenance", "care",
    }:  # fmt: skip
        memberships = "; ".join(draft.state.rules.memberships)
        draft.say("membership", membership=Fact(memberships, "rules.memberships"))
        draft.note_act("faq_answer")
        return
    from_faq_or_noted(draft, meaning, "unknown_question")


def from_faq_or_noted(draft: Draft, meaning: Meaning, unknown: str) -> bool:
    """The tenant's own answer; without one the phrase `unknown`, and the plumber gets to know."""
    if from_faq(draft, meaning):
        return True
    draft.say(unknown)
    note_unanswered(draft, meaning)
    draft.note_act("faq_or_message")
    note_faq(draft)
    return False


def from_faq(draft: Draft, meaning: Meaning) -> bool:
    """Answer from the tenant's own questions and answers, if one fits."""
    entry = best_answer(draft.state.rules.faq, meaning.text)
    if entry is None:
        return False
    source = f"rules.faq:{entry.question}"
    draft.say("faq", answer=Fact(entry.answer, source))
    draft.note_act("faq_answer")
    return True


def note_unanswered(draft: Draft, meaning: Meaning) -> None:
    """Keep the question for the plumber to answer once and for all."""
    text = meaning.text[:300]
    draft.put(open_questions=(*draft.state.open_questions, text))
    draft.do(ActionKind.NOTE_UNANSWERED, text=text)


def robot(draft: Draft, meaning: Meaning) -> None:
    draft.note_intent("disclosure")
    draft.say("robot")
    draft.note_act("answer_truthfully", "continue")
    draft.answered_aside = True


def warranty(draft: Draft, meaning: Meaning) -> None:
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
    if draft.mark("tenant"):
        draft.fill("role", "tenant")
        draft.say("tenant")
        draft.note_act("note_role")


def named_city(meaning: Meaning) -> str:
    return city_in(meaning.utterance)


ANSWERS: Final[Mapping[str, tuple[float, Answerer]]] = {
    "is_this_you": (2.0, is_this_you),
    "emergency_service": (2.0, emergency_service),
    "only_emergency": (2.0, only_emergency),
    "greeting": (2.0, greeting),
    "robot": (0.7, robot),
    "why_needed": (2.0, why_needed),
    "when_exactly": (2.0, when_exactly),
    "warranty": (0.75, warranty),
    "tenant": (0.75, tenant),
    "manager": (0.75, manager),
    "offer": (0.6, offer),
    "fee": (0.55, fee),
    "price": (0.5, price),
    "too_expensive": (2.0, discount),
    "hours": (0.6, hours),
    "area": (0.55, area),
    "question": (0.6, question),
}
