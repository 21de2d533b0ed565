"""The set-up scripts: what they say when something is missing, and what they leave alone."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project with nothing but its set-up scripts."""
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """All there is on PATH: the shell's own tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def setup() -> ModuleType:
    """scripts/setup.py as a module."""
    spec = importlib.util.spec_from_file_location("project_setup", ROOT / "scripts" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_setup(clone: Path, programs: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sh", "scripts/setup.sh", *words],
        cwd=clone,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


def put_program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_python_that_is_too_old_is_named_with_what_to_do(clone: Path, programs: Path) -> None:
    put_program(programs, "python3", "echo 3.9")
    done = run_setup(clone, programs)
    assert done.returncode == 1
    assert done.stderr == (
        "setup: Python 3.11 or 3.12 is needed, but python3 is 3.9; "
        "install one, or name it: PYTHON=/path/to/python3.11 make ...\n"
    )


def test_python_that_fits_is_taken_before_the_default_one(clone: Path, programs: Path) -> None:
    put_program(programs, "python3", "echo 3.9")
    put_program(programs, "python3.12", '[ "$1" = -c ] && echo 3.12 || echo "runs $*"')
    assert run_setup(clone, programs, "models").stdout == "runs scripts/setup.py models\n"


def test_missing_python_is_said(clone: Path, programs: Path) -> None:
    done = run_setup(clone, programs)
    assert done.returncode == 1
    assert done.stderr == (
        "setup: no python3 on PATH. Install Python 3.11 or 3.12, "
        "on Debian 12 with: apt-get install python3\n"
    )


def test_unknown_step_is_refused_before_anything_is_done(clone: Path, programs: Path) -> None:
    (programs / "python3").symlink_to(os.path.realpath(sys.executable))
    done = run_setup(clone, programs, "everything")
    assert done.returncode == 1
    assert done.stderr == (
        'setup: unknown step everything; there are ["front-end", "models", "browser"]\n'
    )
    assert not (clone / "var").exists()


def test_missing_package_without_apt_is_said(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(setup.SetupError) as refused:
        setup.install_debian("python3-venv")
    assert str(refused.value) == (
        "python3-venv is missing and there is no apt-get here; install it by hand"
    )


def test_missing_rights_to_install_are_said(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, programs: Path
) -> None:
    put_program(programs, "apt-get", "exit 0")
    put_program(programs, "sudo", "exit 1")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(setup.SetupError) as refused:
        setup.install_debian("python3-venv")
    assert str(refused.value) == (
        "python3-venv is missing and needs root to install; run: sudo apt-get install python3-venv"
    )


def test_package_lists_are_fetched_when_the_package_is_unknown(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, programs: Path, tmp_path: Path
) -> None:
    lists = tmp_path / "lists"
    put_program(
        programs,
        "apt-get",
        f'[ "$1" = update ] && echo new > {lists}; read _ < {lists} || exit 100',
    )
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    setup.install_debian("python3-venv")
    assert lists.exists()


def test_node_that_is_too_old_gives_way_to_the_packaged_one(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, programs: Path
) -> None:
    put_program(programs, "npm", "exit 0")
    monkeypatch.setenv("PATH", str(programs))
    put_program(programs, "node", "echo v18.19.0")
    assert setup.node_tools() == ROOT / ".venv" / "bin"
    put_program(programs, "node", "echo v20.11.1")
    assert setup.node_tools() == programs


def test_failed_command_is_named_with_its_likely_cause(setup: ModuleType) -> None:
    with pytest.raises(setup.SetupError) as failed:
        setup.run("sh", "-c", "exit 3", "ignored", "left out", why_it_may_fail="is it plugged in?")
    assert str(failed.value) == "`sh -c exit 3 ignored …` failed: is it plugged in?"


def test_step_is_done_again_only_when_its_input_changed(setup: ModuleType, tmp_path: Path) -> None:
    lock, stamp = tmp_path / "lock.txt", tmp_path / "stamp"
    lock.write_text("django==5.2.19\n")
    assert setup.is_current(stamp, setup.fingerprint(lock)) is False
    stamp.write_text(setup.fingerprint(lock))
    assert setup.is_current(stamp, setup.fingerprint(lock)) is True
    lock.write_text("django==5.2.20\n")
    assert setup.is_current(stamp, setup.fingerprint(lock)) is False


def test_no_lock_records_where_packages_come_from() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-bootstrap.txt"):
        assert "://" not in (ROOT / name).read_text()
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
