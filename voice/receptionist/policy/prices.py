"""Prices and fees: the tenant's own words, or none."""

from voice.receptionist.calendar import is_open
from voice.receptionist.dialogue import Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.jobs import code_for, kind_of, service_by_code, service_named
from voice.receptionist.naming import service_fact
from voice.receptionist.phrasing import Fact
from voice.receptionist.policy import memberships
from voice.receptionist.policy.unforeseen import from_faq_or_noted
from voice.receptionist.rules import ServiceRule
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning


def price(draft: Draft, meaning: Meaning) -> None:
    """A listed price word for word; anything else is left to the visit."""
    state = draft.state
    draft.note_intent("price")
    if _is_after_hours_emergency(draft) and state.rules.emergency_fee:
        fee(draft, meaning)  # what an emergency costs at this hour is what is asked
        return
    kind, language = kind_of(meaning), state.language
    code = code_for(state.rules, kind, meaning.text) if kind else state.job_type
    service = _service_meant(draft, meaning) or _free_service(draft, meaning)
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
        free = service.price_text.lower().startswith("free")
        draft.say(
            "price_free" if free else "price_listed",
            service=service_fact(service, language),
            price=Fact(service.price_text, f"rules.services.{service.code}.price_text"),
        )
        draft.note_act("faq_price", *(("estimate_visit",) if free else ()))
        return
    if service is not None:
        draft.say("price_unlisted", service=service_fact(service, language))
        draft.note_act("faq_price")
    else:
        draft.say("price_unlisted_general")
    draft.note_act("estimate_visit")
    if service is not None and service.human_only:
        return  # whoever arranges it says what it costs
    if state.rules.diagnostic_fee:
        say_fee(draft, "diagnostic_fee")
    else:
        draft.say("price_estimate_visit")


def say_fee(draft: Draft, name: str) -> None:
    """The "diagnostic_fee" or the "emergency_fee", as listed."""
    fee = Fact(getattr(draft.state.rules, name), f"rules.{name}")
    if name == "diagnostic_fee":
        draft.say("price_diagnostic", diagnostic_fee=fee)
    else:
        draft.say("fee_emergency", emergency_fee=fee)


def _free_service(draft: Draft, meaning: Meaning) -> ServiceRule | None:
    """The service with a free estimate, for "do you give free estimates"."""
    if not {"free", "gratis"} & set(meaning.utterance.words):
        return None
    listed = (one for one in draft.state.rules.services if one.price_text)
    return next((one for one in listed if "free" in (one.price_text or "").lower()), None)


def _is_after_hours_emergency(draft: Draft) -> bool:
    urgent = draft.state.urgency in (Urgency.E0, Urgency.E1)
    return urgent and not is_open(draft.state.rules, draft.state.scene.now)


def fee(draft: Draft, meaning: Meaning) -> None:
    """The diagnostic and the emergency fee, as listed."""
    rules = draft.state.rules
    draft.note_intent("price")
    draft.answered_aside = True
    draft.mark("price_said")
    if memberships.is_member(draft):
        memberships.tell(draft)
        return
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
        say_fee(draft, "emergency_fee")
    elif rules.diagnostic_fee:
        say_fee(draft, "diagnostic_fee")
    else:
        from_faq_or_noted(draft, meaning, "fee_unknown")
    draft.note_act("faq_price")


def discount(draft: Draft, meaning: Meaning) -> None:
    """Prices are the plumber's: nothing is taken off, nobody is argued with."""
    if meaning.means("cancel", 0.6) or not draft.mark("no_discount"):
        return
    draft.answered_aside = True
    if memberships.is_member(draft):
        memberships.tell(draft)
        return
    draft.note_intent("price")
    draft.say("no_discount")


def speaks_of_money(meaning: Meaning) -> bool:
    """Whether a word for money was said: without one nobody asks for a price."""
    words = set(meaning.utterance.words)
    named = words & words_of("money_words")
    if words & {"phone", "telephone", "cell", "house", "teléfono"}:
        named -= {"number"}
    if named == {"much"}:
        return bool({"how", "too"} & words)
    return bool(named)


def asks_price_of_work(draft: Draft, meaning: Meaning) -> bool:
    """Whether "how much is this" means the work that is spoken of, and not the way there."""
    if draft.state.urgency in (Urgency.E0, Urgency.E1) or "price" not in meaning.cues:
        return False
    if words_of("fee_words") & set(meaning.utterance.words):
        return False
    return _service_meant(draft, meaning) is not None


def _service_meant(draft: Draft, meaning: Meaning) -> ServiceRule | None:
    """The service that was named, or that the call is about."""
    state, kind = draft.state, kind_of(meaning)
    code = code_for(state.rules, kind, meaning.text) if kind else state.job_type
    return service_by_code(state.rules, code) or service_named(state.rules, meaning.text)
