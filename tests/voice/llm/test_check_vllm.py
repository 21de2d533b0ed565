"""The check of the adapter against a wheel's sources finds what is not there."""

import ast
import zipfile
from pathlib import Path

import pytest

from scripts.check_vllm import problems_of

SOURCES = {
    "vllm/__init__.py": "MODULE_ATTRS = {'SamplingParams': '.sampling_params:SamplingParams'}",
    "vllm/outputs.py": (
        "class CompletionOutput:\n    text: str\n"
        "class RequestOutput:\n    def __init__(self, outputs, finished):\n"
        "        self.outputs = outputs\n        self.finished = finished\n"
    ),
    "vllm/sampling_params.py": "class SamplingParams(Struct):\n    max_tokens: int = 16\n",
    "vllm/engine/arg_utils.py": (
        "class EngineArgs:\n    model: str\nclass AsyncEngineArgs(EngineArgs):\n    async_: bool\n"
    ),
    "vllm/v1/engine/async_llm.py": (
        "class AsyncLLM:\n    async def abort(self, request_id): ...\n"
        "    async def generate(self, prompt, params, request_id, *, priority=0): ...\n"
    ),
}
IMPORTS = """
from vllm import SamplingParams
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.v1.engine.async_llm import AsyncLLM
"""


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "vllm.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in SOURCES.items():
            archive.writestr(name, text)
    return path


def _problems(wheel: Path, adapter: str) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return list(problems_of(ast.parse(IMPORTS + adapter), archive))


def test_adapter_that_uses_what_is_there_has_no_problems(wheel: Path) -> None:
    adapter = """
AsyncEngineArgs(model="m", async_=True)
engine.generate(p, SamplingParams(max_tokens=1), request_id="r", priority=1)
output.outputs[0].text, output.finished
"""
    assert _problems(wheel, adapter) == []


@pytest.mark.parametrize(
    ("adapter", "problem"),
    [
        ("AsyncEngineArgs(modl='m')", "line 5: AsyncEngineArgs takes no modl"),
        ("SamplingParams(max_token=1)", "line 5: SamplingParams takes no max_token"),
        ("engine.generate(p, q, prio=1)", "line 5: AsyncLLM.generate takes no prio"),
        ("engine.stop()", "line 5: AsyncLLM has no stop"),
        ("output.done", "line 5: RequestOutput has no done"),
        ("output.outputs[0].token", "line 5: CompletionOutput has no token"),
        ("from vllm.outputs import PoolingOutput", "vllm.outputs has no PoolingOutput"),
    ],
)
def test_what_is_not_there_is_named_with_its_line(wheel: Path, adapter: str, problem: str) -> None:
    assert problem in _problems(wheel, adapter)
