"""vLLM as its adapter sees it: the same signatures, a scripted engine behind them.

`scripts/check_vllm.py` holds the adapter against the real package's sources.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import ModuleType

import pytest


class EngineDeadError(Exception):
    """The engine's process is gone."""


class RequestOutputKind(Enum):
    CUMULATIVE = 0
    DELTA = 1
    FINAL_ONLY = 2


@dataclass(kw_only=True)
class StructuredOutputsParams:
    json: str | dict[str, object] | None = None


@dataclass(kw_only=True)
class SamplingParams:
    max_tokens: int | None = 16
    temperature: float = 1.0
    output_kind: RequestOutputKind = RequestOutputKind.CUMULATIVE
    structured_outputs: StructuredOutputsParams | None = None


@dataclass(kw_only=True)
class AsyncEngineArgs:
    model: str
    dtype: str = "auto"
    max_model_len: int | None = None
    max_num_seqs: int | None = None
    gpu_memory_utilization: float = 0.92
    enable_prefix_caching: bool | None = None
    scheduling_policy: str = "fcfs"
    structured_outputs_config: Mapping[str, object] = field(default_factory=dict)


@dataclass
class CompletionOutput:
    text: str


@dataclass
class RequestOutput:
    outputs: list[CompletionOutput]
    finished: bool


class Tokenizer:
    """One id a character, the template's line breaks included."""

    def apply_chat_template(
        self,
        conversation: list[dict[str, str]],
        *,
        add_generation_prompt: bool = False,
        tokenize: bool = True,
        return_dict: bool = True,
    ) -> list[int]:
        assert tokenize
        assert not return_dict
        text = "".join(f"{turn['role']}\n{turn['content']}\n" for turn in conversation)
        return [ord(letter) for letter in text + ("assistant\n" if add_generation_prompt else "")]


class AsyncLLM:
    """Answers each request with `script`; `pause` holds it before its second piece."""

    made: list["AsyncLLM"] = []
    script: tuple[str | Exception, ...] = ("We can ", "come ", "today.")
    refuse_to_start = 0

    def __init__(self, arguments: AsyncEngineArgs) -> None:
        self.arguments = arguments
        self.requests: list[tuple[str, str, SamplingParams, int]] = []
        self.aborted: list[str] = []
        self.closed = False
        self.pause: asyncio.Event | None = None

    @classmethod
    def from_engine_args(cls, engine_args: AsyncEngineArgs) -> "AsyncLLM":
        if cls.refuse_to_start:
            cls.refuse_to_start -= 1
            raise RuntimeError("Free memory on device is less than desired.\nDetails follow.")
        cls.made.append(cls(engine_args))
        return cls.made[-1]

    def get_tokenizer(self) -> Tokenizer:
        return Tokenizer()

    async def generate(
        self,
        prompt: Mapping[str, list[int]],
        sampling_params: SamplingParams,
        request_id: str,
        *,
        priority: int = 0,
    ) -> AsyncIterator[RequestOutput]:
        text = "".join(chr(number) for number in prompt["prompt_token_ids"])
        self.requests.append((request_id, text, sampling_params, priority))
        said = ""
        for index, piece in enumerate(self.script):
            if index == 1 and self.pause is not None:
                await self.pause.wait()
            if isinstance(piece, Exception):
                raise piece
            said += piece
            last = index == len(self.script) - 1
            if sampling_params.output_kind is RequestOutputKind.DELTA:
                yield RequestOutput([CompletionOutput(piece)], last)
            elif last:
                yield RequestOutput([CompletionOutput(said)], True)

    async def abort(self, request_id: str, internal: bool = False) -> None:
        self.aborted.append(request_id)

    def shutdown(self, timeout: float | None = None) -> None:
        self.closed = True


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the fake in place of the package for one test."""
    monkeypatch.setattr(AsyncLLM, "made", [])
    for name, contents in {
        "vllm": (SamplingParams,),
        "vllm.engine": (),
        "vllm.engine.arg_utils": (AsyncEngineArgs,),
        "vllm.sampling_params": (RequestOutputKind, StructuredOutputsParams),
        "vllm.v1": (),
        "vllm.v1.engine": (),
        "vllm.v1.engine.async_llm": (AsyncLLM,),
        "vllm.v1.engine.exceptions": (EngineDeadError,),
    }.items():
        module = ModuleType(name)
        for item in contents:
            setattr(module, item.__name__, item)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "voice.llm.vllm_engine", raising=False)
