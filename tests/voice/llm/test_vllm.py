"""The vLLM adapter against an engine with vLLM's signatures: streaming, cancel, death, restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.voice.llm import fake_vllm
from tests.voice.llm.fake_vllm import AsyncLLM, EngineDeadError
from voice.config import VoiceSettings
from voice.errors import EngineError, EngineUnavailable
from voice.llm import LanguageModel, Message
from voice.llm.registry import build_language_model

CHAT = (Message("system", "You answer for Acme."), Message("user", "My sink leaks."))
SCHEMA = {
    "type": "object",
    "properties": {"urgency": {"enum": ["E1", "R"]}},
    "required": ["urgency"],
}


@pytest.fixture
async def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[LanguageModel]:
    fake_vllm.install(monkeypatch)
    settings = VoiceSettings(llm_engine="vllm", llm_model=str(tmp_path), llm_gpu_share=0.4)
    built = build_language_model(settings)
    assert built is not None
    yield built
    await built.close()


async def test_reply_streams_in_pieces(model: LanguageModel) -> None:
    pieces = [piece async for piece in model.stream(CHAT, max_tokens=40, priority=2)]

    assert pieces == ["We can ", "come ", "today."]
    ((_, text, params, priority),) = AsyncLLM.made[0].requests
    assert text.startswith("system\nYou answer for Acme.\nuser\nMy sink leaks.\nassistant\n")
    assert (params.max_tokens, priority) == (40, 2)
    assert AsyncLLM.made[0].aborted == []


async def test_engine_is_started_with_prefix_caching_priorities_and_its_share(
    model: LanguageModel,
) -> None:
    arguments = AsyncLLM.made[0].arguments

    assert arguments.enable_prefix_caching is True
    assert arguments.scheduling_policy == "priority"
    assert arguments.gpu_memory_utilization == 0.4
    assert arguments.structured_outputs_config["disable_any_whitespace"] is True


async def test_closing_the_stream_aborts_the_generation(model: LanguageModel) -> None:
    AsyncLLM.made[0].pause = asyncio.Event()
    stream: Any = model.stream(CHAT)
    assert await anext(stream) == "We can "

    await stream.aclose()

    engine = AsyncLLM.made[0]
    assert engine.aborted == [engine.requests[0][0]]


async def test_cancelled_task_aborts_the_generation(model: LanguageModel) -> None:
    engine = AsyncLLM.made[0]
    engine.pause = asyncio.Event()
    started = asyncio.Event()

    async def listen() -> None:
        async for _ in model.stream(CHAT):
            started.set()

    task = asyncio.create_task(listen())
    await started.wait()
    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()
    assert engine.aborted == [engine.requests[0][0]]


async def test_extraction_is_decoded_under_the_schema(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AsyncLLM, "script", ('{"urgency"', ':"E1"}'))

    assert await model.extract(CHAT, SCHEMA) == {"urgency": "E1"}

    params = AsyncLLM.made[0].requests[0][2]
    assert params.structured_outputs is not None
    assert params.structured_outputs.json == SCHEMA
    assert params.temperature == 0.0


async def test_extraction_that_was_cut_is_an_error(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AsyncLLM, "script", ('{"urgency": "E',))

    with pytest.raises(EngineError, match="vllm gave no JSON"):
        await model.extract(CHAT, SCHEMA)


async def test_failed_request_is_an_engine_error_and_the_next_one_answers(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(AsyncLLM, "script", ("We ", ValueError("prompt too long")))
        with pytest.raises(EngineError, match="vllm failed, ValueError: prompt too long"):
            _ = [piece async for piece in model.stream(CHAT)]

    assert [piece async for piece in model.stream(CHAT)] == ["We can ", "come ", "today."]


async def test_dead_engine_is_started_again(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.llm.vllm_engine.RESTART_PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(AsyncLLM, "refuse_to_start", 1)
    with monkeypatch.context() as patch:
        patch.setattr(AsyncLLM, "script", ("We ", EngineDeadError("gone")))
        with pytest.raises(EngineError, match="died during this reply"):
            _ = [piece async for piece in model.stream(CHAT)]
    assert AsyncLLM.made[0].closed

    with pytest.raises(EngineUnavailable, match="LLM_ENGINE=vllm"):
        _ = [piece async for piece in model.stream(CHAT)]
    await asyncio.wait_for(model._restart, 5)  # type: ignore[attr-defined]
    assert len(AsyncLLM.made) == 2

    assert [piece async for piece in model.stream(CHAT)] == ["We can ", "come ", "today."]


async def test_engine_that_does_not_start_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_vllm.install(monkeypatch)
    monkeypatch.setattr(AsyncLLM, "refuse_to_start", 1)

    with pytest.raises(EngineUnavailable) as caught:
        build_language_model(VoiceSettings(llm_engine="vllm", llm_model=str(tmp_path)))

    assert str(caught.value) == (
        f"The vllm engine did not start with LLM_MODEL={tmp_path}, Free memory on device is less "
        "than desired: it needs a CUDA device with LLM_GPU_SHARE of its memory free, check with "
        "`nvidia-smi`."
    )
