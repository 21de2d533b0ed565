"""The decoder in a child process: one acoustic model, a language model per kind of answer."""

import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import pocketsphinx

from voice.stt import Expecting
from voice.stt.sphinx import corpus, ngram, pronounce, templates
from voice.stt.sphinx.grammar import Grammar
from voice.stt.sphinx.messages import Answer, Utterance
from voice.stt.sphinx.writing import written

FRAME_MS: Final = 10
READINGS: Final = 60
"""How far down the decoder's list of readings one of the right form is looked for."""
ALTERNATIVES: Final = 4
MOST_SPECIAL_MODELS: Final = 24
"""Models with a tenant's phrases kept at once; the one used longest ago goes first."""

_FILLER: Final = ("<", "[", "+")


@dataclass(frozen=True, slots=True)
class _Search:
    """A language model loaded under `name`, its words, and the form its answers should have."""

    name: str
    words: frozenset[str]
    grammar: Grammar | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was heard: words with first and last frame, and how sure the decoder is of each."""

    words: tuple[tuple[str, int, int], ...]
    posteriors: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """The mean certainty of its words, in [0, 1]."""
        return sum(self.posteriors) / len(self.posteriors) if self.posteriors else 0.0


class Ear:
    """Hears one utterance at a time; nothing carries over from one to the next."""

    def __init__(self) -> None:
        model = Path(pocketsphinx.get_model_path()) / "en-us"
        self._decoder: Any = pocketsphinx.Decoder(
            hmm=str(model / "en-us"),
            dict=str(model / "cmudict-en-us.dict"),
            lm=None,
            loglevel="FATAL",
        )
        self._known: set[str] = set()
        for word, pronunciations in pronounce.listed().items():
            self._add(word, pronunciations)
        self._searches = {kind.value: self._load(kind.value, ()) for kind in Expecting}
        self._special: OrderedDict[tuple[str, ...], _Search] = OrderedDict()

    def hear(self, utterance: Utterance) -> Answer:
        """The transcript of an utterance; an empty one when no word was made out."""
        search = self._search(utterance.kind, utterance.phrases)
        heard = self._decode(utterance.pcm, search.name)
        words = [word for word, _, _ in heard.words]
        if not words:
            return Answer()
        others = list(self._others(words))
        spans = [(start * FRAME_MS, end * FRAME_MS) for _, start, end in heard.words]
        if search.grammar and not search.grammar.accepts(words):
            fitting = next((other for other in others if search.grammar.accepts(other)), None)
            if fitting:
                others = [words, *(other for other in others if other is not fitting)]
                spans = _spread(spans[0][0], spans[-1][1], len(fitting))
                words = fitting
        shown = written(words, utterance.kind)
        return Answer(
            text=" ".join(shown),
            words=[(word, *span) for word, span in zip(shown, spans, strict=True)],
            confidence=round(heard.confidence, 3),
            alternatives=[
                " ".join(written(other, utterance.kind)) for other in others[:ALTERNATIVES]
            ],
        )

    def _decode(self, pcm: bytes, search: str) -> _Reading:
        decoder = self._decoder
        decoder.activate_search(search)
        decoder.start_stream()  # forget the last utterance's noise level
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return _Reading((), ())
        segments = [part for part in decoder.seg() if not part.word.startswith(_FILLER)]
        words = tuple((_bare(s.word), s.start_frame, s.end_frame + 1) for s in segments)
        return _Reading(words, tuple(min(1.0, segment.prob) for segment in segments))

    def _others(self, best: Sequence[str]) -> Iterator[list[str]]:
        """Other readings of the last utterance, best first, each once."""
        seen = {tuple(best), ()}
        for hypothesis in islice(self._decoder.nbest(), READINGS):
            parts = hypothesis.hypstr.split()
            words = tuple(_bare(word) for word in parts if not word.startswith(_FILLER))
            if words not in seen:
                seen.add(words)
                yield list(words)

    def _search(self, kind: str, phrases: Sequence[str]) -> _Search:
        """The model for a kind of answer; where a phrase has a word that model does not know,
        one with the phrases, made when first asked for."""
        plain = self._searches[kind]
        spoken = sorted({templates.phrase_words(phrase) for phrase in phrases} - {""})
        if plain.words.issuperset(word for phrase in spoken for word in phrase.split()):
            return plain
        key = (kind, *spoken)
        if key not in self._special:
            self._special[key] = self._load(kind, spoken)
            if len(self._special) > MOST_SPECIAL_MODELS:
                _, dropped = self._special.popitem(last=False)
                self._decoder.remove_search(dropped.name)
        self._special.move_to_end(key)
        return self._special[key]

    def _load(self, kind: str, phrases: Sequence[str]) -> _Search:
        speakable = [phrase for phrase in phrases if not self._learn(phrase.split())]
        examples = corpus.sentences(kind, speakable)
        known = corpus.vocabulary(kind)
        words = known.union(*(example.split() for example in examples))
        self._learn(words)
        name = "|".join((kind, *speakable))
        handle, path = tempfile.mkstemp(suffix=".arpa")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(ngram.arpa(examples, known))
            self._decoder.add_lm_file(name, path)
        finally:
            Path(path).unlink()
        grammar = None if kind == Expecting.OPEN.value else Grammar(kind, speakable)
        return _Search(name, frozenset(words), grammar)

    def _learn(self, words: Iterable[str]) -> set[str]:
        """Make words known to the dictionary; those nobody could pronounce are returned."""
        unspeakable = set()
        for word in sorted(set(words) - self._known):
            if self._decoder.lookup_word(word) is None:
                phones = pronounce.guess(word)
                if phones is None:
                    unspeakable.add(word)
                    continue
                self._decoder.add_word(word, phones, False)
            self._known.add(word)
        return unspeakable

    def _add(self, word: str, pronunciations: Iterable[str]) -> None:
        for phones in pronunciations:
            name, count = word, 1
            while self._decoder.lookup_word(name) is not None:
                count += 1
                name = f"{word}({count})"
            self._decoder.add_word(name, phones, False)


def _bare(word: str) -> str:
    """Without the mark of an alternative pronunciation: "kowalczyk(2)"."""
    return word.partition("(")[0]


def _spread(start: int, end: int, count: int) -> list[tuple[int, int]]:
    """The time of one reading, shared out evenly among another's words."""
    edges = [start + (end - start) * index // count for index in range(count + 1)]
    return list(pairwise(edges))
