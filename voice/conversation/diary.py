"""What was said and how fast, kept turn by turn as the call goes on."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from voice.ledger import Clip
from voice.receptionist.dialogue import Ground, LeadRecord
from voice.records import Speaker, TurnLatency, TurnRecord

logger = logging.getLogger(__name__)

MASKED: Final = "[removed]"


@dataclass(slots=True, eq=False)
class Timing:
    """When a reply reached each stage, on the call's clock; each stage counts once."""

    speech_end_ms: float | None = None
    held: bool = False
    reached: dict[str, float] = field(default_factory=dict)

    def note(self, stage: str, now_ms: float) -> None:
        """The stage (a TurnLatency field) is reached now, unless it was before."""
        self.reached.setdefault(stage, now_ms)

    def latency(self) -> TurnLatency | None:
        """Milliseconds since the end of the caller's speech; None if there was none."""
        if self.speech_end_ms is None:
            return None
        end_ms = self.speech_end_ms
        return TurnLatency(
            held=self.held,
            **{stage: max(round(at_ms - end_ms), 0) for stage, at_ms in self.reached.items()},
        )


@dataclass(slots=True, eq=False)
class Spoken:
    """The receptionist's turn while it is being said."""

    index: int
    started_ms: float
    timing: Timing
    asked: str | None
    clips: list[Clip] = field(default_factory=list)
    interrupted: bool = False
    noted: bool = False


class Diary:
    """Turn records in order of their beginning; each is handed on once, when it is final."""

    def __init__(
        self,
        *,
        to_media_ms: Callable[[float], int],
        keep: Callable[[TurnRecord, LeadRecord], None],
    ) -> None:
        self._to_media_ms = to_media_ms
        self._keep = keep
        self._turns: dict[int, TurnRecord] = {}
        self._next_index = 0

    @property
    def turns(self) -> tuple[TurnRecord, ...]:
        return tuple(self._turns[index] for index in sorted(self._turns))

    def caller(
        self,
        text: str,
        *,
        started_ms: float,
        ended_ms: float,
        confidence: float | None,
        lead: LeadRecord,
    ) -> None:
        """The caller's turn is final."""
        turn = TurnRecord(
            self._take_index(),
            Speaker.CALLER,
            text,
            self._to_media_ms(started_ms),
            self._to_media_ms(ended_ms),
            confidence=confidence,
        )
        self._note(turn, lead)

    def begin(self, timing: Timing, *, now_ms: float, asked: str | None) -> Spoken:
        """The receptionist's turn begins to be heard."""
        return Spoken(self._take_index(), now_ms, timing, asked)

    def receptionist(self, spoken: Spoken, *, ended_ms: float, lead: LeadRecord) -> None:
        """What was heard of the receptionist's turn is known; noted once."""
        if spoken.noted:
            return
        spoken.noted = True
        text = " ".join(heard for clip in spoken.clips if (heard := clip.heard_text))
        turn = TurnRecord(
            spoken.index,
            Speaker.RECEPTIONIST,
            text,
            self._to_media_ms(spoken.started_ms),
            self._to_media_ms(max(ended_ms, spoken.started_ms)),
            interrupted=spoken.interrupted,
            latency=spoken.timing.latency(),
            grounds=_grounds(spoken.clips, text),
            asked=spoken.asked,
        )
        self._note(turn, lead)

    def _take_index(self) -> int:
        self._next_index += 1
        return self._next_index - 1

    def _note(self, turn: TurnRecord, lead: LeadRecord) -> None:
        self._turns[turn.index] = turn
        try:
            self._keep(turn, lead)
        except Exception:
            logger.exception("a finished turn could not be kept; the call goes on")


def _grounds(clips: list[Clip], heard: str) -> tuple[Ground, ...]:
    """The grounds of the sentences of which something was heard, each once."""
    if not heard:
        return ()
    return tuple(
        dict.fromkeys(ground for clip in clips if clip.heard_text for ground in clip.grounds)
    )
