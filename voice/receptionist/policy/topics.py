"""What a call is about: a job, an existing visit, a message, or only a question."""

from typing import Final

from voice.receptionist.calendar import is_open
from voice.receptionist.dialogue import ActionKind, Urgency
from voice.receptionist.draft import Draft
from voice.receptionist.jobs import (
    OTHER,
    code_for,
    kind_of,
    not_offered_in,
    only_refused,
    service_by_code,
)
from voice.receptionist.naming import service_fact
from voice.receptionist.policy import asides, bookings, offers, unforeseen
from voice.receptionist.policy.questions import goodbye
from voice.receptionist.problem import problem_of
from voice.receptionist.triage import everyday_urgency
from voice.receptionist.understanding.answers import Answer, without_hesitation
from voice.receptionist.understanding.dates import WEEKDAYS
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.wishes import wished_for

_NO_JOB_YET: Final = ("", OTHER, "faq", "unknown", "not_offered")


def take_topic(draft: Draft, meaning: Meaning) -> None:
    """What the call is about now: an existing visit, a message, or a job."""
    moves = "reschedule" in meaning.cues and "cancel" not in meaning.cues
    for label in (
        ("reschedule", "cancel", "status") if moves else ("cancel", "reschedule", "status")
    ):
        answered = draft.answered_aside and (label == "status" or label not in meaning.cues)
        if label not in meaning.cues and kind_of(meaning) and not _speaks_of_visit(meaning):
            continue
        if label not in meaning.cues and _is_new_work(meaning):
            continue
        if meaning.means(label, 0.6) and draft.state.goal != "existing" and not answered:
            _existing(draft, meaning, label)
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


_VISIT: Final = frozenset(
    {"appointment", "visit", "booking", "schedule", "scheduled", "time", "day", "slot", "cita"}
    | {"plumber", "tech", "technician", "guy", "guys", "coming", "down", *WEEKDAYS}
)


def _is_new_work(meaning: Meaning) -> bool:
    """Whether a trouble is told, and no visit that was arranged before."""
    likeliest = max(meaning.chances.get(kind, 0.0) for kind in _TROUBLES)
    arranged = _ARRANGED & set(meaning.utterance.words)
    return (likeliest >= _PLAIN or "makes_appointment" in meaning.cues) and not arranged


_TROUBLES: Final = ("drain", "leak", "toilet", "heater", "sewer", "other_job", "heater_install")
_PLAIN: Final = 0.4
_ARRANGED: Final = frozenset(
    {"appointment", "visit", "booking", "booked", "scheduled", "reschedule", "tech", "technician"}
    | {"instead", "another", "different", "down", "guy", "coming", "push", "move", "change"}
    | {"cancel", "cita", "cambiar", "mover", "cancelar"}
)


def _speaks_of_visit(meaning: Meaning) -> bool:
    """Whether a visit is named that could be moved, called off or waited for."""
    return bool(set(meaning.utterance.words) & _VISIT)


def _existing(draft: Draft, meaning: Meaning, label: str) -> None:
    draft.note_intent(label)
    wish = bookings.wish_of(draft, meaning)
    if label == "reschedule" and wish.is_timed:
        draft.put(wish=wished_for(draft, meaning) or wish.timed())
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
    begun = bool(state.reference) or state.job_type not in _NO_JOB_YET
    if kind == OTHER and begun and "install_job" not in meaning.cues:
        kind = ""  # a remark on the job that is taken down already is no new one
    if "imagined" in meaning.cues and not state.problem and not _own_problem(meaning):
        if not draft.answered_aside:
            asides.question(draft, meaning)
        unforeseen.note_faq(draft)
        draft.put(goal="closing")
        return
    if refused and (kind in ("", OTHER) or only_refused(state.rules, meaning)):
        if not draft.answered_aside:
            offers.not_offered(draft, refused)
        draft.put(goal="closing")
        return
    if state.reference and draft.answered_aside and not _own_problem(meaning):
        draft.put(goal="closing")  # a question after the booking starts nothing new
        return
    asked_price_only = "price_said" in state.marks and not _own_problem(meaning)
    only_asked = state.intents[:1] == ("faq",) and not _own_problem(meaning)
    if draft.answered_aside and only_asked and (not kind or meaning.means("offer", 0.6)):
        _after_answer(draft, kind, meaning)
        return
    if kind:
        _start_job(draft, meaning, kind)
        if asked_price_only and state.goal == "":
            _after_price(draft)
        return
    trade = bool(set(meaning.utterance.words) & words_of("trade_words"))
    if "estimate_visit" in state.acts and "price_said" in state.marks and trade and not state.goal:
        _start_job(draft, meaning, OTHER)  # a price for something we cannot name: an estimate
        return
    if draft.answered_aside or ("privacy" in state.intents and state.asked is None):
        _after_answer(draft, kind, meaning)
        return
    if meaning.means("book", 0.6):
        draft.note_intent("booking")
        known = state.job_type not in (*_NO_JOB_YET, "existing", "spam") and not state.reference
        draft.put(goal="job" if known else "")
        return
    if (
        state.asked == "problem" or (state.asked is None and trade and not begun)
    ) and _is_description(draft, meaning):
        _start_job(draft, meaning, OTHER)
    elif state.asked in ("problem", None) and meaning.means("done", 0.7) and state.turn > 1:
        goodbye(draft)


def _own_problem(meaning: Meaning) -> bool:
    """Whether something of the caller's own needs work, rather than a general question."""
    return bool(set(meaning.utterance.words) & words_of("own_problem"))


def _start_job(draft: Draft, meaning: Meaning, kind: str) -> None:
    state = draft.state
    price_first = "price_said" in state.marks and "price" in state.intents
    draft.note_intent("service")
    if meaning.means("book", 0.6) and kind != OTHER:
        draft.mark("wants_booking")
    job_type = code_for(state.rules, kind, meaning.text)
    if draft.has("warranty"):
        job_type = "existing"  # our own work: the office arranges it
    problem = state.problem or problem_of(meaning)
    if state.problem and state.job_type == OTHER and kind != OTHER:
        problem = problem_of(meaning)  # what was said before was not understood
    intents = tuple(intent for intent in draft.state.intents if intent != "spam")
    draft.put(goal="job", job_type=job_type, problem=problem, is_spam=False, intents=intents)
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
    if not draft.answered_aside and not draft.sentences:
        _receive(draft, job_type)


def _receive(draft: Draft, job_type: str) -> None:
    """A word before the first question: sympathy where it is urgent, else that it can be done."""
    service = service_by_code(draft.state.rules, job_type)
    if draft.state.urgency is Urgency.U:
        draft.say("sorry_hear")
    elif service is not None and service.bookable and not bookings.is_out_of_area(draft):
        draft.say("can_help")


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
    if draft.heard - {"city"} or draft.answered_aside or meaning.means("greeting", 2.0):
        return False
    if unforeseen.asks_openly(meaning) and not _own_problem(meaning):
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
    _offer_visit(draft)


def _offer_visit(draft: Draft) -> None:
    """Ask whether to book, or to be put through where a person arranges the work."""
    rules = draft.state.rules
    service = service_by_code(rules, draft.state.job_type)
    draft.put(goal="closing")
    if service is None or not service.human_only:
        draft.ask("book")
        return
    draft.mark("human_only_said")
    reachable = rules.on_call and is_open(rules, draft.state.scene.now)
    key = "ask_put_through" if reachable else "ask_arrange"
    draft.ask("book", key, service=service_fact(service, draft.state.language))


def _after_answer(draft: Draft, kind: str, meaning: Meaning) -> None:
    """An answer was given; the caller goes on, or that was all."""
    if draft.asked:
        return
    if kind and kind != OTHER and meaning.means("offer", 0.6) and "faq_yes" in draft.state.acts:
        draft.put(
            job_type=code_for(draft.state.rules, kind, meaning.text), problem=problem_of(meaning)
        )
        draft.mark(f"kind:{kind}")
        _offer_visit(draft)
        return
    state = draft.state
    if state.intents[:1] != ("faq",) and "price_said" not in state.marks:
        return
    if "price_said" in state.marks and "estimate_visit" in state.acts and state.goal == "":
        draft.raise_urgency(Urgency.R)
    draft.put(goal="closing")
    unanswered = any(action.kind is ActionKind.NOTE_UNANSWERED for action in draft.actions)
    if unanswered and not state.problem and draft.mark("callback_offered"):
        draft.ask("callback")
