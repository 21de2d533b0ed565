"""Check what voice/llm/vllm_engine.py uses of vLLM against the official wheel's own sources.

    python scripts/check_vllm.py [--wheel FILE]

The wheel runs on CUDA only, so the adapter is not run here: every name it imports, every argument
it passes, every method it calls and every field it reads is looked up in the wheel with `ast`.
Without --wheel, pip downloads the pinned one (a third of a gigabyte) to var/vllm-wheel.
"""

import argparse
import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ADAPTER: Final = ROOT / "voice" / "llm" / "vllm_engine.py"
OBJECTS: Final = {"engine": "AsyncLLM", "output": "RequestOutput", "outputs[0]": "CompletionOutput"}
"""What the adapter's variables hold, for the methods and fields it uses of them."""

HOMES: Final = {"RequestOutput": "vllm.outputs", "CompletionOutput": "vllm.outputs"}
PLATFORM: Final = "manylinux_2_28_x86_64"


def main() -> int:
    """Check; 0 when everything the adapter uses is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wheel", type=Path)
    wheel = parser.parse_args().wheel or _download()
    with zipfile.ZipFile(wheel) as archive:
        problems = list(problems_of(ast.parse(ADAPTER.read_text(encoding="utf-8")), archive))
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    verdict = f"{len(problems)} problems" if problems else "everything is there"
    sys.stdout.write(f"{ADAPTER.name} against {wheel.name}: {verdict}\n")
    return 1 if problems else 0


def problems_of(adapter: ast.Module, wheel: zipfile.ZipFile) -> Iterator[str]:
    """A line for each thing the adapter uses that the wheel does not have."""
    library = Library(wheel)
    homes = dict(HOMES)
    for node in ast.walk(adapter):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vllm"):
            homes.update({alias.name: node.module or "" for alias in node.names})
    classes = {name: library.find(module, name) for name, module in homes.items()}
    for name, found in classes.items():
        if found is None:
            yield f"{homes[name]} has no {name}"
    known = {name: found for name, found in classes.items() if found is not None}
    for node in ast.walk(adapter):
        if isinstance(node, ast.Call):
            yield from _call_problems(node, known)
        elif isinstance(node, ast.Attribute):
            owner = _owner(node.value)
            if owner in known and node.attr not in members(known[owner]):
                yield f"line {node.lineno}: {owner} has no {node.attr}"


def _call_problems(node: ast.Call, known: dict[str, ast.ClassDef]) -> Iterator[str]:
    if isinstance(node.func, ast.Name) and node.func.id in known:
        allowed, label = arguments(known[node.func.id], "__init__"), node.func.id
    elif isinstance(node.func, ast.Attribute) and _owner(node.func.value) in known:
        owner = _owner(node.func.value)
        allowed, label = arguments(known[owner], node.func.attr), f"{owner}.{node.func.attr}"
    else:
        return
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg not in allowed:
            yield f"line {node.lineno}: {label} takes no {keyword.arg}"


def _owner(node: ast.expr) -> str:
    """The vLLM class that an expression of the adapter holds; the name itself for a class."""
    if isinstance(node, ast.Name):
        return OBJECTS.get(node.id, node.id)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        return OBJECTS.get(f"{node.value.attr}[0]", "")
    return ""


class Library:
    """The wheel's sources, by module."""

    def __init__(self, wheel: zipfile.ZipFile) -> None:
        self._wheel = wheel
        self._names = set(wheel.namelist())

    def find(self, module: str, name: str) -> ast.ClassDef | None:
        """The class `name` as `module` exports it, wherever it is defined; None if it is not."""
        tree = self._tree(module)
        if tree is None:
            return None
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name == name:
                return self._with_bases(module, node)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(a.name == name for a in node.names):
                return self.find(node.module or "", name)
        text = ast.unparse(tree)
        lazy = re.search(rf"['\"]{name}['\"]\s*:\s*['\"]\.([\w.]+):{name}['\"]", text)
        return self.find(f"{module}.{lazy[1]}", name) if lazy else None

    def _with_bases(self, module: str, node: ast.ClassDef) -> ast.ClassDef:
        """The class with what it inherits, its own first."""
        for base in node.bases:
            found = self.find(module, base.id) if isinstance(base, ast.Name) else None
            if found is not None:
                node.body.extend(found.body)
        return node

    def _tree(self, module: str) -> ast.Module | None:
        base = module.replace(".", "/")
        for path in (f"{base}.py", f"{base}/__init__.py"):
            if path in self._names:
                return ast.parse(self._wheel.read(path))
        return None


def members(found: ast.ClassDef) -> set[str]:
    """Methods, fields, enum values and what __init__ sets on self."""
    names: set[str] = set()
    for node in ast.walk(found):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            for target in targets:
                if isinstance(target, ast.Name):
                    names.add(target.id)
                elif isinstance(target, ast.Attribute):
                    names.add(target.attr)
    return names


def arguments(found: ast.ClassDef, method: str) -> set[str]:
    """What the method takes by name; a dataclass' or Struct's fields for a missing __init__."""
    for node in found.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == method:
            return {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    return {
        node.target.id
        for node in found.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def _download() -> Path:
    pinned = re.search(r"^vllm==(\S+)", (ROOT / "requirements-gpu.txt").read_text(), re.MULTILINE)
    if pinned is None:
        raise SystemExit("requirements-gpu.txt pins no vllm: run scripts/lock_models.sh.")
    folder = ROOT / "var" / "vllm-wheel"
    present = sorted(folder.glob(f"vllm-{pinned[1]}-*.whl"))
    if not present:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
                *("--platform", PLATFORM, "--implementation", "cp", "--abi", "abi3"),
                *("--dest", str(folder), f"vllm=={pinned[1]}"),
            ],
            check=True,
        )
        present = sorted(folder.glob(f"vllm-{pinned[1]}-*.whl"))
    return present[0]


if __name__ == "__main__":
    raise SystemExit(main())
