"""What the conversation expects to hear, as phrases that NeMo's TDT decoder leans towards.

Each utterance of a batch has its own boosting tree; rows without one are decoded as ever.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

from nemo.collections.asr.parts.context_biasing.biasing_multi_model import BiasingRequestItemConfig
from nemo.collections.asr.parts.context_biasing.boosting_graph_batched import (
    BoostingTreeModelConfig,
)
from nemo.collections.asr.parts.utils.rnnt_utils import Hypothesis

from voice.stt import Expectation, Expecting, RecognitionRequest

TREES_KEPT: Final = 96
"""Compiled trees in the decoder at once; it reserves room for 128 and recompiles beyond."""

MOST_PHRASES: Final = 128

EXPECTED_WORDS: Final[dict[Expecting, tuple[str, ...]]] = {
    Expecting.YES_NO: ("yes", "no", "yeah", "nope", "correct", "that's right"),
    Expecting.WINDOW: (
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "today",
        "tomorrow",
        "morning",
        "afternoon",
    ),
}


class PhraseBooster:
    """Compiles an expectation's phrases once and hands the decoder the tree for each row."""

    def __init__(self, model: Any, *, weight: float = 1.0) -> None:
        self._tokenizer = model.tokenizer
        self._trees = model.decoding.decoding.decoding_computer.biasing_multi_model
        self._weight = weight
        self._compiled: OrderedDict[tuple[str, ...], BiasingRequestItemConfig] = OrderedDict()

    def requests(self, requests: Sequence[RecognitionRequest]) -> list[Any] | None:
        """What NeMo takes as partial hypotheses: a tree for each row that has phrases.

        None when no row has any.
        """
        wanted = [phrases(request.expectation) for request in requests]
        if not any(wanted):
            return None
        rows = [self._tree(words) if words else None for words in wanted]
        self._forget(keep=set(wanted))
        return [tree and Hypothesis.empty_with_biasing_cfg(tree) for tree in rows]

    def _tree(self, words: tuple[str, ...]) -> BiasingRequestItemConfig | None:
        tree = self._compiled.get(words)
        if tree is None:
            known = [word for word in words if self._tokenizer.text_to_ids(word)]
            if not known:
                return None
            tree = BiasingRequestItemConfig(
                boosting_model_cfg=BoostingTreeModelConfig(key_phrases_list=known),
                boosting_model_alpha=self._weight,
            )
            tree.add_to_multi_model(self._tokenizer, self._trees)
            self._compiled[words] = tree
        self._compiled.move_to_end(words)
        return tree

    def _forget(self, keep: set[tuple[str, ...]]) -> None:
        for words in list(self._compiled):
            if len(self._compiled) <= TREES_KEPT:
                return
            if words not in keep:
                self._compiled.pop(words).remove_from_multi_model(self._trees)


def phrases(expectation: Expectation) -> tuple[str, ...]:
    """The phrases to lean towards, without repeats, at most MOST_PHRASES."""
    words = (*expectation.phrases, *EXPECTED_WORDS.get(expectation.kind, ()))
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))[:MOST_PHRASES]
