"""Train the intent classifier: `python -m voice.receptionist.training.train`.

One-against-rest logistic regression over hashed words and character n-grams. What is written is
a plain array file of 8-bit weights; the same examples and package versions give the same file.
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from voice.receptionist.training.examples import Example, examples, labels
from voice.receptionist.understanding.classifier import BUCKETS, WEIGHTS, features

INVERSE_REGULARISATION: Final = 8.0
_STEPS: Final = 127


def fit(found: list[Example]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weights [BUCKETS, labels] and biases [labels] learned from the examples."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows, columns, values = [], [], []
    for row, example in enumerate(found):
        buckets, weight = features(example.text)
        rows += [row] * len(buckets)
        columns += list(buckets)
        values += [weight] * len(buckets)
    matrix = csr_matrix((values, (rows, columns)), shape=(len(found), BUCKETS), dtype=np.float64)
    weights = np.zeros((BUCKETS, len(labels())), np.float32)
    biases = np.zeros(len(labels()), np.float32)
    for column, label in enumerate(labels()):
        target = np.array([label in example.labels for example in found])
        model = LogisticRegression(
            C=INVERSE_REGULARISATION, solver="liblinear", class_weight={0: 1.0, 1: 2.0}, tol=1e-3,
            random_state=0,
        )  # fmt: skip
        model.fit(matrix, target)
        weights[:, column] = model.coef_[0]
        biases[column] = model.intercept_[0]
    return weights, biases


def quantised(
    weights: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """The weights in 8 bits, and each label's scale."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-6) / _STEPS
    return np.round(weights / scale).astype(np.int8), scale.astype(np.float32)


def save(path: Path) -> int:
    """Train and write; the number of examples used."""
    found = examples()
    weights, biases = fit(found)
    small, scale = quantised(weights)
    np.savez_compressed(path, weights=small, scale=scale, biases=biases, labels=np.array(labels()))
    return len(found)


def main() -> None:
    count = save(WEIGHTS)
    sys.stdout.write(
        f"{count} examples, {len(labels())} labels -> {WEIGHTS} ({WEIGHTS.stat().st_size} bytes)\n"
    )


if __name__ == "__main__":
    main()
