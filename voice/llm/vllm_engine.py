"""Qwen on vLLM: every call's reply in one continuously batched engine, in a process of its own.

The tenant's prompt comes first in each conversation, so its prefix is computed once and reused.
Closing a stream aborts the generation. When the engine's process dies it is started again, with
growing pauses; until then replies come from templates.
"""

import asyncio
import contextlib
import itertools
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable, VoiceError
from voice.llm import Message
from voice.llm.json_schema import parsed
from voice.models_store import locate

# NeMo registers a vLLM plug-in that breaks vLLM's workers where peft is not installed.
os.environ.setdefault("VLLM_PLUGINS", "")

from vllm import SamplingParams
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError

LONGEST_CONTEXT: Final = 4096
MOST_SEQUENCES: Final = 256
TEMPERATURE: Final = 0.3
RESTART_PAUSES_S: Final = (1.0, 2.0, 5.0, 15.0, 60.0)


class VllmModel:
    """An AsyncLLM and its tokenizer. `start` makes a new engine; it blocks while it loads."""

    name = "vllm"

    def __init__(self, start: Callable[[], Any]) -> None:
        self._start = start
        self._engine: Any = start()
        self._tokenizer: Any = None
        self._ids = itertools.count()
        self._restart: asyncio.Task[None] | None = None
        self._closed = False

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 96, priority: int = 0
    ) -> AsyncIterator[str]:
        """Pieces of the reply as they come; lower `priority` goes first.

        Raises EngineError or EngineUnavailable.
        """
        params = SamplingParams(
            max_tokens=max_tokens,
            temperature=TEMPERATURE,
            output_kind=RequestOutputKind.DELTA,
        )
        outputs = self._generate(messages, params, priority)
        async with contextlib.aclosing(outputs):
            async for output in outputs:
                if piece := output.outputs[0].text:
                    yield piece

    async def extract(
        self, messages: Sequence[Message], schema: Mapping[str, object], *, max_tokens: int = 256
    ) -> Mapping[str, object]:
        """An object that satisfies the schema, decoded under it. Raises EngineError."""
        params = SamplingParams(
            max_tokens=max_tokens,
            temperature=0.0,
            output_kind=RequestOutputKind.FINAL_ONLY,
            structured_outputs=StructuredOutputsParams(json=dict(schema)),
        )
        text = ""
        outputs = self._generate(messages, params, 1)
        async with contextlib.aclosing(outputs):
            async for output in outputs:
                text = output.outputs[0].text
        return parsed(text, schema, engine=self.name)

    async def close(self) -> None:
        """Stop the engine's process."""
        self._closed = True
        if self._restart is not None:
            self._restart.cancel()
            await asyncio.wait({self._restart})
        self._shut_down()

    async def _generate(
        self, messages: Sequence[Message], params: Any, priority: int
    ) -> AsyncGenerator[Any, None]:
        engine = self._engine
        if engine is None:
            raise EngineUnavailable(
                "The vllm engine (LLM_ENGINE=vllm) is being started again: its log says why it "
                "died, `nvidia-smi` whether memory is short."
            )
        request_id = f"reply-{next(self._ids)}"
        finished = False
        try:
            prompt = {"prompt_token_ids": self._prompt(engine, messages)}
            async for output in engine.generate(
                prompt, params, request_id=request_id, priority=priority
            ):
                finished = output.finished
                yield output
            finished = True
        except EngineDeadError as error:
            finished = True
            self._start_again(engine)
            raise EngineError("The vllm engine died during this reply.") from error
        except VoiceError:
            raise
        except Exception as error:
            raise EngineError(f"vllm failed, {type(error).__name__}: {error}") from error
        finally:
            if not finished:
                await asyncio.shield(self._abort(engine, request_id))

    async def _abort(self, engine: Any, request_id: str) -> None:
        with contextlib.suppress(EngineDeadError):
            await engine.abort(request_id)

    def _prompt(self, engine: Any, messages: Sequence[Message]) -> list[int]:
        if self._tokenizer is None:
            self._tokenizer = engine.get_tokenizer()
        chat = [{"role": message.role, "content": message.content} for message in messages]
        ids: list[int] = self._tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=True, return_dict=False
        )
        return ids

    def _start_again(self, died: Any) -> None:
        if self._closed or self._engine is not died:
            return
        self._shut_down()
        self._restart = asyncio.get_running_loop().create_task(self._started())

    async def _started(self) -> None:
        for pause_s in itertools.chain(RESTART_PAUSES_S, itertools.repeat(RESTART_PAUSES_S[-1])):
            await asyncio.sleep(pause_s)
            try:
                engine = await asyncio.to_thread(self._start)
            except Exception:  # noqa: S112 - the engine logged it; calls go on without it
                continue
            if self._closed:
                engine.shutdown()
            else:
                self._engine = engine
            return

    def _shut_down(self) -> None:
        engine, self._engine, self._tokenizer = self._engine, None, None
        if engine is not None:
            engine.shutdown()


def build(settings: VoiceSettings) -> VllmModel:
    """An engine on the first CUDA device, taking `settings.llm_gpu_share` of its memory.

    Raises EngineUnavailable when the weights are missing or the engine does not start.
    """
    place = locate("qwen", settings.llm_model, engine="vllm", setting="LLM_MODEL")
    try:
        return VllmModel(lambda: _engine(place, settings.llm_gpu_share))
    except Exception as error:
        first = str(error).strip().partition("\n")[0] or type(error).__name__
        raise EngineUnavailable(
            f"The vllm engine did not start with LLM_MODEL={place}, {first.rstrip('.')}: it needs "
            "a CUDA device with LLM_GPU_SHARE of its memory free, check with `nvidia-smi`."
        ) from error


def _engine(place: Path, gpu_share: float) -> AsyncLLM:
    arguments = AsyncEngineArgs(
        model=str(place),
        dtype="auto",
        max_model_len=LONGEST_CONTEXT,
        max_num_seqs=MOST_SEQUENCES,
        gpu_memory_utilization=gpu_share,
        enable_prefix_caching=True,
        scheduling_policy="priority",
        structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
    )
    return AsyncLLM.from_engine_args(arguments)
