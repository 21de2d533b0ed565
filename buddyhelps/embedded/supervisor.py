"""The process that owns an embedded server: starts it, starts it again, stops it when unused.

Run by `hold`: python -m buddyhelps.embedded.supervisor KIND BASE REPORT_FD (durable|fast)
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from buddyhelps.embedded import process
from buddyhelps.embedded.errors import EmbeddedError
from buddyhelps.embedded.place import Place
from buddyhelps.embedded.postgres import Postgres
from buddyhelps.embedded.redis import Redis
from buddyhelps.embedded.server import Server, explain

WATCH_S = 0.2
STARTUP_S = 60.0
STOP_S = 20.0
RESTARTS = 5
ASKED_TO_END = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
STOP_SIGNAL = {"postgres": signal.SIGINT, "redis": signal.SIGTERM}  # Postgres: fast shutdown


class Supervisor:
    """One server, from its start to its end, all on the main thread."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.child: subprocess.Popen[bytes] | None = None
        self.lock: IO[bytes] | None = None
        self.users = (server.place.home / "users.lock").open("ab")

    def start(self) -> None:
        """The server answers. Raises EmbeddedError."""
        self.lock = self._own()
        self.server.set_up()
        self._launch()
        self.server.provision()

    def watch(self) -> None:
        """Return once nobody holds the users lock, or we are asked to end."""
        restarts = 0
        while True:
            asked = signal.sigtimedwait(ASKED_TO_END | {signal.SIGCHLD}, WATCH_S)
            if asked is not None and asked.si_signo in ASKED_TO_END:
                return
            if self._unused():
                return
            if self.child is not None and self.child.poll() is not None:
                restarts += 1
                if restarts > RESTARTS:
                    return
                self._launch()

    def stop(self) -> None:
        """The server has ended, in order if it can."""
        child = self.child
        if child is not None and child.poll() is None:
            child.send_signal(STOP_SIGNAL[self.server.kind])
            try:
                child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if self.lock is not None:
            self.lock.close()
        self.users.close()

    def _own(self) -> IO[bytes]:
        """The supervisor's lock; waits out those who only look whether it is taken."""
        file = (self.server.place.home / "supervisor.lock").open("ab")
        deadline = time.monotonic() + STOP_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedError(f"Another process supervises {file.name}") from None
                time.sleep(0.01)
            else:
                return file

    def _unused(self) -> bool:
        """True when we now hold the users lock alone: whoever comes next waits for our end."""
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _launch(self) -> None:
        """Start the server and wait until it answers.

        One that a killed supervisor left behind is still shutting down: try again until it is gone.
        """
        deadline = time.monotonic() + STARTUP_S
        place = self.server.place
        while True:
            with place.log.open("w+b") as log:
                self.child = process.start(
                    self.server.command(),
                    account=place.account,
                    log=log,
                    folder=place.home,
                    death_signal=STOP_SIGNAL[self.server.kind],
                )
                answered = self._wait_for_answer(self.child, deadline)
                log.seek(0)
                output = log.read().decode(errors="replace")
            if answered:
                return
            still_leaving = "pre-existing shared memory" in output or "lock file" in output
            if not still_leaving or time.monotonic() > deadline:
                raise explain(self.server.kind, place, output)
            time.sleep(0.1)

    def _wait_for_answer(self, child: subprocess.Popen[bytes], deadline: float) -> bool:
        while child.poll() is None:
            if self.server.answers(child.pid):
                return True
            if time.monotonic() > deadline:
                child.kill()
                child.wait()
                return False
            time.sleep(0.02)
        return False


def main(kind: str, base: str, report_fd: str, durability: str) -> None:
    """Detach from whoever started us, run the server, report once on the pipe."""
    if os.fork():
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKED_TO_END | {signal.SIGCHLD})
    make: type[Postgres] | type[Redis] = Postgres if kind == "postgres" else Redis
    with os.fdopen(int(report_fd), "w") as report:
        os.set_inheritable(report.fileno(), False)
        place = Place(Path(base))
        supervisor = Supervisor(make(place, durable=durability == "durable"))
        try:
            supervisor.start()
        except EmbeddedError as error:
            supervisor.stop()
            report.write(str(error))
            return
        with contextlib.suppress(BrokenPipeError):  # the starter was killed; others may wait
            report.write("ready")
            report.flush()
    try:
        supervisor.watch()
    finally:
        supervisor.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
