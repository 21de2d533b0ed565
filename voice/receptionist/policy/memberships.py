"""The tenant's membership plans: their own words for what they cost and give, never a sum."""

import re
from itertools import pairwise
from typing import Final

from voice.receptionist.dialogue import ActionKind
from voice.receptionist.draft import Draft
from voice.receptionist.phrasing import Fact
from voice.receptionist.policy import plan
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.text import plain

_LONGEST_MESSAGE: Final = 300
_NAME_END: Final = re.compile(r"[$\d,:;(]")
_WORDS: Final = frozenset(
    {"membership", "memberships", "member", "members", "membresía", "membresia", "membresías"}
    | {"socio", "socia"}
)
_PLANS: Final = ("maintenance plan", "service plan", "care plan", "plan de mantenimiento")
_OTHERS: Final = frozenset(
    {"family", "board", "crew", "staff", "team", "church", "faculty", "household", "council"}
)
"""Whose members have no plan of ours for that."""
_JOINING: Final = frozenset({"join", "sign", "enroll", "enrol", "become", "inscribir", "unirme"})
_ENDING: Final = frozenset({"cancel", "end", "stop", "quit", "cancelar"})
_OWN: Final = ("i'm a", "i am a", "we're", "we are", "i have the", "i have a", "soy", "somos")


def speaks_of(draft: Draft, meaning: Meaning) -> bool:
    """Whether a plan is named, by what it is or by its own name."""
    if not draft.state.rules.memberships:
        return False
    words = meaning.utterance.words
    said = f" {meaning.utterance.plain} "
    others = any(one in _OTHERS and other in _WORDS for one, other in pairwise(words))
    if _WORDS & set(words) and not others:
        return True
    names = [name for one in draft.state.rules.memberships for name in _names_of(one)]
    return any(f" {name} " in said for name in (*names, *_PLANS))


def answer(draft: Draft, meaning: Meaning) -> None:
    """What the plan is, a note of who has it, or a word to the office of who joins or leaves."""
    words = set(meaning.utterance.words)
    said = f" {meaning.utterance.plain} "
    draft.answered_aside = True
    if words & _JOINING:
        tell(draft)
        _leave_to_office(draft, meaning, "membership_join")
    elif words & _ENDING:
        _leave_to_office(draft, meaning, "office_message")
    elif any(f" {own} " in said for own in _OWN) and not words & words_of("money_words"):
        draft.fill("membership", "yes")
        draft.note_act("note_membership")
        draft.say("membership_noted")
    else:
        tell(draft)


def tell(draft: Draft) -> None:
    """The plans, word for word as they are listed."""
    draft.note_intent("faq")
    listed = "; ".join(draft.state.rules.memberships)
    draft.say("membership", membership=Fact(listed, "rules.memberships"))
    draft.note_act("faq_answer")


def is_member(draft: Draft) -> bool:
    """Whether the caller said so; whether it is true is the office's to see."""
    return draft.state.slot("membership") == "yes"


def _leave_to_office(draft: Draft, meaning: Meaning, phrase: str) -> None:
    """The office sees to it: with a message of its own where the call is about nothing else."""
    draft.say(phrase)
    text = meaning.text[:_LONGEST_MESSAGE]
    if draft.state.goal in ("", "closing"):
        draft.note_intent("message")
        draft.fill("message", text)
        plan.start_message(draft)
        return
    draft.put(open_questions=(*draft.state.open_questions, text))
    draft.do(ActionKind.TAKE_MESSAGE, text=text)


def _names_of(membership: str) -> tuple[str, ...]:
    """What callers call the plan: "Harbor Home Club $19/mo" is that, and the "home club"."""
    name = plain(_NAME_END.split(membership)[0]).split()
    return tuple(" ".join(words) for words in (name, name[1:]) if len(words) > 1)
