"""What the tests of downloads share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.testing.server import TestServer
from tests.support import Program


@pytest.fixture
def httpeek(tmp_path: Path) -> Program:
    """httpeek in a process of its own, in a directory of its own."""
    home = tmp_path / "home"
    home.mkdir()
    return Program(home)


@pytest.fixture(scope="module")
def companion() -> Iterator[str]:
    """The URL of a companion with its faults."""
    from httpeek.server.faults.perform import Choice

    server = TestServer()
    server._service = server._service._replace(fault=Choice((), 0.0, 0, True))
    yield server.url
    server.close()
