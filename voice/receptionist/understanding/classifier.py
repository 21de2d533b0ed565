"""Which intents and dangers a text speaks of, by a small linear model; no rule decides here.

The weights come from `voice.receptionist.training.train`; reading them needs numpy alone.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from voice.receptionist.understanding.concepts import concept_features
from voice.receptionist.understanding.lexicon import DATA
from voice.receptionist.understanding.text import clean, plain_words, without_accents

BUCKETS: Final = 1 << 14
WEIGHTS: Final = DATA / "classifier.npz"
MOST_WORDS: Final = 60
"""Words of one text that are looked at; dangers in longer ones are found by the rules."""

_GRAMS: Final = (3, 4)


def features(text: str) -> tuple[list[int], float]:
    """The buckets a text falls into and the weight of each, so that its length is one."""
    words = plain_words(without_accents(clean(text).lower()))[:MOST_WORDS]
    if not words:
        return [], 0.0
    words = ["0" if word.isdecimal() else word for word in words]
    found = set(map(_pair_bucket, ["^", *words], [*words, "$"]))
    found.update(map(_concept_bucket, concept_features(words)))
    buckets = sorted(found.union(*map(_word_buckets, words)))
    return buckets, 1.0 / max(1.0, len(buckets)) ** 0.5


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
    model = _model()
    chances = np.zeros((len(texts), len(model.labels)), np.float32)
    read = [(row, *features(text)) for row, text in enumerate(texts)]
    told = [(row, buckets, weight) for row, buckets, weight in read if buckets]
    if not told:
        return chances
    starts = np.cumsum([0, *(len(buckets) for _, buckets, _ in told[:-1])])
    gathered = model.weights[[bucket for _, buckets, _ in told for bucket in buckets]]
    sums = np.add.reduceat(gathered, starts, axis=0, dtype=np.int32)
    weights = np.array([[weight] for _, _, weight in told], np.float32)
    score = sums * model.scale * weights + model.biases
    chances[[row for row, _, _ in told]] = 1.0 / (1.0 + np.exp(-np.clip(score, -30, 30)))
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
