"""The GPU lock: it resolves, names what we built for, and agrees with the web's lock."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT_FOR = {
    "vllm": "0.32.0",
    "nemo-toolkit": "3.0.0",
    "kokoro": "0.9.4",
    "torch": "2.13.0",
    "django": "5.2.19",
}


def _pins(path: Path) -> dict[str, str]:
    """Name to version of a lock, those for another Python or system left out."""
    pins: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        found = re.match(r"([a-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)\s*(?:;\s*(.*?))?\s*\\?$", line)
        if found and not re.search(r">= '3.1[2-9]'|'none'|win32", found[3] or ""):
            pins[found[1]] = found[2]
    return pins


def test_gpu_lock_resolves_without_a_download(tmp_path: Path) -> None:
    out = tmp_path / "requirements-gpu.txt"
    done = subprocess.run(
        [
            *(str(ROOT / ".venv" / "bin" / "uv"), "pip", "compile", "requirements-gpu.in"),
            *("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28"),
            *("--constraint", "requirements-gpu.txt", "--no-header", "-o", str(out)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert _pins(out) == _pins(ROOT / "requirements-gpu.txt")


def test_gpu_lock_names_what_the_engines_were_built_for() -> None:
    pins = _pins(ROOT / "requirements-gpu.txt")

    assert {name: pins[name] for name in BUILT_FOR} == BUILT_FOR


def test_gpu_pod_and_web_run_the_same_versions() -> None:
    web, pod = _pins(ROOT / "requirements.txt"), _pins(ROOT / "requirements-gpu.txt")

    assert {name: pod[name] for name in web if name in pod} == {
        name: version for name, version in web.items() if name in pod
    }
    assert len(web.keys() & pod.keys()) > 90
