"""Which intents and dangers a text speaks of, by a small linear model; no rule decides here.

The weights come from `voice.receptionist.training.train`; reading them needs numpy alone.
"""

import math
from collections.abc import Collection, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from voice.receptionist.understanding.concepts import features_of, mentions
from voice.receptionist.understanding.lexicon import DATA
from voice.receptionist.understanding.text import clean, plain_words, unaccented

BUCKETS: Final = 1 << 16
WEIGHTS: Final = DATA / "classifier.npz"
MOST_WORDS: Final = 60
"""Words of one text that are looked at; dangers in longer ones are found by the rules."""

_GRAMS: Final = (3, 4)


class Reading:
    """Words made ready, so that stretches of them are judged without being read again."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = ["0" if word.isdecimal() else word for word in unaccented(words)]
        self._buckets = [_word_buckets(word) for word in self._words]
        self._pairs = list(map(_pair_bucket, self._words, self._words[1:]))
        self._concepts = mentions(self._words)

    def buckets(self, start: int = 0, end: int = MOST_WORDS) -> frozenset[int]:
        """What words [start, end) fall into: words, pairs, parts of words and concepts."""
        end = min(end, len(self._words))
        if start >= end:
            return frozenset()
        ends = (_pair_bucket("^", self._words[start]), _pair_bucket(self._words[end - 1], "$"))
        concepts = map(_concept_bucket, features_of(self._concepts, start, end))
        words = self._buckets[start:end]
        return frozenset(chain(ends, self._pairs[start : end - 1], concepts)).union(*words)


def features(text: str) -> tuple[list[int], float]:
    """The buckets a text falls into and the weight of each, so that its length is one."""
    buckets = Reading(plain_words(clean(text).lower())[:MOST_WORDS]).buckets()
    return sorted(buckets), _weight(buckets)


def _weight(buckets: Collection[int]) -> float:
    return 1.0 / math.sqrt(max(1, len(buckets)))


@lru_cache(maxsize=4096)
def _word_buckets(word: str) -> frozenset[int]:
    """Where a word and its parts fall; a turn and its clauses are read with the same words."""
    padded = f"<{word}>"
    parts = (padded[i : i + n] for n in _GRAMS for i in range(len(padded) - n + 1))
    return frozenset([_bucket(f"w:{word}"), *(_bucket(f"c:{part}") for part in parts)])


@lru_cache(maxsize=4096)
def _pair_bucket(one: str, other: str) -> int:
    return _bucket(f"b:{one} {other}")


@lru_cache(maxsize=4096)
def _concept_bucket(name: str) -> int:
    return _bucket(name)


def _bucket(name: str) -> int:
    return crc32(name.encode()) % BUCKETS


def probabilities(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """P(label) of each text, [len(texts), len(labels())]; each label is independent of the others.

    A text without words scores nothing.
    """
    return judge(
        [Reading(plain_words(clean(text).lower())[:MOST_WORDS]).buckets() for text in texts]
    )


def judge(read: Sequence[Collection[int]]) -> npt.NDArray[np.float32]:
    """P(label) of what each was read as, [len(read), len(labels())]."""
    model = _model()
    chances = np.zeros((len(read), len(model.labels)), np.float32)
    told = [(row, buckets) for row, buckets in enumerate(read) if buckets]
    if not told:
        return chances
    starts = np.cumsum([0, *(len(buckets) for _, buckets in told[:-1])])
    rows = list(chain.from_iterable(buckets for _, buckets in told))
    gathered = model.weights.take(rows, axis=0)
    sums = np.add.reduceat(gathered, starts, axis=0, dtype=np.int32)
    weights = np.array([[_weight(buckets)] for _, buckets in told], np.float32)
    score = sums * model.scale * weights + model.biases
    chances[[row for row, _ in told]] = 1.0 / (1.0 + np.exp(-np.clip(score, -30, 30)))
    return chances


def labels() -> tuple[str, ...]:
    """Every label the classifier knows."""
    return tuple(_model().labels)


class _Model:
    def __init__(self) -> None:
        with np.load(WEIGHTS, allow_pickle=False) as stored:
            self.weights: npt.NDArray[np.int8] = stored["weights"]
            self.scale: npt.NDArray[np.float32] = stored["scale"]
            self.biases: npt.NDArray[np.float32] = stored["biases"]
            self.labels: list[str] = [str(label) for label in stored["labels"]]


@cache
def _model() -> _Model:
    return _Model()
