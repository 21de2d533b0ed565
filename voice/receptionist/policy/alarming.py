"""Signs of danger inside an answer: "no, but the kids are dizzy" is no mere no."""

from collections.abc import Mapping
from typing import Final

from voice.receptionist.triage import Danger
from voice.receptionist.understanding.answers import Answer
from voice.receptionist.understanding.concepts import concepts_in
from voice.receptionist.understanding.hazards import Finding
from voice.receptionist.understanding.meaning import Meaning

_SIGNS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "gas_smell": ("gas", frozenset({"hiss", "symptom", "alarm", "exhaust", "bad_flame"})),
    "co_alarm": ("co", frozenset({"alarm", "symptom"})),
    "near_sparks": ("spark", frozenset({"shock", "pop", "bad_flame", "exhaust"})),
}
_NO: Final = frozenset({"no", "nope", "nah"})
_GOING_ON: Final = frozenset(
    {"but", "well", "it's", "its", "there's", "the", "my", "our", "i", "we", "just", "gas", "pero"}
    | {"alarm", "hay", "los", "las", "mi"}
)
_GLOWING: Final = frozenset({"glowing", "glow", "glows", "red hot"})


def danger_in_answer(meaning: Meaning, asked: str | None) -> Danger | None:
    """The danger that an answer to a question of safety tells of, whatever it begins with."""
    if asked is None or asked not in _SIGNS or _is_about_battery(meaning):
        return None
    hazard, signs = _SIGNS[asked]
    told = bool(signs & concepts_in(after_the_no(meaning)))
    if asked == "near_sparks":
        told = told or bool(_GLOWING.intersection(meaning.utterance.words))
    return Danger(hazard, certain=True) if told else None


def denies_shortly(meaning: Meaning) -> bool:
    """ "No outlets near", "there's no lights", "no, es eléctrico": what is named is not there."""
    words = meaning.utterance.words
    said = any(finding is Finding.SAID for finding in meaning.hazards.values())
    if said or len(words) > _LONGEST_DENIAL or _TURNS.intersection(words):
        return False
    if after_the_no(meaning) != words:
        return False  # "no, smoke"
    denying = words[:1] and (words[0] in _DENYING or " ".join(words[:2]) in _THERE_IS_NO)
    return bool(denying) and meaning.answer is not Answer.YES


_LONGEST_DENIAL: Final = 6
_DENYING: Final = frozenset(
    {"no", "not", "none", "nothing", "nope", "nah", "sin", "ningún", "nada"}
)
_THERE_IS_NO: Final = ("there's no", "theres no", "there aren't", "there isn't", "no hay")
_TURNS: Final = frozenset({"but", "except", "only", "just", "yet", "well", "pero", "solo", "sólo"})


def names_the_fuel(meaning: Meaning) -> bool:
    """ "It's gas by the way", "es eléctrico": what the heater runs on, and nothing else."""
    words = {*meaning.utterance.words}
    return bool(words & _FUELS) and words <= _FUELS | _ABOUT_FUEL


_FUELS: Final = frozenset({"gas", "propane", "electric", "eléctrico", "electrico", "tankless"})
_ABOUT_FUEL: Final = frozenset(
    {"it's", "its", "it", "is", "a", "an", "the", "natural", "one", "by", "way", "yes", "no", "and"}
    | {"uh", "um", "just", "heater", "water", "uses", "runs", "on", "es", "de", "el", "yeah", "all"}
)


def is_electric(meaning: Meaning) -> bool:
    """Whether something electric is named in what goes on after a no."""
    named = {"electric", "shock"} & concepts_in(after_the_no(meaning))
    return bool(named) and not denies_shortly(meaning)


def after_the_no(meaning: Meaning) -> tuple[str, ...]:
    """The words without a no that only answers: "no, smoke", not "no smoke"."""
    words = meaning.utterance.words
    if words[:1] and words[0] in _NO and len(words) > 1:
        comma = meaning.utterance.raw.lower().startswith(f"{words[0]},")
        if comma or words[1] in _GOING_ON:
            return words[1:]
    return words


def _is_about_battery(meaning: Meaning) -> bool:
    return "battery" in concepts_in(meaning.utterance.words)
