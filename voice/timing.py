"""Words with their place in time, shared by recognisers, synthesisers and transcripts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimedWord:
    """One word and where it sits in the audio it came from, in milliseconds from its start."""

    text: str
    start_ms: int
    end_ms: int
