"""Language models: what every engine promises. The receptionist works without one."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message. The tenant's own prompt comes first, so that its prefix is cached."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """A chat model that streams. Asynchronous: it batches inside its own engine."""

    name: str

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 96, priority: int = 0
    ) -> AsyncIterator[str]:
        """Pieces of the reply as they come. Closing the iterator aborts the generation.

        Raises EngineError, EngineUnavailable or Overloaded on the first or a later piece.
        """
        ...

    async def extract(
        self, messages: Sequence[Message], schema: Mapping[str, object], *, max_tokens: int = 256
    ) -> Mapping[str, object]:
        """An object that satisfies the JSON schema. Raises EngineError when none was made."""
        ...

    async def close(self) -> None: ...
