"""Turn taking as a pure function: what happened in, what to do out, time measured in samples."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from voice.completeness import SETTLED_MS, UNSURE_MS, is_backchannel, needed_silence_ms
from voice.turn_types import (
    Answer,
    Clock,
    Close,
    Expect,
    Forget,
    Heard,
    Interrupt,
    PartTranscribed,
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
    Transcribed,
    TranscribePart,
    TranscriptFailed,
    TurnAction,
    TurnEvent,
    TurnState,
    Unheard,
    WarnTime,
    Withdraw,
)

Step = tuple[TurnState, tuple[TurnAction, ...]]

CHUNK_MS: Final = 32
SPEECH_ON: Final = 0.5
SPEECH_OFF: Final = 0.35
ONSET_MS: Final = 64
"""This much speech in a row begins an utterance, or takes it up again."""

SPECULATE_MS: Final = 96
PREROLL_MS: Final = 240
"""Audio before the detected start that is recognised too: soft beginnings."""

WITHDRAW_MS: Final = 128
GUARD_MS: Final = 64
"""Speech in a row that pauses us; doubled by each false alarm."""

GUARD_LIMIT_MS: Final = 512
EARLY_MS: Final = 300.0
EARLY_GUARD_MS: Final = 160
"""The guard within EARLY_MS of our first word: both began at once."""

GREETING_EARLY_MS: Final = 800.0
GREETING_GUARD_MS: Final = 288
"""Callers say "hello?" into a greeting without wanting to stop it."""

TAKEOVER_MS: Final = 800.0
"""Nobody acknowledges this long: it is an interruption, whatever the words."""

FALSE_ALARM_MS: Final = 2_000.0
IDLE_MS: Final = 6_000.0
WARNING_MS: Final = 60_000.0
SEGMENT_MS: Final = 12_000.0
"""An utterance longer than this is recognised in parts, cut at a pause."""

SEGMENT_LIMIT_MS: Final = 24_000.0
MONOLOGUE_MS: Final = 60_000.0
NO_AUDIO_MS: Final = 1_000.0
QUIETER_DB: Final = 15.0
"""While we speak, a voice this far below the caller's own level is taken for our echo."""

PATIENCE_LIMIT: Final = 2.0
_PENDING: Final = frozenset({Phase.SPECULATING, Phase.HOLDING, Phase.ENDPOINTED})
_OURS: Final = frozenset({Phase.SPEAKING, Phase.INTERRUPTED})


def step(state: TurnState, event: TurnEvent) -> Step:
    """The state after the event, and what has to be done, in order."""
    handler: Callable[[TurnState, Any], Step] = _HANDLERS[type(event)]
    return handler(state, event)


def in_speech(state: TurnState) -> bool:
    """Whether the caller is speaking just now."""
    return state.run_ms > 0


def _heard(state: TurnState, event: Heard) -> Step:
    limit = SPEECH_OFF if state.run_ms else SPEECH_ON
    voiced = event.probability >= limit and not _ignored(state, event)
    if not voiced and not state.run_ms and state.started_ms is None:
        return _idle(state, event.at_ms)
    if voiced:
        return _speech(replace(state, now_ms=event.at_ms, run_ms=state.run_ms + CHUNK_MS))
    return _silence(replace(state, now_ms=event.at_ms, run_ms=0))


def _ignored(state: TurnState, event: Heard) -> bool:
    if state.phase is Phase.CLOSING or event.at_ms <= state.deaf_until_ms:
        return True
    if state.phase is not Phase.SPEAKING:
        return False
    own, heard = state.caller_level_db, event.level_db
    return state.half_duplex or (own is not None and heard is not None and heard < own - QUIETER_DB)


def _speech(state: TurnState) -> Step:
    if state.started_ms is None:
        return _onset(state)
    if state.run_ms < ONSET_MS and state.ended_ms < state.now_ms - state.run_ms:
        return state, ()
    paused_ms = state.now_ms - state.run_ms - state.ended_ms
    said_ms = state.run_ms if paused_ms > 0 else CHUNK_MS
    spoken = replace(state, ended_ms=state.now_ms, voiced_ms=state.voiced_ms + said_ms)
    if state.phase is Phase.THINKING:
        return _second_thoughts(state, spoken)
    if state.phase is Phase.INTERRUPTED and spoken.voiced_ms >= TAKEOVER_MS:
        state, actions = _take_over(spoken)
        state, more = _go_on(state, paused_ms)
        return state, actions + more
    return _go_on(spoken, paused_ms)


def _onset(state: TurnState) -> Step:
    speaking = state.phase is Phase.SPEAKING
    if state.phase is Phase.THINKING or state.run_ms < (_guard_ms(state) if speaking else ONSET_MS):
        return state, ()
    start_ms = state.now_ms - state.run_ms
    state = replace(
        state,
        started_ms=start_ms,
        segment_ms=start_ms,
        ended_ms=state.now_ms,
        voiced_ms=float(state.run_ms),
        generation=state.generation + 1,
        asked=False,
        text=None,
        parts=(),
    )
    if speaking and state.interruptible:
        return replace(state, phase=Phase.INTERRUPTED, paused_ms=state.now_ms), (Pause(),)
    return state, ()


def _guard_ms(state: TurnState) -> int:
    guard_ms = min(GUARD_MS << state.false_alarms, GUARD_LIMIT_MS)
    began_ms = state.now_ms - state.run_ms - state.speaking_since_ms
    if state.greeting and began_ms < GREETING_EARLY_MS:
        return max(guard_ms, GREETING_GUARD_MS)
    return max(guard_ms, EARLY_GUARD_MS) if began_ms < EARLY_MS else guard_ms


def _second_thoughts(before: TurnState, spoken: TurnState) -> Step:
    """Speech after the endpoint and before our first word: the turn was not over."""
    if spoken.run_ms < WITHDRAW_MS:
        return before, ()
    state, actions = _go_on(
        replace(spoken, phase=Phase.HOLDING, patience=_more_patient(spoken.patience, 1.35)), 0.0
    )
    return state, (Withdraw(), *actions)


def _more_patient(patience: float, factor: float) -> float:
    return min(max(patience * factor, 1.0), PATIENCE_LIMIT)


def _go_on(state: TurnState, paused_ms: float) -> Step:
    """The caller speaks on within an utterance: what was recognised of it is out of date."""
    actions: tuple[TurnAction, ...] = ()
    if state.asked:
        long = state.now_ms - state.segment_ms > SEGMENT_MS and None not in state.parts
        patience = state.patience
        if state.phase is Phase.SPECULATING and paused_ms >= 160:
            patience = _more_patient(patience, 1.08)
        state = replace(state, generation=state.generation + 1, asked=False, patience=patience)
        actions = (Forget(state.generation),)
        if long and state.text is not None:
            state = replace(
                state,
                parts=(state.text,),
                segment_ms=state.now_ms - state.run_ms,
            )
        state = replace(state, text=None)
    if state.phase in _PENDING:
        state = replace(state, phase=Phase.LISTENING)
    if state.now_ms - state.segment_ms >= SEGMENT_LIMIT_MS:
        return _cut_part(state, actions)
    return state, actions


def _cut_part(state: TurnState, actions: tuple[TurnAction, ...]) -> Step:
    """No pause for very long: recognise what there is, and go on collecting."""
    assert state.started_ms is not None  # noqa: S101 - only called within an utterance
    part = TranscribePart(len(state.parts), state.started_ms, state.segment_ms, state.now_ms)
    state = replace(state, parts=(*state.parts, None), segment_ms=state.now_ms)
    return state, (*actions, part)


def _silence(state: TurnState) -> Step:
    if state.started_ms is None:
        return state, ()
    silence_ms = state.now_ms - state.ended_ms
    if not state.asked and silence_ms >= SPECULATE_MS and state.phase is not Phase.THINKING:
        phase = Phase.SPECULATING if state.phase is Phase.LISTENING else state.phase
        first = state.segment_ms == state.started_ms
        start_ms = state.segment_ms - (PREROLL_MS if first else 0)
        state = replace(state, asked=True, phase=phase)
        return state, (Transcribe(state.generation, start_ms, state.now_ms),)
    if state.phase is Phase.INTERRUPTED and state.now_ms - state.paused_ms >= FALSE_ALARM_MS:
        return _false_alarm(state)
    return _maybe_answer(state)


def _maybe_answer(state: TurnState) -> Step:
    if state.phase not in _PENDING:
        return state, ()
    silence_ms = state.now_ms - state.ended_ms
    if state.text is None or None in state.parts:
        if silence_ms >= SETTLED_MS and state.phase is Phase.SPECULATING:
            return replace(state, phase=Phase.ENDPOINTED), ()
        return state, ()
    if silence_ms < state.needed_ms or state.run_ms:
        return state, ()
    assert state.started_ms is not None  # noqa: S101 - pending phases have an utterance
    answer = Answer(
        state.generation,
        state.text,
        state.started_ms,
        state.ended_ms,
        held=state.needed_ms > 1.2 * SETTLED_MS,
    )
    calmer = _more_patient(state.patience, 0.96)
    return replace(state, phase=Phase.THINKING, idle_count=0, patience=calmer), (answer,)


def _transcribed(state: TurnState, event: Transcribed) -> Step:
    if event.generation != state.generation or not state.asked or state.started_ms is None:
        return state, ()
    text = event.text.strip()
    nothing = event.echo or not (text or any(state.parts))
    idle_words = nothing or (state.phase in _OURS and is_backchannel(text, state.expectation))
    if idle_words and state.phase is Phase.INTERRUPTED:
        return _false_alarm(state, innocent=not nothing)
    if idle_words:
        phase = state.phase if state.phase is Phase.SPEAKING else Phase.LISTENING
        return _dropped(replace(state, phase=phase)), ()
    if event.level_db is not None:
        known = state.caller_level_db
        level = event.level_db if known is None else 0.7 * known + 0.3 * event.level_db
        state = replace(state, caller_level_db=level)
    state = replace(state, text=_joined(state.parts, text))
    if state.phase is Phase.SPEAKING:
        return state, ()
    if state.phase is Phase.INTERRUPTED:
        state, actions = _take_over(state)
        state, more = _weigh(replace(state, phase=Phase.SPECULATING))
        return state, actions + more
    return _weigh(state)


def _joined(parts: tuple[str | None, ...], text: str) -> str:
    return " ".join(part for part in (*parts, text) if part)


def _weigh(state: TurnState) -> Step:
    """The words are known: decide how much silence ends the turn, and prepare for its end."""
    text = state.text or ""
    needed_ms = float(needed_silence_ms(text, state.expectation))
    if needed_ms <= UNSURE_MS:
        needed_ms = min(needed_ms * state.patience, 2.0 * UNSURE_MS)
    if state.ended_ms - (state.started_ms or 0.0) >= MONOLOGUE_MS:
        needed_ms = min(needed_ms, 2.0 * SETTLED_MS)
    phase = Phase.HOLDING if needed_ms > 1.2 * SETTLED_MS else state.phase
    state = replace(state, needed_ms=needed_ms, phase=phase)
    answered, actions = _maybe_answer(state)
    if actions:
        return answered, actions
    if None in state.parts:
        return state, ()
    return state, (Prepare(state.generation, text),)


def _part(state: TurnState, event: PartTranscribed) -> Step:
    if state.started_ms != event.started_ms or event.index >= len(state.parts):
        return state, ()
    parts = list(state.parts)
    parts[event.index] = event.text
    last = state.text
    state = replace(state, parts=tuple(parts))
    if last is None or None in parts:
        return state, ()
    return _weigh(replace(state, text=_joined(state.parts, last)))


def _failed(state: TurnState, event: TranscriptFailed) -> Step:
    if event.generation != state.generation or not state.asked:
        return state, ()
    if state.phase is Phase.SPEAKING:
        return _dropped(state), ()
    if state.phase is Phase.INTERRUPTED:
        if state.voiced_ms < TAKEOVER_MS / 2:
            return _false_alarm(state)
        state, actions = _take_over(state)
        return replace(_dropped(state), phase=Phase.THINKING), (*actions, Unheard())
    return replace(_dropped(state), phase=Phase.THINKING), (Unheard(),)


def _take_over(state: TurnState) -> Step:
    """A real interruption. Right after we began, it means that we began too early."""
    early = state.paused_ms - state.speaking_since_ms < 1_000
    patience = _more_patient(state.patience, 1.35) if early else state.patience
    state = replace(state, phase=Phase.LISTENING, false_alarms=0, patience=patience)
    return state, (Interrupt(),)


def _false_alarm(state: TurnState, *, innocent: bool = False) -> Step:
    """Nobody wanted the turn. Noise and echo raise the guard; an "uh-huh" does not."""
    alarms = state.false_alarms + (0 if innocent else 1)
    state = replace(_dropped(state), phase=Phase.SPEAKING, false_alarms=min(alarms, 4))
    return state, (Resume(),)


def _dropped(state: TurnState) -> TurnState:
    """The same without an utterance; answers about it count no more."""
    return replace(
        state,
        generation=state.generation + 1,
        started_ms=None,
        asked=False,
        text=None,
        parts=(),
        run_ms=0,
        voiced_ms=0.0,
    )


def _speaking(state: TurnState, event: Speaking) -> Step:
    if state.phase is Phase.CLOSING:
        return state, ()
    if state.phase is not Phase.SPEAKING:
        run_ms = state.run_ms
        state = replace(_dropped(state), run_ms=run_ms, speaking_since_ms=event.at_ms)
    state = replace(
        state, phase=Phase.SPEAKING, interruptible=event.interruptible, idle_since_ms=None
    )
    if not event.interruptible or state.started_ms is None:
        return state, ()
    if state.text is not None:
        taken, actions = _take_over(replace(state, paused_ms=event.at_ms))
        taken, more = _weigh(replace(taken, phase=Phase.SPECULATING))
        return taken, actions + more
    if state.run_ms:
        return replace(state, phase=Phase.INTERRUPTED, paused_ms=event.at_ms), (Pause(),)
    return state, ()


def _said(state: TurnState, event: Said) -> Step:
    if state.phase is Phase.CLOSING:
        return state, ()
    over = replace(
        state,
        phase=Phase.LISTENING,
        idle_since_ms=event.until_ms,
        greeting=False,
        deaf_until_ms=event.until_ms if state.half_duplex else 0.0,
    )
    if state.phase is Phase.THINKING:
        return _dropped(over), ()
    if over.text is not None:
        return _weigh(replace(over, phase=Phase.SPECULATING))
    return (replace(over, phase=Phase.SPECULATING) if over.asked else over), ()


def _expect(state: TurnState, event: Expect) -> Step:
    return replace(state, expectation=event.expectation), ()


def _pressed(state: TurnState, event: Pressed) -> Step:
    if state.phase is Phase.CLOSING:
        return state, ()
    ours = state.phase in _OURS
    actions: tuple[TurnAction, ...] = (Interrupt(),) if ours else ()
    if state.phase is Phase.THINKING and state.started_ms is not None:
        actions = (Withdraw(),)
    state = replace(_dropped(state), phase=Phase.THINKING, idle_count=0, idle_since_ms=None)
    return state, (*actions, Forget(state.generation))


def _clock(state: TurnState, event: Clock) -> Step:
    if state.phase is Phase.CLOSING:
        return state, ()
    if event.at_ms >= state.max_ms:
        return replace(_dropped(state), phase=Phase.CLOSING), (TimeUp(),)
    if state.started_ms is not None and event.at_ms - state.now_ms > NO_AUDIO_MS:
        return _silence(replace(state, now_ms=event.at_ms, run_ms=0))
    return _idle(state, event.at_ms)


def _idle(state: TurnState, at_ms: float) -> Step:
    if state.phase is not Phase.LISTENING or state.started_ms is not None or state.run_ms:
        return state, ()
    if not state.time_warned and at_ms >= state.max_ms - WARNING_MS:
        return replace(state, phase=Phase.THINKING, time_warned=True), (WarnTime(),)
    since_ms = state.idle_since_ms
    if since_ms is None or at_ms - since_ms < IDLE_MS:
        return state, ()
    count = state.idle_count + 1
    state = replace(state, phase=Phase.THINKING, idle_since_ms=None, idle_count=count)
    return state, (Prompt(count),)


def _close(state: TurnState, event: Close) -> Step:
    return replace(_dropped(state), phase=Phase.CLOSING), ()


_HANDLERS: Final[dict[type, Callable[[TurnState, Any], Step]]] = {
    Heard: _heard,
    Transcribed: _transcribed,
    PartTranscribed: _part,
    TranscriptFailed: _failed,
    Speaking: _speaking,
    Said: _said,
    Expect: _expect,
    Pressed: _pressed,
    Clock: _clock,
    Close: _close,
}
