"""Where the embedded servers keep their files, and as whom they run."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from buddyhelps.embedded import EmbeddedError
from buddyhelps.embedded.place import UNREACHABLE_HOME, Place
from buddyhelps.embedded.server import explain


def place_of(base: Path, *, user: str | None) -> Place:
    """A place as root (`user` is whom it drops to) or as anybody else (None) would see it."""
    place = Place(base)
    place.__dict__["account"] = None if user is None else pwd.getpwnam(user)
    return place


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """Stands in for a project folder: everything above it, up to pytest's own, is closed."""
    folder = tmp_path / "project"
    folder.mkdir(mode=0o755)
    return folder


def test_ordinary_user_keeps_the_server_in_the_project(open_folder: Path) -> None:
    open_folder.parent.chmod(0o700)
    place = place_of(open_folder / "postgres", user=None)
    assert place.home == open_folder / "postgres"


def test_root_in_a_folder_closed_to_the_service_user_moves_to_var_lib(open_folder: Path) -> None:
    open_folder.chmod(0o700)
    place = place_of(open_folder / "postgres", user="nobody")
    assert place.home.parent == UNREACHABLE_HOME
    assert place.home.name.startswith("postgres-")


def test_two_projects_never_share_a_moved_server(tmp_path: Path) -> None:
    homes = {place_of(tmp_path / name / "postgres", user="nobody").home for name in ("a", "b")}
    assert len(homes) == 2


def test_root_below_open_folders_stays_in_the_project() -> None:
    place = place_of(Path("/usr/share/project/postgres"), user="nobody")
    assert place.home == Path("/usr/share/project/postgres")


def test_socket_folder_is_short_enough_for_the_kernel(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    place = place_of(deep / "postgres", user=None)
    assert str(place.sockets.parent) == "/tmp"  # noqa: S108
    assert len(str(place.sockets / ".s.PGSQL.5432.lock")) < 108


def test_socket_folder_is_closed_to_everybody_else(open_folder: Path) -> None:
    place = place_of(open_folder / "redis", user=None)
    place.__dict__["sockets"] = open_folder / "run"
    place.prepare()
    assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700


def test_socket_folder_that_is_a_link_is_refused(open_folder: Path, tmp_path: Path) -> None:
    place = place_of(open_folder / "redis", user=None)
    place.__dict__["sockets"] = open_folder / "run"
    (tmp_path / "elsewhere").mkdir()
    place.sockets.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EmbeddedError, match=r"was made by somebody else; remove it$"):
        place.prepare()


def test_folders_are_open_to_the_service_user_under_a_strict_umask(open_folder: Path) -> None:
    place = Place(open_folder / "var" / "redis")
    place.__dict__["home"] = place.base
    place.__dict__["sockets"] = open_folder / "run"
    before = os.umask(0o077)
    try:
        place.prepare()
    finally:
        os.umask(before)
    mode = stat.S_IMODE((open_folder / "var").stat().st_mode)
    assert mode == (0o755 if os.geteuid() == 0 else 0o700)


def test_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(EmbeddedError) as refused:
        place_of(tmp_path / "var" / "redis", user=None).prepare()
    assert str(refused.value) == f"Cannot make {tmp_path}/var/redis: Not a directory"


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            "initdb: error: could not write: No space left on device",
            "The disk holding {home} is full; free some space and try again.",
        ),
        (
            "FATAL: could not create lock file: Permission denied",
            "The embedded postgres may not write below {home}; check who owns it.",
        ),
        (
            "could not bind Unix address: Address already in use",
            "Another server already listens in {home}/run; stop it and try again.",
        ),
        (
            "FATAL: out of cheese\n\n",
            "The embedded postgres did not start: FATAL: out of cheese (log: {home}/server.log)",
        ),
        ("", "The embedded postgres did not start: it said nothing (log: {home}/server.log)"),
    ],
)
def test_failed_start_is_explained_in_one_sentence(output: str, sentence: str) -> None:
    place = place_of(Path("/srv/project/var/postgres"), user=None)
    error = explain("postgres", place, output)
    assert str(error) == sentence.format(home="/srv/project/var/postgres")
