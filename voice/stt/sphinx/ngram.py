"""A 3-gram language model with Witten-Bell smoothing, written in the ARPA format.

Witten-Bell (I. H. Witten and T. C. Bell, 1991): what follows a context h is drawn from
P(w|h) = (c(hw) + T(h)·P(w|h')) / (c(h) + T(h)), with T(h) the number of kinds of words seen
after h and h' the shorter context; so the backoff weight of h is T(h) / (c(h) + T(h)).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

ORDER: Final = 3
BEGIN, END = "<s>", "</s>"
_NEVER: Final = -99.0

Gram = tuple[str, ...]


def arpa(sentences: Iterable[str], vocabulary: Iterable[str] = ()) -> str:
    """The model of these sentences as ARPA text; `vocabulary` adds words never seen in them."""
    counts = _count(sentences)
    words = {gram[0] for gram in counts if len(gram) == 1} | set(vocabulary) | {END}
    words.discard(BEGIN)
    totals: Counter[Gram] = Counter()
    kinds: Counter[Gram] = Counter()
    for gram, count in counts.items():
        if gram != (BEGIN,):
            totals[gram[:-1]] += count
            kinds[gram[:-1]] += 1
    probability: dict[Gram, float] = {}
    for word in words:
        base = totals[()] + kinds[()]
        probability[(word,)] = (counts[(word,)] + kinds[()] / len(words)) / base
    for size in range(2, ORDER + 1):
        for gram in (gram for gram in counts if len(gram) == size):
            context = gram[:-1]
            shorter = probability[gram[1:]]
            base = totals[context] + kinds[context]
            probability[gram] = (counts[gram] + kinds[context] * shorter) / base
    backoff = {context: kinds[context] / (totals[context] + kinds[context]) for context in kinds}
    return _write(probability, backoff)


def _count(sentences: Iterable[str]) -> Counter[Gram]:
    counts: Counter[Gram] = Counter()
    for sentence in sentences:
        words = (BEGIN, *sentence.split(), END)
        for size in range(1, ORDER + 1):
            for start in range(len(words) - size + 1):
                counts[words[start : start + size]] += 1
    return counts


def _write(probability: dict[Gram, float], backoff: dict[Gram, float]) -> str:
    by_size: dict[int, list[str]] = defaultdict(list)
    by_size[1].append(_line(_NEVER, (BEGIN,), backoff.get((BEGIN,))))
    for gram in sorted(probability):
        weight = backoff.get(gram) if len(gram) < ORDER else None
        by_size[len(gram)].append(_line(math.log10(probability[gram]), gram, weight))
    head = [f"ngram {size}={len(by_size[size])}" for size in sorted(by_size)]
    body = ["\n".join([f"\\{size}-grams:", *by_size[size], ""]) for size in sorted(by_size)]
    return "\n".join(["\\data\\", *head, "", *body, "\\end\\", ""])


def _line(log_probability: float, gram: Gram, backoff: float | None) -> str:
    tail = f"\t{math.log10(backoff):.5f}" if backoff else ""
    return f"{log_probability:.5f}\t{' '.join(gram)}{tail}"
