"""The pytest plugin: the fixtures `httpeek_server` and `httpeek_serve`.

It imports the server when a test asks for one, so that a run that has it installed and does not use it pays nothing.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from httpeek.server.wsgi import Application
    from httpeek.testing.server import TestServer


@pytest.fixture
def httpeek_server() -> Iterator[TestServer]:
    """A companion server on an ephemeral port: `.url`, `.requests`, `.fault("reset-in-body")`."""
    from httpeek.testing.server import TestServer

    with TestServer() as server:
        yield server


@pytest.fixture
def httpeek_serve() -> Iterator[Callable[[Application], TestServer]]:
    """A function that serves a WSGI application on an ephemeral port until the test ends."""
    from httpeek.testing.server import TestServer

    servers: list[TestServer] = []

    def start(application: Application) -> TestServer:
        servers.append(TestServer(application))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
