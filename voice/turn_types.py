"""The words of the turn machine: its state, what can happen, what it wants done.

All times are milliseconds on the call's clock. Voice activity carries the time of its audio.
"""

from dataclasses import dataclass
from enum import StrEnum

from voice.stt import ANYTHING, Expectation


class Phase(StrEnum):
    """Where the conversation stands between two voices."""

    LISTENING = "listening"
    """The floor is the caller's: they speak, or nobody does."""

    SPECULATING = "speculating"
    """A short silence: the words so far are being recognised, a reply perhaps prepared."""

    HOLDING = "holding"
    """The words look unfinished: wait for more."""

    ENDPOINTED = "endpointed"
    """Silent long enough; only the words are still missing."""

    THINKING = "thinking"
    """The turn is ours, nothing of the reply was sent yet."""

    SPEAKING = "speaking"
    INTERRUPTED = "interrupted"
    """The caller spoke into our words: silent, the rest kept until it is clear what they want."""

    CLOSING = "closing"
    """Saying goodbye; nothing changes that any more."""


@dataclass(frozen=True, slots=True)
class TurnState:
    """One call's turn taking. `started_ms` is None while there is no utterance."""

    phase: Phase = Phase.THINKING
    generation: int = 0
    expectation: Expectation = ANYTHING
    half_duplex: bool = False
    max_ms: float = 1_200_000.0
    time_warned: bool = False

    now_ms: float = 0.0
    run_ms: int = 0
    voiced_ms: float = 0.0
    started_ms: float | None = None
    ended_ms: float = 0.0
    segment_ms: float = 0.0
    parts: tuple[str | None, ...] = ()
    asked: bool = False
    text: str | None = None
    finished: float | None = None
    """What the turn model makes of the sound, P(finished); None where it has not answered."""

    needed_ms: float = 0.0

    idle_since_ms: float | None = None
    idle_count: int = 0
    deaf_until_ms: float = 0.0

    interruptible: bool = True
    speaking_since_ms: float = 0.0
    greeting: bool = True
    parting: bool = False
    paused_ms: float = 0.0
    false_alarms: int = 0
    echoes: int = 0
    caller_level_db: float | None = None
    patience: float = 1.0


# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """32 ms of the caller's audio, ending at `at_ms`. Its level, where it matters, in dBFS."""

    at_ms: float
    probability: float
    level_db: float | None = None


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What Transcribe asked for. `echo`: these are our own words coming back."""

    generation: int
    text: str
    echo: bool = False
    level_db: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the turn model makes of the sound of the utterance up to Transcribe: P(finished)."""

    generation: int
    finished: float


@dataclass(frozen=True, slots=True)
class PartTranscribed:
    """What TranscribePart asked for; empty when it failed."""

    index: int
    started_ms: float
    text: str


@dataclass(frozen=True, slots=True)
class TranscriptFailed:
    generation: int


@dataclass(frozen=True, slots=True)
class Speaking:
    """The first frame of a clip was sent. `parting`: it belongs to a goodbye."""

    at_ms: float
    interruptible: bool = True
    parting: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """Everything there was to say was sent; the caller hears the last of it at `until_ms`."""

    at_ms: float
    until_ms: float


@dataclass(frozen=True, slots=True)
class Expect:
    """The reply about to be spoken asks for this."""

    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key; the caller's words in progress, if any, count no more."""

    at_ms: float


@dataclass(frozen=True, slots=True)
class Clock:
    """Time has passed, with or without audio."""

    at_ms: float


@dataclass(frozen=True, slots=True)
class Close:
    """The reply being prepared or spoken is the last one, whatever the caller says."""


TurnEvent = (
    Heard
    | Transcribed
    | Judged
    | PartTranscribed
    | TranscriptFailed
    | Speaking
    | Said
    | Expect
    | Pressed
    | Clock
    | Close
)

# --- actions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transcribe:
    """Recognise this stretch; answer with Transcribed or TranscriptFailed, always.

    A turn model may judge its sound meanwhile; what it says is told with Judged.
    """

    generation: int
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class TranscribePart:
    """Recognise the beginning of a very long utterance; answer with PartTranscribed, always."""

    index: int
    started_ms: float
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Forget:
    """The caller goes on: drop recognition and reply of every earlier generation."""

    generation: int


@dataclass(frozen=True, slots=True)
class Prepare:
    """These may be all the words: prepare the reply, say nothing yet."""

    generation: int
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The caller's turn is over. `held`: we waited longer than usual for more."""

    generation: int
    text: str
    started_ms: float
    ended_ms: float
    held: bool


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The caller was not finished: take the turn back, nothing of the reply was heard."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Be silent at once, keep what was not heard."""


@dataclass(frozen=True, slots=True)
class Resume:
    """It was nothing: go on where we stopped."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The caller has taken the turn: forget the rest of the reply."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """The recogniser failed on the caller's words: say so."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Nobody has spoken for the idle time, the `count`th time in a row."""

    count: int


@dataclass(frozen=True, slots=True)
class WarnTime:
    """The longest duration is near."""


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The longest duration is reached: say goodbye."""


TurnAction = (
    Transcribe
    | TranscribePart
    | Forget
    | Prepare
    | Answer
    | Withdraw
    | Pause
    | Resume
    | Interrupt
    | Unheard
    | Prompt
    | WarnTime
    | TimeUp
)
