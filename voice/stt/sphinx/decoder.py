"""The decoder in a child process: one acoustic model, a language model per kind of answer."""

import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count, islice, pairwise
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

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Search:
    """A language model loaded under `name`, its words, and the form its answers should have."""

    name: str
    words: frozenset[str]
    grammar: Grammar | None


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was heard, when, how surely (the words' mean posterior), and what else it could be."""

    words: Words
    spans_ms: tuple[tuple[int, int], ...]
    confidence: float
    others: tuple[Words, ...]


_NOTHING: Final = _Reading((), (), 0.0, ())


class Ear:
    """Hears one utterance at a time; nothing carries over from one to the next.

    It knows open answers at once; `prepare` makes it know the other kinds, one after another.
    """

    def __init__(self) -> None:
        model = Path(pocketsphinx.get_model_path()) / "en-us"
        self._dictionary = model / "cmudict-en-us.dict"
        said = pronounce.pronunciations(templates.all_words(), self._dictionary)
        self._known = set(said)
        with _temporary(_dictionary_text(said), ".dict") as path:
            self._decoder: Any = pocketsphinx.Decoder(
                hmm=str(model / "en-us"), dict=path, lm=None, loglevel="FATAL"
            )
        self._searches: dict[str, _Search] = {}
        self._special: OrderedDict[tuple[str, ...], _Search] = OrderedDict()
        self._plain(Expecting.OPEN)

    def prepare(self) -> bool:
        """Get ready for one more kind of answer; False once it knows them all."""
        missing = next((kind for kind in Expecting if kind not in self._searches), None)
        if missing is not None:
            self._plain(missing)
        return missing is not None

    def hear(self, utterance: Utterance) -> Answer:
        """The transcript of an utterance; an empty one when no word was made out.

        A reading of the expected form is preferred among those the decoder has. Where none has
        it, the caller said something else: then the open model listens too, and the surer wins.
        """
        search = self._search(utterance.kind, utterance.phrases)
        heard = self._decode(utterance.pcm, search.name)
        if search.grammar and heard.words:
            heard, fits = _in_form(heard, search.grammar)
            if not fits:
                heard = _surer(heard, self._decode(utterance.pcm, Expecting.OPEN.value))
        shown = written(heard.words, utterance.kind)
        return Answer(
            text=" ".join(shown),
            words=[(word, *span) for word, span in zip(shown, heard.spans_ms, strict=True)],
            confidence=round(heard.confidence, 3) if shown else None,
            alternatives=[
                " ".join(written(other, utterance.kind)) for other in heard.others[:ALTERNATIVES]
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
            return _NOTHING
        segments = [part for part in decoder.seg() if not part.word.startswith(_FILLER)]
        if not segments:
            return _NOTHING
        words = tuple(_bare(segment.word) for segment in segments)
        return _Reading(
            words,
            tuple((s.start_frame * FRAME_MS, (s.end_frame + 1) * FRAME_MS) for s in segments),
            sum(min(1.0, segment.prob) for segment in segments) / len(segments),
            tuple(self._others(words)),
        )

    def _others(self, best: Words) -> Iterator[Words]:
        """Other readings of the last utterance, best first, each once."""
        seen = {best, ()}
        for hypothesis in islice(self._decoder.nbest(), READINGS):
            if hypothesis is None:  # a lattice without a path to its end
                continue
            parts = hypothesis.hypstr.split()
            words = tuple(_bare(word) for word in parts if not word.startswith(_FILLER))
            if words not in seen:
                seen.add(words)
                yield words

    def _search(self, kind: str, phrases: Sequence[str]) -> _Search:
        """The model for a kind of answer; where a phrase has a word that model does not know,
        one with the phrases, made when first asked for."""
        plain = self._plain(kind)
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

    def _plain(self, kind: str) -> _Search:
        if kind not in self._searches:
            self._searches[kind] = self._load(kind, ())
        return self._searches[kind]

    def _load(self, kind: str, phrases: Sequence[str]) -> _Search:
        speakable = [phrase for phrase in phrases if self._learn(phrase.split())]
        examples = corpus.sentences(kind, speakable)
        known = corpus.vocabulary(kind)
        name = "|".join((kind, *speakable))
        with _temporary(ngram.arpa(examples, known), ".arpa") as path:
            self._decoder.add_lm_file(name, path)
        words = frozenset(known.union(*(example.split() for example in examples)))
        grammar = None if kind == Expecting.OPEN.value else Grammar(kind, speakable)
        return _Search(name, words, grammar)

    def _learn(self, words: Sequence[str]) -> bool:
        """Make words known to the decoder; False if one of them could not be pronounced."""
        new = set(words) - self._known
        said = pronounce.pronunciations(new, self._dictionary) if new else {}
        for word, ways in said.items():
            for name, phones in zip(_variants(word), ways, strict=False):
                self._decoder.add_word(name, phones, False)
        self._known.update(said)
        return len(said) == len(new)


@contextmanager
def _temporary(text: str, suffix: str) -> Iterator[str]:
    """The path of a file with that text, gone afterwards; the decoder reads only files."""
    handle, path = tempfile.mkstemp(suffix=suffix)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        yield path
    finally:
        Path(path).unlink()


def _dictionary_text(said: pronounce.Pronunciations) -> str:
    lines = [
        f"{name} {phones}"
        for word in sorted(said)
        for name, phones in zip(_variants(word), said[word], strict=False)
    ]
    return "\n".join(lines) + "\n"


def _variants(word: str) -> Iterator[str]:
    """The names of a word's pronunciations: "leavitt", "leavitt(2)" …"""
    yield word
    yield from (f"{word}({number})" for number in count(2))


def _bare(word: str) -> str:
    """Without the mark of an alternative pronunciation: "kowalczyk(2)"."""
    return word.partition("(")[0]


def _in_form(heard: _Reading, grammar: Grammar) -> tuple[_Reading, bool]:
    """The best reading of the grammar's form, and whether there is one."""
    if grammar.accepts(heard.words):
        return heard, True
    fitting = next((other for other in heard.others if grammar.accepts(other)), None)
    if fitting is None:
        return heard, False
    others = (heard.words, *(other for other in heard.others if other != fitting))
    spans = _spread(heard.spans_ms[0][0], heard.spans_ms[-1][1], len(fitting))
    return _Reading(fitting, spans, heard.confidence, others), True


def _surer(heard: _Reading, other: _Reading) -> _Reading:
    """The one with the higher confidence; the other's words become its first alternative."""
    if other.confidence > heard.confidence:
        heard, other = other, heard
    if not other.words or other.words == heard.words:
        return heard
    others = (other.words, *(words for words in heard.others if words != other.words))
    return replace(heard, others=others)


def _spread(start: int, end: int, parts: int) -> tuple[tuple[int, int], ...]:
    """The time of one reading, shared out evenly among another's words."""
    edges = [start + (end - start) * index // parts for index in range(parts + 1)]
    return tuple(pairwise(edges))
