"""One utterance understood as far as it can be without knowing what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np

from voice.receptionist.understanding.answers import (
    Answer,
    added_to_answer,
    answer_in,
    is_bare,
    is_only_hesitation,
    without_hesitation,
)
from voice.receptionist.understanding.classifier import Reading, judge, labels
from voice.receptionist.understanding.concepts import concepts_together, suspicious_pairs
from voice.receptionist.understanding.contact import dictated_runs, phone_in
from voice.receptionist.understanding.cues import cues_in
from voice.receptionist.understanding.hazards import (
    Finding,
    clauses,
    hazards_in,
    is_imagined,
    is_past,
)
from voice.receptionist.understanding.lexicon import words_of
from voice.receptionist.understanding.numbers import is_number_word, runs
from voice.receptionist.understanding.people import without_surname
from voice.receptionist.understanding.text import Utterance, read

_LONGEST_NO: Final = 8
BELIEVED: Final = 0.5
ACTED_ON: Final = 0.6
"""From here on most labels are acted on without a model's word."""
_SHORTEST_PART: Final = 3
_MOST_PARTS: Final = 8
_WINDOW: Final = 16
_MOST_WORDS: Final = 160
_LONG_STORY: Final = 80
_WORK: Final = (
    *("drain", "heater", "heater_install", "leak", "toilet", "sewer"), "gasline", "other_job",
)  # fmt: skip
_SEPARABLE: Final = frozenset(
    {"drain", "heater", "heater_install", "leak", "toilet", "sewer", "gasline", "other_job"}
    | {"price", "book", "cancel", "reschedule", "status", "human", "recording", "warranty"}
    | {"hours", "fee", "robot", "tenant", "manager", "offer"}
)
_REMARKS: Final = frozenset(
    {
        "also",
        "waiting",
        "thanks",
        "hearing",
        "impatient",
        "access",
        "reenters",
        "someone_inside",
        "past",
    }
    | {"cannot_leave", "keeps", "greeting", "soon", "minor", "running", "inside", "outside"}
)
HAZARDS: Final = ("gas", "co", "spark", "flood", "sewage", "frozen", "sanitation")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What was said. `chances` are the classifier's; `cues` were said in so many words.

    `suspicions` are dangers to life whose signs stand together, such as water and a plug. Of a
    long story, `fault` is the token about which it speaks of work, -1 of none.
    """

    utterance: Utterance
    fault: int
    answer: Answer
    hesitates: bool
    chances: Mapping[str, float]
    cues: frozenset[str]
    hazards: Mapping[str, Finding]
    suspicions: frozenset[str]
    has_card: bool
    is_spanish: bool

    @property
    def text(self) -> str:
        """The words as they may be kept: without the digits of a card."""
        return _masked(self.utterance) if self.has_card else self.utterance.raw

    @property
    def is_mere_no(self) -> bool:
        """A short no that nothing is added to."""
        short = len(self.utterance.tokens) <= _LONGEST_NO
        return self.answer is Answer.NO and short and not added_to_answer(self.utterance)

    @property
    def is_empty(self) -> bool:
        return not self.utterance.tokens

    @property
    def is_short(self) -> bool:
        return len(without_hesitation(self.utterance)) <= 3

    @property
    def telling(self) -> frozenset[str]:
        """The cues that say what the words are about, not only how they are said."""
        return self.cues - _REMARKS

    def means(self, label: str, at_least: float = BELIEVED) -> bool:
        """Whether the label applies: said in so many words, or likely by the classifier."""
        if f"not_{label}" in self.cues:
            return False
        return label in self.cues or self.chances.get(label, 0.0) >= at_least


@lru_cache(maxsize=256)
def understand(text: str) -> Meaning:
    """The meaning of a caller's words, whatever they are."""
    utterance = read(text)
    cues, (chances, fault) = cues_in(utterance), _judged(read(without_surname(text)))
    cues |= {"imagined"} if is_imagined(text) else set()
    cues |= {"past"} if is_past(text) else set()
    cues -= {"other_toilet"} if "only_toilet" in cues else set()
    if is_bare(utterance) or all(is_number_word(word) for word in utterance.words):
        chances = {label: chance if label == "done" else 0.0 for label, chance in chances.items()}
    answer = answer_in(utterance)
    hesitates = (answer is Answer.NONE and is_only_hesitation(utterance)) or (
        "waiting" in cues and _is_only_waiting(utterance, chances)
    )
    return Meaning(
        utterance=utterance,
        fault=fault,
        answer=Answer.NONE if hesitates else answer,
        hesitates=hesitates,
        chances=chances,
        cues=cues,
        hazards=hazards_in(text),
        suspicions=_suspicions(text),
        has_card=_has_card(utterance),
        is_spanish=_is_spanish(utterance),
    )


def _suspicions(text: str) -> frozenset[str]:
    together = [pair for clause in clauses(text) for pair in concepts_together(clause.split())]
    return frozenset(name for name, signs in suspicious_pairs().items() if signs & set(together))


def _is_only_waiting(utterance: Utterance, chances: Mapping[str, float]) -> bool:
    """Whether "hang on, I'm looking for it" is all there is: no figure, no matter of its own."""
    words = without_hesitation(utterance)
    said = set(words)
    if said <= _STALL_WORDS:
        return True
    if len(words) > _LONGEST_WAIT or dictated_runs(utterance):
        return False
    if said & _CHOICES or answer_in(read(" ".join(words))) is not Answer.NONE:
        return False
    if said & words_of("trade_words") or said & {"gas", "smell", "alarm", "inside", "forget"}:
        return False
    if any(c >= BELIEVED for label, c in chances.items() if label not in ("done", "wrong_number")):
        return False
    return bool(said & _FUNCTION_WORDS) or len(words) <= 1


_LONGEST_WAIT: Final = 14
_STALL_WORDS: Final = frozenset(
    {"a", "an", "sec", "second", "minute", "moment", "please", "just", "wait", "tight", "quick"}
    | {"give", "gimme", "me", "let", "hold", "hang", "on", "wait"}
    | {"tantito", "espéreme", "espérame", "espere", "por", "favor", "un", "momento", "segundo"}
)
_CHOICES: Final = frozenset(
    {"first", "second", "one", "earlier", "later", "either", "any", "morning", "afternoon", "noon"}
    | {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "today", "tomorrow"}
    | {"primera", "segunda", "primero", "segundo", "mañana", "tarde", "hoy"}
)
_FUNCTION_WORDS: Final = frozenset(
    {"i", "i'm", "i'll", "my", "me", "the", "it", "to", "him", "her", "gotta", "have", "let"}
    | {"la", "lo", "el", "mi", "ver", "déjeme", "deje", "voy", "cuál", "espérame", "permítame"}
)


def _judged(utterance: Utterance) -> tuple[Mapping[str, float], int]:
    """The likeliest of the whole and of its parts, and the token about which the fault is told.

    Of parts: "my sink is slow, how much to clear it".
    """
    whole = Reading(without_hesitation(utterance) or utterance.words).buckets()
    told = [
        words for part in clauses(utterance.raw) if len(words := part.split()) >= _SHORTEST_PART
    ]
    parts = [Reading(words).buckets() for words in told[:_MOST_PARTS]] if len(told) > 1 else []
    added = [Reading(words).buckets() for words in added_to_answer(utterance)]
    windows = _windows(utterance.words)
    story = Reading(utterance.words[:_MOST_WORDS]) if windows else Reading(())
    stretches = [story.buckets(*window) for window in windows]
    by_text = judge([whole, *parts, *stretches, *added])
    chances, alone = by_text[0].copy(), 1 + len(parts)
    separable, dangers, work = _columns()
    chances[separable] = by_text[:alone, separable].max(axis=0)
    chances[dangers] = np.maximum(chances[dangers], by_text[alone:, dangers].max(axis=0, initial=0))
    life = labels().index("rescue")
    chances[life] = by_text[[0, *range(alone + len(windows), len(by_text))], life].max()
    told_in = by_text[alone : alone + len(windows), work]
    best = int(told_in.max(axis=1).argmax()) if windows else 0
    fault = sum(windows[best]) // 2 if windows else 0
    return dict(zip(labels(), chances.tolist(), strict=True)), min(fault, len(utterance.tokens) - 1)


@cache
def _columns() -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """Where the classifier's answer has what a part may tell alone, the dangers, and the work."""
    separable = [at for at, label in enumerate(labels()) if label in _SEPARABLE]
    dangers = [labels().index(danger) for danger in HAZARDS]
    return separable, dangers, [labels().index(label) for label in (*HAZARDS, *_WORK)]


def _windows(words: Sequence[str]) -> Sequence[tuple[int, int]]:
    """Stretches of a long story, so that a danger told in passing is not drowned by the rest."""
    if len(words) <= _WINDOW:
        return ()
    read = min(len(words), _MOST_WORDS)
    ahead = _WINDOW // 2 if read <= _LONG_STORY else _WINDOW * 3 // 4
    return [(start, start + _WINDOW) for start in range(0, read - _WINDOW // 2, ahead)]


def _has_card(utterance: Utterance) -> bool:
    """Whether card digits were read out: sixteen of them, or some after naming a card."""
    groups = dictated_runs(utterance)
    if not groups:
        return False
    words = set(utterance.words)
    names_card = bool(words & words_of("card_words"))
    longest = max(len(group.readings[0]) for group in groups)
    if not names_card:
        return longest >= 13 and phone_in(utterance) is None
    digits = sum(max(len(r) for r in group.readings) for group in groups)
    if longest >= 13 or (13 <= digits <= 24 and len(words) < 24):
        return True
    return digits >= 4 and not _is_phone_or_zip(utterance, digits, longest)


def _masked(utterance: Utterance) -> str:
    """The plain words with every number left out."""
    hidden = {
        index for run in runs(utterance.words, dictated=True) for index in range(run.start, run.end)
    }
    words = ["[number]" if i in hidden else word for i, word in enumerate(utterance.words)]
    return " ".join(word for i, word in enumerate(words) if word != words[i - 1] or i == 0)


def _is_phone_or_zip(utterance: Utterance, digits: int, longest: int) -> bool:
    number = digits in (5, 7, 10, 11) or longest in (5, 7, 10, 11)
    return number and not set(utterance.words) & {"visa", "mastercard", "amex", "cvv"}


_NO_PROOF: Final = frozenset(
    {"de", "la", "del", "los", "las", "el", "y", "gracias", "señor", "que"}
)
"""Spanish words that names and English speakers use."""


_SHARED: Final = frozenset({"a", "no", "me", "gas"})
_SHORT_SPANISH: Final = 5


def _is_spanish(utterance: Utterance) -> bool:
    words = utterance.words
    if "¿" in utterance.raw or "¡" in utterance.raw:
        return True
    known = sum(1 for word in words if word in words_of("spanish_words"))
    if not set(words) & (words_of("spanish_words") - _NO_PROOF):
        return False
    english = sum(1 for word in words if word in words_of("english_words") - _SHARED)
    short = len(words) <= _SHORT_SPANISH and english == 0
    return (known >= 2 and known > english) or (known >= 1 and short)
