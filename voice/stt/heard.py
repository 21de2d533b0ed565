"""What a remote service has said so far about one call, on the call's own clock."""

from dataclasses import dataclass, replace

from voice.stt import Transcript
from voice.timing import TimedWord


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word on the connection's clock, in milliseconds of audio sent on it."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One message: the words of a segment so far. A later message replaces the segment."""

    segment: int
    words: tuple[HeardWord, ...]
    final: bool
    forced: bool = False
    """It answers a request to settle."""

    covered_ms: int = 0
    """If final: everything before this place on the connection's clock is settled."""


class Notes:
    """The segments of one call, over all its connections."""

    def __init__(self) -> None:
        self.settled_ms = 0
        self._settled: list[HeardWord] = []
        self._open: dict[int, tuple[HeardWord, ...]] = {}

    @property
    def partial(self) -> str:
        """The words not settled yet."""
        return " ".join(word.text for word in self._open_words())

    def add(self, heard: Heard, base_ms: int, settled_ms: int) -> None:
        """Note a message of a connection whose audio begins at `base_ms`."""
        words = tuple(
            replace(word, start_ms=word.start_ms + base_ms, end_ms=word.end_ms + base_ms)
            for word in heard.words
        )
        if not heard.final:
            self._open[heard.segment] = words
            return
        self._open.pop(heard.segment, None)
        self._settled.extend(words)
        ends = [word.end_ms for word in words]
        self.settled_ms = max(self.settled_ms, settled_ms, *ends)

    def forget_unsettled(self) -> None:
        """A new connection hears that audio again."""
        self._open.clear()

    def anything_since(self, start_ms: int) -> bool:
        """Whether any word after `start_ms` is known."""
        return any(word.end_ms > start_ms for word in (*self._settled, *self._open_words()))

    def transcript(self, start_ms: int, end_ms: int, *, edge_ms: int) -> Transcript:
        """The words whose middle lies in [start - edge, end + edge], times from `start_ms`."""
        words = [
            word
            for word in sorted((*self._settled, *self._open_words()), key=lambda w: w.start_ms)
            if start_ms - edge_ms <= (word.start_ms + word.end_ms) // 2 <= end_ms + edge_ms
        ]
        self._settled = [word for word in self._settled if word.end_ms > start_ms - edge_ms]
        if not words:
            return Transcript("")
        return Transcript(
            text=" ".join(word.text for word in words),
            words=tuple(
                TimedWord(
                    word.text, max(0, word.start_ms - start_ms), max(0, word.end_ms - start_ms)
                )
                for word in words
            ),
            confidence=min(1.0, max(0.0, min(word.confidence for word in words))),
        )

    def _open_words(self) -> list[HeardWord]:
        return [word for _, words in sorted(self._open.items()) for word in words]
