"""Joining an embedded server: start it if nobody has, keep it while we live.

Three locks in `Place.home`, released by the kernel however a process ends:
  users.lock       shared by every process that uses the server; its supervisor stops the server
                   once it can lock it alone
  start.lock       held while one process starts the supervisor, so that two never do
  supervisor.lock  held by the supervisor while its server may be used
"""

import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Literal

from buddyhelps.embedded.errors import EmbeddedError
from buddyhelps.embedded.place import Place

Kind = Literal["postgres", "redis"]
START_TIMEOUT_S = 90.0
LOCK_POLL_S = 0.02

_guard = threading.Lock()
_held: dict[tuple[str, Path], IO[bytes]] = {}


def ensure(kind: Kind, var: Path, *, durable: bool = True) -> None:
    """The server under `var`/`kind` runs, and will while this process lives.

    Cheap when it already does, so it may be called before each connection; a server that died
    is started again. `durable=False` turns fsync off, for tests. Raises EmbeddedError.
    """
    place = Place(var.resolve() / kind)
    with _guard:
        if (kind, place.base) in _held and _is_locked(place.home / "supervisor.lock"):
            return
        if (kind, place.base) not in _held:
            place.prepare()
            _held[kind, place.base] = _lock(place.home / "users.lock", fcntl.LOCK_SH)
        try:
            _start_unless_running(kind, place, durable=durable)
        except BaseException:
            _held.pop((kind, place.base)).close()
            raise


def release(kind: Kind, var: Path) -> None:
    """Give the server up before this process ends; it stops when nobody else holds it."""
    with _guard:
        held = _held.pop((kind, var.resolve() / kind), None)
        if held is not None:
            held.close()


def _start_unless_running(kind: Kind, place: Place, *, durable: bool) -> None:
    with _lock(place.home / "start.lock", fcntl.LOCK_EX):
        if not _is_locked(place.home / "supervisor.lock"):
            _start(kind, place, durable=durable)


def _start(kind: Kind, place: Place, *, durable: bool) -> None:
    """Start a supervisor in its own session; on a pipe it reports "ready", or why it is not."""
    receiving, reporting = os.pipe()
    command = [sys.executable, "-m", "buddyhelps.embedded.supervisor", kind, str(place.base)]
    command += [str(reporting), "durable" if durable else "fast"]
    with (place.home / "supervisor.log").open("wb") as log:
        starter = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(reporting,),
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )
    os.close(reporting)
    starter.wait()  # it forks the supervisor and ends at once
    with os.fdopen(receiving, "rb") as report:
        message = report.read().decode()
    if message != "ready":
        log_file = place.home / "supervisor.log"
        raise EmbeddedError(message or f"The embedded {kind} died while starting; see {log_file}")


def _lock(path: Path, operation: int) -> IO[bytes]:
    """Take a lock, waiting at most START_TIMEOUT_S; closing the file gives it back."""
    try:
        file = path.open("ab")
    except OSError as error:
        raise EmbeddedError(
            f"Cannot open {path}: {error.strerror}; if root made it, run as root or remove it"
        ) from error
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            fcntl.flock(file, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                raise EmbeddedError(
                    f"Another process has held {path} for {START_TIMEOUT_S:.0f} s; "
                    f"find it with: fuser {path}"
                ) from None
            time.sleep(LOCK_POLL_S)
        else:
            return file


def _is_locked(path: Path) -> bool:
    """Whether somebody holds the lock alone."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
