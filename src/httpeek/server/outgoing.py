"""What leaves on a served connection: answers framed, sent, and kept while the client does not take them.

It is the `Wire` of the gateways. The socket never blocks: octets that the client does not take wait here, until a loop
calls `flush` or whoever serves the connection alone calls `drain`.
"""

from __future__ import annotations

import os
import select
import time
from io import FileIO
from stat import S_ISREG

from httpeek.model.events import OUT, Completed, Content, Moved, ResponseStarted, Trailers
from httpeek.model.message import ResponseHead
from httpeek.model.nouns import Noun
from httpeek.net.stream import sockets
from httpeek.server.gathered import GATHERED
from httpeek.server.service import CLOCK, SERVER, Gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from httpeek.codec.http1.server import ServerConnection
    from httpeek.model.message import RequestHead
    from httpeek.server.fields import Prepared
    from httpeek.server.service import Service
    from httpeek.server.tape import Tape
    from httpeek.server.tls import Secure

    Fields = list[tuple[bytes, bytes]]

_REASONS = {
    100: b"Continue",
    400: b"Bad Request",
    408: b"Request Timeout",
    411: b"Length Required",
    413: b"Content Too Large",
    414: b"URI Too Long",
    417: b"Expectation Failed",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    505: b"HTTP Version Not Supported",
}


def ready(fd: int, events: int, seconds: float) -> bool:
    """Waits for a descriptor; False when `seconds` have passed. A negative number is a look without a wait."""
    poll = select.poll()
    poll.register(fd, events)
    return bool(poll.poll(max(0, int(seconds * 1000) + 1)))


class Extent(Noun):
    """A part of an open file: its descriptor, where it begins, and how many octets it has."""

    descriptor: int
    offset: int
    octets: int


_EXTENT = 1024 * 1024 * 1024
"""Octets that one sendfile(2) may be asked for; Linux moves 2 GiB at most."""
_MORE = getattr(sockets, "MSG_MORE", 0)


class Outgoing:
    """The outgoing half. `head` is the request that is answered, `status` and `sent` (octets of content) what was
    answered; `arrived` and `begun` are the monotonic moments when the request began to arrive and when the application
    was called; `tape` keeps the octets, where there is one."""

    def __init__(self, sock: sockets.socket | Secure, codec: ServerConnection, service: Service) -> None:
        self.head: RequestHead | None = None
        self.status = 0
        self.sent = 0
        self.arrived = self.begun = 0.0
        self.tape: Tape | None = None
        self._socket = sock
        self._tls: Secure | None = sock if service.tls is not None else None  # type: ignore[assignment]  # then it is
        self._fd = sock.fileno()
        self._codec = codec
        self._service = service
        self._pending = b""  # a head that waits for the first content, so that both leave in one segment
        self._out: list[bytes | memoryview | Extent] = []  # what the client has not taken yet
        self._trailers: Fields = []
        self._chunked = False  # the answer in hand has a place for trailers

    @property
    def unsent(self) -> bool:
        """True while octets wait for the client to take them."""
        return bool(self._out) or (self._tls is not None and self._tls.unsent)

    @property
    def held(self) -> bool:
        """True while a head waits for the first content: nothing of the answer is sent."""
        return bool(self._pending)

    def wait(self) -> None:
        """See `Wire.wait`. Raises Gone."""
        if sum(part.octets if isinstance(part, Extent) else len(part) for part in self._out) > GATHERED:
            self.drain()

    def begin(self, status: int, reason: bytes, fields: Fields, known: int | None) -> None:
        """See `Wire.begin`: adds Date, Server and the framing that the application left to the server."""
        head, codec = self.head, self._codec
        assert head is not None
        if codec.refused:
            raise Gone("the content of the request is broken")
        if codec.needs_continue or self._leaves_much():
            codec.keep_alive = False  # whether content comes now, nobody can tell (RFC 9110 section 10.1.1)
        if status == 204 or (head.method == b"CONNECT" and status < 300):
            # RFC 9110 section 8.6: such an answer says nothing of a length.
            fields = [field for field in fields if field[0].lower() != b"content-length"]
            known = None
        names = {name.lower() for name, _ in fields}
        made = self._own_fields(names) + fields
        if self._service.timing:
            made.append((b"Server-Timing", self._timing()))
        modern = head.version != b"HTTP/1.0"
        self._chunked = False
        if b"content-length" not in names and status not in (204, 304):
            if known is not None:
                made.append((b"Content-Length", b"%d" % known))
            elif modern and (head.method != b"CONNECT" or status >= 300):
                made.append((b"Transfer-Encoding", b"chunked"))
                self._chunked = head.method != b"HEAD"
            else:
                codec.keep_alive = False
        if not codec.keep_alive:
            made.append((b"Connection", b"close"))
        elif not modern:
            made.append((b"Connection", b"keep-alive"))
        self.status = status
        self._trailers = []
        self._pending = codec.send(ResponseStarted(ResponseHead(b"HTTP/1.1", status, reason, tuple(made))))

    def _leaves_much(self) -> bool:
        """True where so much content of the request has not come yet that it will not be waited for behind the answer:
        then the answer says that the connection closes (RFC 9112 section 9.6)."""
        missing = self._codec.missing
        return missing is None or missing > GATHERED

    def write(self, data: bytes) -> None:
        """See `Wire.write`."""
        octets = self._pending + self._codec.send(Content(OUT, 0, data))
        self._pending = b""
        self.sent += len(data)
        self.send(octets)

    def extent(self, file: Any) -> Extent | None:
        """See `Wire.extent`: a regular file, and nobody who wants to see its octets on the way. What only reads from
        one (gzip.GzipFile has its descriptor, too) is not the file."""
        if self.tape is not None or self._tls is not None or not hasattr(os, "sendfile"):
            return None
        if type(getattr(file, "raw", file)) is not FileIO:
            return None
        try:
            descriptor = file.fileno()
            about = os.fstat(descriptor)
            offset = file.tell()
        except (AttributeError, OSError, ValueError):
            return None
        if not S_ISREG(about.st_mode):
            return None
        return Extent(descriptor, offset, max(0, about.st_size - offset))

    def move(self, extent: Extent) -> None:
        """See `Wire.move`. Raises Gone."""
        self._codec.send(Moved(OUT, 0, extent.octets))
        self.sent += extent.octets
        self._out += [self._pending, extent] if self._pending else [extent]
        self._pending = b""
        self.flush()

    def finish(self) -> None:
        """See `Wire.finish`."""
        octets = self._pending
        self._pending = b""
        if self._trailers and self._chunked:
            octets += self._codec.send(Trailers(OUT, tuple(self._trailers)))
        octets += self._codec.send(Completed(OUT, self.sent))
        if octets:
            self.send(octets)

    def whole(self, status: tuple[int, bytes, bytes], fields: list[Prepared], data: bytes) -> None:
        """See `Wire.whole`. The usual answer, made without the codec: its content and length are known."""
        head = self.head
        codec = self._codec
        if (
            head is None
            or head.version == b"HTTP/1.0"
            or head.method == b"CONNECT"
            or codec.needs_continue
            or (not codec.complete and self._leaves_much())
            or (not codec.keep_alive and codec.refused)
        ):
            self.begin(status[0], status[1], [field[:2] for field in fields], len(data))
            self.write(data)
            self.finish()
            return
        names = [field[2] for field in fields]
        parts = [status[2]]
        if b"date" in names or b"server" in names:
            parts += [b"%b: %b\r\n" % field for field in self._own_fields(names)]
        else:
            parts.append(CLOCK.lines())
        parts += [field[3] for field in fields]
        if b"content-length" not in names:
            parts.append(b"Content-Length: %d\r\n" % len(data))
        if self._service.timing:
            parts.append(b"Server-Timing: %b\r\n" % self._timing())
        parts.append(b"\r\n" if codec.keep_alive else b"Connection: close\r\n\r\n")
        parts.append(data)
        self.status, self.sent = status[0], len(data)
        self.send(b"".join(parts))

    @staticmethod
    def _own_fields(names: Collection[bytes]) -> Fields:
        """Date and Server, where the application gave none."""
        made = []
        if b"date" not in names:
            made.append((b"Date", CLOCK.date()))
        if b"server" not in names:
            made.append((b"Server", SERVER))
        return made

    def _timing(self) -> bytes:
        """How long the request took to arrive and the application to begin its answer, in ms (W3C Server-Timing)."""
        read, called = self.begun - self.arrived, time.monotonic() - self.begun
        return b"read;dur=%.3f, app;dur=%.3f" % (read * 1000, called * 1000)

    def interim(self, status: int, reason: bytes, fields: Fields) -> None:
        """Sends an interim response (1xx, RFC 9110 section 15.2); nothing to an HTTP/1.0 client."""
        if self.head is not None and self.head.version == b"HTTP/1.0":
            return
        head = ResponseHead(b"HTTP/1.1", status, reason, tuple(fields))
        self.send(self._codec.send(ResponseStarted(head)))

    def trailers(self, fields: Fields) -> None:
        """The trailer section that goes behind the last chunk (RFC 9112 section 7.1.2); an answer without chunks, as
        to HTTP/1.0, goes without it (RFC 9110 section 6.5.1)."""
        self._trailers = list(fields)

    def send(self, octets: bytes) -> None:
        """Sends octets as they are, or keeps what the client does not take now. Raises Gone."""
        if self.tape is not None:
            self.tape.said(octets)
        if not self._out:
            try:
                taken = self._socket.send(octets)
            except BlockingIOError:
                taken = 0
            except OSError:
                raise Gone("the client went away") from None
            if taken == len(octets):
                return
            self._out.append(memoryview(octets)[taken:])  # what is left is not copied each time some is taken
            return
        self._out.append(octets)

    def drain(self) -> None:
        """Sends what waits, and waits itself while the client does not take it. Raises Gone."""
        self._flush(block=True)

    def flush(self) -> bool:
        """Sends what waits as far as the client takes it now; True when nothing waits any more. Raises Gone."""
        return self._flush(block=False)

    def _flush(self, block: bool) -> bool:
        while self.unsent:
            try:
                self._send_next()
                continue
            except BlockingIOError:
                pass
            except OSError as error:
                self._out.clear()
                raise error if isinstance(error, Gone) else Gone("the client went away") from None
            if not block:
                return False
            if not ready(self._fd, select.POLLOUT, self._service.patience.body):
                self._out.clear()
                raise Gone("the client did not take the answer in time")
        return True

    def _send_next(self) -> None:
        """Sends what the client takes now of the first part. Raises OSError as send(2) does, and Gone for a file that
        has become shorter."""
        if not self._out:
            if self._tls is not None and not self._tls.push():
                raise BlockingIOError
            return
        part = self._out[0]
        if isinstance(part, Extent):
            taken = os.sendfile(self._fd, part.descriptor, part.offset, min(part.octets, _EXTENT)) if part.octets else 0
            if not taken and part.octets:
                raise Gone("the file became shorter while it was sent")
            left: memoryview | Extent = part._replace(offset=part.offset + taken, octets=part.octets - taken)
            size = part.octets - taken
        else:
            # A head is followed by its file: both may leave in one segment (MSG_MORE, send(2)).
            taken = self._socket.send(part, _MORE if len(self._out) > 1 else 0)
            left = memoryview(part)[taken:]
            size = len(left)
        if size:
            self._out[0] = left
        else:
            del self._out[0]

    def plain(self, status: int, text: str) -> None:
        """An answer of the server's own, after which the connection closes."""
        content = (text + "\n").encode("ascii", "replace")
        fields = (
            (b"Date", CLOCK.date()),
            (b"Server", SERVER),
            (b"Content-Type", b"text/plain; charset=us-ascii"),
            (b"Content-Length", b"%d" % len(content)),
            (b"Connection", b"close"),
        )
        head = b"HTTP/1.1 %d %b\r\n" % (status, _REASONS[status])
        head += b"".join(b"%b: %b\r\n" % field for field in fields) + b"\r\n"
        if self.head is not None and self.head.method == b"HEAD":
            content = b""
        self.status = status
        self._pending = b""
        self._codec.keep_alive = False
        try:
            self.send(head + content)
        except Gone:
            pass
