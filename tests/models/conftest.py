"""Small models, made once and kept in var/models for as long as their sources stay the same."""

import hashlib
import os
from pathlib import Path

import pytest
import torch

from scripts.make_tiny_models import make

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted((ROOT / "scripts" / "tiny_models").glob("*.py"))

os.environ.setdefault("HF_HUB_OFFLINE", "1")
torch.set_num_threads(1)  # models this small only lose by a second thread


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here carries the marker that `make test-models` selects."""
    for item in items:
        item.add_marker(pytest.mark.models)


@pytest.fixture(scope="session")
def small_models() -> Path:
    """The folder the models are kept in; its name changes with the code that makes them."""
    made_by = hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES)).hexdigest()
    return ROOT / "var" / "models" / f"tiny-{made_by[:12]}"


@pytest.fixture(scope="session")
def tone_words(small_models: Path) -> Path:
    """The recogniser that knows the tone words; training it takes two to four minutes once."""
    return make("tone-words", small_models)


@pytest.fixture(scope="session")
def tiny_parakeet(small_models: Path) -> Path:
    return make("parakeet", small_models)


@pytest.fixture(scope="session")
def tiny_qwen(small_models: Path) -> Path:
    return make("qwen", small_models)


@pytest.fixture(scope="session")
def tiny_kokoro(small_models: Path) -> Path:
    return make("kokoro", small_models)


@pytest.fixture(scope="session")
def tiny_whisper(small_models: Path) -> Path:
    return make("whisper", small_models)
