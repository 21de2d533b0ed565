"""Where model weights are kept, which ones, and how they come here whole.

The pins name one immutable revision and the SHA-256 of every file; what does not match is not
used. Weights lie under HF_HOME, in a folder of our own beside the hub's cache.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voice.errors import EngineUnavailable, VoiceError
from voice.model_pins import PINS, ModelPin, WeightFile

CHUNK_BYTES: Final = 1024 * 1024


class FetchFailed(VoiceError):
    """A file could not be fetched; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """One place files come from: opens `path` of a pin at a byte offset."""

    name: str
    open_at: Callable[[ModelPin, str, int], Iterator[bytes]]


def home() -> Path:
    """HF_HOME, or the place it stands for when unset."""
    named = os.environ.get("HF_HOME")
    if named:
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface"


def folder(pin: ModelPin) -> Path:
    """Where the files of that pin are kept once fetched."""
    return home() / "buddyhelps" / pin.repo.replace("/", "--") / pin.revision


def is_complete(pin: ModelPin, place: Path) -> bool:
    """Whether every file is there with its full size; contents were checked when fetched."""
    return all(_size(place / file.path) == file.size_bytes for file in pin.files)


def locate(name: str, given: str, *, engine: str, setting: str) -> Path:
    """The file or folder of weights: what the operator named, or the fetched pin `name`.

    `given` may be a path, the pin's own name or its repository. Raises EngineUnavailable.
    """
    pin = PINS[name]
    if given not in {"", name, pin.repo}:
        path = Path(given).expanduser()
        if path.exists():
            return path
        raise EngineUnavailable(
            f"The {engine} engine finds nothing at {setting}={given}: give the path of its "
            f"weights, or leave {setting} empty and run `manage.py fetch_models {name}`."
        )
    for place in (folder(pin), _hub_snapshot(pin)):
        if is_complete(pin, place):
            return place
    raise EngineUnavailable(
        f"The {engine} engine has no weights ({pin.repo}, {setting} is empty): run "
        f"`manage.py fetch_models {name}`."
    )


def fetch(
    pin: ModelPin,
    source: Source,
    *,
    again: bool = False,
    progress: Callable[[WeightFile, int], None] = lambda file, done: None,
) -> Path:
    """Fetch what is missing, resume what was cut, check every checksum; the folder.

    `progress` is told each file and how many of its bytes are here. Raises FetchFailed.
    """
    place = folder(pin)
    for file in pin.files:
        target = place / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not again and digest(target) == file.sha256:
            progress(file, file.size_bytes)
            continue
        _fetch_file(pin, file, target, source, progress)
    return place


def digest(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    sha = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            sha.update(chunk)
    return sha.hexdigest()


def _fetch_file(
    pin: ModelPin,
    file: WeightFile,
    target: Path,
    source: Source,
    progress: Callable[[WeightFile, int], None],
) -> None:
    part = target.with_name(target.name + ".part")
    here = _size(part) or 0
    if here > file.size_bytes:
        part.unlink()
        here = 0
    _require_space(target.parent, file, here)
    try:
        with part.open("ab") as out:
            for chunk in source.open_at(pin, file.path, here) if here < file.size_bytes else ():
                out.write(chunk)
                here += len(chunk)
                progress(file, here)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise FetchFailed(
            f"{pin.repo}/{file.path} stopped at {here} of {file.size_bytes} bytes ({error}): run "
            "the same command again, it goes on from there."
        ) from error
    if here < file.size_bytes:
        raise FetchFailed(
            f"{pin.repo}/{file.path} ended at {here} of {file.size_bytes} bytes: run the same "
            "command again, it goes on from there."
        )
    if (found := digest(part)) != file.sha256:
        part.unlink()
        raise FetchFailed(
            f"{pin.repo}/{file.path} from {source.name} has checksum {found[:12]}…, not "
            f"{file.sha256[:12]}…, and was thrown away: use another mirror, or tell us if the "
            "original was replaced."
        )
    part.replace(target)


def _require_space(place: Path, file: WeightFile, here: int) -> None:
    stat = os.statvfs(place)
    free = stat.f_bavail * stat.f_frsize
    needed = file.size_bytes - here
    if free < needed:
        raise FetchFailed(
            f"{file.path} needs {needed} more bytes, {place} has {free} free: make room, or point "
            "HF_HOME to a larger disk."
        )


def _hub_snapshot(pin: ModelPin) -> Path:
    """Where the hub's own client would have put that revision."""
    return home() / "hub" / f"models--{pin.repo.replace('/', '--')}" / "snapshots" / pin.revision


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None
