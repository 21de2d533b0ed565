"""Turn taking as a pure function: what happened in, what to do out, time measured in samples."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from voice.turn_limits import (
    CHUNK_MS,
    EARLY_GUARD_MS,
    EARLY_MS,
    ECHO_TAIL_MS,
    FALSE_ALARM_MS,
    FAREWELL_MS,
    GREETING_EARLY_MS,
    GREETING_GUARD_MS,
    GUARD_LIMIT_MS,
    GUARD_MS,
    IDLE_MS,
    NO_AUDIO_MS,
    ONSET_MS,
    PREROLL_MS,
    QUIETER_DB,
    SEGMENT_LIMIT_MS,
    SEGMENT_MS,
    SPECULATE_MS,
    SPEECH_OFF,
    SPEECH_ON,
    TAKEOVER_MS,
    WARNING_MS,
    WITHDRAW_MS,
)
from voice.turn_types import (
    Clock,
    Close,
    Expect,
    Forget,
    Heard,
    Interrupt,
    Judged,
    PartTranscribed,
    Pause,
    Phase,
    Pressed,
    Prompt,
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
    WarnTime,
    Withdraw,
)
from voice.turn_words import (
    OURS,
    PENDING,
    Step,
    dropped,
    failed,
    false_alarm,
    judged,
    maybe_answer,
    more_patient,
    part,
    take_over,
    transcribed,
    weigh,
)


def step(state: TurnState, event: TurnEvent) -> Step:
    """The state after the event, and what has to be done, in order."""
    handler: Callable[[TurnState, Any], Step] = _HANDLERS[type(event)]
    return handler(state, event)


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
    limit_ms = FAREWELL_MS if state.parting else TAKEOVER_MS
    if state.phase is Phase.INTERRUPTED and spoken.voiced_ms >= limit_ms:
        state, actions = take_over(spoken)
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
        finished=None,
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
        replace(spoken, phase=Phase.HOLDING, patience=more_patient(spoken.patience, 1.35)),
        spoken.now_ms - spoken.run_ms - before.ended_ms,
    )
    return state, (Withdraw(), *actions)


def _go_on(state: TurnState, paused_ms: float) -> Step:
    """The caller speaks on within an utterance: what was recognised of it is out of date."""
    actions: tuple[TurnAction, ...] = ()
    if state.asked:
        long = state.now_ms - state.segment_ms > SEGMENT_MS and None not in state.parts
        patience = state.patience
        if state.phase is Phase.SPECULATING and paused_ms >= 160:
            patience = more_patient(patience, 1.08)
        state = replace(state, generation=state.generation + 1, asked=False, patience=patience)
        actions = (Forget(state.generation),)
        if long and state.text is not None:
            began_ms = state.now_ms - state.run_ms - min(PREROLL_MS, paused_ms / 2)
            state = replace(state, parts=(state.text,), segment_ms=began_ms)
        state = replace(state, text=None, finished=None)
    if state.phase in PENDING:
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
        return false_alarm(state)
    return maybe_answer(state)


def _speaking(state: TurnState, event: Speaking) -> Step:
    if state.phase is Phase.CLOSING:
        return state, ()
    if state.phase is not Phase.SPEAKING:
        run_ms = state.run_ms
        state = replace(dropped(state), run_ms=run_ms, speaking_since_ms=event.at_ms)
    state = replace(
        state,
        phase=Phase.SPEAKING,
        interruptible=event.interruptible,
        parting=event.parting,
        idle_since_ms=None,
    )
    if not event.interruptible or state.started_ms is None:
        return state, ()
    if state.text is not None:
        taken, actions = take_over(replace(state, paused_ms=event.at_ms))
        taken, more = weigh(replace(taken, phase=Phase.SPECULATING))
        return taken, actions + more
    if state.run_ms:
        return replace(state, phase=Phase.INTERRUPTED, paused_ms=event.at_ms), (Pause(),)
    return state, ()


def _said(state: TurnState, event: Said) -> Step:
    if state.phase is Phase.CLOSING:
        return state, ()
    tail_ms = ECHO_TAIL_MS if state.echoes else 0.0
    over = replace(
        state,
        phase=Phase.LISTENING,
        idle_since_ms=event.until_ms,
        greeting=False,
        deaf_until_ms=event.until_ms + tail_ms if state.half_duplex else 0.0,
    )
    if state.phase is Phase.THINKING:
        return dropped(over), ()
    if over.text is not None:
        return weigh(replace(over, phase=Phase.SPECULATING))
    return (replace(over, phase=Phase.SPECULATING) if over.asked else over), ()


def _expect(state: TurnState, event: Expect) -> Step:
    return replace(state, expectation=event.expectation), ()


def _pressed(state: TurnState, event: Pressed) -> Step:
    if state.phase is Phase.CLOSING:
        return state, ()
    ours = state.phase in OURS
    actions: tuple[TurnAction, ...] = (Interrupt(),) if ours else ()
    if state.phase is Phase.THINKING and state.started_ms is not None:
        actions = (Withdraw(),)
    state = replace(dropped(state), phase=Phase.THINKING, idle_count=0, idle_since_ms=None)
    return state, (*actions, Forget(state.generation))


def _clock(state: TurnState, event: Clock) -> Step:
    if state.phase is Phase.CLOSING:
        return state, ()
    if event.at_ms >= state.max_ms:
        return replace(dropped(state), phase=Phase.CLOSING), (TimeUp(),)
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
    return replace(dropped(state), phase=Phase.CLOSING), ()


_HANDLERS: Final[dict[type, Callable[[TurnState, Any], Step]]] = {
    Heard: _heard,
    Transcribed: transcribed,
    Judged: judged,
    PartTranscribed: part,
    TranscriptFailed: failed,
    Speaking: _speaking,
    Said: _said,
    Expect: _expect,
    Pressed: _pressed,
    Clock: _clock,
    Close: _close,
}
