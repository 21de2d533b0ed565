"""The ASGI application: its lifespan, the probes, the static files."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.templatetags.static import static
from pytest_django.fixtures import Settings

from buddyhelps import health, lifespan
from buddyhelps.body_limit import BodyLimit
from buddyhelps.health import Probes
from buddyhelps.lifespan import Lifespan
from buddyhelps.static_files import StaticFiles


class Runtime:
    """Stands in for the voice worker, and remembers what was asked of it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[str] = []
        self.is_warm = False

    async def start(self) -> None:
        self.asked.append("start")
        if self.error is not None:
            raise self.error
        self.is_warm = True

    async def drain(self, *, timeout_s: float) -> None:
        self.asked.append(f"drain {timeout_s:g}")
        self.is_warm = False

    async def stop(self) -> None:
        self.asked.append("stop")

    def takes_calls(self) -> bool:
        return self.is_warm


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    stand_in = Runtime()
    monkeypatch.setattr(lifespan, "voice_runtime", stand_in)
    monkeypatch.setattr(health, "voice_runtime", stand_in)
    return stand_in


async def teapot(scope: Any, receive: Any, send: Any) -> None:
    """The application behind those under test."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"behind"})


def client_of(application: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=application)
    return httpx.AsyncClient(transport=transport, base_url="http://probe.internal")


@pytest.fixture
async def probes() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(Probes(teapot)) as client:
        yield client


async def live(*messages: str) -> list[Any]:
    """What the lifespan answers when the server says these, one after the other."""
    waiting = list(messages)
    answers: list[Any] = []

    async def receive() -> Any:
        return {"type": waiting.pop(0)}

    async def send(answer: Any) -> None:
        answers.append(answer)

    await Lifespan()(
        {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}, receive, send
    )
    return answers


async def test_lifespan_starts_and_stops_the_voice_worker_once(runtime: Runtime) -> None:
    answers = await live("lifespan.startup", "lifespan.shutdown")
    assert answers == [
        {"type": "lifespan.startup.complete"},
        {"type": "lifespan.shutdown.complete"},
    ]
    assert runtime.asked == ["start", "stop"]


async def test_engine_that_cannot_start_keeps_the_server_from_starting(runtime: Runtime) -> None:
    runtime.error = RuntimeError("STT_ENGINE=parakeet needs nemo_toolkit; run: make ...")
    assert await live("lifespan.startup") == [
        {
            "type": "lifespan.startup.failed",
            "message": "STT_ENGINE=parakeet needs nemo_toolkit; run: make ...",
        }
    ]
    assert runtime.asked == ["start"]


async def test_threads_yield_to_the_event_loop_within_half_a_millisecond(runtime: Runtime) -> None:
    await lifespan.start()
    assert sys.getswitchinterval() == 0.0005


async def test_alive_asks_nobody(probes: httpx.AsyncClient) -> None:
    answer = await probes.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db(transaction=True)
async def test_ready_once_voice_is_warm_and_the_database_answers(
    probes: httpx.AsyncClient, runtime: Runtime
) -> None:
    answer = await probes.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["voice"])
    await runtime.start()
    answer = await probes.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "missing": []})


@pytest.mark.django_db(transaction=True)
async def test_not_ready_while_draining(probes: httpx.AsyncClient, runtime: Runtime) -> None:
    await runtime.start()
    await runtime.drain(timeout_s=1)
    assert (await probes.get("/readyz")).json()["missing"] == ["voice"]


async def test_not_ready_without_a_database(
    probes: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await runtime.start()
    monkeypatch.setattr(health, "_database_answers", lambda: False)
    answer = await probes.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["database"])


async def test_other_paths_pass_through(probes: httpx.AsyncClient) -> None:
    assert (await probes.get("/healthz/more")).status_code == 418


async def test_metrics_are_open_on_ones_own_machine_and_absent_elsewhere(
    probes: httpx.AsyncClient, settings: Settings
) -> None:
    answer = await probes.get("/metrics")
    assert (answer.status_code, "buddyhelps_live_calls" in answer.text) == (200, True)
    settings.OWN_MACHINE = False
    assert (await probes.get("/metrics")).status_code == 418


@pytest.mark.parametrize(
    ("sent", "status"), [(None, 418), ("Bearer wrong", 418), ("Bearer so-secret", 200)]
)
async def test_metrics_want_their_token_where_there_is_one(
    probes: httpx.AsyncClient, settings: Settings, sent: str | None, status: int
) -> None:
    settings.METRICS_TOKEN = "so-secret"
    headers = {} if sent is None else {"authorization": sent}
    assert (await probes.get("/metrics", headers=headers)).status_code == status


@pytest.fixture
def collected(tmp_path: Path, settings: Settings) -> str:
    """The address of a style sheet as `collectstatic` left it, hashed and compressed."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "page.css").write_text("body { color: black }\n" * 100)
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    return static("page.css")


async def test_static_file_is_compressed_and_kept_for_ever(collected: str) -> None:
    async with client_of(StaticFiles(teapot)) as client:
        answer = await client.get(collected)
    assert answer.status_code == 200
    assert answer.text == "body { color: black }\n" * 100
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "max-age=315360000, public, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_static_file_that_the_browser_has_is_not_sent_again(collected: str) -> None:
    async with client_of(StaticFiles(teapot)) as client:
        first = await client.get(collected)
        again = await client.get(collected, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_what_is_not_a_static_file_is_the_applications(collected: str) -> None:
    async with client_of(StaticFiles(teapot)) as client:
        statuses = [
            (await client.get(path)).status_code
            for path in ("/", "/static/absent.css", "/static/../settings.py", "/static/%2e%2e/x")
        ]
    assert statuses == [418, 418, 418, 418]


async def test_static_file_cannot_be_written(collected: str) -> None:
    async with client_of(StaticFiles(teapot)) as client:
        assert (await client.post(collected)).status_code == 405


# --- the body limit -----------------------------------------------------------------------------


async def reading(scope: Any, receive: Any, send: Any) -> None:
    """Reads the whole body, as Django does, and says how long it was."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def chunks(sizes: list[int]) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


@pytest.mark.parametrize(
    ("content", "status", "text"),
    [
        (b"x" * 100, 200, "100"),
        (b"x" * 101, 413, "Too large.\n"),
        ([60, 40], 200, "100"),
        ([60, 41, 500, 500], 413, "Too large.\n"),
    ],
)
async def test_a_body_is_read_up_to_its_limit_and_no_further(
    content: Any, status: int, text: str
) -> None:
    body = chunks(content) if isinstance(content, list) else content
    async with client_of(BodyLimit(reading, max_bytes=100)) as client:
        answer = await client.post("/", content=body)
    assert (answer.status_code, answer.text) == (status, text)


async def test_a_length_that_is_no_number_is_refused() -> None:
    async with client_of(BodyLimit(reading, max_bytes=100)) as client:
        answer = await client.post("/", content=b"x", headers={"content-length": "-1"})
    assert answer.status_code == 413
