"""What the tests of downloads share."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from httpeek.cli.main import run
from httpeek.testing.server import TestServer
from tests.support import Program, Result, environment


@pytest.fixture
def httpeek(tmp_path: Path) -> Program:
    """httpeek in a process of its own, in a directory of its own."""
    home = tmp_path / "home"
    home.mkdir()
    return Program(home)


@pytest.fixture(scope="module")
def companion() -> Iterator[str]:
    """The URL of a companion with its faults."""
    from httpeek.server.faults.choice import Choice

    server = TestServer()
    server._service = server._service._replace(fault=Choice((), 0.0, 0, True))
    yield server.url
    server.close()


class Quick:
    """httpeek in this process, in a directory of its own: for the many cases where no process has to be killed."""

    def __init__(self, home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self.home = home
        self._capture = capfdbinary

    def __call__(self, *words: str, env: Mapping[str, str] | None = None) -> Result:
        """Runs a download: the words behind `httpeek download`."""
        code = run(
            ["download", "--retry-delay=0", *words], environment(self.home, {"HTTPEEK_DEBUG": "1", **(env or {})})
        )
        sys.stdout.flush()
        out, err = self._capture.readouterr()
        return Result(code, out, err.decode("utf-8", "backslashreplace"))

    def names(self) -> list[str]:
        """What is in the directory."""
        return sorted(path.name for path in self.home.iterdir() if path.name != "state")


@pytest.fixture
def download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Quick:
    """`httpeek download` in an empty directory."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    return Quick(home, capfdbinary)
