"""Weights come whole or not at all: from a directory, over HTTP, after a cut, with a bad disk."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from voice import models_store
from voice.errors import EngineUnavailable
from voice.model_pins import PINS, ModelPin, WeightFile
from voice.model_sources import source_of
from voice.models_store import FetchFailed, fetch, folder, locate

BIG = bytes(range(256)) * 12_000
SMALL = b'{"sample_rate": 16000}'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pin() -> ModelPin:
    return ModelPin(
        "parakeet",
        "org/model",
        "0123456789abcdef",
        "MIT",
        (_file("config.json", SMALL), _file("weights/model.nemo", BIG)),
    )


def _file(path: str, contents: bytes) -> WeightFile:
    return WeightFile(path, len(contents), hashlib.sha256(contents).hexdigest())


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    place = tmp_path / "mirror"
    for path, contents in {"config.json": SMALL, "weights/model.nemo": BIG}.items():
        target = place / "org" / "model" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(contents)
    return place


@dataclass
class Web:
    """A mirror over HTTP: what was asked, and what goes wrong."""

    root: Path
    url: str = ""
    ranges: list[str | None] = field(default_factory=list)
    cut_after: int | None = None
    honours_ranges: bool = True


@pytest.fixture
def web(mirror: Path) -> Iterator[Web]:
    state = Web(mirror)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = state.root / self.path.lstrip("/")
            asked = self.headers["Range"]
            state.ranges.append(asked)
            if not path.is_file():
                self.send_error(404)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            start = start if state.honours_ranges else 0
            body = path.read_bytes()[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.cut_after is not None and len(body) > state.cut_after:
                body, state.cut_after = body[: state.cut_after], None
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


def test_directory_mirror_is_copied_and_checked(pin: ModelPin, mirror: Path, home: Path) -> None:
    place = fetch(pin, source_of(str(mirror)))

    assert place == home / "buddyhelps" / "org--model" / "0123456789abcdef"
    assert (place / "weights/model.nemo").read_bytes() == BIG
    assert (place / "config.json").read_bytes() == SMALL


def test_flat_directory_serves_one_model(pin: ModelPin, mirror: Path) -> None:
    place = fetch(pin, source_of(str(mirror / "org" / "model")))

    assert (place / "config.json").read_bytes() == SMALL


def test_download_reports_its_progress(pin: ModelPin, web: Web) -> None:
    seen: dict[str, list[int]] = {}

    fetch(pin, source_of(web.url), progress=lambda f, n: seen.setdefault(f.path, []).append(n))

    assert seen["weights/model.nemo"][-1] == len(BIG)
    assert seen["weights/model.nemo"] == sorted(seen["weights/model.nemo"])


@pytest.mark.parametrize("honours_ranges", [True, False])
def test_cut_download_goes_on_where_it_stopped(
    pin: ModelPin, web: Web, honours_ranges: bool
) -> None:
    web.cut_after, web.honours_ranges = 1_500_000, honours_ranges
    with pytest.raises(FetchFailed, match=r"run the same command again, it goes on from there"):
        fetch(pin, source_of(web.url))
    part = folder(pin) / "weights/model.nemo.part"
    here = part.stat().st_size
    assert 0 < here < len(BIG)

    place = fetch(pin, source_of(web.url))

    assert web.ranges[-1] == f"bytes={here}-"
    assert (place / "weights/model.nemo").read_bytes() == BIG
    assert not part.exists()


def test_wrong_checksum_is_thrown_away(pin: ModelPin, mirror: Path) -> None:
    (mirror / "org/model/weights/model.nemo").write_bytes(bytes(len(BIG)))

    with pytest.raises(FetchFailed, match=r"has checksum .* and was thrown away"):
        fetch(pin, source_of(str(mirror)))

    assert list(folder(pin).rglob("model.nemo*")) == []


def test_full_disk_is_said_before_the_download(
    pin: ModelPin, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.statvfs", lambda _: SimpleNamespace(f_bavail=1000, f_frsize=1))

    with pytest.raises(FetchFailed, match=r"needs 3072000 more bytes, .* has 1000 free.*HF_HOME"):
        fetch(pin, source_of(web.url))


def test_second_run_fetches_nothing(pin: ModelPin, web: Web) -> None:
    fetch(pin, source_of(web.url))
    asked = len(web.ranges)

    fetch(pin, source_of(web.url))

    assert len(web.ranges) == asked


def test_damaged_file_is_fetched_again(pin: ModelPin, mirror: Path) -> None:
    place = fetch(pin, source_of(str(mirror)))
    (place / "config.json").write_bytes(SMALL[::-1])

    fetch(pin, source_of(str(mirror)))

    assert (place / "config.json").read_bytes() == SMALL


def test_file_a_mirror_lacks_is_named(pin: ModelPin, mirror: Path, web: Web) -> None:
    (mirror / "org/model/config.json").unlink()

    with pytest.raises(FetchFailed, match=r"has no org/model/config.json"):
        fetch(pin, source_of(str(mirror)))
    with pytest.raises(FetchFailed, match=r"org/model/config.json answered 404"):
        fetch(pin, source_of(web.url))


def test_mirror_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match=r"is no directory"):
        source_of(str(tmp_path / "nowhere"))


def test_fetched_weights_are_found_by_their_engine(
    pin: ModelPin, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_store, "PINS", {"parakeet": pin})
    with pytest.raises(EngineUnavailable, match=r"run `manage.py fetch_models parakeet`"):
        locate("parakeet", "", engine="parakeet", setting="STT_MODEL")

    place = fetch(pin, source_of(str(mirror)))

    assert locate("parakeet", "", engine="parakeet", setting="STT_MODEL") == place
    assert locate("parakeet", "org/model", engine="parakeet", setting="STT_MODEL") == place


def test_weights_in_the_hub_s_own_cache_are_found(
    pin: ModelPin, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_store, "PINS", {"parakeet": pin})
    snapshot = home / "hub" / "models--org--model" / "snapshots" / pin.revision
    (snapshot / "weights").mkdir(parents=True)
    (snapshot / "config.json").write_bytes(SMALL)
    (snapshot / "weights/model.nemo").write_bytes(BIG)

    assert locate("parakeet", "", engine="parakeet", setting="STT_MODEL") == snapshot


def test_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"finds nothing at STT_MODEL=.*missing.nemo"):
        locate("parakeet", str(tmp_path / "missing.nemo"), engine="parakeet", setting="STT_MODEL")


def test_every_pin_names_one_commit_and_whole_checksums() -> None:
    for name, pin in PINS.items():
        assert pin.name == name
        assert len(pin.revision) == 40
        assert all(len(file.sha256) == 64 for file in pin.files)
        assert all(file.size_bytes > 0 for file in pin.files)
