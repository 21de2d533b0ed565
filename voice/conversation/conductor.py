"""Conducts one call: what is heard goes through the turn machine, what it wants is done."""

import asyncio
from collections.abc import Callable
from typing import Final

from voice.conversation.brain import Brain
from voice.conversation.crew import Crew
from voice.conversation.deeds import Deeds
from voice.conversation.diary import Diary, Timing
from voice.conversation.ear import Ear
from voice.conversation.hearing import Hearing
from voice.conversation.leaving import Leaving
from voice.conversation.lifeline import Lifeline
from voice.conversation.lines import Line
from voice.conversation.mouth import Mouth
from voice.conversation.reply import CallerTurn, Exchange
from voice.conversation.talk import Talk
from voice.ledger import Clip
from voice.media import Output
from voice.ports import CallContext, FrontDesk, MediaSink, Voice
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    CallerPressed,
    CallerSilent,
    Event,
    LeadRecord,
    TimeAlmostUp,
)
from voice.records import EndReason, TurnRecord
from voice.stt import Expectation
from voice.turn_limits import PREROLL_MS, SPEECH_OFF
from voice.turn_types import (
    Answer,
    Clock,
    Close,
    Expect,
    Forget,
    Heard,
    Interrupt,
    Judged,
    Pause,
    Phase,
    Prepare,
    Pressed,
    Prompt,
    Resume,
    Said,
    Speaking,
    TimeUp,
    Transcribe,
    TranscribePart,
    TurnAction,
    TurnEvent,
    TurnState,
    Unheard,
    WarnTime,
    Withdraw,
)
from voice.turns import step

ASIDE_S: Final = 1.4
LAST_PROMPT: Final = 3
KEYS: Final = frozenset("0123456789*#")

End = Callable[[EndReason, str], None]


class Conductor:
    """Ties ear, turn machine, receptionist and mouth together. Lives as long as the call runs.

    `broken` is told an error of ours; `end` ends the call.
    """

    def __init__(
        self,
        context: CallContext,
        *,
        voice: Voice,
        sink: MediaSink,
        desk: FrontDesk,
        brain: Brain,
        ear: Ear,
        crew: Crew,
        end: End,
        broken: Callable[[Exception], None],
    ) -> None:
        rules = context.rules
        self.output = Output(sink, self, now_ms=ear.now_ms)
        self.recording = rules.recording
        self.keep_transcript = True
        self._turn = TurnState(
            half_duplex=rules.half_duplex, max_ms=rules.max_call_minutes * 60_000.0
        )
        self._now_ms = ear.now_ms
        self._ear = ear
        self._hearing = Hearing(ear)
        self._mouth = Mouth(voice, context)
        self._diary = Diary(to_media_ms=ear.to_media_ms, keep=desk.note_turn)
        self._crew = crew
        self._end = end
        self._broken = broken
        self._over = False
        self._lines_asked = False
        self._keys = ""
        self._aside: Clip | None = None
        self._judging: asyncio.Task[None] | None = None
        self._talk = self._open_talk(context, voice, brain)
        self._lifeline = Lifeline(
            talk=self._talk,
            mouth=self._mouth,
            feed=self.feed,
            end=end,
            expectation=lambda: self._turn.expectation,
        )
        self._deeds = Deeds(desk, context.call_id, crew)
        self._leaving = Leaving(
            talk=self._talk,
            lifeline=self._lifeline,
            deeds=self._deeds,
            crew=crew,
            end=end,
            react=lambda event: self._expect_reply(self._talk.react(event)),
        )

    def _open_talk(self, context: CallContext, voice: Voice, brain: Brain) -> Talk:
        return Talk(
            context=context,
            voice=voice,
            brain=brain,
            mouth=self._mouth,
            output=self.output,
            diary=self._diary,
            now_ms=self._now_ms,
            spawn=self._crew.spawn,
            on_failed=self._reply_failed,
            on_action=self._on_action,
            on_replaced=self._expect_reply,
        )

    @property
    def lead(self) -> LeadRecord:
        return self._talk.lead

    @property
    def turns(self) -> tuple[TurnRecord, ...]:
        return self._diary.turns

    def greet(self) -> None:
        """Say the greeting."""
        try:
            self._expect_reply(self._talk.greet())
        except Exception as error:
            self._broken(error)

    async def close(self) -> None:
        """The call is over: note the last turn, give what was decided a few seconds."""
        self._over = True
        self._lifeline.rest()
        try:
            last = await self._hearing.last_words(self._turn)
            if last is not None:
                last = self._talk.completed(last)
                self._talk.answer(last, self._hearing.said(last.text), Timing())
            self._talk.close()
        except Exception as error:
            self._broken(error)
        self._crew.dismiss(keep=self._deeds.under_way)
        await self._deeds.finish()
        self._crew.dismiss(keep=set())

    def pass_time(self, now_ms: float) -> None:
        """Some time has passed, with or without audio."""
        self.feed(Clock(now_ms))

    def press(self, key: str) -> None:
        """The caller pressed a key; anything but 0-9, * and # is ignored."""
        if self._over or key not in KEYS or self._turn.phase is Phase.CLOSING:
            return
        now_ms = self._now_ms()
        self.feed(Pressed(now_ms))
        self._keys += key
        try:
            exchange = self._talk.react(CallerPressed(key))
            exchange.timing.speech_end_ms = now_ms
            if exchange.reply.sentences:
                exchange.caller = CallerTurn(f"[{self._keys}]", now_ms, now_ms, None)
                self._keys = ""
            self._expect_reply(exchange)
        except Exception as error:
            self._broken(error)

    # --- turn taking ----------------------------------------------------------------------------

    def on_probability(self, at_ms: float, probability: float) -> None:
        level_db = None
        if self._turn.phase is Phase.SPEAKING and probability >= SPEECH_OFF:
            level_db = self._ear.now_level_db()
        self.feed(Heard(at_ms, probability, level_db))

    def feed(self, event: TurnEvent) -> None:
        """What happened goes through the machine; what it wants is done."""
        if self._over:
            return
        self._turn, actions = step(self._turn, event)
        for action in actions:
            try:
                self._act(action)
            except Exception as error:
                self._broken(error)
        self._leaving.settle(self._turn)

    def _act(self, action: TurnAction) -> None:
        match action:
            case Transcribe():
                self._crew.spawn(self._transcribe(action), "transcribe")
                if self._ear.judges:
                    self._judging = self._crew.spawn(self._judge(action), "judge")
            case TranscribePart():
                self._crew.spawn(self._transcribe_part(action), "transcribe")
            case Prepare(generation=generation):
                self._prepare(generation, action.text)
            case Forget():
                self._hearing.forget()
                self._talk.forget()
                if self._judging is not None:
                    self._judging.cancel()
            case Answer():
                self._answer(action)
            case Withdraw():
                self._lifeline.rest()
                self._talk.take_back()
            case Pause():
                self.output.pause()
            case Resume():
                self.output.resume()
            case Interrupt():
                self._interrupt()
            case _:
                self._act_unprompted(action)

    def _act_unprompted(self, action: TurnAction) -> None:
        """Nobody spoke, nothing was understood, or time is over."""
        match action:
            case Prompt(count=count):
                exchange = self._talk.react(CallerSilent(count))
                if count >= LAST_PROMPT:
                    self._lifeline.last_words = (exchange, EndReason.SILENCE, "")
                self._expect_reply(exchange)
            case WarnTime():
                self._expect_reply(self._talk.react(TimeAlmostUp()))
            case TimeUp():
                self._lifeline.say_last(Line.TIME_UP, EndReason.MAX_DURATION)
            case Unheard():
                self._lifeline.stumble("speech recognition failed")

    async def _transcribe(self, wanted: Transcribe) -> None:
        aired = self.output.ledger.aired_text
        loop = asyncio.get_running_loop()
        patience = loop.call_later(ASIDE_S, self._say_aside, wanted.generation)
        try:
            answer = await self._hearing.listen(wanted, self._turn.expectation, aired=aired)
        finally:
            patience.cancel()
        self.feed(answer)

    async def _judge(self, wanted: Transcribe) -> None:
        finished = await self._ear.judge(wanted.start_ms, wanted.end_ms)
        if finished is not None:
            self.feed(Judged(wanted.generation, finished))

    def _say_aside(self, generation: int) -> None:
        """Recognition is slow: say so, without taking the turn."""
        clip = self._mouth.line(Line.MOMENT)
        waiting = self._turn.generation == generation and self._turn.phase is Phase.ENDPOINTED
        if clip is not None and waiting and not self._over:
            self._aside = clip
            self.output.say(clip)

    async def _transcribe_part(self, wanted: TranscribePart) -> None:
        self.feed(await self._hearing.listen_part(wanted, self._turn.expectation))

    def _expect(self, expectation: Expectation) -> None:
        self._turn, _ = step(self._turn, Expect(expectation))

    def _interrupt(self) -> None:
        self._lifeline.rest()
        exchange = self._talk.current
        self._talk.interrupt()
        taken_back = exchange is not None and exchange.events and not exchange.committed
        if exchange is not None and taken_back and exchange.announced:
            self._expect(exchange.expected_before)

    def _prepare(self, generation: int, text: str) -> None:
        carried = self._talk.carried
        if carried is not None:
            text = f"{carried.text} {text}"
        self._talk.prepare(generation, self._hearing.said(text))

    def _answer(self, turn: Answer) -> None:
        turn = self._talk.completed(turn)
        timing = Timing(turn.ended_ms, turn.held)
        timing.note("endpoint_ms", self._now_ms())
        if self._hearing.known_ms is not None:
            timing.note("transcript_ms", self._hearing.known_ms)
        self._expect_reply(self._talk.answer(turn, self._hearing.said(turn.text), timing))

    def _expect_reply(self, exchange: Exchange) -> None:
        """See to it that the caller hears something soon, or that the turn goes on without."""
        if exchange.reply.sentences:
            self._lifeline.watch(exchange)
            return
        self._lifeline.rest()
        self._talk.settle(exchange)
        if self._leaving.is_last(exchange):
            self._leaving.leave_after(exchange)
        elif not self._deeds.under_way:
            self.feed(Said(self._now_ms(), self._now_ms()))

    def _reply_failed(self) -> None:
        if not self._over:
            self._lifeline.reply_failed()

    # --- what the output tells ------------------------------------------------------------------

    def on_clip(self, clip: Clip) -> None:
        """A clip begins to be heard."""
        if clip is self._aside:
            return
        self._aside = None
        exchange = self._talk.first_frame(clip)
        if exchange is not None and not exchange.announced:
            exchange.announced = True
            exchange.expected_before = self._turn.expectation
            self._expect(exchange.reply.expectation)
            if self._leaving.is_final(exchange):
                self.feed(Close())
        parting = exchange is not None and self._lifeline.is_last(exchange)
        self.feed(Speaking(self._now_ms(), clip.interruptible, parting))

    def on_said(self) -> None:
        """Everything to be said was sent: the floor is the caller's."""
        if self._over or self._aside is not None:
            return
        exchange = self._talk.current
        if exchange is not None and self._leaving.is_last(exchange):
            return
        if self._talk.agenda:
            self._expect_reply(self._talk.react(self._talk.agenda.popleft()))
            return
        self.feed(Said(self._now_ms(), self.output.ledger.play_end_ms))

    def on_heard(self) -> None:
        """Everything said was heard: the turn is final; if it was the last, the call ends."""
        exchange = self._talk.heard() if self._aside is None else None
        if exchange is None or self._over:
            return
        if exchange.events:
            self._lifeline.all_well()
        if self._leaving.is_last(exchange):
            if self._leaving.heard(exchange, self._turn):
                self.feed(Said(self._now_ms(), self._now_ms()))
        elif not self._lines_asked:
            self._lines_asked = True
            self._crew.spawn(self._mouth.warm_lines(), "lines")

    def on_mark(self) -> None:
        """Some of it was heard."""
        self._talk.confirm()
        exchange = self._talk.current
        if exchange is not None and exchange.spoken is not None:
            exchange.timing.note("mark_ms", self._now_ms())

    # --- deeds ----------------------------------------------------------------------------------

    def _on_action(self, action: Action, exchange: Exchange) -> None:
        if action.kind is ActionKind.STOP_RECORDING:
            self.recording = self.keep_transcript = False
        if action.kind is ActionKind.MASK_LAST_UTTERANCE and exchange.caller is not None:
            caller = exchange.caller
            self._ear.mask(caller.started_ms - PREROLL_MS, caller.ended_ms + PREROLL_MS)
        self._deeds.start(action, self._done, exchange)

    def _done(self, event: Event | None, exchange: Exchange) -> None:
        """A deed is done: what came of it is told as soon as it is our turn."""
        if self._over:
            return
        if event is not None:
            self._talk.agenda.append(event)
        silent = self._talk.current is exchange and not exchange.reply.sentences
        listening = self._turn.phase is Phase.LISTENING and self._turn.started_ms is None
        if self._talk.agenda and (silent or (listening and self.output.idle)):
            self._expect_reply(self._talk.react(self._talk.agenda.popleft()))
        elif silent and not self._deeds.under_way:
            self.feed(Said(self._now_ms(), self._now_ms()))
