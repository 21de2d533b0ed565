"""One call's ear on the shared batch recogniser."""

from voice.batching import DeadlineBatcher
from voice.errors import EngineUnavailable
from voice.stt import RecognitionRequest, Samples, Transcript

SHORTEST_MS = 20


class BatchTranscriber:
    """Sends each utterance whole to the batcher; nothing runs while the caller still speaks."""

    def __init__(
        self, batcher: DeadlineBatcher[RecognitionRequest, Transcript], *, tenant_id: int
    ) -> None:
        self._batcher = batcher
        self._tenant_id = tenant_id
        self._closed = False

    def push(self, samples: Samples) -> None:
        """Nothing to do: the utterance comes with `transcribe`."""

    async def transcribe(self, request: RecognitionRequest, *, deadline: float) -> Transcript:
        """Its words; an utterance under 20 ms has none. Cancelling it withdraws the request.

        Raises EngineError, EngineUnavailable or Overloaded.
        """
        if self._closed:
            raise EngineUnavailable("This call's transcriber is closed: the call has ended.")
        if request.duration_ms < SHORTEST_MS:
            return Transcript("")
        return await self._batcher.submit(
            request,
            deadline=deadline,
            weight=request.duration_ms / 1000,
            tenant_id=self._tenant_id,
        )

    async def close(self) -> None:
        self._closed = True
