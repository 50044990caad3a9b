"""Servers as processes, ended by their pids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.processes import Server, Start
from tests.support import LIMIT


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers, and ends every one of them by its pid."""
    servers: list[Server] = []

    def begin(*words: str, application: str = "") -> Server:
        servers.append(Server(tmp_path, *words, **({"application": application} if application else {})))
        return servers[-1]

    yield begin
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate(timeout=LIMIT)
