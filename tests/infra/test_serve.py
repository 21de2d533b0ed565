"""manage.py serve, as a person runs it: a fresh machine, a taken port, Ctrl-C, kill -9."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from buddyhelps.embedded.place import Place
from tests.conftest import free_port, wait_until_ready
from tests.infra.test_embedded import KINDS, eventually, remove, wait_until_stopped

ROOT = Path(__file__).parents[2]


@pytest.fixture
def fresh_machine(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a clone that has never been started."""
    var = tmp_path / "var"
    yield os.environ | {
        "DJANGO_SETTINGS_MODULE": "buddyhelps.settings",
        "VAR_DIR": str(var),
        "DATA_DIR": "",
        "EMBEDDED_DURABLE": "1",
        "EMBEDDED_DATABASE": "buddyhelps",
        "EMBEDDED_REDIS_DATABASE": "0",
        "LOG_LEVEL": "INFO",
        "PORT": str(free_port()),
    }
    for process in SERVED:
        process.kill()
    SERVED.clear()
    for kind in KINDS:
        wait_until_stopped(kind, var)
        remove(Place(var / kind))


SERVED: list["subprocess.Popen[str]"] = []
"""Every server of the test that runs; one that the test left running would be waited for."""


def serve(environment: dict[str, str]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    SERVED.append(process)
    return process


def children_of(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def pid_if_gone(pid: int) -> int | None:
    return None if Path(f"/proc/{pid}").exists() else pid


def test_fresh_machine_serves_and_ctrl_c_stops_everything(fresh_machine: dict[str, str]) -> None:
    base_url = f"http://127.0.0.1:{fresh_machine['PORT']}"
    process = serve(fresh_machine)
    wait_until_ready(base_url, process)
    assert httpx.get(f"{base_url}/login/").status_code == 200
    children = children_of(process.pid)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    said = [line for line in output.splitlines() if line.startswith("serve: ")]
    assert said[0] == "serve: checking the database and the queue"
    assert said[-1] == "serve: stopped"
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []


def test_killed_serve_takes_its_children_along(fresh_machine: dict[str, str]) -> None:
    process = serve(fresh_machine)
    assert process.stdout is not None
    while process.stdout.readline() != "serve: waiting until the voice worker is warm\n":
        assert process.poll() is None
    children = children_of(process.pid)
    assert len(children) == 3
    process.kill()
    for child in children:
        eventually(partial(pid_if_gone, child))
    process.communicate()


def test_taken_port_is_said_before_anything_starts(fresh_machine: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(fresh_machine["PORT"])))
        other.listen()
        output, _ = (process := serve(fresh_machine)).communicate(timeout=60)
    port = int(fresh_machine["PORT"])
    assert process.returncode == 1
    assert output == (
        f"CommandError: Port {port} on 127.0.0.1 cannot be used (Address already in use); "
        f"end what listens there, or choose another with PORT={port + 1}\n"
    )
