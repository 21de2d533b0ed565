"""The embedded servers, started, shared, killed and started again, as real processes."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from buddyhelps.embedded import EmbeddedError, ensure
from buddyhelps.embedded.hold import Kind, release
from buddyhelps.embedded.place import Place

ROOT = Path(__file__).parents[2]
KINDS: tuple[Kind, ...] = ("postgres", "redis")
HOLD = """
import sys
from pathlib import Path
from buddyhelps.embedded import ensure
ensure(sys.argv[1], Path(sys.argv[2]), durable=False)
print("up", flush=True)
sys.stdin.read()
"""
Holder = Callable[[Kind], "subprocess.Popen[str]"]


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A var/ of its own; pytest's folders are closed, so a root's server moves to /var/lib."""
    yield tmp_path
    for kind in KINDS:
        release(kind, tmp_path)
        wait_until_stopped(kind, tmp_path)
        remove(Place(tmp_path / kind))


@pytest.fixture
def holder(var: Path) -> Iterator[Holder]:
    """Starts a process that uses a server until its input ends; it may not be up yet."""
    started: list[subprocess.Popen[str]] = []

    def start(kind: Kind) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, kind, str(var)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.communicate()


def is_up(process: "subprocess.Popen[str]") -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "up\n"


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def remove(place: Place) -> None:
    """Take away what lies outside the test's own folder, too."""
    for folder in (place.home, place.sockets):
        shutil.rmtree(folder, ignore_errors=True)


def wait_until_stopped(kind: Kind, var: Path) -> None:
    """The supervisor holds this lock until its server has ended; the kernel wakes us."""
    lock = Place(var / kind).home / "supervisor.lock"
    if lock.exists():
        with lock.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_SH)


def eventually(look: Callable[[], int | None]) -> int:
    """What `look` finds, within a minute."""
    deadline = time.monotonic() + 60
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it did not happen in a minute"
        time.sleep(0.02)
    return found


def server_pid(kind: Kind, var: Path) -> int | None:
    """The process id of the server that answers now."""
    place = Place(var / kind)
    try:
        if kind == "redis":
            socket = str(place.sockets / "redis.sock")
            once = Retry(NoBackoff(), 0)
            with redis.Redis(unix_socket_path=socket, retry=once) as client:
                return int(client.info("server")["process_id"])
        with connect(var):
            return int((place.data / "postmaster.pid").read_text().split()[0])
    except (psycopg.OperationalError, redis.RedisError, FileNotFoundError):
        return None


def connect(var: Path) -> "psycopg.Connection[tuple[Any, ...]]":
    host = str(Place(var / "postgres").sockets)
    return psycopg.connect(host=host, user="buddyhelps_app", dbname="buddyhelps", autocommit=True)


def parent_of(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


@pytest.mark.parametrize("kind", KINDS)
def test_two_processes_that_start_at_once_share_one_server(
    kind: Kind, var: Path, holder: Holder
) -> None:
    first, second = holder(kind), holder(kind)
    assert (is_up(first), is_up(second)) == (True, True)
    pid = server_pid(kind, var)
    assert pid is not None
    kill(first)
    assert server_pid(kind, var) == pid


@pytest.mark.parametrize("kind", KINDS)
def test_server_stops_when_its_last_user_is_killed(kind: Kind, var: Path, holder: Holder) -> None:
    only = holder(kind)
    assert is_up(only)
    pid = server_pid(kind, var)
    kill(only)
    wait_until_stopped(kind, var)
    assert server_pid(kind, var) is None
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_server_starts_again_after_its_supervisor_was_killed(kind: Kind, var: Path) -> None:
    ensure(kind, var)
    before = server_pid(kind, var)
    assert before is not None
    os.kill(parent_of(before), signal.SIGKILL)
    wait_until_stopped(kind, var)
    ensure(kind, var)
    after = server_pid(kind, var)
    assert after is not None
    assert after != before


@pytest.mark.parametrize("kind", KINDS)
def test_killed_server_is_started_again_by_its_supervisor(kind: Kind, var: Path) -> None:
    ensure(kind, var)
    before = server_pid(kind, var)
    assert before is not None
    os.kill(before, signal.SIGKILL)
    after = eventually(lambda: server_pid(kind, var) if server_pid(kind, var) != before else None)
    assert parent_of(after) > 1


def test_what_was_committed_outlives_a_kill_of_everything(var: Path) -> None:
    ensure("postgres", var)
    with superuser(var) as connection:
        connection.execute("CREATE TABLE kept (fact text)")
        connection.execute("INSERT INTO kept VALUES ('gas smell at 12 Oak')")
    pid = server_pid("postgres", var)
    assert pid is not None
    os.kill(parent_of(pid), signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    wait_until_stopped("postgres", var)
    ensure("postgres", var)
    with superuser(var) as connection:
        assert connection.execute("SELECT fact FROM kept").fetchall() == [("gas smell at 12 Oak",)]


def test_queued_work_outlives_a_stop_of_redis(var: Path) -> None:
    ensure("redis", var)
    socket = str(Place(var / "redis").sockets / "redis.sock")
    with redis.Redis(unix_socket_path=socket) as client:
        client.rpush("queue", "summary of call 7")
    release("redis", var)
    wait_until_stopped("redis", var)
    ensure("redis", var)
    with redis.Redis(unix_socket_path=socket) as client:
        assert client.lrange("queue", 0, -1) == [b"summary of call 7"]


def test_app_role_may_neither_bypass_row_security_nor_make_tables(var: Path) -> None:
    ensure("postgres", var)
    with connect(var) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles "
            "WHERE rolname = current_user"
        ).fetchone()
        assert role == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE not_allowed (id int)")


def test_initdb_that_was_killed_half_way_leaves_nothing_behind(var: Path) -> None:
    place = Place(var / "postgres")
    place.prepare()
    (place.home / "data.making").mkdir()
    (place.home / "data.making" / "PG_VERSION").write_text("18\n")
    ensure("postgres", var)
    assert server_pid("postgres", var) is not None
    assert not (place.home / "data.making").exists()


def test_data_of_another_postgres_version_is_refused_in_one_sentence(var: Path) -> None:
    ensure("postgres", var)
    release("postgres", var)
    wait_until_stopped("postgres", var)
    home = Place(var / "postgres").home
    (home / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedError) as refused:
        ensure("postgres", var)
    assert str(refused.value) == (
        f"{home} was made by another version of Postgres; move it away to start afresh."
    )


def test_start_that_failed_can_be_tried_again(var: Path) -> None:
    ensure("postgres", var)
    release("postgres", var)
    wait_until_stopped("postgres", var)
    version = Place(var / "postgres").data / "PG_VERSION"
    version.write_text("12\n")
    with pytest.raises(EmbeddedError):
        ensure("postgres", var)
    version.write_text("18\n")
    ensure("postgres", var)
    assert server_pid("postgres", var) is not None


def superuser(var: Path) -> "psycopg.Connection[tuple[Any, ...]]":
    host = str(Place(var / "postgres").sockets)
    return psycopg.connect(host=host, user="postgres", dbname="buddyhelps", autocommit=True)
