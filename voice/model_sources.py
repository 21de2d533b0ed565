"""The places weights can come from: the hub, a mirror by URL, a plain directory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx

from voice.model_pins import ModelPin
from voice.models_store import CHUNK_BYTES, FetchFailed, Source

TIMEOUT: Final = httpx.Timeout(30.0, connect=15.0)


def source_of(mirror: str = "") -> Source:
    """The source an operator named: empty for the hub, else a URL or a directory.

    A mirror holds each file as `<repository>/<path>` or, for one model alone, as `<path>`.
    Raises FetchFailed.
    """
    if not mirror:
        return _hub()
    if mirror.startswith(("http://", "https://")):
        return _mirror_url(mirror.rstrip("/"))
    return _mirror_directory(Path(mirror).expanduser())


def _hub() -> Source:
    """The hub at whatever endpoint its own client is configured for (HF_ENDPOINT, HF_TOKEN)."""
    try:
        from huggingface_hub import get_token, hf_hub_url
    except ImportError as error:
        raise FetchFailed(
            "The hub's client is missing: run `.venv/bin/python -m pip install -r "
            "requirements-gpu.txt`, or name a mirror with --mirror."
        ) from error

    def open_at(pin: ModelPin, path: str, offset: int) -> Iterator[bytes]:
        token = get_token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return _download(hf_hub_url(pin.repo, path, revision=pin.revision), offset, headers)

    return Source("the hub", open_at)


def _mirror_url(base: str) -> Source:
    def open_at(pin: ModelPin, path: str, offset: int) -> Iterator[bytes]:
        return _download(f"{base}/{pin.repo}/{path}", offset, {})

    return Source(base, open_at)


def _mirror_directory(base: Path) -> Source:
    if not base.is_dir():
        raise FetchFailed(f"The mirror {base} is no directory: give one that holds the weights.")

    def open_at(pin: ModelPin, path: str, offset: int) -> Iterator[bytes]:
        for candidate in (base / pin.repo / path, base / path):
            if candidate.is_file():
                return _read(candidate, offset)
        raise FetchFailed(f"The mirror {base} has no {pin.repo}/{path}: copy it there first.")

    return Source(str(base), open_at)


def _read(path: Path, offset: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(offset)
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _download(url: str, offset: int, headers: Mapping[str, str]) -> Iterator[bytes]:
    """The bytes from `offset` on; a server that ignores ranges has the first ones skipped."""
    ask = {**headers, "Accept-Encoding": "identity"}
    if offset:
        ask["Range"] = f"bytes={offset}-"
    try:
        with httpx.stream(
            "GET", url, headers=ask, follow_redirects=True, timeout=TIMEOUT
        ) as response:
            if response.status_code not in {200, 206}:
                raise FetchFailed(f"{url} answered {response.status_code}{_hint(response)}")
            skip = offset if response.status_code == 200 else 0
            for chunk in response.iter_bytes(CHUNK_BYTES):
                kept = chunk[skip:]
                skip = max(0, skip - len(chunk))
                if kept:
                    yield kept
    except httpx.HTTPError as error:
        raise OSError(str(error) or type(error).__name__) from error


def _hint(response: httpx.Response) -> str:
    if response.status_code in {401, 403}:
        return ": log in with `hf auth login` or set HF_TOKEN."
    if response.status_code == 404:
        return ": check the mirror, or the pinned revision."
    return ": try again later."
