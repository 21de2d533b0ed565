"""The end of a conversation: last words are heard, what is said into them is answered, we leave."""

from collections.abc import Callable

from voice.conversation.crew import Crew
from voice.conversation.deeds import AFTER_SPEECH, Deeds
from voice.conversation.lifeline import Lifeline
from voice.conversation.reply import Exchange
from voice.conversation.talk import Talk
from voice.receptionist.dialogue import (
    ActionKind,
    CallerSilent,
    Event,
    TimeAlmostUp,
)
from voice.records import EndReason
from voice.turn_types import Phase, TurnState


class Leaving:
    """Knows which reply is the last one, and ends the call or hands it over once it was heard."""

    def __init__(
        self,
        *,
        talk: Talk,
        lifeline: Lifeline,
        deeds: Deeds,
        crew: Crew,
        end: Callable[[EndReason, str], None],
        react: Callable[[Event], None],
    ) -> None:
        self._talk = talk
        self._lifeline = lifeline
        self._deeds = deeds
        self._crew = crew
        self._end = end
        self._react = react
        self._after: Exchange | None = None
        self._held_up: Exchange | None = None

    def is_last(self, exchange: Exchange) -> bool:
        """Whether the caller leaves the line after this reply, if nothing more is said."""
        return self._lifeline.is_last(exchange) or leads_away(exchange)

    def is_final(self, exchange: Exchange) -> bool:
        """Whether the call ends with this reply, whatever is said meanwhile."""
        last = self._lifeline.last_words
        ours = last is not None and last[0] is exchange and last[1] is not EndReason.SILENCE
        reason = reason_of(exchange, is_spam=self._talk.lead.is_spam)
        spam = exchange.reply.ended and reason is EndReason.SPAM
        return (ours or spam) and not leads_away(exchange)

    def heard(self, exchange: Exchange, turn: TurnState) -> bool:
        """The last words were heard: leave, unless the caller is speaking; whether they are."""
        if turn.started_ms is None or turn.phase is Phase.CLOSING:
            self.leave_after(exchange)
            return False
        first_time, self._held_up = self._held_up is not exchange, exchange
        return first_time

    def settle(self, turn: TurnState) -> None:
        """What was said into the end of our last words is settled: leave, unless it is answered."""
        held_up = self._held_up
        if held_up is None or turn.started_ms is not None:
            return
        self._held_up = None
        if self._talk.current is held_up:
            self.leave_after(held_up)

    def leave_after(self, exchange: Exchange) -> None:
        """Leave now that this reply is over; once."""
        if self._after is not exchange:
            self._after = exchange
            self._crew.spawn(self._leave(exchange), "leave")

    async def _leave(self, exchange: Exchange) -> None:
        """Hand the caller over, or hang up."""
        for action in exchange.reply.actions:
            if action.kind not in AFTER_SPEECH:
                continue
            event = await self._deeds.perform(action)
            if event is not None:
                self._react(event)
                return
            if action.kind is ActionKind.TRANSFER:
                self._end(EndReason.TRANSFERRED, "")
        last = self._lifeline.last_words
        if last is not None and last[0] is exchange:
            self._end(last[1], last[2])
        self._end(reason_of(exchange, is_spam=self._talk.lead.is_spam), "")


def leads_away(exchange: Exchange) -> bool:
    """Whether the caller leaves the line after this reply."""
    return any(action.kind in AFTER_SPEECH for action in exchange.reply.actions)


def reason_of(exchange: Exchange, *, is_spam: bool) -> EndReason:
    """Why the call ends after this reply."""
    if is_spam or any(action.kind is ActionKind.MARK_SPAM for action in exchange.reply.actions):
        return EndReason.SPAM
    if any(isinstance(event, CallerSilent) for event in exchange.events):
        return EndReason.SILENCE
    if any(isinstance(event, TimeAlmostUp) for event in exchange.events):
        return EndReason.MAX_DURATION
    return EndReason.COMPLETED
