"""One call: audio in, turns, the receptionist's words out, and an end that always comes."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Final

from voice.conversation.brain import Brain, Receptionist
from voice.conversation.diary import NO_LEAD, Diary, Timing
from voice.conversation.ear import Ear
from voice.conversation.hearing import Hearing
from voice.conversation.lines import Line
from voice.conversation.mouth import Mouth
from voice.conversation.reply import CallerTurn, Exchange
from voice.conversation.talk import AFTER_SPEECH, Talk
from voice.ledger import Clip
from voice.media import Output
from voice.ports import CallContext, FrontDesk, MediaSink, Voice
from voice.receptionist.dialogue import (
    Action,
    ActionKind,
    CallerPressed,
    CallerSilent,
    Event,
    TimeAlmostUp,
    TransferFailed,
    WindowTaken,
)
from voice.records import CallAudio, CallRecord, EndReason
from voice.tracks import place_heard
from voice.turn_types import (
    Answer,
    Clock,
    Close,
    Expect,
    Forget,
    Heard,
    Interrupt,
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
from voice.turns import PREROLL_MS, SPEECH_OFF, step

logger = logging.getLogger(__name__)

WATCH_S: Final = 0.5
BLOCKED_MS: Final = 3_000.0
NO_FRAMES_MS: Final = 15_000.0
FILLER_S: Final = 1.5
TOO_LATE_S: Final = 2.8
PERFORM_S: Final = 10.0
LAST_DEEDS_S: Final = 5.0
OVERTIME_MS: Final = 20_000.0
LAST_PROMPT: Final = 3
KEYS: Final = frozenset("0123456789*#")


class CallSession:
    """Runs one call from the greeting to its one end. Made and used on the event loop's thread.

    What it receives comes through the `receive_…` methods and `end`, which return at once;
    `run` returns the record when the call is over and never raises but CancelledError.
    """

    def __init__(
        self,
        context: CallContext,
        *,
        voice: Voice,
        sink: MediaSink,
        desk: FrontDesk,
        brain: Brain | None = None,
    ) -> None:
        rules = context.rules
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._context = context
        self._voice = voice
        self._desk = desk
        self._brain = brain or Receptionist()
        self._turn = TurnState(
            half_duplex=rules.half_duplex, max_ms=rules.max_call_minutes * 60_000.0
        )
        self._ear = Ear(voice, context, now_ms=self._now_ms, on_probability=self._on_probability)
        self._hearing = Hearing(self._ear)
        self._output = Output(sink, self, now_ms=self._now_ms)
        self._mouth = Mouth(voice, context)
        self._diary = Diary(to_media_ms=self._to_media_ms, keep=desk.note_turn)
        self._talk: Talk | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._deeds: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()
        self._reason: EndReason | None = None
        self._error = ""
        self._last_words: tuple[Exchange, EndReason] | None = None
        self._leaving: Exchange | None = None
        self._recording = rules.recording
        self._keep_transcript = True
        self._failures = 0
        self._keys = ""
        self._lines_asked = False
        self._timers: list[asyncio.TimerHandle] = []

    # --- what comes in --------------------------------------------------------------------------

    def receive_audio(self, ulaw: bytes, *, timestamp_ms: int) -> None:
        """The caller's µ-law audio that begins at that time of the stream."""
        if self._reason is None:
            self._ear.receive(ulaw, timestamp_ms)

    def receive_mark(self, name: str) -> None:
        """The carrier has played everything up to this mark."""
        if self._reason is None:
            self._output.mark_returned(name)

    def receive_dtmf(self, key: str) -> None:
        """The caller pressed a key; anything but 0-9, * and # is ignored."""
        talk = self._talk
        if self._reason is not None or talk is None or key not in KEYS or len(key) != 1:
            return
        if self._turn.phase is Phase.CLOSING:
            return
        now_ms = self._now_ms()
        self._feed(Pressed(now_ms))
        self._keys += key
        exchange = talk.react(CallerPressed(key))
        exchange.caller = CallerTurn(f"[{self._keys}]", now_ms, now_ms, None)
        if exchange.reply.sentences:
            self._keys = ""
        else:
            exchange.caller = None
        exchange.timing.speech_end_ms = now_ms
        self._expect_reply(exchange)

    def end(self, reason: EndReason, error: str = "") -> None:
        """The call is over, for this reason; only the first one counts."""
        if self._reason is None:
            self._reason, self._error = reason, error
            self._over.set()

    # --- the call -------------------------------------------------------------------------------

    async def run(self) -> CallRecord:
        """The whole call. Everything it started is finished or cancelled when this returns."""
        try:
            self._begin()
            await self._over.wait()
        finally:
            await self._wind_up()
        return self._record()

    def _begin(self) -> None:
        try:
            self._talk = Talk(
                context=self._context,
                voice=self._voice,
                brain=self._brain,
                mouth=self._mouth,
                output=self._output,
                diary=self._diary,
                now_ms=self._now_ms,
                spawn=self._spawn,
                on_failed=self._reply_failed,
                on_action=self._on_action,
            )
            self._spawn(self._pump(), "output")
            self._spawn(self._watch(), "watch")
            self._expect_reply(self._talk.greet())
        except Exception as error:
            self._broken(error)

    async def _wind_up(self) -> None:
        """Stop everything; what was decided is still carried out, within LAST_DEEDS_S."""
        self.end(EndReason.SERVER_LOST, "the server stopped the call")
        for timer in self._timers:
            timer.cancel()
        if self._talk is not None:
            try:
                self._talk.close()
            except Exception:
                logger.exception("call %s: its last turn was lost", self._context.call_id)
        for task in self._tasks - self._deeds:
            task.cancel()
        if self._deeds:
            await asyncio.wait(self._deeds, timeout=LAST_DEEDS_S)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        try:
            await self._ear.close()
        except Exception:
            logger.exception("call %s: its recogniser did not close", self._context.call_id)

    def _record(self) -> CallRecord:
        duration_ms = round(self._now_ms())
        track = self._ear.track
        audio = None
        if self._recording:
            length_ms = max(track.end_ms, self._to_media_ms(self._output.ledger.play_end_ms))
            audio = CallAudio(
                track.whole(),
                place_heard(
                    self._output.ledger.played,
                    offset_ms=self._ear.offset_ms,
                    length_ms=min(length_ms, duration_ms),
                ),
            )
        talk = self._talk
        return CallRecord(
            reason=self._reason or EndReason.SERVER_LOST,
            duration_ms=duration_ms,
            turns=self._diary.turns,
            lead=talk.lead if talk is not None else NO_LEAD,
            audio=audio,
            keep_transcript=self._keep_transcript,
            error=self._error,
        )

    async def _pump(self) -> None:
        try:
            await self._output.run()
        except OSError as error:
            self.end(EndReason.CARRIER_LOST, f"the line broke: {error}")

    async def _watch(self) -> None:
        """Twice a second: time passes, and nothing may hang for long."""
        while True:
            await asyncio.sleep(WATCH_S)
            now_ms = self._now_ms()
            self._feed(Clock(now_ms))
            if self._output.blocked_ms() > BLOCKED_MS:
                self.end(EndReason.CARRIER_LOST, "the carrier takes no audio")
            if now_ms - self._ear.last_frame_ms > NO_FRAMES_MS:
                self.end(EndReason.CARRIER_LOST, "the carrier sends no audio")
            if now_ms > self._turn.max_ms + OVERTIME_MS:
                self.end(EndReason.MAX_DURATION, "the goodbye was never heard")

    # --- turn taking ----------------------------------------------------------------------------

    def _on_probability(self, at_ms: float, probability: float) -> None:
        level_db = None
        if self._turn.phase is Phase.SPEAKING and probability >= SPEECH_OFF:
            level_db = self._ear.now_level_db()
        self._feed(Heard(at_ms, probability, level_db))

    def _feed(self, event: TurnEvent) -> None:
        """What happened goes through the machine; what it wants is done."""
        if self._reason is not None or self._talk is None:
            return
        self._turn, actions = step(self._turn, event)
        for action in actions:
            try:
                self._act(action, self._talk)
            except Exception as error:
                self._broken(error)

    def _act(self, action: TurnAction, talk: Talk) -> None:
        match action:
            case Transcribe():
                self._spawn(self._transcribe(action, talk), "transcribe")
            case TranscribePart():
                self._spawn(self._transcribe_part(action), "transcribe")
            case Prepare(generation=generation):
                talk.prepare(generation, self._hearing.said(action.text))
            case Forget():
                self._hearing.forget()
                talk.forget()
            case Answer():
                self._answer(action, talk)
            case Withdraw():
                talk.take_back()
            case Pause():
                self._output.pause()
            case Resume():
                self._output.resume()
            case Interrupt():
                talk.interrupt()
            case _:
                self._act_unprompted(action, talk)

    def _act_unprompted(self, action: TurnAction, talk: Talk) -> None:
        match action:
            case Prompt(count=count):
                exchange = talk.react(CallerSilent(count))
                if count >= LAST_PROMPT:
                    self._last_words = (exchange, EndReason.SILENCE)
                self._expect_reply(exchange)
            case WarnTime():
                self._expect_reply(talk.react(TimeAlmostUp()))
            case TimeUp():
                self._say_last(Line.TIME_UP, EndReason.MAX_DURATION)
            case Unheard():
                self._stumble("speech recognition failed")

    async def _transcribe(self, wanted: Transcribe, talk: Talk) -> None:
        spoken = talk.current.clips if talk.current is not None else []
        self._feed(
            await self._hearing.listen(
                wanted,
                self._turn.expectation,
                spoken=spoken if wanted.start_ms < self._output.ledger.play_end_ms else (),
            )
        )

    async def _transcribe_part(self, wanted: TranscribePart) -> None:
        self._feed(await self._hearing.listen_part(wanted, self._turn.expectation))

    def _answer(self, turn: Answer, talk: Talk) -> None:
        timing = Timing(turn.ended_ms, turn.held)
        timing.note("endpoint_ms", self._now_ms())
        if self._hearing.known_ms is not None:
            timing.note("transcript_ms", self._hearing.known_ms)
        self._expect_reply(talk.answer(turn, self._hearing.said(turn.text), timing))

    # --- replies on their way -------------------------------------------------------------------

    def _expect_reply(self, exchange: Exchange) -> None:
        """See to it that the caller hears something soon, or that the turn goes on without."""
        self._cancel_timers()
        if exchange.reply.sentences:
            self._timers = [
                self._loop.call_later(FILLER_S, self._fill, exchange),
                self._loop.call_later(TOO_LATE_S, self._too_late, exchange),
            ]
            return
        assert self._talk is not None  # noqa: S101 - there is no exchange without it
        self._talk.settle(exchange)
        if self._is_last(exchange):
            self._leave_after(exchange)
        elif not self._deeds:
            self._feed(Said(self._now_ms(), self._now_ms()))

    def _cancel_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers = []

    def _fill(self, exchange: Exchange) -> None:
        """Say that it takes a moment."""
        talk, clip = self._talk, self._mouth.line(Line.MOMENT)
        if talk is None or talk.current is not exchange or exchange.arrived or clip is None:
            return
        talk.say_filler(clip)

    def _too_late(self, exchange: Exchange) -> None:
        """Nothing of the reply is there yet: whoever makes it hangs."""
        if self._talk is None or self._talk.current is not exchange or exchange.arrived:
            return
        exchange.cancel()
        self._reply_failed()

    def _reply_failed(self) -> None:
        """The reply could not be made: take it back where that is possible, and say so."""
        if self._talk is None or self._reason is not None:
            return
        self._talk.take_back()
        self._stumble("speech synthesis failed")

    def _stumble(self, error: str) -> None:
        """Ask the caller to say it again; the second time in a row, pass the call on."""
        self._failures += 1
        clip = self._mouth.line(Line.AGAIN)
        if clip is None or self._talk is None or self._failures > 1:
            self._say_last(Line.TROUBLE, EndReason.ENGINE_FAILED, error)
            return
        self._cancel_timers()
        self._talk.say_line(clip, self._turn.expectation)

    def _say_last(self, line: Line, reason: EndReason, error: str = "") -> None:
        """Say the line, if we have it, and end the call."""
        self._cancel_timers()
        clip = self._mouth.line(line)
        if clip is None or self._talk is None:
            self.end(reason, error)
            return
        self._error = error
        exchange = self._talk.say_line(clip, self._turn.expectation)
        self._last_words = (exchange, reason)
        self._feed(Close())

    # --- what the output tells ------------------------------------------------------------------

    def on_clip(self, clip: Clip) -> None:
        """A clip begins to be heard."""
        talk = self._talk
        exchange = talk.commit(clip) if talk is not None else None
        if exchange is not None and not exchange.announced:
            exchange.announced = True
            self._feed(Expect(exchange.reply.expectation))
            if self._is_last(exchange) and not _leads_away(exchange):
                self._feed(Close())
        self._feed(Speaking(self._now_ms(), clip.interruptible))

    def on_said(self) -> None:
        """Everything to be said was sent: the floor is the caller's."""
        talk = self._talk
        if talk is None or self._reason is not None:
            return
        exchange = talk.current
        if exchange is not None and (self._is_last(exchange) or _leads_away(exchange)):
            return
        if talk.agenda:
            self._expect_reply(talk.react(talk.agenda.popleft()))
            return
        self._feed(Said(self._now_ms(), self._output.ledger.play_end_ms))

    def on_heard(self) -> None:
        """Everything said was heard: the turn is final; if it was the last, the call ends."""
        exchange = self._talk.heard() if self._talk is not None else None
        if exchange is None or self._reason is not None:
            return
        if exchange.events:
            self._failures = 0
        if self._is_last(exchange) or _leads_away(exchange):
            self._leave_after(exchange)
        elif not self._lines_asked:
            self._lines_asked = True
            self._spawn(self._mouth.warm_lines(), "lines")

    def on_mark(self) -> None:
        """Some of it was heard."""
        exchange = self._talk.current if self._talk is not None else None
        if exchange is not None and exchange.spoken is not None:
            exchange.timing.note("mark_ms", self._now_ms())

    # --- deeds ----------------------------------------------------------------------------------

    def _on_action(self, action: Action, exchange: Exchange) -> None:
        if action.kind is ActionKind.STOP_RECORDING:
            self._recording = self._keep_transcript = False
        if action.kind is ActionKind.MASK_LAST_UTTERANCE and exchange.caller is not None:
            caller = exchange.caller
            self._ear.mask(caller.started_ms - PREROLL_MS, caller.ended_ms + PREROLL_MS)
        deed = self._spawn(self._do(action, exchange), "deed")
        self._deeds.add(deed)
        deed.add_done_callback(self._deeds.discard)

    async def _do(self, action: Action, exchange: Exchange) -> None:
        event = await self._perform(action)
        talk = self._talk
        if talk is None or self._reason is not None:
            return
        if event is not None:
            talk.agenda.append(event)
        silent = talk.current is exchange and not exchange.reply.sentences
        listening = self._turn.phase is Phase.LISTENING and self._turn.started_ms is None
        if talk.agenda and (silent or (listening and self._output.idle)):
            self._expect_reply(talk.react(talk.agenda.popleft()))
        elif silent and len(self._deeds) <= 1:
            self._feed(Said(self._now_ms(), self._now_ms()))

    async def _perform(self, action: Action) -> Event | None:
        try:
            async with asyncio.timeout(PERFORM_S):
                return await self._desk.perform(action)
        except Exception:
            logger.exception("call %s: could not %s", self._context.call_id, action.kind)
            if action.kind is ActionKind.TRANSFER:
                return TransferFailed()
            if action.kind in (ActionKind.BOOK, ActionKind.RESCHEDULE):
                return WindowTaken(())
            return None

    def _is_last(self, exchange: Exchange) -> bool:
        last = self._last_words is not None and self._last_words[0] is exchange
        return last or exchange.reply.ended

    def _leave_after(self, exchange: Exchange) -> None:
        if self._leaving is not exchange:
            self._leaving = exchange
            self._spawn(self._leave(exchange), "leave")

    async def _leave(self, exchange: Exchange) -> None:
        """The last words were heard: hand the caller over, or hang up."""
        for action in exchange.reply.actions:
            if action.kind not in AFTER_SPEECH:
                continue
            event = await self._perform(action)
            if event is not None and self._talk is not None and self._reason is None:
                self._expect_reply(self._talk.react(event))
                return
            if action.kind is ActionKind.TRANSFER:
                self.end(EndReason.TRANSFERRED)
        if self._last_words is not None and self._last_words[0] is exchange:
            self.end(self._last_words[1], self._error)
        self.end(self._reason_of(exchange))

    def _reason_of(self, exchange: Exchange) -> EndReason:
        assert self._talk is not None  # noqa: S101 - there is no exchange without it
        spam = any(action.kind is ActionKind.MARK_SPAM for action in exchange.reply.actions)
        if spam or self._talk.lead.is_spam:
            return EndReason.SPAM
        if any(isinstance(event, CallerSilent) for event in exchange.events):
            return EndReason.SILENCE
        if any(isinstance(event, TimeAlmostUp) for event in exchange.events):
            return EndReason.MAX_DURATION
        return EndReason.COMPLETED

    # --- small things ---------------------------------------------------------------------------

    def _now_ms(self) -> float:
        return (self._loop.time() - self._started) * 1000

    def _to_media_ms(self, clock_ms: float) -> int:
        return max(round(clock_ms - self._ear.offset_ms), 0)

    def _spawn(self, coroutine: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        task = self._loop.create_task(self._guarded(coroutine), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, coroutine: Coroutine[object, object, None]) -> None:
        try:
            await coroutine
        except Exception as error:
            self._broken(error)

    def _broken(self, error: Exception) -> None:
        """A fault of ours: the call ends at once, and the carrier rings the plumber."""
        logger.error("call %s broke", self._context.call_id, exc_info=error)
        self.end(EndReason.ENGINE_FAILED, f"{type(error).__name__}: {error}")


def _leads_away(exchange: Exchange) -> bool:
    return any(action.kind in AFTER_SPEECH for action in exchange.reply.actions)
