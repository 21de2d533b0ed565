"""What comes before the job: a person asked for, recording, cards, sales calls, abuse.

Each takes over the turn when its words were said; the table says from which likelihood on.
"""

from collections.abc import Callable, Mapping
from typing import Final

from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.intake_names import is_full_name
from voice.receptionist.jobs import OTHER, code_for, kind_of
from voice.receptionist.policy import office, plan, prices
from voice.receptionist.policy.questions import goodbye
from voice.receptionist.problem import problem_of
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning

Stopper = Callable[[Draft, Meaning], bool]


def stop(draft: Draft, meaning: Meaning) -> bool:
    """Whether one of these took the turn."""
    for label, (threshold, stopper) in STOPS.items():
        if meaning.means(label, threshold) and stopper(draft, meaning):
            return True
    return False


def human(draft: Draft, meaning: Meaning) -> bool:
    """Put through on the first ask; nobody asks why.

    "Who do I talk to about a new heater" asks for a heater.
    """
    if "human" not in meaning.cues and kind_of(meaning) and draft.state.goal == "":
        return False
    if draft.state.asked == "name" and is_full_name(meaning.utterance):
        return False  # Rich Human
    draft.note_intent("human")
    return to_a_person(draft)


def to_a_person(draft: Draft) -> bool:
    """Transfer, or take a message where nobody can be reached."""
    if draft.has("transfer_failed") or not draft.state.rules.on_call:
        if not draft.has("no_one_said"):
            draft.mark("no_one_said")
            draft.say("no_one_to_transfer")
        plan.start_message(draft)
        return True
    draft.say("transfer_now")
    draft.do(ActionKind.TRANSFER, text=draft.state.problem)
    draft.ended = True
    return True


def recording(draft: Draft, meaning: Meaning) -> bool:
    """Off at once, whatever else is going on; the call goes on."""
    if not draft.mark("recording_off"):
        return False
    draft.note_intent("privacy")
    draft.say("recording_off")
    draft.do(ActionKind.STOP_RECORDING)
    draft.note_act("continue_or_transfer")
    draft.answered_aside = True
    return False


def sales(draft: Draft, meaning: Meaning) -> bool:
    """Over in one sentence, unbilled."""
    if draft.state.goal in ("safety", "emergency") or draft.state.slot("street"):
        return False
    job = max(meaning.chances.get(label, 0.0) for label in ("drain", "leak", "heater", "toilet"))
    if job > 0.5 and meaning.chances.get("sales", 0.0) < job:
        return False
    draft.note_intent("spam")
    draft.put(is_spam=True, job_type="spam", urgency=Urgency.N)
    draft.say("spam_end")
    draft.do(ActionKind.MARK_SPAM)
    draft.do(ActionKind.HANG_UP)
    draft.note_act("end_call")
    draft.ended = True
    return True


def wrong_number(draft: Draft, meaning: Meaning) -> bool:
    """Goodbye at once. Who speaks of plumbing has the right number, unless they say otherwise."""
    words = set(meaning.utterance.words)
    if words & words_of("trade_words") and not words & _SAID_WRONG:
        return False
    if "is_this_you" in meaning.cues or {"plumber", "plumbers", "plumbing"} & words:
        return False
    if draft.state.goal not in ("", "closing") or draft.state.urgency is not Urgency.N:
        return False
    draft.note_intent("wrong_number")
    draft.put(job_type=draft.state.job_type or "unknown")
    draft.say("wrong_number")
    draft.do(ActionKind.HANG_UP)
    draft.note_act("end_call")
    draft.ended = True
    return True


_SAID_WRONG: Final = frozenset({"wrong", "misdialed", "equivocado", "equivoqué", "equivoque"})


def self_harm(draft: Draft, meaning: Meaning) -> bool:
    """Who speaks of ending their life hears where somebody listens; the call goes on."""
    if draft.mark("self_harm"):
        draft.say("self_harm", interruptible=False)
        draft.answered_aside = True
    return False


def abuse(draft: Draft, meaning: Meaning) -> bool:
    """One calm sentence; the second time the call ends. Never in an emergency."""
    if draft.state.urgency in (Urgency.E0, Urgency.E1) or _has_business(meaning):
        return False
    draft.note_intent("abuse")
    if draft.mark("abuse"):
        draft.say("abuse")
        draft.answered_aside = True
        return False
    draft.say("abuse_end")
    draft.do(ActionKind.HANG_UP)
    draft.note_act("end_call")
    draft.ended = True
    return True


def _has_business(meaning: Meaning) -> bool:
    """An angry caller with a broken toilet has a broken toilet."""
    labels = (
        "drain",
        "leak",
        "heater",
        "toilet",
        "sewer",
        "flood",
        "cancel",
        "status",
        "human",
        "warranty",
    )
    return any(meaning.chances.get(label, 0.0) > 0.5 for label in labels)


def injection(draft: Draft, meaning: Meaning) -> bool:
    """There is no prompt to reach here: the answer is always the same."""
    if _has_business(meaning):
        return False
    draft.say("injection")
    draft.note_act("refuse")
    kind = kind_of(meaning)
    if kind not in ("", OTHER) and draft.state.goal == "":
        _true_price(draft, meaning, kind)
        return True
    draft.note_intent("injection")
    draft.answered_aside = True
    if draft.state.goal == "":
        plan.proceed(draft)
        return True
    return False


def _true_price(draft: Draft, meaning: Meaning, kind: str) -> None:
    """Whoever dictates a price hears the one that is listed, and may book at that."""
    prices.price(draft, meaning)
    draft.note_intent("injection")
    draft.put(
        job_type=code_for(draft.state.rules, kind, meaning.text),
        problem=problem_of(meaning),
        goal="closing",
    )
    draft.raise_urgency(Urgency.R)
    draft.ask("book")


def spanish(draft: Draft, meaning: Meaning) -> bool:
    """Switch where the tenant offers it; else say so once."""
    if "english" in meaning.cues and "spanish" not in meaning.cues:
        return False
    draft.note_intent("spanish")
    if "es" in draft.state.rules.languages:
        if draft.mark("spanish_yes"):
            draft.put(language="es")
            draft.note_act("switch_language")
            draft.say("spanish_yes")
            draft.answered_aside = True
        return False
    if draft.mark("spanish_no"):
        draft.say("spanish_no")
        draft.note_act("decline_language")
        draft.answered_aside = True
    return False


def card(draft: Draft, meaning: Meaning) -> bool:
    """Interrupt, mask, and send a link; the digits are in no slot and never read back."""
    draft.note_intent("payment")
    if meaning.has_card:
        draft.do(ActionKind.MASK_LAST_UTTERANCE)
    if draft.mark("card"):
        draft.say("card_refused" if meaning.has_card else "card_explained")
        draft.note_act("refuse_card")
    elif meaning.has_card:
        draft.say("card_refused")
    if not draft.state.job_type:
        draft.put(job_type="existing", urgency_known=True)
        draft.raise_urgency(Urgency.R)
    return _send_link(draft)


def _send_link(draft: Draft) -> bool:
    if draft.has("link_sent"):
        plan.proceed(draft) if draft.state.goal else goodbye_or_more(draft)
        return True
    if draft.state.number:
        draft.mark("link_sent")
        draft.say("card_link")
        draft.do(ActionKind.SEND_PAYMENT_LINK)
        draft.note_act("send_link")
        if draft.state.goal in ("", "closing"):
            goodbye_or_more(draft)
        else:
            plan.proceed(draft)
        return True
    draft.ask("phone", "ask_phone_callback_only")
    draft.mark("link_wanted")
    return True


def goodbye_or_more(draft: Draft) -> None:
    from voice.receptionist.policy.questions import ask_anything_else

    ask_anything_else(draft)


STOPS: Final[Mapping[str, tuple[float, Stopper]]] = {
    "self_harm": (2.0, self_harm),
    "recording": (0.8, recording),
    "spanish": (0.8, spanish),
    "whose_visit": (2.0, office.others_visit),
    "private_number": (2.0, office.private_number),
    "for_office": (2.0, office.for_office),
    "asks_owner": (2.0, office.asks_owner),
    "office": (0.6, office.matter),
    "sales": (0.7, sales),
    "human": (0.6, human),
    "wrong_number": (0.7, wrong_number),
    "injection": (0.75, injection),
    "abuse": (0.75, abuse),
}

__all__ = ["STOPS", "card", "goodbye", "human", "stop", "to_a_person"]
