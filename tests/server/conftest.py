"""What tests of servers share: a companion inside the test's process, and servers as processes, ended by their pids."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from httpeek.net.stream import sockets
from httpeek.server.app import app
from httpeek.server.connection import Served, serve
from httpeek.server.faults.choice import Choice
from httpeek.server.service import Patience, Service
from httpeek.server.wsgi import environ_facts
from tests.server.processes import Server, Start
from tests.support import LIMIT


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of the companion, which has every fault of the catalogue."""
    listener = socket.create_server(("127.0.0.1", 0))
    service = Service(
        app,
        environ_facts("test"),
        patience=Patience(linger=0.1),
        log=lambda line: None,
        fault=Choice((), 0.0, 0, True),
    )

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                served = Served(sockets.socket(fileno=sock.detach()), service)
                threading.Thread(target=serve, args=(served,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


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
