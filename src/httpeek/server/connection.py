"""One connection, served: requests in, answers out, by the same codec as the client's.

Rules:
- What makes framing ambiguous is refused and the connection closed, and the refusal names the rule. A refusal reaches a
  client that is still sending (lingering close, RFC 9112 section 9.6).
- A truncated body never reaches the application as a complete one. 100 Continue is sent when the application first
  reads, and not before.
- The socket never blocks. A model either drives a connection from its event loop (`advance`, and `answer` when there
  is a request) or waits on it here (`serve`). Where the loop must not wait for content, `Service.gather` has it read
  before the application is called.
"""

from __future__ import annotations

import os
import select
import sys
import time

from httpeek import __version__
from httpeek.codec.http1.server import ServerConnection, ServerLimits
from httpeek.model.events import OUT, Completed, Content, RequestStarted, ResponseStarted, Trailers, Violation
from httpeek.model.message import ResponseHead
from httpeek.model.nouns import Noun
from httpeek.model.violations import rule
from httpeek.net.stream import describe, sockets
from httpeek.server.input import Input
from httpeek.server.wsgi import ApplicationError, Gateway, environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from httpeek.model.events import Fact
    from httpeek.model.message import RequestHead
    from httpeek.server.faults import Chooser, Fault
    from httpeek.server.tape import Shelf, Tape
    from httpeek.server.visible import Watch
    from httpeek.server.wsgi import Application, Environ

    Fields = list[tuple[bytes, bytes]]

PIECE = 65_536
"""Octets asked for in one receive."""
GATHERED = 1024 * 1024
"""Octets of content that are gathered in memory; what is longer goes to a temporary file."""
MORE, READY, CLOSE = range(3)
"""What `advance` and `answer` say: wait for the descriptor, a request is in hand, the connection is over."""

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
_SERVER = f"httpeek/{__version__}".encode("ascii")


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
    log, `access` the facts of an answered request and `watch` what happens to sockets; `fault` says which requests are
    answered by a fault, `shelf` keeps what went over each connection (all but `log` may be None). `gather` has content
    read before the application is called; `most` bounds the requests on one connection (0: no bound); `closing` tells
    whether the server is about to end, so that answers say so.
    """

    application: Application
    facts: dict[str, Any]
    limits: ServerLimits = ServerLimits()
    patience: Patience = Patience()
    log: Callable[[str], None] = print
    watch: Watch | None = None
    fault: Chooser | None = None
    shelf: Shelf | None = None
    access: Callable[[Served, int, int, float], None] | None = None
    gather: bool = False
    most: int = 0
    closing: Callable[[], bool] = lambda: False


class Gone(OSError):
    """The client went away, was too slow, or broke its request, in the middle of an answer."""


class _Clock:
    """The Date field, made once a second (RFC 9110 section 6.6.1)."""

    def __init__(self) -> None:
        self._second = 0
        self._text = self._lines = b""

    def date(self) -> bytes:
        """Now, as IMF-fixdate."""
        second = int(time.time())
        if second != self._second:
            self._text = http_date(second).encode("ascii")
            self._lines = b"Date: %b\r\nServer: %b\r\n" % (self._text, _SERVER)
            self._second = second
        return self._text

    def lines(self) -> bytes:
        """The lines of Date and Server, as they are sent."""
        self.date()
        return self._lines


_CLOCK = _Clock()


def http_date(moment: float) -> str:
    """A moment as IMF-fixdate, whatever the locale (RFC 9110 section 5.6.7)."""
    t = time.gmtime(moment)
    return (
        f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {_MONTHS[t.tm_mon - 1]} {t.tm_year} "
        f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} GMT"
    )


def serve(served: Served) -> None:
    """Serves every request of a connection, waiting where it has to, and closes it. Raises nothing that a client can
    cause. (The models single and fork, and the embedded companion.)"""
    try:
        state = MORE
        while state != CLOSE:
            if state == READY:
                state = served.answer()
                continue
            if served.requests and served.idle and served.service.closing():
                break
            if not served.wait(select.POLLIN, served.deadline - time.monotonic()):
                served.expire()
                break
            state = served.advance()
        served.linger()
    except OSError:
        pass
    finally:
        served.close()


class Served:
    """A connection while it is served; it is the `Wire` of its gateways.

    `deadline` is the monotonic moment at which waiting for the client ends (then `expire` is called); `requests`
    counts those begun; `unsent` is True while octets of an answer wait for the client to take them.
    """

    def __init__(self, sock: sockets.socket, service: Service, remote: object = None) -> None:
        sock.setblocking(False)
        self.socket = sock
        self.fd = sock.fileno()
        self.service = service
        self.codec = ServerConnection(service.limits)
        self.head: RequestHead | None = None
        self.requests = 0
        self.closed = False
        self.local = describe(_name(sock.getsockname))
        self.remote = describe(remote if remote is not None else _name(sock.getpeername))
        self.deadline = time.monotonic() + service.patience.head
        self.copy = "last copy"  # what a close means where processes share the socket
        if service.watch is not None:
            service.watch.accepted(sock, self.local, self.remote)
        self._base = self._environ_base()
        self._facts: list[Fact] = []
        self._content: Gathered | None = None
        self._body_ended = False
        self._refusal: Violation | None = None
        self.lingering = False
        self.abandoned = False  # a fault asked for RST: no lingering
        self._pending = b""  # a head that waits for the first content, so that both leave in one segment
        self._out: list[bytes] = []  # octets that the client has not taken yet
        self._status = 0
        self._sent = 0
        self._begun = 0.0
        self._trailers: Fields = []
        self.tape: Tape | None = None
        if service.shelf is not None:
            self._begin_tape()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self.fd

    @property
    def unsent(self) -> bool:
        """See the class."""
        return bool(self._out)

    @property
    def idle(self) -> bool:
        """True between requests: nothing is lost when the connection closes now."""
        return self.head is None and not self._out and not self.codec.waiting

    @property
    def clean(self) -> bool:
        """True when the client has nothing on its way that a close would answer with a reset."""
        return self._body_ended and not self.codec.waiting and not self.codec.refused and not self.lingering

    def hurry(self) -> None:
        """The server is about to end: an idle connection ends now, for its client and for whoever waits on it here;
        may be called from a signal handler."""
        if self.idle:
            try:
                self.socket.shutdown(sockets.SHUT_RDWR)
            except OSError:
                pass

    def wait(self, events: int, seconds: float) -> bool:
        """Waits for the descriptor; False when `seconds` have passed."""
        poll = select.poll()
        poll.register(self.fd, events)
        return bool(poll.poll(max(0, int(seconds * 1000) + 1)))

    def close(self) -> None:
        """Closes the socket, and what content was kept in a file."""
        if self._content is not None:
            self._content.close()
            self._content = None
        if self.tape is not None and self.tape.request and self.service.shelf is not None:
            self.service.shelf.keep(self.tape)  # a request that was refused, or never whole
            self.tape = None
        self.socket.close()
        watch = self.service.watch
        if watch is not None and not self.closed:
            watch.closed(self.fd, self.local, self.remote, f"{self.copy}: FIN sent")
        self.closed = True

    # Reading

    def advance(self) -> int:
        """Takes what has arrived. READY: call `answer`. MORE: wait. CLOSE: the connection is over; the octets of a
        refusal may wait to be sent."""
        try:
            data = self.socket.recv(PIECE)
        except BlockingIOError:
            return MORE
        except OSError:
            return CLOSE
        if self.lingering:
            return MORE if data else CLOSE
        if self.tape is not None:
            self.tape.heard(data)
        if data and self.idle:
            self.deadline = time.monotonic() + self.service.patience.head
        facts = self.codec.receive(data)
        return self._take(facts, not data)

    def _take(self, facts: list[Fact], ended: bool) -> int:
        if self._facts:
            facts = self._facts + facts
        for index, fact in enumerate(facts):
            if isinstance(fact, RequestStarted):
                self.head = fact.head
                self._body_ended = False
            elif isinstance(fact, Completed):
                self._body_ended = True
            elif isinstance(fact, Content):
                if not self.service.gather:
                    self._facts = facts[index:]
                    return READY
                if self._content is None:
                    self._content = Gathered()
                self._content.add(fact.data)
                self.deadline = time.monotonic() + self.service.patience.body
            elif isinstance(fact, Violation) and fact.fatal:
                self._refuse(fact)
                return CLOSE
        self._facts = []
        if self.head is None:
            return CLOSE if ended else MORE
        if self._body_ended or not self.service.gather or self.codec.needs_continue:
            return READY
        return CLOSE if ended else MORE

    def _pull(self) -> bytes:
        """The next content of the request, b"" at its end (see `Input`). Raises Gone."""
        if self._content is not None:
            data = self._content.read()
            if data or self._body_ended:
                return data
        while True:
            while self._facts:
                fact = self._facts.pop(0)
                if isinstance(fact, Content):
                    return fact.data
                if isinstance(fact, Completed):
                    self._body_ended = True
                elif isinstance(fact, Violation) and fact.fatal:
                    self._refusal = fact
                    raise Gone("the content of the request is broken")
            if self._body_ended:
                return b""
            if self.codec.needs_continue:
                self.interim(100, b"Continue", [])
            if not self.wait(select.POLLIN, self.service.patience.body):
                raise Gone("the content of the request did not arrive in time")
            try:
                data = self.socket.recv(PIECE)
            except BlockingIOError:
                continue
            except OSError:
                raise Gone("the client went away") from None
            if self.tape is not None:
                self.tape.heard(data)
            self._facts += self.codec.receive(data)
            if not data and not self._facts:
                raise Gone("the client went away")

    def _begin_tape(self, octets: bytes = b"") -> None:
        from httpeek.server.tape import Tape

        self.tape = Tape(self.local, self.remote, self.fd, self.requests)
        if octets:
            self.tape.heard(octets)

    def _end_tape(self) -> None:
        """The exchange is over: its tape goes on the shelf, and what arrived behind its request on the next tape."""
        tape, shelf = self.tape, self.service.shelf
        if tape is None or shelf is None:
            return
        behind = self.codec.received - self.codec.read
        ahead = tape.cut(behind)
        shelf.keep(tape)
        self._begin_tape(ahead)

    # Answering

    def answer(self) -> int:
        """Calls the application for the request in hand and sends what it answers. READY: the next request is in hand
        already. MORE: wait for one (or, while `unsent`, for the client to take octets). CLOSE: it is over."""
        head = self.head
        assert head is not None
        self.requests += 1
        self._begun = time.monotonic()
        self._status = self._sent = 0
        codec, service = self.codec, self.service
        if service.closing() or (service.most and self.requests >= service.most):
            codec.keep_alive = False
        if self.tape is not None and service.shelf is not None:
            service.shelf.begin(self.tape)
        row = service.fault(head) if service.fault is not None else None
        if row is None:
            self._call(head)
        else:
            self._misbehave(row, head)
        if service.access is not None:
            service.access(self, self._status, self._sent, time.monotonic() - self._begun)
        if self._content is not None:
            self._content.close()
            self._content = None
        if self.tape is not None:
            self._end_tape()
        if not codec.keep_alive:
            self._flush(block=not service.gather)
            return CLOSE
        if not self._body_ended and not self._skip_content():
            return CLOSE
        self._flush(block=not service.gather)
        self.head = None
        self.deadline = time.monotonic() + service.patience.idle
        return self._take(codec.next(), False)

    def _misbehave(self, row: Fault, head: RequestHead) -> None:
        """Answers with a fault of the catalogue, at the stream."""
        from httpeek.server.faults.perform import perform

        try:
            if not perform(row, self, head):
                self.codec.keep_alive = False
        except OSError:
            self.codec.keep_alive = False

    def put(self, octets: bytes) -> None:
        """Sends octets as they are, for a fault. Raises Gone."""
        self._sent += len(octets)
        self._send(octets)
        self._flush(block=True)

    def hold(self) -> None:
        """Says nothing more: the connection stays open until the client closes it, or patience ends."""
        self.lingering = True
        self.codec.keep_alive = False
        self.deadline = time.monotonic() + self.service.patience.body

    def _call(self, head: RequestHead) -> None:
        gateway = Gateway(self, head.method)
        try:
            gateway.run(self.service.application, self._environ(head))
            self._tell_lengths(gateway)
        except Gone as error:
            self.codec.keep_alive = False
            if gateway.started:
                return
            if self._refusal is not None:
                self._refuse(self._refusal)
            elif "in time" in str(error):
                self._plain(408, str(error))
        except ApplicationError as error:
            self._application_failed(gateway, str(error))
        except Exception as error:
            self._log_traceback()
            self._application_failed(gateway, f"{type(error).__name__} in the application")

    def _skip_content(self) -> bool:
        """Reads what the application left of the content, so that the next request can be found; False where that
        would be long: 100 GB are not read to say goodbye."""
        left = GATHERED
        try:
            while left > 0:
                data = self._pull()
                if not data:
                    return True
                left -= len(data)
        except Gone:
            pass
        return False

    def _environ_base(self) -> Environ:
        host, _, port = self.local.rpartition(":")
        peer, _, peer_port = self.remote.rpartition(":")
        return {
            "SERVER_NAME": host.strip("[]") or "localhost",
            "SERVER_PORT": port,
            "REMOTE_ADDR": peer.strip("[]"),
            "REMOTE_PORT": peer_port,
            "wsgi.url_scheme": "http",
            **self.service.facts,
        }

    def _environ(self, head: RequestHead) -> Environ:
        made = environ(head, Input(self._pull), self._base)
        made["httpeek.interim"] = self.interim
        made["httpeek.trailers"] = self.trailers
        made["httpeek.connection"] = self.describe
        if self.tape is not None and self.service.shelf is not None:
            made["httpeek.requests"] = self.service.shelf.summaries
            made["httpeek.request_octets"] = self.tape.octets
        return made

    def describe(self) -> dict[str, Any]:
        """What is known of this connection, for `GET /socket`."""
        from httpeek.server.visible import tcp_info

        facts = self.service.facts
        return {
            "fd": self.fd,
            "local": self.local,
            "remote": self.remote,
            "requests": self.requests,
            "pid": os.getpid(),
            "ppid": os.getppid(),
            "model": facts.get("httpeek.model"),
            "worker": facts.get("httpeek.worker"),
            "tcp_info": tcp_info(self.socket),
        }

    def _tell_lengths(self, gateway: Gateway) -> None:
        if gateway.surplus:
            self.service.log(
                f"the application gave {gateway.surplus} octets more than its Content-Length: they were cut"
            )
        if gateway.missing:
            self.codec.keep_alive = False
            self.service.log(f"the application gave {gateway.missing} octets less than its Content-Length: closing")

    def _application_failed(self, gateway: Gateway, why: str) -> None:
        self.service.log(why)
        self.codec.keep_alive = False
        if not gateway.started:
            self._plain(500, "the application failed; the server's log says why")

    def _log_traceback(self) -> None:
        import traceback

        self.service.log("".join(traceback.format_exception(*sys.exc_info())).rstrip())

    # The wire of a gateway

    def begin(self, status: int, reason: bytes, fields: Fields, known: int | None) -> None:
        """See `Wire.begin`: adds Date, Server and the framing that the application left to the server."""
        head, codec = self.head, self.codec
        assert head is not None
        names = {name.lower() for name, _ in fields}
        made = self._own_fields(names) + fields
        modern = head.version != b"HTTP/1.0"
        if b"content-length" not in names and status not in (204, 304) and status >= 200:
            if known is not None:
                made.append((b"Content-Length", b"%d" % known))
            elif modern:
                made.append((b"Transfer-Encoding", b"chunked"))
            else:
                codec.keep_alive = False
        if not codec.keep_alive:
            made.append((b"Connection", b"close"))
        elif not modern:
            made.append((b"Connection", b"keep-alive"))
        self._status = status
        self._trailers = []
        self._pending = codec.send(ResponseStarted(ResponseHead(b"HTTP/1.1", status, reason, tuple(made))))

    def write(self, data: bytes) -> None:
        """See `Wire.write`."""
        octets = self._pending + self.codec.send(Content(OUT, 0, data))
        self._pending = b""
        self._sent += len(data)
        self._send(octets)

    def finish(self) -> None:
        """See `Wire.finish`."""
        octets = self._pending
        self._pending = b""
        if self._trailers:
            octets += self.codec.send(Trailers(OUT, tuple(self._trailers)))
        octets += self.codec.send(Completed(OUT, self._sent))
        if octets:
            self._send(octets)

    def whole(self, status: int, reason: bytes, fields: Fields, data: bytes) -> None:
        """See `Wire.whole`. The usual answer, made without the codec: its content and length are known."""
        head = self.head
        if head is None or head.version == b"HTTP/1.0" or head.method == b"CONNECT" or status < 200:
            self.begin(status, reason, fields, len(data))
            self.write(data)
            self.finish()
            return
        names = [name.lower() for name, _ in fields]
        parts = [b"HTTP/1.1 %d %b\r\n" % (status, reason)]
        if b"date" in names or b"server" in names:
            parts += [b"%b: %b\r\n" % field for field in self._own_fields(names)]
        else:
            parts.append(_CLOCK.lines())
        parts += [b"%b: %b\r\n" % field for field in fields]
        if b"content-length" not in names:
            parts.append(b"Content-Length: %d\r\n" % len(data))
        parts.append(b"\r\n" if self.codec.keep_alive else b"Connection: close\r\n\r\n")
        parts.append(data)
        self._status, self._sent = status, len(data)
        self._send(b"".join(parts))

    @staticmethod
    def _own_fields(names: Collection[bytes]) -> Fields:
        """Date and Server, where the application gave none."""
        made = []
        if b"date" not in names:
            made.append((b"Date", _CLOCK.date()))
        if b"server" not in names:
            made.append((b"Server", _SERVER))
        return made

    def interim(self, status: int, reason: bytes, fields: Fields) -> None:
        """Sends an interim response (1xx, RFC 9110 section 15.2); nothing to an HTTP/1.0 client."""
        if self.head is not None and self.head.version == b"HTTP/1.0":
            return
        head = ResponseHead(b"HTTP/1.1", status, reason, tuple(fields))
        self._send(self.codec.send(ResponseStarted(head)))

    def trailers(self, fields: Fields) -> None:
        """The trailer section that goes behind the last chunk (RFC 9112 section 7.1.2)."""
        self._trailers = list(fields)

    def _send(self, octets: bytes) -> None:
        if self.tape is not None:
            self.tape.said(octets)
        if not self._out:
            try:
                taken = self.socket.send(octets)
            except BlockingIOError:
                taken = 0
            except OSError:
                raise Gone("the client went away") from None
            if taken == len(octets):
                return
            octets = octets[taken:]
        self._out.append(octets)
        # A loop sends the rest when the client takes it; without one, or when much waits, it is waited for here.
        waiting = sum(map(len, self._out))
        if not self.service.gather or waiting > GATHERED:
            self._flush(block=True)

    def flush(self) -> bool:
        """Sends what waits as far as the client takes it now; True when nothing waits any more. Raises Gone."""
        return self._flush(block=False)

    def _flush(self, block: bool) -> bool:
        while self._out:
            octets = self._out[0]
            try:
                taken = self.socket.send(octets)
            except BlockingIOError:
                taken = 0
            except OSError:
                self._out.clear()
                raise Gone("the client went away") from None
            if taken == len(octets):
                del self._out[0]
                continue
            self._out[0] = octets[taken:]
            if not block:
                return False
            if not self.wait(select.POLLOUT, self.service.patience.body):
                self._out.clear()
                raise Gone("the client did not take the answer in time")
        return True

    # Refusing and ending

    def _refuse(self, violation: Violation) -> None:
        broken = rule(violation.id)
        text = f"byte {violation.offset}: {_visible(violation.detail or broken.sentence)}"
        self.service.log(f"refused {self.remote}: {text} [{violation.id}]")
        self.head = self.head or self.codec.head
        self._plain(broken.server or 400, f"{text} ({broken.source}) [{violation.id}]")

    def _plain(self, status: int, text: str) -> None:
        """An answer of the server's own, after which the connection closes."""
        content = (text + "\n").encode("ascii", "replace")
        fields = (
            (b"Date", _CLOCK.date()),
            (b"Server", _SERVER),
            (b"Content-Type", b"text/plain; charset=us-ascii"),
            (b"Content-Length", b"%d" % len(content)),
            (b"Connection", b"close"),
        )
        head = b"HTTP/1.1 %d %b\r\n" % (status, _REASONS[status])
        head += b"".join(b"%b: %b\r\n" % field for field in fields) + b"\r\n"
        if self.head is not None and self.head.method == b"HEAD":
            content = b""
        self._status = status
        self.codec.keep_alive = False
        try:
            self._send(head + content)
        except Gone:
            pass

    def expire(self) -> None:
        """The deadline passed: 408 for a request that had begun, nothing for an idle connection."""
        if not self.lingering and (self.head is not None or self.codec.waiting):
            what = "head" if self.head is None else "content"
            self._plain(408, f"the {what} of the request did not arrive in time")

    def half_close(self) -> bool:
        """Ends our half and starts to linger: what still arrives is dropped for a short while, so that a reset does
        not take the answer away from a client that is still sending. False when there is nobody to linger for."""
        self.lingering = True
        self.deadline = time.monotonic() + self.service.patience.linger
        try:
            self.socket.shutdown(sockets.SHUT_WR)
        except OSError:
            return False
        return True

    def linger(self) -> None:
        """Lingers here, waiting (see `half_close`)."""
        if self.abandoned:
            return
        self._flush(block=True)
        if not self.lingering and not self.half_close():
            return
        while (left := self.deadline - time.monotonic()) > 0:
            if not self.wait(select.POLLIN, left) or self.advance() == CLOSE:
                return


class Gathered:
    """Content that is read before the application is called: in memory, and beyond `GATHERED` in a file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._file: Any = None
        self._reading = False

    def add(self, data: bytes) -> None:
        """Keeps the next piece."""
        self._size += len(data)
        if self._file is not None:
            self._file.write(data)
        elif self._size > GATHERED:
            from tempfile import TemporaryFile

            self._file = TemporaryFile()  # noqa: SIM115 - it lives as long as this
            self._file.writelines((*self._pieces, data))
            self._pieces.clear()
        else:
            self._pieces.append(data)

    def read(self) -> bytes:
        """The next piece, b"" when all was read."""
        if self._file is None:
            return self._pieces.pop(0) if self._pieces else b""
        if not self._reading:
            self._reading = True
            self._file.seek(0)
        data: bytes = self._file.read(PIECE)
        return data

    def close(self) -> None:
        """Ends the file, if there is one."""
        if self._file is not None:
            self._file.close()


def _name(call: Callable[[], object]) -> object:
    try:
        return call()
    except OSError:
        return ("", 0)


def _visible(text: str) -> str:
    return "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in text)
