"""What is no plumbing job: suppliers, applicants, staff, other people's visits, private numbers.

The office gets a message with who, which number and what about; nothing is told of anybody.
"""

from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.faq import best_answer
from voice.receptionist.jobs import OTHER, kind_of
from voice.receptionist.naming import refused_fact
from voice.receptionist.policy import plan
from voice.receptionist.policy.questions import ask_anything_else
from voice.receptionist.understanding.meaning import Meaning

_LONGEST_MESSAGE = 300


def for_office(draft: Draft, meaning: Meaning) -> bool:
    """A matter of the office's own: what was said is the message, who said it is asked."""
    if not _is_open(draft) or best_answer(draft.state.rules.faq, meaning.text) is not None:
        return False
    draft.note_intent("message")
    draft.fill("message", meaning.text[:_LONGEST_MESSAGE])
    draft.say("office_message")
    plan.start_message(draft)
    return True


def matter(draft: Draft, meaning: Meaning) -> bool:
    """A bill, a complaint, a call to be returned: a message, unless a person or work is wanted."""
    rivals = ("warranty", "card", "status", "cancel", "reschedule", "human")
    chance = meaning.chances.get("office", 0.0)
    if any(meaning.means(rival, max(chance, 0.5)) for rival in rivals) or _is_work(meaning):
        return False
    return for_office(draft, meaning)


def _is_work(meaning: Meaning) -> bool:
    """Whether a fault of the caller's own is told besides."""
    chance = meaning.chances.get("office", 0.0)
    return kind_of(meaning) not in ("", OTHER) and chance < _SURE


_SURE: Final = 0.85


def asks_owner(draft: Draft, meaning: Meaning) -> bool:
    """Whether somebody is in is not known here; a message reaches them."""
    if not _is_open(draft):
        return False
    draft.note_intent("message")
    draft.say("owner_message")
    plan.start_message(draft)
    return True


def private_number(draft: Draft, meaning: Meaning) -> bool:
    """Nobody's own number is given out, however it is asked for."""
    draft.note_intent("privacy")
    draft.say("private_number")
    return _and_go_on(draft, message=True)


def others_visit(draft: Draft, meaning: Meaning) -> bool:
    """Who has booked what is nobody else's to hear, not even that they have not."""
    draft.note_intent("privacy")
    draft.say("others_visit")
    return _and_go_on(draft, message=False)


def _and_go_on(draft: Draft, *, message: bool) -> bool:
    draft.note_act("refuse")
    draft.answered_aside = True
    if not _is_open(draft):
        plan.proceed(draft)
    elif message:
        draft.ask("leave_message", attempt=0)
        draft.put(goal="closing")
    else:
        ask_anything_else(draft)
    return True


def _is_open(draft: Draft) -> bool:
    """Whether the call is about nothing yet, or about nothing any more."""
    return draft.state.goal in ("", "closing", "decline") and draft.state.asked != "message"


def who_else(draft: Draft, meaning: Meaning) -> None:
    """After a no: what kind of company to call. Nobody is recommended by name."""
    refused = [
        entry for entry in draft.state.rules.not_offered if draft.has(f"not_offered:{entry}")
    ]
    if refused:
        service = refused_fact(refused[-1], draft.state.language)
        draft.say("who_else_refused", service=service)
    elif draft.has("declined") or "decline_out_of_area" in draft.state.acts:
        draft.say("who_else_area")
    else:
        return
    draft.answered_aside = True
