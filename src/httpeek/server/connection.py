"""One connection, served: requests in, answers out, by the same codec as the client's.

Rules: what makes framing ambiguous is refused and the connection closed, and the refusal names the rule. A refusal
reaches a client that is still sending (lingering close, RFC 9112 section 9.6). A truncated body never reaches the
application as a complete one. 100 Continue is sent when the application first reads, and not before.
"""

from __future__ import annotations

import sys
import time
from collections import deque

from httpeek import __version__
from httpeek.codec.http1.server import ServerConnection, ServerLimits
from httpeek.model.events import OUT, Completed, Content, Failed, RequestStarted, ResponseStarted, Violation
from httpeek.model.message import ResponseHead, has
from httpeek.model.nouns import Noun
from httpeek.model.violations import rule
from httpeek.net.stream import describe, sockets
from httpeek.server.input import Input
from httpeek.server.wsgi import ApplicationError, Gateway, environ, wants_close

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from httpeek.model.events import Fact
    from httpeek.model.message import RequestHead
    from httpeek.server.wsgi import Application

PIECE = 65_536
"""Octets asked for in one receive."""
_REASONS = {
    100: b"Continue",
    400: b"Bad Request",
    408: b"Request Timeout",
    411: b"Length Required",
    413: b"Content Too Large",
    414: b"URI Too Long",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    505: b"HTTP Version Not Supported",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Patience(Noun):
    """Seconds a server waits: for the rest of a head, for the next octets of content, for another request on an
    idle connection, and for a client to notice that it was refused (lingering close)."""

    head: float = 30.0
    body: float = 60.0
    idle: float = 30.0
    linger: float = 2.0


class Service(Noun):
    """What every connection of a server shares: the application, limits, waits, environ facts, and where a line for
    the log goes."""

    application: Application
    limits: ServerLimits = ServerLimits()
    patience: Patience = Patience()
    facts: dict[str, Any] = {}  # noqa: RUF012  # a noun: read, never changed
    log: Callable[[str], None] = lambda line: None


class Gone(OSError):
    """The client went away, or was too slow, in the middle of a request."""


def http_date(moment: float) -> str:
    """A moment as IMF-fixdate, whatever the locale (RFC 9110 section 5.6.7)."""
    t = time.gmtime(moment)
    return (
        f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {_MONTHS[t.tm_mon - 1]} {t.tm_year} "
        f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} GMT"
    )


def serve(sock: sockets.socket, service: Service) -> None:
    """Serves every request of a connection and closes it. Raises nothing that a client can cause."""
    served = _Served(sock, service)
    try:
        served.all_requests()
    except (OSError, TimeoutError):
        pass
    finally:
        sock.close()


class _Served:
    """A connection while it is served; it is the `Wire` of its gateways."""

    def __init__(self, sock: sockets.socket, service: Service) -> None:
        self._socket = sock
        self._service = service
        self._codec = ServerConnection(service.limits)
        self._facts: deque[Fact] = deque()
        self._head: RequestHead | None = None
        self._body_ended = False
        self._chunked = False
        self._pending = b""  # a head that waits for the first content, so that both leave in one segment
        self._requests = 0
        self._local = describe(sock.getsockname())
        self._remote = describe(_peer(sock))

    def all_requests(self) -> None:
        """Answers requests until the connection is to be closed."""
        while self._read_head():
            self._requests += 1
            self._answer()
            if not self._codec.keep_alive:
                break
            self._drain()
            self._head = None
            self._facts.extend(self._codec.next())
        self._say_goodbye()

    # Reading

    def _read_head(self) -> bool:
        patience = self._service.patience
        self._socket.settimeout(patience.head if self._requests == 0 else patience.idle)
        started = False
        while True:
            while self._facts:
                fact = self._facts.popleft()
                if isinstance(fact, RequestStarted):
                    self._head = fact.head
                    self._body_ended = False
                    return True
                if isinstance(fact, Violation) and fact.fatal:
                    self._refuse(fact)
                    return False
                if isinstance(fact, Failed):
                    return False
            try:
                data = self._socket.recv(PIECE)
            except TimeoutError:
                if started:
                    self._plain(408, "the head of the request did not arrive in time")
                return False
            if data and not started:
                started = True
                self._socket.settimeout(patience.head)
            self._facts.extend(self._codec.receive(data))
            if not data and not self._facts:
                return False

    def _pull(self) -> bytes:
        """The next content of the request, b"" at its end (see `Input`)."""
        if self._body_ended:
            return b""
        if self._codec.needs_continue:
            self.interim(100, b"Continue", [])
        self._socket.settimeout(self._service.patience.body)
        while True:
            while self._facts:
                fact = self._facts.popleft()
                if isinstance(fact, Content):
                    return fact.data
                if isinstance(fact, Completed):
                    self._body_ended = True
                    return b""
                if isinstance(fact, Failed) or (isinstance(fact, Violation) and fact.fatal):
                    self._facts.appendleft(fact)
                    raise Gone("the content of the request is broken")
            try:
                data = self._socket.recv(PIECE)
            except TimeoutError:
                raise Gone("the content of the request did not arrive in time") from None
            self._facts.extend(self._codec.receive(data))
            if not data and not self._facts:
                raise Gone("the client went away")

    def _drain(self) -> None:
        """Reads what the application left of the content, so that the next request can be found."""
        while self._pull():
            pass

    # Answering

    def _answer(self) -> None:
        head = self._head
        if head is None:
            return
        gateway = Gateway(self, head.method)
        made = environ(head, Input(self._pull), self._connection_facts())
        made["httpeek.interim"] = self.interim
        try:
            gateway.run(self._service.application, made)
            self._tell_lengths(gateway)
        except Gone as error:
            self._codec.keep_alive = False
            broken = next((f for f in self._facts if isinstance(f, Violation) and f.fatal), None)
            if broken is not None and not gateway.started:
                self._refuse(broken)
            elif not gateway.started and "in time" in str(error):
                self._plain(408, str(error))
        except ApplicationError as error:
            self._application_failed(gateway, str(error))
        except OSError:
            raise
        except Exception as error:
            self._log_traceback()
            self._application_failed(gateway, f"{type(error).__name__} in the application")

    def _connection_facts(self) -> dict[str, Any]:
        host, _, port = self._local.rpartition(":")
        peer, _, peer_port = self._remote.rpartition(":")
        return {
            "SERVER_NAME": host.strip("[]"),
            "SERVER_PORT": port,
            "REMOTE_ADDR": peer.strip("[]"),
            "REMOTE_PORT": peer_port,
            "SERVER_SOFTWARE": f"httpeek/{__version__}",
            "wsgi.url_scheme": "http",
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "httpeek.connection": {
                "fd": self._socket.fileno(),
                "local": self._local,
                "remote": self._remote,
                "requests": self._requests,
            },
            **self._service.facts,
        }

    def _tell_lengths(self, gateway: Gateway) -> None:
        if gateway.surplus:
            self._service.log(
                f"the application gave {gateway.surplus} octets more than its Content-Length: they were cut"
            )
        if gateway.missing:
            self._codec.keep_alive = False
            self._service.log(f"the application gave {gateway.missing} octets less than its Content-Length: closing")

    def _application_failed(self, gateway: Gateway, why: str) -> None:
        self._service.log(why)
        self._codec.keep_alive = False
        if not gateway.started:
            self._plain(500, "the application failed; the server's log says why")

    def _log_traceback(self) -> None:
        import traceback

        self._service.log("".join(traceback.format_exception(*sys.exc_info())).rstrip())

    def begin(self, status: int, reason: bytes, fields: list[tuple[bytes, bytes]], known: int | None) -> None:
        """See `Wire.begin`: adds Date, Server and the framing that the application left to the server."""
        head = self._head
        given = tuple(fields)
        added = []
        if not has(given, b"date"):
            added.append((b"Date", http_date(time.time()).encode("ascii")))
        if not has(given, b"server"):
            added.append((b"Server", f"httpeek/{__version__}".encode("ascii")))
        bodyless = status in (204, 304) or status < 200
        if not bodyless and not has(given, b"content-length"):
            if known is not None:
                fields = [*fields, (b"Content-Length", str(known).encode("ascii"))]
            elif head is not None and head.version == b"HTTP/1.0":
                self._codec.keep_alive = False
            else:
                fields = [*fields, (b"Transfer-Encoding", b"chunked")]
        self._chunked = fields[-1:] == [(b"Transfer-Encoding", b"chunked")]
        if wants_close(given):
            self._codec.keep_alive = False
        if not self._codec.keep_alive:
            fields = [*fields, (b"Connection", b"close")]
        elif head is not None and head.version == b"HTTP/1.0":
            fields = [*fields, (b"Connection", b"keep-alive")]
        made = ResponseHead(b"HTTP/1.1", status, reason, (*added, *fields))
        self._pending = self._codec.send(ResponseStarted(made))

    def write(self, data: bytes) -> None:
        """See `Wire.write`."""
        octets = self._pending + self._codec.send(Content(OUT, 0, data))
        self._pending = b""
        self._socket.settimeout(self._service.patience.body)
        _send_all(self._socket, octets)

    def finish(self) -> None:
        """See `Wire.finish`."""
        octets = self._pending + self._codec.send(Completed(OUT, 0))
        self._pending = b""
        if octets:
            _send_all(self._socket, octets)

    def interim(self, status: int, reason: bytes, fields: list[tuple[bytes, bytes]]) -> None:
        """See `Wire.interim`."""
        head = ResponseHead(b"HTTP/1.1", status, reason, tuple(fields))
        _send_all(self._socket, self._codec.send(ResponseStarted(head)))

    def _refuse(self, violation: Violation) -> None:
        broken = rule(violation.id)
        detail = violation.detail or broken.sentence
        self._service.log(f"refused {self._remote}: byte {violation.offset}: {_visible(detail)} [{violation.id}]")
        text = f"byte {violation.offset}: {_visible(detail)} ({broken.source}) [{violation.id}]"
        self._plain(broken.server or 400, text)

    def _plain(self, status: int, text: str) -> None:
        """An answer of the server's own, after which the connection closes."""
        content = (text + "\n").encode("ascii", "replace")
        fields = (
            (b"Date", http_date(time.time()).encode("ascii")),
            (b"Server", f"httpeek/{__version__}".encode("ascii")),
            (b"Content-Type", b"text/plain; charset=us-ascii"),
            (b"Content-Length", str(len(content)).encode("ascii")),
            (b"Connection", b"close"),
        )
        head = b"HTTP/1.1 %d %s\r\n" % (status, _REASONS[status])
        head += b"".join(name + b": " + value + b"\r\n" for name, value in fields) + b"\r\n"
        if self._head is not None and self._head.method == b"HEAD":
            content = b""
        _send_all(self._socket, head + content)
        self._codec.keep_alive = False

    def _say_goodbye(self) -> None:
        """Lingering close: our half ends, then what still arrives is dropped for a short while, so that a reset
        does not take the answer away from a client that is still sending (RFC 9112 section 9.6)."""
        try:
            self._socket.shutdown(sockets.SHUT_WR)
            end = time.monotonic() + self._service.patience.linger
            while (left := end - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(PIECE):
                    break
        except OSError:
            pass


def _peer(sock: sockets.socket) -> object:
    try:
        return sock.getpeername()
    except OSError:
        return ("", 0)


def _send_all(sock: sockets.socket, octets: bytes) -> None:
    sock.sendall(octets)


def _visible(text: str) -> str:
    return "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in text)
