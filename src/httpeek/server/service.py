"""What every connection of a server shares: the application, limits, waits, and who is told what."""

from __future__ import annotations

import time

from httpeek import __version__
from httpeek.codec import dates
from httpeek.codec.http1.server import ServerLimits
from httpeek.model.nouns import Noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from httpeek.server.connection import Served
    from httpeek.server.faults import Chooser
    from httpeek.server.shelf import Shelf
    from httpeek.server.steps import Steps
    from httpeek.server.tls import Tls
    from httpeek.server.visible import Watch
    from httpeek.server.wsgi import Application

SERVER = f"httpeek/{__version__}".encode("ascii")


class Patience(Noun):
    """Seconds a server waits: for a whole head, for the next octets of content or for a client to take an answer, for
    another request on an idle connection, and for a client to notice that it was refused (lingering close)."""

    head: float = 30.0
    body: float = 60.0
    idle: float = 30.0
    linger: float = 2.0


class Service(Noun):
    """What every connection of a server shares.

    `facts` are environ keys of the server (SERVER_SOFTWARE, wsgi.multithread ...); `log` takes a line for the error
    log, `access` the facts of an answered request, `watch` what happens to sockets and `steps` each call; `fault` says
    which requests are answered by a fault, `tls` puts TLS under each connection, `shelf` keeps what went over each
    connection (all but `log` may be None). `loop` says that an event loop waits for clients, so that nobody else may;
    `gather` has the loop read content before the application is called; `most` bounds the requests on one connection
    (0: no bound); `timing` asks for a Server-Timing field; `closing` tells whether the server is about to end, so that
    answers say so.
    """

    application: Application
    facts: dict[str, Any]
    limits: ServerLimits = ServerLimits()
    patience: Patience = Patience()
    log: Callable[[str], None] = print
    watch: Watch | None = None
    fault: Chooser | None = None
    tls: Tls | None = None
    steps: Steps | None = None
    shelf: Shelf | None = None
    access: Callable[[Served, int, int, float], None] | None = None
    loop: bool = False
    gather: bool = False
    most: int = 0
    timing: bool = False
    closing: Callable[[], bool] = lambda: False


class Gone(OSError):
    """The client went away, was too slow, or broke its request, in the middle of an answer."""


class Clock:
    """The Date field, made once a second (RFC 9110 section 6.6.1)."""

    def __init__(self) -> None:
        self._second = 0
        self._text = self._lines = b""

    def date(self) -> bytes:
        """Now, as IMF-fixdate."""
        second = int(time.time())
        if second != self._second:
            self._text = dates.write(second).encode("ascii")
            self._lines = b"Date: %b\r\nServer: %b\r\n" % (self._text, SERVER)
            self._second = second
        return self._text

    def lines(self) -> bytes:
        """The lines of Date and Server, as they are sent."""
        self.date()
        return self._lines


CLOCK = Clock()
