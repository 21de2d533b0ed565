"""The receptionist's side of a call: thinks, prepares, speaks, takes back, keeps the record."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from voice.conversation.brain import Brain
from voice.conversation.deeds import AFTER_SPEECH
from voice.conversation.diary import MASKED, Diary, Timing
from voice.conversation.mouth import Mouth
from voice.conversation.proposals import Proposals, Spawn, same_words
from voice.conversation.reply import CallerTurn, Delivery, Exchange
from voice.conversation.wording import messages_for, worded
from voice.errors import VoiceError
from voice.ledger import Clip
from voice.media import Output
from voice.ports import CallContext, Voice
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    CallerSaid,
    CallerSilent,
    Event,
    LeadRecord,
    Reply,
    Sentence,
)
from voice.stt import Expectation
from voice.turn_types import Answer

logger = logging.getLogger(__name__)


class Talk:
    """One exchange at a time. The session tells when to prepare, answer, take back, stop."""

    def __init__(
        self,
        *,
        context: CallContext,
        voice: Voice,
        brain: Brain,
        mouth: Mouth,
        output: Output,
        diary: Diary,
        now_ms: Callable[[], float],
        spawn: Spawn,
        on_failed: Callable[[], None],
        on_action: Callable[[Action, Exchange], None],
        on_replaced: Callable[[Exchange], None],
    ) -> None:
        self.current: Exchange | None = None
        self.carried: CallerTurn | None = None
        self.agenda: deque[Event] = deque()
        self._context = context
        self._voice = voice
        self._brain = brain
        self._mouth = mouth
        self._output = output
        self._diary = diary
        self._now_ms = now_ms
        self._spawn = spawn
        self._on_failed = on_failed
        self._on_action = on_action
        self._on_replaced = on_replaced
        self._proposals = Proposals(spawn=spawn, told=self._proposed)
        self._prepared: Exchange | None = None
        self._fading: list[Exchange] = []
        self._state, self._greeting = brain.open_call(context.rules, context.scene)

    @property
    def lead(self) -> LeadRecord:
        """The job as understood so far."""
        return self._brain.lead(self._state)

    def greet(self) -> Exchange:
        """Say the greeting."""
        exchange = Exchange((), self._state, self._state, self._greeting, Timing())
        return self._start(exchange)

    def prepare(self, generation: int, said: CallerSaid) -> None:
        """Make the reply to these words, say nothing of it yet."""
        self.forget()
        if self.agenda:
            return
        exchange = self._think((said,), Timing())
        exchange.generation = generation
        self._prepared = exchange
        self._launch(exchange)
        model = self._voice.language_model
        request = self._brain.proposal_request(self._state, said.text) if model else None
        if model is not None and request is not None:
            self._proposals.ask(model, said, request)

    def forget(self) -> None:
        """The prepared reply is out of date."""
        if self._proposals.forget() and self.current is not None:
            self.current.gate.set()
        if self._prepared is not None:
            self._prepared.cancel()
            self._prepared = None

    def answer(self, turn: Answer, said: CallerSaid, timing: Timing) -> Exchange:
        """Reply to the caller's finished turn, with what was prepared for it if it fits."""
        prepared, self._prepared = self._prepared, None
        fits = (
            prepared is not None
            and prepared.generation == turn.generation
            and same_words(prepared.events, said)
            and not self.agenda
        )
        waits = fits and self._proposals.awaited(said)
        if prepared is not None and fits:
            exchange = prepared
            for stage, at_ms in timing.reached.items():
                exchange.timing.note(stage, at_ms)
            exchange.timing.speech_end_ms, exchange.timing.held = turn.ended_ms, turn.held
        else:
            self._proposals.forget()
            if prepared is not None:
                prepared.cancel()
            exchange = self._think((*self.agenda, said), timing)
            self.agenda.clear()
        exchange.caller = CallerTurn(turn.text, turn.started_ms, turn.ended_ms, said.confidence)
        return self._start(exchange, waits=waits)

    def react(self, event: Event) -> Exchange:
        """Reply to something that happened, not to words."""
        self.forget()
        return self._start(self._think((event,), Timing()))

    def take_back(self) -> None:
        """The caller was not finished: as if the last answer had never been."""
        exchange = self.current
        if exchange is None or exchange.committed:
            return
        self.current = None
        self._proposals.forget()
        exchange.cancel()
        self._state = exchange.before
        self.agenda.extendleft(
            event
            for event in reversed(exchange.events)
            if not isinstance(event, CallerSaid | CallerSilent)
        )
        self._output.discard()

    def interrupt(self) -> None:
        """The caller has taken the turn: the rest of the reply is never said.

        If nothing of it was heard, it is taken back. A caller it answered had not finished: their
        words so far are `carried` into what they are saying now. News is told with the next reply.
        """
        exchange = self.current
        if exchange is not None and exchange.events and not exchange.committed:
            self.carried = exchange.caller or self.carried
            self.take_back()
            return
        self.current = None
        self._output.discard()
        if exchange is None:
            return
        exchange.cancel()
        if exchange.spoken is not None:
            exchange.spoken.interrupted = True
            self._fading.append(exchange)
        self._note_faded(interrupted=True)

    def completed(self, turn: Answer) -> Answer:
        """The turn with the words carried over from before an interruption."""
        carried, self.carried = self.carried, None
        if carried is None:
            return turn
        text = f"{carried.text} {turn.text}"
        return replace(turn, text=text, started_ms=carried.started_ms)

    def say_line(self, clip: Clip, expectation: Expectation) -> Exchange:
        """Say one of the session's own lines, in place of whatever was to be said."""
        current = self.current
        if current is not None and current.clips and not current.arrived:
            current.cancel()  # nothing but a filler was said: the line follows it
            current.events, current.reply = (), Reply(expectation=expectation)
            self._append_line(current, clip)
            return current
        self.interrupt()
        reply = Reply(sentences=(Sentence(clip.text),), expectation=expectation)
        exchange = Exchange((), self._state, self._state, reply, Timing())
        self.current = exchange
        self._append_line(exchange, clip)
        return exchange

    def _append_line(self, exchange: Exchange, clip: Clip) -> None:
        exchange.arrived = True
        exchange.clips.append(clip)
        self._output.say(clip)
        self._output.finish()

    def say_filler(self, clip: Clip) -> None:
        """Say that the reply is coming; it follows."""
        if self.current is not None:
            self.current.clips.insert(0, clip)
            self._output.say(clip)

    def first_frame(self, clip: Clip) -> Exchange | None:
        """A clip begins to be sent; the exchange it belongs to, if it is the current one."""
        exchange = self.current
        if exchange is None or not any(each is clip for each in exchange.clips):
            return None
        exchange.timing.note("first_frame_ms", self._now_ms())
        return exchange

    def confirm(self) -> None:
        """Some of the current reply was heard: what led to it can no longer be taken back."""
        self._note_faded()
        exchange = self.current
        if exchange is None or exchange.spoken is not None:
            return
        started_ms = exchange.timing.reached.get("first_frame_ms")
        if started_ms is None:
            return
        self.settle(exchange)
        exchange.spoken = self._diary.begin(
            exchange.timing, now_ms=started_ms, asked=exchange.reply.asked
        )
        exchange.spoken.clips = exchange.clips

    def settle(self, exchange: Exchange) -> None:
        """Make the exchange final: the caller's turn is noted, its actions are carried out."""
        if exchange.committed:
            return
        exchange.committed = True
        masked = any(
            action.kind is ActionKind.MASK_LAST_UTTERANCE for action in exchange.reply.actions
        )
        caller = exchange.caller
        if caller is not None:
            self._diary.caller(
                MASKED if masked else caller.text,
                started_ms=caller.started_ms,
                ended_ms=caller.ended_ms,
                confidence=caller.confidence,
                lead=self.lead,
            )
        for action in exchange.reply.actions:
            if action.kind not in AFTER_SPEECH:
                self._on_action(action, exchange)

    def heard(self) -> Exchange | None:
        """All of the current reply was heard: it goes into the record."""
        self.confirm()
        exchange = self.current
        if exchange is not None:
            self._note_spoken(exchange)
        return exchange

    def close(self) -> None:
        """The call is over: note what was heard of the reply in progress."""
        self.forget()
        self._note_faded(over=True)
        exchange, self.current = self.current, None
        if exchange is None:
            return
        exchange.cancel()
        if exchange.spoken is not None:
            exchange.spoken.interrupted = not all(clip.done for clip in exchange.clips)
            self._note_spoken(exchange)
        elif not exchange.committed and exchange.caller is not None:
            self.settle(exchange)

    def _think(self, events: tuple[Event, ...], timing: Timing) -> Exchange:
        """Step the receptionist through the events; their replies become one."""
        state, reply = self._state, Reply()
        for event in events:
            state, more = self._brain.step(state, event)
            reply = _merged(reply, more)
        return Exchange(events, self._state, state, reply, timing)

    def _proposed(self, said: CallerSaid, proposal: Mapping[str, object] | None) -> None:
        """A model has read the words: if that leads to another reply, it takes the first's place.

        Unless the first is being heard already; nothing of it is said while this is awaited.
        """
        exchange = self._prepared or self.current
        if exchange is None or exchange.committed or not same_words(exchange.events, said):
            return
        if proposal is not None:
            event = replace(said, proposal=proposal)
            after, reply = self._brain.step(exchange.before, event)
            if reply != exchange.reply:
                self._replace(exchange, Exchange((event,), exchange.before, after, reply, Timing()))
                return
            exchange.events, exchange.after = (event,), after
            if exchange is self.current:
                self._state = after
        if exchange is self.current:
            exchange.gate.set()

    def _replace(self, exchange: Exchange, better: Exchange) -> None:
        """After the end of the turn there is no time left for the model's own wording."""
        better.generation, better.caller = exchange.generation, exchange.caller
        if exchange is self._prepared:
            exchange.cancel()
            self._prepared = better
            self._launch(better)
            return
        better.reply = replace(better.reply, wording=None)
        better.timing.speech_end_ms = exchange.timing.speech_end_ms
        better.timing.held = exchange.timing.held
        for stage in ("endpoint_ms", "transcript_ms"):
            if stage in exchange.timing.reached:
                better.timing.note(stage, exchange.timing.reached[stage])
        self.take_back()
        self._on_replaced(self._start(better))

    def _start(self, exchange: Exchange, *, waits: bool = False) -> Exchange:
        self._finish_previous()
        self.current = exchange
        self._state = exchange.after
        self._mouth.language = exchange.reply.expectation.language
        if exchange.task is None:
            self._launch(exchange)
        if exchange.reply.sentences:
            self._output.more = True
            self._output.asked = exchange.reply.asked
            if not waits:
                exchange.gate.set()
        return exchange

    def _finish_previous(self) -> None:
        """A reply whose last marks are still on their way ends here."""
        if self._output.idle:
            self.confirm()
        previous = self.current
        if previous is not None and previous.spoken is not None:
            self._fading.append(previous)
            self._note_faded()

    def _launch(self, exchange: Exchange) -> None:
        if exchange.reply.sentences:
            exchange.task = self._spawn(self._deliver(exchange), "reply")

    async def _deliver(self, exchange: Exchange) -> None:
        try:
            delivery = Delivery(
                exchange, self._mouth, self._output, self._loop_time_at, self._now_ms
            )
            await delivery.run(self._sentences(exchange))
        except VoiceError as error:
            logger.warning("call %s: a reply failed: %s", self._context.call_id, error)
            if exchange is self.current:
                self._on_failed()
            elif exchange is self._prepared:
                self._prepared = None
        else:
            if exchange is self.current:
                self._output.finish()

    async def _sentences(self, exchange: Exchange) -> AsyncGenerator[Sentence, None]:
        reply, model = exchange.reply, self._voice.language_model
        fixed = reply.wording is None or not all(each.interruptible for each in reply.sentences)
        if model is None or fixed:
            for sentence in reply.sentences:
                yield sentence
            return
        said = next((event.text for event in exchange.events if isinstance(event, CallerSaid)), "")
        wording = worded(
            model,
            messages_for(self._context.rules, reply, said),
            reply,
            grounded=lambda text: self._brain.grounded(text, exchange.after),
            on_first_token=lambda: exchange.timing.note("first_token_ms", self._now_ms()),
        )
        async with aclosing(wording):
            async for sentence in wording:
                yield sentence

    def _loop_time_at(self, clock_ms: float) -> float:
        return asyncio.get_running_loop().time() + (clock_ms - self._now_ms()) / 1000

    def _note_faded(self, *, interrupted: bool = False, over: bool = False) -> None:
        """Note earlier replies once nothing more of them can be heard.

        After an interruption only words that may not be cut off are still on their way.
        """
        for exchange in tuple(self._fading):
            on_its_way = any(
                clip.sent and not clip.done and not (interrupted and clip.interruptible)
                for clip in exchange.clips
            )
            if over or not on_its_way:
                self._fading.remove(exchange)
                self._note_spoken(exchange)

    def _note_spoken(self, exchange: Exchange) -> None:
        if exchange.spoken is not None:
            played = self._output.ledger.play_end_ms
            self._diary.receptionist(
                exchange.spoken, ended_ms=min(played, self._now_ms()), lead=self.lead
            )


def _merged(first: Reply, second: Reply) -> Reply:
    """Both replies in one; the later one's question and end count."""
    if first == Reply():
        return second
    return Reply(
        sentences=first.sentences + second.sentences,
        asked=second.asked or first.asked,
        expectation=second.expectation,
        actions=first.actions + second.actions,
        ended=first.ended or second.ended,
        wording=None,
    )
