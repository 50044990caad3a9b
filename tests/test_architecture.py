"""The structure that ARCHITECTURE.md promises, the style tools, and the types: one command tells everything."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "httpeek"
IO_MODULES = {"socket", "_socket", "ssl", "_ssl", "select", "subprocess", "io", "tempfile", "shutil", "urllib"}


def _run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing() -> None:
    _run("ruff", "check", ".")


def test_ruff_would_change_no_formatting() -> None:
    _run("ruff", "format", "--check", ".")


def test_mypy_strict_finds_nothing() -> None:
    _run("mypy")


def test_rooms_import_in_one_direction_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted([*(SOURCE / "model").rglob("*.py"), *(SOURCE / "codec").rglob("*.py")]))
def test_model_and_codec_do_no_io(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not {alias.name.partition(".")[0] for alias in node.names} & IO_MODULES
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in IO_MODULES
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "open"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")))
def test_every_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
