"""Turn taking, the words' side: what was recognised, whether it ends the turn, whose it is."""

from dataclasses import replace
from typing import Final

from voice.completeness import (
    SETTLED_MS,
    UNSURE_MS,
    is_backchannel,
    is_farewell,
    is_hello,
    judged_silence_ms,
    needed_silence_ms,
)
from voice.turn_limits import (
    ECHO_LIMIT,
    IDLE_MS,
    MONOLOGUE_MS,
    PATIENCE_LIMIT,
    PREPARE_LIMIT_MS,
    TAKEOVER_MS,
    UNCLEAR_MS,
    UNCLEAR_WAIT_MS,
)
from voice.turn_types import (
    Answer,
    Interrupt,
    Judged,
    PartTranscribed,
    Phase,
    Prepare,
    Resume,
    Transcribed,
    TranscriptFailed,
    TurnAction,
    TurnState,
    Unheard,
)

Step = tuple[TurnState, tuple[TurnAction, ...]]

PENDING: Final = frozenset({Phase.SPECULATING, Phase.HOLDING, Phase.ENDPOINTED})
OURS: Final = frozenset({Phase.SPEAKING, Phase.INTERRUPTED})


def more_patient(patience: float, factor: float) -> float:
    """The patience after another experience with this caller."""
    return min(max(patience * factor, 1.0), PATIENCE_LIMIT)


def maybe_answer(state: TurnState) -> Step:
    """End the turn if the words are known and the silence is long enough for them."""
    if state.phase not in PENDING:
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
    calmer = more_patient(state.patience, 0.96)
    return replace(state, phase=Phase.THINKING, idle_count=0, patience=calmer), (answer,)


def transcribed(state: TurnState, event: Transcribed) -> Step:
    """The recogniser has answered: whose turn is it now?"""
    if event.generation != state.generation or not state.asked or state.started_ms is None:
        return state, ()
    text = event.text.strip()
    nothing = event.echo or not (text or any(state.parts))
    if event.echo:
        echoes = state.echoes + 1
        deaf = state.half_duplex or echoes >= ECHO_LIMIT
        state = replace(state, echoes=echoes, half_duplex=deaf)
    idle_words = nothing or (state.phase in OURS and _is_aside(state, text))
    if idle_words and state.phase is Phase.INTERRUPTED:
        return false_alarm(state, innocent=not nothing)
    if idle_words:
        phase = state.phase if state.phase is Phase.SPEAKING else Phase.LISTENING
        idle_ms = state.now_ms if state.idle_since_ms is None else state.idle_since_ms
        if state.voiced_ms >= UNCLEAR_MS and not event.echo:
            idle_ms = min(idle_ms, state.now_ms - IDLE_MS + UNCLEAR_WAIT_MS)
        return dropped(replace(state, phase=phase, idle_since_ms=idle_ms)), ()
    if event.level_db is not None:
        known = state.caller_level_db
        level = event.level_db if known is None else 0.7 * known + 0.3 * event.level_db
        state = replace(state, caller_level_db=level)
    state = replace(state, text=joined(state.parts, text))
    if state.phase is Phase.SPEAKING:
        return state, ()
    if state.phase is Phase.INTERRUPTED:
        state, actions = take_over(state)
        state, more = weigh(replace(state, phase=Phase.SPECULATING))
        return state, actions + more
    return weigh(state)


def _is_aside(state: TurnState, text: str) -> bool:
    """Whether words over ours leave the turn to us."""
    return (
        is_backchannel(text, state.expectation)
        or (state.greeting and is_hello(text))
        or (state.parting and is_farewell(text))
    )


def joined(parts: tuple[str | None, ...], text: str) -> str:
    """All the words of the utterance."""
    return " ".join(part for part in (*parts, text) if part)


def weigh(state: TurnState) -> Step:
    """The words are known: decide how much silence ends the turn, and prepare for its end."""
    text = state.text or ""
    by_words_ms = needed_silence_ms(text, state.expectation)
    needed_ms = float(judged_silence_ms(by_words_ms, state.finished, state.expectation))
    if needed_ms <= UNSURE_MS:
        needed_ms = min(needed_ms * state.patience, 2.0 * UNSURE_MS)
    if state.ended_ms - (state.started_ms or 0.0) >= MONOLOGUE_MS:
        needed_ms = min(needed_ms, 2.0 * SETTLED_MS)
    usual = Phase.SPECULATING if state.phase is Phase.HOLDING else state.phase
    phase = Phase.HOLDING if needed_ms > 1.2 * SETTLED_MS else usual
    state = replace(state, needed_ms=needed_ms, phase=phase)
    answered, actions = maybe_answer(state)
    if actions:
        return answered, actions
    if None in state.parts or needed_ms > PREPARE_LIMIT_MS:
        return state, ()
    return state, (Prepare(state.generation, text),)


def judged(state: TurnState, event: Judged) -> Step:
    """The turn model has answered: the words in hand may need less silence now, or more."""
    if event.generation != state.generation or not state.asked:
        return state, ()
    state = replace(state, finished=event.finished)
    if state.text is None or state.phase not in PENDING:
        return state, ()
    prepared = state.needed_ms <= PREPARE_LIMIT_MS
    state, actions = weigh(state)
    return state, tuple(
        action for action in actions if not (prepared and isinstance(action, Prepare))
    )


def part(state: TurnState, event: PartTranscribed) -> Step:
    """The beginning of a very long utterance is known."""
    if state.started_ms != event.started_ms or event.index >= len(state.parts):
        return state, ()
    parts = list(state.parts)
    parts[event.index] = event.text
    last = state.text
    state = replace(state, parts=tuple(parts))
    if last is None or None in parts:
        return state, ()
    return weigh(replace(state, text=joined(state.parts, last)))


def failed(state: TurnState, event: TranscriptFailed) -> Step:
    """The recogniser could not answer."""
    if event.generation != state.generation or not state.asked:
        return state, ()
    if state.phase is Phase.SPEAKING:
        return dropped(state), ()
    if state.phase is Phase.INTERRUPTED:
        if state.voiced_ms < TAKEOVER_MS / 2:
            return false_alarm(state)
        state, actions = take_over(state)
        return replace(dropped(state), phase=Phase.THINKING), (*actions, Unheard())
    return replace(dropped(state), phase=Phase.THINKING), (Unheard(),)


def take_over(state: TurnState) -> Step:
    """A real interruption. Right after we began, it means that we began too early."""
    early = state.paused_ms - state.speaking_since_ms < 1_000
    patience = more_patient(state.patience, 1.35) if early else state.patience
    state = replace(state, phase=Phase.LISTENING, false_alarms=0, patience=patience)
    return state, (Interrupt(),)


def false_alarm(state: TurnState, *, innocent: bool = False) -> Step:
    """Nobody wanted the turn. Noise and echo raise the guard; an "uh-huh" does not."""
    alarms = state.false_alarms + (0 if innocent else 1)
    state = replace(dropped(state), phase=Phase.SPEAKING, false_alarms=min(alarms, 4))
    return state, (Resume(),)


def dropped(state: TurnState) -> TurnState:
    """The same without an utterance; answers about it count no more."""
    return replace(
        state,
        generation=state.generation + 1,
        started_ms=None,
        asked=False,
        text=None,
        finished=None,
        parts=(),
        run_ms=0,
        voiced_ms=0.0,
    )
