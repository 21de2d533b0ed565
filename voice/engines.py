"""Finding an engine by its name, importing it only then, and saying clearly what is missing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from voice.config import VoiceSettings
from voice.errors import EngineUnavailable, VoiceError

INSTALL: Final = ".venv/bin/python -m pip install -r requirements.txt"
INSTALL_GPU: Final = ".venv/bin/python -m pip install -r requirements-gpu.txt"


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """Where an engine's builder is ("module:callable") and the command that installs its needs."""

    target: str
    install: str


def build_engine(
    engines: Mapping[str, EngineEntry], name: str, *, setting: str, settings: VoiceSettings
) -> object:
    """The engine of that name, built. `setting` is the variable that chose it, for messages.

    Blocks while a model loads: call it off the event loop. Raises EngineUnavailable when the
    name is unknown, a package is missing or the engine failed to load.
    """
    entry = engines.get(name)
    if entry is None:
        raise EngineUnavailable(
            f"{setting}={name} names no engine: set {setting} to one of {', '.join(engines)}."
        )
    try:
        return _builder(entry.target)(settings)
    except VoiceError:
        raise
    except ImportError as error:
        raise EngineUnavailable(
            f"The {name} engine ({setting}={name}) cannot be imported, {_missing(error)}: "
            f"run `{entry.install}`."
        ) from error
    except Exception as error:
        raise EngineUnavailable(
            f"The {name} engine ({setting}={name}) did not load, {type(error).__name__}: "
            f"{_first_line(error)}: repair that or choose another engine with {setting}."
        ) from error


def _builder(target: str) -> Callable[[VoiceSettings], object]:
    module, _, attribute = target.partition(":")
    builder: Callable[[VoiceSettings], object] = getattr(import_module(module), attribute)
    return builder


def _missing(error: ImportError) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"package {error.name.partition('.')[0]} is missing"
    return _first_line(error)


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else "no further message"
