"""The wheel holds what an installation needs: code, types, completions, man page, licence."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import httpeek

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    where = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", where, ROOT],
        check=True,
        capture_output=True,
    )
    (path,) = where.glob("*.whl")
    return zipfile.ZipFile(path)


def test_completions_and_man_page_go_where_shells_and_man_look(wheel: zipfile.ZipFile) -> None:
    data = f"httpeek-{httpeek.__version__}.data/data/share/"
    names = set(wheel.namelist())
    for path in (
        "bash-completion/completions/httpeek",
        "zsh/site-functions/_httpeek",
        "fish/vendor_completions.d/httpeek.fish",
        "man/man1/httpeek.1",
    ):
        assert data + path in names


def test_types_and_licence_are_there(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "httpeek/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_version_is_stated_once(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"httpeek-{httpeek.__version__}.dist-info/METADATA").decode()
    assert f"\nVersion: {httpeek.__version__}\n" in metadata
    done = subprocess.run([sys.executable, "-m", "httpeek", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"httpeek {httpeek.__version__}\n"
