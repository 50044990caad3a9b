"""The companion inside this process: what answers a URL that begins with "/".

A listening socket on an ephemeral loopback port and one thread that serves it, connection by connection, each in a
thread of its own so that a kept-alive connection does not hold up the next. The threads are daemons by
nature (`_thread`): they end with the process.
"""

from __future__ import annotations

from _thread import start_new_thread

from httpeek.net.stream import sockets
from httpeek.server.app import app
from httpeek.server.connection import Served, serve
from httpeek.server.faults.choice import Choice
from httpeek.server.listen import accept, listen
from httpeek.server.service import Service
from httpeek.server.wsgi import environ_facts


class Embedded:
    """A running companion. `address` is where it listens: "127.0.0.1:41873"."""

    def __init__(self) -> None:
        self._listener = listen("127.0.0.1", 0)
        self.host, self.port = self._listener.getsockname()[:2]
        self.address = f"{self.host}:{self.port}"
        service = Service(app, environ_facts("embedded", multithread=True), log=_unsaid, fault=Choice((), 0.0, 0, True))
        start_new_thread(_accept, (self._listener, service))

    def close(self) -> None:
        """Listens no more; connections that are open go on."""
        try:
            self._listener.shutdown(sockets.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()


def _unsaid(line: str) -> None:
    """The embedded companion has no log: the client's side tells what went wrong."""


def _accept(listener: sockets.socket, service: Service) -> None:
    while True:
        try:
            sock, remote = accept(listener)
        except OSError:
            return
        start_new_thread(serve, (Served(sock, service, remote),))
