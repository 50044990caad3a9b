"""A companion, or any WSGI application, on an ephemeral port, for the length of a test."""

from __future__ import annotations

from _thread import start_new_thread

from httpeek.net.stream import sockets
from httpeek.server.connection import Served, serve
from httpeek.server.faults.catalogue import fault as row_of
from httpeek.server.listen import accept, listen
from httpeek.server.service import Patience, Service
from httpeek.server.shelf import Memory
from httpeek.server.wsgi import environ_facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from httpeek.api import Exchange
    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Fault
    from httpeek.server.wsgi import Application


class TestServer:
    """A running server. `url` is where it is ("http://127.0.0.1:41873"), `log` what it said.

    `requests` are the exchanges so far, as `httpeek.request` gives them; `fault(name)` has the next request (or so
    many of them, or all with None) answered by a fault of the catalogue. `close` ends it.
    """

    __test__ = False  # pytest: this is no test class

    def __init__(self, application: Application | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        if application is None:
            from httpeek.server.app import app

            application = app
        self.log: list[str] = []
        self._shelf = Memory()
        self._faults: list[Fault] = []
        self._always: Fault | None = None
        self._listener = listen(host, port)
        self.host, self.port = self._listener.getsockname()[:2]
        self.address = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        self.url = f"http://{self.address}"
        self._service = Service(
            application,
            environ_facts("test", multithread=True),
            patience=Patience(linger=0.2),
            log=self.log.append,
            fault=_Chosen(self),
            shelf=self._shelf,
        )
        start_new_thread(self._accept, ())

    @property
    def requests(self) -> list[Exchange]:
        """Every exchange so far, oldest first, at most the last hundred."""
        from httpeek.api import exchanges

        return [exchange for tape in self._shelf.tapes() for exchange in exchanges(tape.events())]

    def fault(self, name: str, times: int | None = 1) -> None:
        """Answers the next `times` requests with a fault, or all of them with None.

        Raises KeyError for a name that is not in the catalogue (`httpeek faults` lists it).
        """
        row = row_of(name)
        if row is None:
            raise KeyError(name)
        if times is None:
            self._always = row
        else:
            self._faults += [row] * times

    def well(self) -> None:
        """No more faults."""
        self._always = None
        self._faults.clear()

    def next_fault(self, head: RequestHead) -> Fault | None:
        """The fault for a request; the server asks."""
        if head.target.startswith(b"/fault/"):
            return row_of(head.target[7:].partition(b"?")[0].decode("latin-1"))
        return self._faults.pop(0) if self._faults else self._always

    def close(self) -> None:
        """Takes no more connections; may be called twice."""
        try:
            self._listener.shutdown(sockets.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def __enter__(self) -> TestServer:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, remote = accept(self._listener)
            except OSError:
                return
            start_new_thread(serve, (Served(sock, self._service, remote),))


class _Chosen:
    """What decides about faults, for the service: the test does."""

    def __init__(self, server: TestServer) -> None:
        self._server = server

    def __call__(self, head: RequestHead) -> Fault | None:
        return self._server.next_fault(head)

    def secure(self, name: str) -> Fault | None:
        """None: connections have no TLS here; a fault of TLS is a redirect to where it waits."""
        return None

    def skip(self) -> None:
        """Nothing is decided by a row of chances here."""
