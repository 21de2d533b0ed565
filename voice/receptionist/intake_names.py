"""The caller's name as it is taken down; what is no name is not taken for one."""

from difflib import SequenceMatcher
from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.state import State
from voice.receptionist.understanding.address import SUFFIXES
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning
from voice.receptionist.understanding.people import name_in, spelled_name
from voice.receptionist.understanding.spelling import spelled
from voice.receptionist.understanding.text import Utterance


def take_name(draft: Draft, meaning: Meaning) -> None:
    state, utterance = draft.state, meaning.utterance
    asked = state.asked in ("name", "booking_name")
    if asked and (meaning.hesitates or meaning.answer is Answer.UNSURE):
        return
    suspected = draft.has("check:hurt") and not state.attempts.get("hurt")
    if suspected and state.goal != "safety":
        return  # "grandpa fell": that is asked about first
    of_street = draft.has("spelling:street") or spells_street(utterance, state)
    of_name = state.slot("name") and not of_street
    corrected = spelled_name(utterance, state.slot("name")) if of_name else ""
    about_name = state.asked in ("confirm", "correction") and "name" in utterance.words
    instead = state.asked in _CONTACT and "name" not in state.slots and _is_a_name_alone(utterance)
    name = name_in(
        utterance, asked=(asked and "street" not in draft.heard) or about_name or instead
    )
    if asked and name and _is_no_name(meaning, name):
        name = ""
    if name and not (asked or about_name or instead) and len(name.split()) == 1:
        draft.mark(f"{_GIVEN}{name}")  # "this is Keisha": the last name is asked for
        return
    if _adds_surname(state, utterance):
        draft.fill("name", name_in(utterance, asked=True))
        return
    if state.slot("name") and not asked:
        if len(name.split()) >= len(state.slot("name").split()):
            draft.fill("name", name)
        elif corrected:
            draft.fill("name", corrected)
        return
    if name:
        current = state.slot("name") or given_name(draft)
        if current and len(name.split()) == 1 and len(current.split()) == 1 and asked:
            name = f"{current} {name}" if name != current else name
        draft.fill("name", name)


def _adds_surname(state: State, utterance: Utterance) -> bool:
    """Whether "Grace Kelly" follows "Grace", or any full name what was none, a question later."""
    if state.asked != "phone" or len(state.slot("name").split()) != 1:
        return False
    return _is_a_name_alone(utterance) and is_full_name(utterance)


def spells_street(utterance: Utterance, state: State) -> bool:
    """Whether the letters of "Halstead, H A L S T E A D" are the street's rather than a name's."""
    letters = spelled(utterance.words)
    if not letters or state.asked not in ("confirm", "correction"):
        return False
    return _likeness(letters, state.slot("street")) > _likeness(letters, state.slot("name"))


def _likeness(letters: str, text: str) -> float:
    words = text.lower().split()
    return max((SequenceMatcher(None, word, letters).ratio() for word in words), default=0.0)


_GIVEN: Final = "given_name:"


def given_name(draft: Draft) -> str:
    """A first name that was said in passing; "" if none was."""
    return next((m.removeprefix(_GIVEN) for m in draft.state.marks if m.startswith(_GIVEN)), "")


_CONTACT: Final = ("street", "zip", "phone")


def _is_a_name_alone(utterance: Utterance) -> bool:
    """Two or three words of which the first is a given name: an answer, if to another question."""
    words = utterance.words
    strange = words_of("not_a_name").union(SUFFIXES)
    return (
        2 <= len(words) <= 3
        and words[0] in words_of("first_names")
        and not strange.intersection(words)
        and all(word.isalpha() and len(word) > 1 for word in words)
    )


def is_full_name(utterance: Utterance) -> bool:
    """A given name and one or two words after it, and nothing else was said."""
    words = tuple(word for word in utterance.words if word not in _LEADS)
    plain = not words_of("name_ends").intersection(words)
    return 2 <= len(words) <= 3 and words[0] in words_of("first_names") and plain


_LEADS: Final = frozenset(
    {"it's", "this", "is", "my", "name", "name's", "i'm", "yes", "sure", "uh"}
)


def is_bare_name(meaning: Meaning) -> bool:
    """A few words that ask nothing: "Jamal Price" wants no price."""
    words = meaning.utterance.words
    return len(words) <= 6 and not set(words) & _ASKING and "?" not in meaning.utterance.raw


_ASKING: Final = frozenset(
    {"what", "what's", "how", "why", "when", "who", "where", "can", "could", "do", "does", "is"}
    | {"are", "much", "need", "want", "talk", "speak", "cancel", "qué", "cuánto", "quién", "por"}
)


def _is_no_name(meaning: Meaning, name: str) -> bool:
    """A question, a refusal or a word to somebody else is not a name."""
    if "refuses" in meaning.cues or meaning.means("injection", 0.5):
        return True
    if len(name.split()) == 1 and _ORDERS.intersection(meaning.utterance.words):
        return True  # "Bobby, get down!"
    if meaning.answer is Answer.NO and len(name.split()) < 2:
        return True
    if _SAYINGS.intersection(meaning.utterance.words) and not is_full_name(meaning.utterance):
        return True  # "huh", "gotta go", "ok bye"
    if len(name.split()) >= 2 and is_bare_name(meaning):
        return False
    asides = ("price", "human", "robot", "recording", "hours", "cancel", "question", "offer", "fee")
    return any(meaning.chances.get(label, 0.0) > 0.6 for label in asides)


_SAYINGS: Final = frozenset(
    {"huh", "gotta", "ahead", "forever", "bye", "goodbye", "qué", "instead", "never", "else"}
    | {"mande", "adiós", "cancel"}
)
_ORDERS: Final = frozenset(
    {"get", "down", "stop", "quit", "sit", "shush", "hush", "stay", "don't", "leave", "wait"}
)
