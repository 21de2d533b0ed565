"""One turn of the caller's, from words to reply: safety, stops, facts, answers, next question."""

from dataclasses import replace
from typing import Final

from voice.receptionist.dialogue import CallerSaid, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.intake import take_down
from voice.receptionist.jobs import OTHER, code_for, kind_of, not_offered_in
from voice.receptionist.language_model import proposed_label, proposed_urgency
from voice.receptionist.phrasing import Fact
from voice.receptionist.policy import asides, bookings, plan, safety, stops
from voice.receptionist.policy.answering import settle
from voice.receptionist.policy.questions import goodbye
from voice.receptionist.triage import everyday_urgency
from voice.receptionist.understanding.answers import Answer, without_hesitation
from voice.receptionist.understanding.contact import spoken_phone
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import BELIEVED, HAZARDS, Meaning, understand
from voice.receptionist.understanding.text import clean

_JOB_QUESTIONS = ("problem", "anything_else", "book", None, "leave_message", "message")


PROPOSED: Final = 0.8
"""How likely a label is that only a model proposed."""
SUSPECTED: Final = 0.6


def listen(draft: Draft, event: CallerSaid) -> None:
    """Compose the reply to what was said."""
    state = draft.state
    draft.put(turn=state.turn + 1 if state.turn or state.last_reply.asked else 1, ended=False)
    if event.confidence is not None:
        draft.put(confidences=(*state.confidences, event.confidence))
    meaning = _with_proposal(draft, understand(clean(event.text)), event)
    _language(draft, meaning)
    if safety.react(draft, meaning):
        take_down(draft, meaning)
        return
    if draft.state.goal == "safety" or not _is_card(draft, meaning):
        if stops.stop(draft, meaning):
            return
    elif stops.card(draft, meaning):
        return
    if _nothing_said(draft, meaning):
        return
    take_down(draft, meaning)
    if safety.while_inside(draft, meaning):
        return
    _converse(draft, meaning)


def _with_proposal(draft: Draft, meaning: Meaning, event: CallerSaid) -> Meaning:
    """A model's reading counts where the rules have none: as likely, never as certain.

    A danger it proposes is asked about; an urgency may only rise, and only to same day.
    """
    label = proposed_label(event.proposal)
    if not label or meaning.cues or any(c >= BELIEVED for c in meaning.chances.values()):
        return meaning
    chance = SUSPECTED if label in HAZARDS else PROPOSED
    urgency = proposed_urgency(event.proposal, draft.state.urgency)
    if urgency is not None and label not in HAZARDS:
        draft.raise_urgency(Urgency.U if urgency is not Urgency.R else urgency)
    return replace(meaning, chances={**meaning.chances, label: chance})


def _is_card(draft: Draft, meaning: Meaning) -> bool:
    if meaning.has_card:
        return True
    return meaning.means("card", 0.7) and draft.state.asked not in ("message", "name", "street")


def _converse(draft: Draft, meaning: Meaning) -> None:
    asked = draft.state.asked
    if draft.state.goal not in ("safety",):
        asides.answer(draft, meaning)
    settle(draft, meaning)
    if draft.ended:
        return
    if _may_change_topic(draft, meaning, asked):
        _topic(draft, meaning)
    safety.help_with_shutoff(draft, meaning)
    if meaning.means("repeat", 0.8) and not draft.heard and not draft.sentences:
        draft.say("repeat")
    elif _missed(draft, meaning, asked):
        draft.say("not_understood", attempt=min(draft.state.misses, 2))
        draft.put(misses=draft.state.misses + 1)
    else:
        draft.put(misses=0)
        _acknowledge(draft, asked)
    if not draft.actions_wait:
        plan.proceed(draft)


def _language(draft: Draft, meaning: Meaning) -> None:
    """Answer in the caller's language, where the tenant offers it."""
    if meaning.is_spanish and draft.state.language != "es" and "es" in draft.state.rules.languages:
        draft.put(language="es")
        draft.note_act("switch_language")


def _nothing_said(draft: Draft, meaning: Meaning) -> bool:
    """Only noise, or somebody looking something up: wait for them."""
    if not meaning.is_empty and not meaning.hesitates:
        return False
    asked = draft.state.asked
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


def _may_change_topic(draft: Draft, meaning: Meaning, asked: str | None) -> bool:
    """Whether the words may set what the call is about: not the answer to a small question."""
    state = draft.state
    if draft.ended or state.goal in ("safety", "emergency"):
        return False
    if state.goal in ("", "closing") or asked in _JOB_QUESTIONS:
        return True
    return any(meaning.means(label, 0.85) for label in ("cancel", "reschedule", "status"))


def _topic(draft: Draft, meaning: Meaning) -> None:
    """What the call is about now: an existing visit, a message, or a job."""
    for label in ("cancel", "reschedule", "status"):
        if meaning.means(label, 0.6) and draft.state.goal != "existing":
            _existing(draft, label)
            return
    if draft.state.goal == "existing" and draft.state.asked != "anything_else":
        return
    if meaning.means("callback", 0.7) and not draft.asked:
        draft.note_intent("message")
        if not _describes_job(meaning):
            draft.put(goal="message")
            return
    if draft.asked:
        return
    _job(draft, meaning)


def _existing(draft: Draft, label: str) -> None:
    draft.note_intent(label)
    draft.mark(f"want:{label}")
    draft.put(goal="existing", job_type=draft.state.job_type or "existing")
    draft.raise_urgency(Urgency.R)
    if label == "cancel" and draft.state.problem == "":
        draft.say("cancel_offer")


def _describes_job(meaning: Meaning) -> bool:
    return bool(kind_of(meaning))


def _job(draft: Draft, meaning: Meaning) -> None:
    """Take the words as the problem, if they are one."""
    state = draft.state
    refused = not_offered_in(state.rules, meaning.text)
    kind = kind_of(meaning)
    if (refused and kind in ("", OTHER)) or (refused and _is_only_refused(meaning)):
        if "faq_no" not in draft.state.acts or not draft.answered_aside:
            if not draft.answered_aside:
                asides.not_offered(draft, refused)
        draft.put(goal="closing")
        return
    asked_price_only = "price_said" in state.marks and not _own_problem(meaning)
    if draft.answered_aside and state.intents[:1] == ("faq",) and not _own_problem(meaning):
        if not kind or meaning.means("offer", 0.6):
            _after_answer(draft, kind, meaning)
            return
    if kind:
        _start_job(draft, meaning, kind)
        if asked_price_only and state.goal == "":
            _after_price(draft)
        return
    if draft.answered_aside or ("privacy" in state.intents and state.asked is None):
        _after_answer(draft, kind, meaning)
        return
    if meaning.means("book", 0.6):
        draft.note_intent("booking")
        draft.put(goal="")
        return
    trade = bool(set(meaning.utterance.words) & words_of("trade_words"))
    if (state.asked == "problem" or (state.asked is None and trade)) and _is_description(
        draft, meaning
    ):
        _start_job(draft, meaning, OTHER)
    elif state.asked in ("problem", None) and meaning.means("done", 0.7) and state.turn > 1:
        goodbye(draft)


def _own_problem(meaning: Meaning) -> bool:
    """Whether something of the caller's own needs work, rather than a general question."""
    words = set(meaning.utterance.words)
    mine = {"my", "our", "mine", "we've", "i've", "here", "slow", "slowly", "clogged", "leaking", "broken",
            "need", "mi", "nuestro", "tengo", "tapado", "gotea"}  # fmt: skip
    drains = {"drains", "drips", "won't", "isn't", "doesn't", "stopped", "leaks", "runs", "keeps"}
    return bool(words & (mine | drains))


def _is_only_refused(meaning: Meaning) -> bool:
    chances = meaning.chances
    return chances.get("offer", 0.0) > 0.5 and not _own_problem(meaning)


def _start_job(draft: Draft, meaning: Meaning, kind: str) -> None:
    state = draft.state
    price_first = "price_said" in state.marks and "price" in state.intents
    draft.note_intent("service")
    if meaning.means("book", 0.6) and kind != OTHER:
        draft.mark("wants_booking")
    job_type = code_for(state.rules, kind, meaning.text)
    problem = state.problem or meaning.text[:200]
    draft.put(goal="job", job_type=job_type, problem=problem)
    if price_first and job_type != OTHER and _own_problem(meaning):
        draft.mark("price+booking")
    draft.mark(f"kind:{kind}")
    if kind == "heater" and _says_leaking(meaning):
        draft.fill("leak", "yes")
        draft.raise_urgency(Urgency.U)
    if meaning.means("minor", 2.0) or (
        kind == "leak" and meaning.means("leak", 0.5) and _is_small(meaning)
    ):
        draft.mark("minor")
    draft.raise_urgency(everyday_urgency(meaning, kind))
    if draft.state.urgency is Urgency.U and not draft.answered_aside and not draft.sentences:
        draft.say("sorry_hear")


def _says_leaking(meaning: Meaning) -> bool:
    words = set(meaning.utterance.words)
    denied = bool(words & {"no", "not", "isn't", "nothing"}) and "but" not in words
    return bool(words & {"leak", "leaking", "leaks", "dripping", "gotea", "goteando", "fuga"}) and (
        not denied
    )


def _is_small(meaning: Meaning) -> bool:
    words = set(meaning.utterance.words)
    return bool(words & {"faucet", "tap", "spigot", "showerhead", "handle", "llave", "grifo"})


def _is_description(draft: Draft, meaning: Meaning) -> bool:
    """Words that may well be a problem we have no name for."""
    if draft.heard - {"city"} or draft.answered_aside:
        return False
    if (
        meaning.answer in (Answer.YES, Answer.NO, Answer.UNSURE)
        and len(meaning.utterance.tokens) < 6
    ):
        return False
    words = [word for word in without_hesitation(meaning.utterance) if not word.isdecimal()]
    return len(words) >= 4


def _after_price(draft: Draft) -> None:
    """A price was asked in general: offer the visit instead of starting to book it."""
    if draft.state.job_type == OTHER:
        return
    draft.put(goal="closing")
    draft.ask("book")


def _after_answer(draft: Draft, kind: str, meaning: Meaning) -> None:
    """An answer was given; the caller goes on, or that was all."""
    if draft.asked:
        return
    intents = draft.state.intents
    if kind and kind != OTHER and meaning.means("offer", 0.6) and "faq_yes" in draft.state.acts:
        draft.put(
            job_type=code_for(draft.state.rules, kind, meaning.text), problem=meaning.text[:200]
        )
        draft.mark(f"kind:{kind}")
        draft.put(goal="closing")
        draft.ask("book")
        return
    if (intents and intents[0] in ("faq",)) or "price_said" in draft.state.marks:
        if "price_said" in draft.state.marks and draft.state.job_type in ("", OTHER):
            if "estimate_visit" in draft.state.acts and draft.state.goal == "":
                draft.raise_urgency(Urgency.R)
        draft.put(goal="closing")


def _missed(draft: Draft, meaning: Meaning, asked: str | None) -> bool:
    """Nothing in the words was of use."""
    if draft.sentences or draft.heard or draft.asked or draft.actions or draft.ended:
        return False
    if any(mark.startswith("check:") for mark in draft.state.marks) and asked in (None, "problem"):
        return False
    settled = {
        "near_electric",
        "gas_smell",
        "leak",
        "active_leak",
        "fixtures",
        "cleanout",
        "message",
    }
    if asked in settled or draft.state.asked != asked:
        return False
    if asked in (None, "problem"):
        return draft.state.goal == "" and not draft.state.intents
    if asked == "window":
        return draft.state.window is None
    if asked in ("street", "zip", "name"):
        return asked not in draft.state.slots
    if asked == "phone":
        return "phone" not in draft.state.slots and meaning.answer is Answer.NONE
    return False


def _acknowledge(draft: Draft, asked: str | None) -> None:
    """A number given is said back at once; other facts are read back at the end."""
    if draft.sentences or draft.asked:
        return
    if "phone" in draft.heard and draft.state.goal != "safety":
        phone = Fact(spoken_phone(draft.state.slot("phone")), "slot:phone")
        draft.say("got_phone", phone=phone)
    elif draft.heard and asked is not None:
        draft.say("got_it")


__all__ = ["bookings", "listen"]
