"""Where an embedded server keeps its files, and as whom it runs.

Postgres refuses to run as root. A root user's server therefore runs as `postgres` or `nobody`, and
moves to /var/lib/buddyhelps when that user cannot reach the project (a clone below /root, say).
"""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from buddyhelps.embedded.errors import EmbeddedError

SERVICE_USERS = ("postgres", "nobody")
UNREACHABLE_HOME = Path("/var/lib/buddyhelps")
SOCKET_PATH_LIMIT = 107  # sockaddr_un.sun_path on Linux, less its final zero
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True)
class Place:
    """One server's folders. `base` is where the project wants it, such as var/postgres."""

    base: Path

    @cached_property
    def account(self) -> pwd.struct_passwd | None:
        """The user the server drops to; None when we are not root and it stays as we are."""
        if os.geteuid() != 0:
            return None
        for name in SERVICE_USERS:
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise EmbeddedError(
            "Running as root needs a user 'postgres' or 'nobody' to run the servers as; "
            "create one with: useradd --system nobody"
        )

    @cached_property
    def _digest(self) -> str:
        return hashlib.sha256(os.fsencode(self.base)).hexdigest()[:12]

    @cached_property
    def home(self) -> Path:
        """Where data and copied programs live: `base`, or a folder the service user can reach."""
        if self.reaches(self.base.parent):
            return self.base
        return UNREACHABLE_HOME / f"{self.base.name}-{self._digest}"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @cached_property
    def sockets(self) -> Path:
        """The folder of the server's socket, mode 0700; in /tmp when the path is too long."""
        near = self.home / "run"
        if len(os.fsencode(near)) + LONGEST_SOCKET_NAME <= SOCKET_PATH_LIMIT:
            return near
        return Path(f"/tmp/buddyhelps-{os.geteuid()}-{self._digest}")  # noqa: S108 - prepare() checks it

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def reaches(self, path: Path) -> bool:
        """Whether the service user may walk to `path`; folders not made yet count as its own."""
        if self.account is None:
            return True
        existing = [folder for folder in (path, *path.parents) if folder.exists()]
        return all(_may_enter(folder.stat(), self.account) for folder in existing)

    def prepare(self) -> None:
        """Make `home`, and `sockets`, which only the service user may enter.

        `home` stays ours: root writes logs there, and follows no link that another user planted.
        """
        try:
            self._make(self.base)
            self._make(self.home)
            self.sockets.mkdir(mode=0o700, exist_ok=True)
            self._check_sockets()
            self.give(self.sockets)
        except PermissionError as error:
            raise EmbeddedError(
                f"{error.filename} belongs to another user (it may have been made as root); "
                f"run as that user, or remove {self.base}"
            ) from error
        except OSError as error:
            raise EmbeddedError(f"Cannot make {error.filename}: {error.strerror}") from error

    def _make(self, folder: Path) -> None:
        """A folder and its parents; the service user may enter them, whatever our umask."""
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            if self.account is not None:
                each.chmod(0o755)

    def give(self, folder: Path) -> None:
        """Make `folder` if need be, the service user's own and closed to everybody else."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account is not None:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        folder.chmod(0o700)

    def _check_sockets(self) -> None:
        """One in /tmp that somebody else made first is refused."""
        found = self.sockets.lstat()
        ours = {os.geteuid()} | ({self.account.pw_uid} if self.account else set())
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
            raise EmbeddedError(f"{self.sockets} was made by somebody else; remove it")


def _may_enter(folder: os.stat_result, account: pwd.struct_passwd) -> bool:
    if folder.st_uid == account.pw_uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == account.pw_gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)
