"""What the media socket needs of a conversation; voice.session.CallSession is the real one."""

from typing import Protocol

from voice.records import CallRecord, EndReason


class Session(Protocol):
    """One conversation. All but `run` return at once and are called on the loop's thread."""

    def receive_audio(self, ulaw: bytes, *, timestamp_ms: int) -> None: ...

    def receive_mark(self, name: str) -> None: ...

    def receive_dtmf(self, key: str) -> None: ...

    def end(self, reason: EndReason, error: str = "") -> None: ...

    async def run(self) -> CallRecord:
        """Hold the conversation; the record of it once it is over. Raises only CancelledError."""
        ...
