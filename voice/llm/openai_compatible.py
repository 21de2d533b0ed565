"""Any server that speaks OpenAI's chat completions, through the official client."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import openai

from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable, Overloaded
from voice.llm import Message
from voice.llm.json_schema import parsed

TIMEOUT_S: Final = 10.0
TEMPERATURE: Final = 0.3


class OpenAiCompatibleModel:
    """Streams from the server; closing the iterator closes the request, which aborts it there."""

    name = "openai"

    def __init__(self, *, url: str, api_key: str, model: str) -> None:
        self._model = model
        self._url = url
        self._client = openai.AsyncOpenAI(
            base_url=url or None, api_key=api_key or "none", timeout=TIMEOUT_S, max_retries=0
        )

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 96, priority: int = 0
    ) -> AsyncIterator[str]:
        """Pieces of the reply as they come. The protocol has no priority: it is not sent.

        Raises EngineError, EngineUnavailable or Overloaded.
        """
        async with self._errors_named():
            answer = await self._client.chat.completions.create(
                model=self._model,
                messages=_chat(messages),
                max_tokens=max_tokens,
                temperature=TEMPERATURE,
                stream=True,
            )
            async with answer:
                async for chunk in answer:
                    if chunk.choices and (piece := chunk.choices[0].delta.content):
                        yield piece

    async def extract(
        self, messages: Sequence[Message], schema: Mapping[str, object], *, max_tokens: int = 256
    ) -> Mapping[str, object]:
        """An object that satisfies the schema. Raises EngineError when none was made."""
        async with self._errors_named():
            answer = await self._client.chat.completions.create(
                model=self._model,
                messages=_chat(messages),
                max_tokens=max_tokens,
                temperature=0.0,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "extraction", "schema": dict(schema), "strict": True},
                },
            )
        text = answer.choices[0].message.content if answer.choices else None
        return parsed(text or "", schema, engine=self.name)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    @asynccontextmanager
    async def _errors_named(self) -> AsyncIterator[None]:
        where = self._url or "the client's default server"
        try:
            yield
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise EngineUnavailable(
                f"The openai engine was refused by {where}: set LLM_API_KEY to a valid key."
            ) from error
        except openai.NotFoundError as error:
            raise EngineUnavailable(
                f"The openai engine finds no model {self._model!r} at {where}: set LLM_MODEL to "
                "one it serves, or correct LLM_URL."
            ) from error
        except openai.RateLimitError as error:
            raise Overloaded(f"The server at {where} is at its limit: {error.message}") from error
        except openai.APIConnectionError as error:
            raise EngineUnavailable(
                f"The openai engine does not reach {where}: start the server, or correct LLM_URL."
            ) from error
        except openai.OpenAIError as error:
            raise EngineError(f"The server at {where} failed: {error}") from error


def build(settings: VoiceSettings) -> OpenAiCompatibleModel:
    """The model `settings.llm_model` at `settings.llm_url`. Raises EngineUnavailable."""
    if not settings.llm_model:
        raise EngineUnavailable(
            "The openai engine needs LLM_MODEL: set it to a model that the server at LLM_URL "
            "serves."
        )
    return OpenAiCompatibleModel(
        url=settings.llm_url, api_key=settings.llm_api_key, model=settings.llm_model
    )


def _chat(messages: Sequence[Message]) -> Any:
    """The messages as the client's own typed dictionaries."""
    return [{"role": message.role, "content": message.content} for message in messages]
