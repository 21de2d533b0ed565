"""Starting a child that dies with us, as another user if need be."""

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    """A pre-exec step: the kernel sends the child `death_signal` when process `parent` ends.

    It must run after any change of user, which clears the setting; subprocess orders it so.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def step() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return step


def start(
    command: Sequence[str | Path],
    *,
    account: pwd.struct_passwd | None,
    log: IO[bytes],
    folder: Path,
    death_signal: signal.Signals,
) -> subprocess.Popen[bytes]:
    """Start a server in the foreground. Call it from the main thread: the death of the *thread*
    that started it is what the kernel watches.
    """
    return subprocess.Popen(  # noqa: S603
        [os.fspath(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=_environment(),
        preexec_fn=die_with_parent(os.getpid(), death_signal),
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def run(
    command: Sequence[str | Path], *, account: pwd.struct_passwd | None, folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end; its two outputs come back as one text in `stdout`."""
    return subprocess.run(  # noqa: S603
        [os.fspath(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=_environment(),
        text=True,
        errors="replace",
        check=False,
        preexec_fn=die_with_parent(os.getpid(), signal.SIGKILL),
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def _environment() -> dict[str, str]:
    """No PG* variable of the caller's may bend our server; messages come in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}
