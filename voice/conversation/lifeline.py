"""Dead air never: a watch over each reply, and words for when it does not come."""

import asyncio
from collections.abc import Callable
from typing import Final

from voice.conversation.lines import Line
from voice.conversation.mouth import Mouth
from voice.conversation.reply import Exchange
from voice.conversation.talk import Talk
from voice.records import EndReason
from voice.stt import Expectation
from voice.turn_types import Close, TurnEvent

FILLER_S: Final = 1.5
TOO_LATE_S: Final = 2.8
"""Within three seconds of any failure the caller hears something."""


class Lifeline:
    """Says the session's own lines when a reply is late or cannot be made, and ends the call
    when that happens twice in a row or even these lines are missing."""

    def __init__(
        self,
        *,
        talk: Talk,
        mouth: Mouth,
        feed: Callable[[TurnEvent], None],
        end: Callable[[EndReason, str], None],
        expectation: Callable[[], Expectation],
    ) -> None:
        self.last_words: tuple[Exchange, EndReason, str] | None = None
        """A reply after which the call ends, whatever the receptionist thinks of it."""
        self._talk = talk
        self._mouth = mouth
        self._feed = feed
        self._end = end
        self._expectation = expectation
        self._failures = 0
        self._timers: list[asyncio.TimerHandle] = []

    def watch(self, exchange: Exchange) -> None:
        """See to it that the caller hears something soon."""
        self.rest()
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(FILLER_S, self._fill, exchange),
            loop.call_later(TOO_LATE_S, self._too_late, exchange),
        ]

    def rest(self) -> None:
        """Nothing is awaited any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers = []

    def all_well(self) -> None:
        """A reply was heard: earlier failures are forgiven."""
        self._failures = 0

    def is_last(self, exchange: Exchange) -> bool:
        """Whether the call ends with this reply."""
        last = self.last_words
        return exchange.reply.ended or (last is not None and last[0] is exchange)

    def reply_failed(self) -> None:
        """The reply could not be made: take it back where that is possible, and say so."""
        current = self._talk.current
        if current is None or not current.clips:
            self._talk.take_back()
        self.stumble("speech synthesis failed")

    def stumble(self, error: str) -> None:
        """Ask the caller to say it again; the second time in a row, pass the call on."""
        self._failures += 1
        clip = self._mouth.line(Line.AGAIN)
        if clip is None or self._failures > 1:
            self.say_last(Line.TROUBLE, EndReason.ENGINE_FAILED, error)
            return
        self.rest()
        self._talk.say_line(clip, self._expectation())

    def say_last(self, line: Line, reason: EndReason, error: str = "") -> None:
        """Say the line, if we have it, and end the call."""
        self.rest()
        clip = self._mouth.line(line)
        if clip is None:
            self._end(reason, error)
            return
        self.last_words = (self._talk.say_line(clip, self._expectation()), reason, error)
        self._feed(Close())

    def _fill(self, exchange: Exchange) -> None:
        """Say that it takes a moment."""
        clip = self._mouth.line(Line.MOMENT)
        if self._talk.current is exchange and not exchange.arrived and clip is not None:
            self._talk.say_filler(clip)

    def _too_late(self, exchange: Exchange) -> None:
        """Nothing of the reply is there yet: whoever makes it hangs."""
        if self._talk.current is exchange and not exchange.arrived:
            exchange.cancel()
            self.reply_failed()
