"""The decoder in a child process: one acoustic model, one language model."""

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pocketsphinx

from voice.stt.sphinx import corpus, ngram, pronounce
from voice.stt.sphinx.messages import Answer, Utterance
from voice.stt.sphinx.writing import written

FRAME_MS: Final = 10
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class Reading:
    """One search's result: words with frames, and their scores."""

    words: tuple[tuple[str, int, int], ...]
    acoustic: float
    posterior: float


class Ear:
    """Hears one utterance at a time; nothing carries over from one to the next."""

    def __init__(self) -> None:
        model = Path(pocketsphinx.get_model_path()) / "en-us"
        self._decoder: Any = pocketsphinx.Decoder(
            hmm=str(model / "en-us"),
            dict=str(model / "cmudict-en-us.dict"),
            lm=None,
            loglevel="FATAL",
            cmn="batch",
        )
        self._known: set[str] = set()
        for word, pronunciations in pronounce.listed().items():
            self._add(word, pronunciations)
        self._load_language_model()

    def hear(self, utterance: Utterance) -> Answer:
        """The transcript of an utterance; an empty one when no word was made out."""
        best = self._decode(utterance.pcm, OPEN)
        words = [(word, start * FRAME_MS, end * FRAME_MS) for word, start, end in best.words]
        text = written([word for word, _, _ in best.words])
        return Answer(text=text, words=words, confidence=best.posterior)

    def _decode(self, pcm: bytes, search: str) -> Reading:
        decoder = self._decoder
        decoder.activate_search(search)
        decoder.start_stream()  # forget the last utterance's noise level
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return Reading((), 0.0, 0.0)
        segments = list(decoder.seg())
        words = tuple(
            (segment.word.partition("(")[0], segment.start_frame, segment.end_frame + 1)
            for segment in segments
            if not segment.word.startswith(("<", "[", "+"))
        )
        acoustic = sum(segment.ascore for segment in segments)
        return Reading(words, acoustic, min(1.0, decoder.get_prob()))

    def _load_language_model(self) -> None:
        classes = corpus.classes()
        names = {
            word for key in ("first", "last", "street") for v in classes[key] for word in v.split()
        }
        sentences = list(corpus.sentences())
        self.learn(names.union(*(sentence.split() for sentence in sentences)))
        text = ngram.arpa(sentences, names)
        handle, path = tempfile.mkstemp(suffix=".arpa")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text)
            self._decoder.add_lm_file(OPEN, path)
        finally:
            Path(path).unlink()

    def learn(self, words: Iterable[str]) -> set[str]:
        """Make words known to the dictionary; those that cannot be pronounced are returned."""
        missing = set()
        for word in sorted(set(words) - self._known):
            if self._decoder.lookup_word(word) is None:
                phones = pronounce.guess(word)
                if phones is None:
                    missing.add(word)
                    continue
                self._decoder.add_word(word, phones, False)
            self._known.add(word)
        return missing

    def _add(self, word: str, pronunciations: Iterable[str]) -> None:
        for phones in pronunciations:
            count = 1
            while self._decoder.lookup_word(word if count == 1 else f"{word}({count})"):
                count += 1
            self._decoder.add_word(word if count == 1 else f"{word}({count})", phones, False)
