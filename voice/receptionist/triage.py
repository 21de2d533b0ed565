"""How urgent a call is. Exact wordings first; the classifier and a model may only raise it."""

from dataclasses import dataclass
from typing import Final

from voice.receptionist.dialogue import Urgency
from voice.receptionist.understanding.classifier import MOST_WORDS
from voice.receptionist.understanding.concepts import concepts_in
from voice.receptionist.understanding.hazards import LIFE, Finding
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.meaning import HAZARDS, Meaning

_CERTAIN: Final = 0.7
_DOUBTED: Final = {"gas": 0.05, "co": 0.05, "spark": 0.3}
"""Below this chance (0.05 for the others) the classifier contradicts an exact wording: we ask."""

_SAME_DAY: Final = 0.6
_SURE: Final = 0.9
_LIKELY: Final = 0.6
_OVERRULES: Final = 0.95
_OPEN: Final = 0.4
"""From here on a danger is asked about even where everyday work is likelier."""
_SUSPECTED: Final = {
    "gas": 0.15,
    "co": 0.15,
    "spark": 0.15,
    "flood": 0.25,
    "sewage": 0.25,
    "frozen": 0.25,
    "sanitation": 0.5,
}
"""From this chance on a danger is asked about: for a life one question too many is cheap."""


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger believed at once, or one to ask about first."""

    hazard: str
    certain: bool

    @property
    def urgency(self) -> Urgency:
        return Urgency.E0 if self.hazard in LIFE else Urgency.E1


def suspected_in(meaning: Meaning) -> list[Danger]:
    """Every danger the words may speak of, the gravest first."""
    return [danger for hazard in HAZARDS if (danger := _danger(meaning, hazard)) is not None]


def danger_in(meaning: Meaning) -> Danger | None:
    """The gravest danger the words speak of, or None."""
    found = suspected_in(meaning)
    certain = [danger for danger in found if danger.certain]
    said = [danger for danger in found if meaning.hazards.get(danger.hazard) is Finding.SAID]
    if certain and certain[0] not in said and (worse := [d for d in said if d.hazard in LIFE]):
        return Danger(worse[0].hazard, certain=True)  # both say it is about life: its own script
    grave = certain or said or found
    if grave and grave[0].hazard == "flood" and _is_sewage(meaning):
        return Danger("sewage", grave[0].certain)
    return grave[0] if grave else None


def _is_sewage(meaning: Meaning) -> bool:
    """Whether what overflows comes from the sewer: nobody is sent looking for a valve then."""
    finding = meaning.hazards.get("sewage")
    likely = meaning.chances.get("sewage", 0.0) >= 0.85
    return finding is Finding.SAID or (likely and bool(set(meaning.utterance.words) & _SEWER))


_SEWER: Final = frozenset(
    {"sewage", "sewer", "drain", "drains", "tub", "shower", "bathtub", "basement", "poop", "waste"}
    | {"flush", "flushes", "coladera", "drenaje", "tina", "regadera", "laundry", "washer"}
)


def _danger(meaning: Meaning, hazard: str) -> Danger | None:
    if hazard == "sanitation":
        return _no_sanitation(meaning)
    finding = meaning.hazards.get(hazard)
    chance = meaning.chances.get(hazard, 0.0)
    if hazard == "sewage" and {"only_toilet", "no_mess"} <= meaning.cues:
        return None  # out of order, but nothing comes up: the same day will do
    said = finding is Finding.SAID
    if said and hazard in ("flood", "sewage") and _tells_of_something_else(meaning, hazard):
        return None if "imagined" in meaning.cues else Danger(hazard, certain=False)
    if hazard == "sewage" and chance >= _SURE and _floods_from_below(meaning):
        return Danger(hazard, certain=True)
    if said:
        words = len(meaning.utterance.tokens)
        alike = max(meaning.chances.get(each, 0.0) for each in LIFE) if hazard in LIFE else chance
        believed = (
            meaning.means("flames", 2.0)
            or alike >= _DOUBTED.get(hazard, 0.05)
            or meaning.is_short
            or words > MOST_WORDS
        )
        return Danger(hazard, certain=believed and not _is_asking(meaning))
    if _is_asking(meaning):
        return None
    if finding is Finding.DENIED:
        denied = hazard in LIFE and bool(_NO.intersection(meaning.utterance.words))
        present = not {"imagined", "past"} & meaning.cues
        doubted = _OVERRULES if hazard in LIFE or _NO & set(meaning.utterance.words) else _LIKELY
        overruled = chance >= doubted and present and not denied
        return Danger(hazard, certain=False) if overruled else None
    if meaning.is_mere_no:
        return None
    if hazard not in LIFE and "whole_house" in meaning.cues:
        return None  # no water at all floods nothing
    flooding = meaning.hazards.get("flood") is Finding.SAID
    if hazard == "sewage" and "other_toilet" in meaning.cues and not flooding:
        return None
    if hazard == "spark" and finding is None and flooding and _only_lamps(meaning):
        return None  # water at a lamp that does nothing worse: the flood's script keeps them off it
    believed = chance >= (_CERTAIN if hazard in LIFE else _LIKELY)
    present = not {"imagined", "past"} & meaning.cues
    certain = finding is None and believed and present and not _competing(meaning, hazard)
    ill = hazard == "co" and "symptom" in concepts_in(meaning.utterance.words)
    if ill and believed and present:
        certain = True  # somebody is ill: whatever is the matter with the heater can wait
    if hazard in LIFE and finding is Finding.DOUBTFUL and present and chance >= _SURE:
        certain = True  # two half readings of a danger to life are a whole one
    likely_here = chance >= _LIKELY and present and not _competing(meaning, hazard)
    if hazard in meaning.suspicions and likely_here:
        certain = True
    likely = chance >= _SUSPECTED[hazard] and (
        chance >= _OPEN or hazard in ("gas", "co") or not _competing(meaning, hazard)
    )
    suspected = likely or finding is Finding.DOUBTFUL
    if hazard in LIFE:
        suspected = suspected or hazard in meaning.suspicions
    else:
        clear = chance >= _OPEN or not _competing(meaning, hazard)
        suspected = suspected and clear and "minor" not in meaning.cues
    return Danger(hazard, certain=certain) if certain or suspected else None


def _no_sanitation(meaning: Meaning) -> Danger | None:
    """The only toilet is out of use, or no tap gives water: an emergency in which nothing floods.

    A toilet that is out of use may be the only one: that is asked.
    """
    if _is_asking(meaning) or {"imagined", "other_toilet"} & meaning.cues:
        return None
    if meaning.means("done", _CERTAIN) and "unusable" not in meaning.cues:
        return None  # "just that one toilet, nothing else"
    dry = "whole_house" in meaning.cues and not meaning.means("no_hot_water", 2.0)
    named = bool(_TOILETS.intersection(meaning.utterance.full.split()))
    named = named or meaning.chances.get("toilet", 0.0) >= _LIKELY
    unusable = "unusable" in meaning.cues and named
    chance = meaning.chances.get("sanitation", 0.0)
    certain = dry or (unusable and "only_toilet" in meaning.cues) or chance >= _CERTAIN
    suspected = unusable and chance >= _SUSPECTED["sanitation"]
    return Danger("sanitation", certain) if certain or suspected else None


_TOILETS: Final = frozenset(
    {"toilet", "commode", "john", "potty", "loo", "bathroom", "restroom", "inodoro", "excusado"}
    | {"taza", "baño", "sanitario"}
)


def _tells_of_something_else(meaning: Meaning, hazard: str) -> bool:
    """Words of damage in what is imagined, or beside a small matter: it is asked, not believed."""
    if "imagined" in meaning.cues:
        return True
    chance = meaning.chances.get(hazard, 0.0)
    everyday = max(meaning.chances.get(each, 0.0) for each in ("leak", "drain", "toilet", "sewer"))
    return chance < _UNLIKELY and everyday >= _SURE


def _floods_from_below(meaning: Meaning) -> bool:
    """Whether what overflows by its wording comes out of the sewer by the classifier's."""
    return meaning.hazards.get("flood") is Finding.SAID and _is_sewage(meaning)


_UNLIKELY: Final = 0.35
_NO: Final = frozenset(
    {
        "no",
        "not",
        "don't",
        "doesn't",
        "didn't",
        "isn't",
        "never",
        "without",
        "none",
        "nothing",
        "sin",
    }
)
_BURNING: Final = ("on and off", "lit up", "still lit", "is lit", "still on", "keeps flashing")
_LAMPS: Final = frozenset({"light", "lights", "lamp", "lamps", "fixture", "chandelier", "fan"})


def _only_lamps(meaning: Meaning) -> bool:
    """Whether lamps are all that is named of what the water must not reach."""
    electric = set(meaning.utterance.words) & words_of("electric")
    harms = {"shock", "pop"} & concepts_in(meaning.utterance.words)
    burning = any(f" {each} " in f" {meaning.utterance.plain} " for each in _BURNING)
    return bool(electric) and electric <= _LAMPS and not harms and not burning


def _competing(meaning: Meaning, hazard: str) -> bool:
    """Another reading explains the words better: routine work on gas, a running toilet."""
    rivals = ("gasline", "heater", "toilet", "drain", "leak", "other_job", "offer", "question")
    chance = meaning.chances.get(hazard, 0.0)
    return any(meaning.chances.get(rival, 0.0) > chance for rival in rivals)


def _is_asking(meaning: Meaning) -> bool:
    """ "Do you fix burst pipes?" asks about a service and reports nothing."""
    words = meaning.utterance.words
    opening = " ".join(words[:3])
    asks = opening.startswith(("do you", "can you fix", "do you guys", "you guys do", "how much"))
    return (
        asks
        and len(words) <= 14
        and meaning.chances.get("offer", 0.0) + meaning.chances.get("price", 0.0) >= 0.3
        and not set(words) & {"my", "our", "now", "help", "smell", "smells"}
    )


_PLANNED: Final = ("heater_install", "other", "sewer", "gasline")
_FAULTS: Final = frozenset(
    {"can't", "cannot", "won't", "no", "not", "nothing", "without", "stopped", "quit", "out", "off"}
    | {"down", "leak", "leaks", "leaking", "overflowing", "overflows", "cold", "scalding", "died"}
    | {"sin", "no", "fría", "fria", "gotea", "tapado", "tapada", "roto", "rota", "fuga", "tira"}
)
"""Words without which what an old, ill or small person is named beside is no trouble of theirs."""


def everyday_urgency(meaning: Meaning, kind: str) -> Urgency:
    """Same day or routine, for a job without danger."""
    chance = meaning.chances.get("same_day", 0.0)
    out_of_order = "unusable" in meaning.cues or bool(_FAULTS & set(meaning.utterance.words))
    vulnerable = meaning.means("vulnerable") and (out_of_order or chance >= _LIKELY / 2)
    no_service = "whole_house" in meaning.cues or (
        kind == "heater" and meaning.means("no_hot_water", 2.0)
    )
    if "no_rush" in meaning.cues and not vulnerable and "whole_house" not in meaning.cues:
        return Urgency.R
    if kind in _PLANNED and "in_order" in meaning.cues and "soon" not in meaning.cues:
        return Urgency.R
    if kind and chance >= _SAME_DAY:
        return Urgency.U
    soon = "soon" in meaning.cues and "not_soon" not in meaning.cues and "minor" not in meaning.cues
    if no_service or (vulnerable and kind) or (soon and kind):
        return Urgency.U
    return Urgency.R
