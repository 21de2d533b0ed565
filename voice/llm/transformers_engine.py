"""A small model on this machine through transformers: for CPUs and for tests.

One generation at a time, in a thread of its own. For many calls at once use vLLM.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.generation.streamers import BaseStreamer

from voice.config import VoiceSettings
from voice.devices import pick_device
from voice.errors import EngineError, EngineUnavailable
from voice.llm import Message
from voice.llm.guided import GuidedJson
from voice.llm.json_schema import parsed
from voice.models_store import locate

TEMPERATURE: Final = 0.3


class TransformersModel:
    """A chat model and its tokenizer on one device."""

    name = "transformers"

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model = model.eval()
        self._tokenizer = tokenizer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="llm-transformers")
        self._running: set[threading.Event] = set()

    async def stream(
        self, messages: Sequence[Message], *, max_tokens: int = 96, priority: int = 0
    ) -> AsyncIterator[str]:
        """Pieces of the reply as they come; `priority` has no meaning for one at a time.

        Raises EngineError.
        """
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        stop = threading.Event()
        streamer = _Pieces(self._tokenizer, loop, pieces)
        self._running.add(stop)
        work = loop.run_in_executor(
            self._thread, self._generate, self._prompt(messages), max_tokens, streamer, stop
        )
        work.add_done_callback(lambda done: _finish(done, pieces))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            await _named(work)
        finally:
            stop.set()
            self._running.discard(stop)

    async def extract(
        self, messages: Sequence[Message], schema: Mapping[str, object], *, max_tokens: int = 256
    ) -> Mapping[str, object]:
        """An object that satisfies the schema, filled in place by place. Raises EngineError."""
        guided = GuidedJson(self._model, self._tokenizer, max_tokens=max_tokens)
        stop = threading.Event()
        self._running.add(stop)
        try:
            work = asyncio.get_running_loop().run_in_executor(
                self._thread, guided.fill, schema, self._prompt(messages), stop
            )
            return parsed(await _named(work), schema, engine=self.name)
        finally:
            stop.set()
            self._running.discard(stop)

    async def close(self) -> None:
        """Stop what runs and let the model go."""
        for stop in self._running:
            stop.set()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)
        self._model = None

    def _prompt(self, messages: Sequence[Message]) -> list[int]:
        chat = [{"role": message.role, "content": message.content} for message in messages]
        ids: list[int] = self._tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=True, return_dict=False
        )
        return ids

    def _generate(
        self, prompt: list[int], max_tokens: int, streamer: "_Pieces", stop: threading.Event
    ) -> None:
        if stop.is_set():
            return
        ids = torch.tensor([prompt], device=self._model.device)
        with torch.inference_mode():
            self._model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=max_tokens,
                do_sample=True,
                temperature=TEMPERATURE,
                streamer=streamer,
                stopping_criteria=StoppingCriteriaList([_Stopped(stop)]),
            )


class _Pieces(BaseStreamer):  # type: ignore[misc]  # transformers has no types here
    """Hands each piece of text to the event loop as soon as its characters are whole."""

    def __init__(
        self,
        tokenizer: Any,
        loop: asyncio.AbstractEventLoop,
        pieces: "asyncio.Queue[str | None]",
    ) -> None:
        self._tokenizer = tokenizer
        self._loop = loop
        self._pieces = pieces
        self._ids: list[int] | None = None
        self._sent = 0

    def put(self, value: Any) -> None:
        """Called on the generating thread: the prompt first, then each new token."""
        if self._ids is None:
            self._ids = []
            return
        self._ids.extend(value.reshape(-1).tolist())
        text = self._tokenizer.decode(self._ids, skip_special_tokens=True)
        if not text.endswith("\N{REPLACEMENT CHARACTER}"):
            self._send(text)

    def end(self) -> None:
        """Called on the generating thread, last."""
        self._send(self._tokenizer.decode(self._ids or [], skip_special_tokens=True))

    def _send(self, text: str) -> None:
        piece, self._sent = text[self._sent :], len(text)
        if piece:
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)


class _Stopped(StoppingCriteria):  # type: ignore[misc]  # transformers has no types here
    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        return torch.full((len(input_ids),), self._stop.is_set(), device=input_ids.device)


def build(settings: VoiceSettings) -> TransformersModel:
    """The model at `settings.llm_model`, on CUDA where there is one.

    Raises EngineUnavailable when its files are missing or cannot be read.
    """
    place = locate("qwen", settings.llm_model, engine="transformers", setting="LLM_MODEL")
    device = pick_device("", engine="transformers", setting="LLM_ENGINE")
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(place), local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(str(place), local_files_only=True)
    except (OSError, ValueError) as error:
        raise EngineUnavailable(
            f"The transformers engine cannot read LLM_MODEL={place}: fetch it again with "
            "`manage.py fetch_models qwen --again`."
        ) from error
    return TransformersModel(model.to(device), tokenizer)


def _finish(done: "asyncio.Future[None]", pieces: "asyncio.Queue[str | None]") -> None:
    if not done.cancelled():
        done.exception()  # whoever stopped listening needs no warning in the log
    pieces.put_nowait(None)


async def _named(work: "asyncio.Future[Any]") -> Any:
    try:
        return await work
    except asyncio.CancelledError:
        raise
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(f"transformers failed, {type(error).__name__}: {error}") from error
