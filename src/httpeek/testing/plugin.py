"""The pytest plugin: the fixtures `httpeek_server` and `httpeek_serve`, and `*.hurl` files as tests.

It imports the server when a test asks for one, and what reads and runs files of checks when there is such a file, so
that a run that has it installed and does not use it pays nothing.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from httpeek.server.wsgi import Application
    from httpeek.testing.server import TestServer


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; what they mean is in docs/ci.md."""
    group = parser.getgroup("httpeek", "checks in *.hurl files")
    group.addoption(
        "--httpeek-variable",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable of *.hurl files (may be repeated)",
    )
    parser.addini("httpeek_variables", "variables of *.hurl files, a NAME=VALUE a line", "linelist", [])
    parser.addini("httpeek_collect", "whether *.hurl files are tests", "bool", True)


def pytest_configure(config: pytest.Config) -> None:
    """A variable that cannot be read ends the run before it begins, and not test by test. Raises pytest.UsageError."""
    if config.getoption("httpeek_variable") or config.getini("httpeek_variables"):
        from httpeek.testing.collected import given

        given(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A `*.hurl` file is a collector of its entries."""
    if file_path.suffix != ".hurl" or not parent.config.getini("httpeek_collect"):
        return None
    from httpeek.testing.collected import HurlFile

    return HurlFile.from_parent(parent, path=file_path)


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
