"""Choosing a device for a model and saying clearly when it cannot be had."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from voice.errors import EngineError, EngineUnavailable, VoiceError

T = TypeVar("T")
R = TypeVar("R")


def pick_device(name: str, *, engine: str, setting: str) -> torch.device:
    """The named device ("cpu", "cuda", "cuda:1"); empty means CUDA where there is one.

    Raises EngineUnavailable naming the engine, the setting and the remedy.
    """
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise EngineUnavailable(
            f"The {engine} engine knows no device {setting}={name}: set {setting} to cpu, cuda or "
            "cuda:N."
        ) from None
    if device.type == "cuda":
        _require_cuda(device, name, engine, setting)
    return device


def _require_cuda(device: torch.device, name: str, engine: str, setting: str) -> None:
    if not torch.cuda.is_available():
        raise EngineUnavailable(
            f"The {engine} engine finds no CUDA device for {setting}={name}: check the driver with "
            f"`nvidia-smi`, or set {setting}=cpu."
        )
    if device.index is not None and device.index >= torch.cuda.device_count():
        raise EngineUnavailable(
            f"The {engine} engine finds no device {setting}={name}, there are "
            f"{torch.cuda.device_count()}: list them with `nvidia-smi -L` and set {setting} again."
        )


def fitting(
    run: Callable[[Sequence[T]], list[R]], items: Sequence[T], *, engine: str, setting: str
) -> list[R]:
    """`run(items)`, in halves where the device's memory is too small for all of them.

    Raises EngineUnavailable when not even one item fits, EngineError when the engine failed.
    """
    if not items:
        return []
    try:
        return run(items)
    except VoiceError:
        raise
    except torch.OutOfMemoryError as error:
        if len(items) == 1:
            raise EngineUnavailable(
                f"The {engine} engine is out of GPU memory: see who holds it with `nvidia-smi`, "
                f"then lower LLM_GPU_SHARE or STT_REPLICAS, or set {setting} to another device."
            ) from error
    except Exception as error:
        raise EngineError(
            f"{engine} failed on {len(items)} items, {type(error).__name__}: {error}"
        ) from error
    torch.cuda.empty_cache()
    middle = len(items) // 2
    return [
        result
        for half in (items[:middle], items[middle:])
        for result in fitting(run, half, engine=engine, setting=setting)
    ]
