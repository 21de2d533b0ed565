"""Everything one machine runs: web server, Celery worker and beat, over their database and queue.

`manage.py serve` and `manage.py demo` start it; the children die with whoever started them.
"""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

from buddyhelps.embedded.configured import ensure_postgres, ensure_redis
from buddyhelps.embedded.process import die_with_parent

READY_TIMEOUT_S = 300.0  # large models take minutes to load
WORKER_STOP_S = 30.0

Say = Callable[[str], None]


class ServeError(Exception):
    """The servers cannot run; the message says why and what to do."""


class Stack:
    """The child processes, in the order they start; they stop in that order too, calls first."""

    def __init__(self, *, say: Say, logs: Path | None = None) -> None:
        self.say = say
        self.logs = logs
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.address = f"http://{_shown_host()}:{settings.PORT}"

    def start(self) -> None:
        """Everything answers: /readyz says so. Raises ServeError or EmbeddedError."""
        with _listening_socket() as listening:
            prepare(self.say)
            self.say("starting the web server, with the voice worker in it")
            descriptor = listening.fileno()
            server = [sys.executable, "-m", "buddyhelps.server", "--fd", str(descriptor)]
            self._launch("web", server, keep=(descriptor,))
        celery = [sys.executable, "-m", "celery", "-A", "buddyhelps.celery"]
        self.say("starting the Celery worker and beat")
        self._launch(
            "worker",
            [
                *(*celery, "worker", "-P", "threads", "-c", "4", "-l", "INFO"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
        )
        self._launch("beat", [*celery, "beat", "--pidfile=", "-l", "INFO"])
        self._wait_until_ready()

    def dead(self) -> list[str]:
        """The names of children that have ended by themselves."""
        return [name for name, child in self.children.items() if child.poll() is not None]

    def stop(self) -> None:
        """Live calls end first (twice Ctrl-C: they are cut), then the tasks that run."""
        for name, patience_s in (
            ("web", settings.DRAIN_SECONDS + 30.0),
            ("beat", WORKER_STOP_S),
            ("worker", WORKER_STOP_S),
        ):
            if name in self.children:
                _end(self.children.pop(name), patience_s)

    def _launch(self, name: str, command: list[str], keep: tuple[int, ...] = ()) -> None:
        log = None if self.logs is None else (self.logs / f"{name}.log").open("wb")
        self.children[name] = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=keep,
            cwd=settings.BASE_DIR,
            start_new_session=True,  # Ctrl-C is ours to pass on, in order
            preexec_fn=die_with_parent(os.getpid(), signal.SIGTERM),
        )
        if log is not None:
            log.close()

    def _wait_until_ready(self) -> None:
        self.say("waiting until the voice worker is warm")
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not _is_ready(self.address):
            if self.dead():
                where = f"; see {self.logs}" if self.logs else ""
                raise ServeError(f"The {self.dead()[0]} process ended while starting{where}")
            if time.monotonic() > deadline:
                raise ServeError(f"{self.address}/readyz did not answer in {READY_TIMEOUT_S:.0f} s")
            time.sleep(0.1)


@contextmanager
def running(*, say: Say, logs: Path | None = None) -> Iterator[Stack]:
    """Everything, for as long as the block lasts; `logs` is a folder for the children's output."""
    if logs is not None:
        logs.mkdir(parents=True, exist_ok=True)
    stack = Stack(say=say, logs=logs)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def prepare(say: Say) -> None:
    """Database migrated, queue up, static files collected: what the children need."""
    say("checking the database and the queue")
    ensure_postgres()
    ensure_redis()
    if "owner" in settings.DATABASES:
        say("applying migrations")
        call_command("migrate", database="owner", interactive=False, verbosity=0)
    if not settings.DEBUG:
        collect_static(say)


def collect_static(say: Say) -> None:
    """STATIC_ROOT holds every static file as it is now, hashed and compressed."""
    digest = hashlib.sha256()
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            state = Path(storage.path(path)).stat()
            digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say("collecting static files")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest.hexdigest())


def _listening_socket() -> socket.socket:
    """Bound before anything else starts, so that a taken port is found out at once."""
    host, port = settings.LISTEN_HOST, settings.PORT
    listening = socket.socket(socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise ServeError(
            f"Port {port} on {host} cannot be used ({error.strerror}); "
            f"end what listens there, or choose another with PORT={port + 1}"
        ) from error
    return listening


def _shown_host() -> str:
    return "127.0.0.1" if settings.LISTEN_HOST == "0.0.0.0" else str(settings.LISTEN_HOST)  # noqa: S104


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=10).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _end(child: subprocess.Popen[bytes], patience_s: float) -> None:
    """Ask, wait, insist. Ctrl-C meanwhile asks again, which makes the web server cut its calls."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    while True:
        try:
            child.wait(patience_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        except KeyboardInterrupt:
            child.send_signal(signal.SIGINT)
            continue
        return
