"""Whether what was said answers a safety question at all."""

from collections.abc import Mapping
from typing import Final

from voice.receptionist.draft import Draft
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import Meaning


def answers_something_else(draft: Draft, meaning: Meaning, asked: str) -> bool:
    """Neither yes, no nor a word of the matter: "what? I said it's the water heater"."""
    topic = _TOPICS.get(asked)
    if topic is None or draft.state.attempts.get(asked, 0) >= 2:
        return False
    if meaning.answer is not Answer.NONE or meaning.cues & _ANSWERING:
        return False
    words = set(meaning.utterance.words)
    powered = words_of("electric") | words_of("appliances")
    return not (words & topic or (asked == "near_electric" and words & powered))


_ANSWERING: Final = frozenset(
    {"cannot_smell", "shutoff_found", "not_home", "cannot_see", "somebody_does"}
)
"""Cues that are an answer by themselves."""
_TOPICS: Final[Mapping[str, frozenset[str]]] = {
    "hurt": frozenset(
        {"hurt", "fine", "okay", "ok", "safe", "nobody", "everyone", "everybody", "breathing"}
        | {"awake", "bien", "nadie", "herido", "todos"}
    ),
    "gas_smell": frozenset(
        {"smell", "smells", "gas", "odor", "stinks", "egg", "eggs", "nothing", "electric"}
    ),
    "co_alarm": frozenset({"alarm", "detector", "sick", "dizzy", "headache", "beeping", "fine"}),
    "near_sparks": frozenset({"spark", "sparks", "smoke", "flames", "fire", "nothing", "buzzing"}),
    "active_leak": frozenset(
        {"leak", "leaking", "leaks", "running", "spreading", "drip", "dripping", "drips", "water"}
        | {"stopped", "dry", "wet", "off", "puddle", "bucket", "just", "little", "slow", "gotea"}
    ),
    "leak": frozenset(
        {"leak", "leaking", "leaks", "drip", "dripping", "water", "dry", "wet", "puddle", "gotea"}
    ),
    "near_electric": frozenset(
        {"near", "electric", "electrical", "far", "nothing", "basement", "floor", "ceiling", "wall"}
        | {"kitchen", "bathroom", "close", "everywhere", "only", "just", "room", "carpet", "panel"}
    ),
    "fixtures": frozenset(
        {"just", "only", "one", "all", "both", "every", "tub", "toilet", "shower", "drain", "sink"}
        | {"floor", "washer", "laundry", "several", "two", "three", "everything", "other", "too"}
    ),
}
