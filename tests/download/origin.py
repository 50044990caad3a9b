"""An origin with one file, for torture: it answers ranges as RFC 9110 has them, unless a request's turn is another
one."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import NamedTuple

from tests.download.listening import Listening
from tests.support import hold, reset

MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"
DATE = "Thu, 26 Nov 2026 08:00:00 GMT"


def octets(size: int, seed: int = 1) -> bytes:
    """Content in which no two places look alike."""
    made = bytearray()
    state = seed
    while len(made) < size:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        made += state.to_bytes(8, "big")
    return bytes(made[:size])


class Request(NamedTuple):
    """A request as it came: method, target and fields by lower-case name."""

    method: str
    target: str
    fields: dict[str, str]


class Turn(NamedTuple):
    """How one request is answered: `octets` of the answer's content and then `end` of the connection (None: all of
    it, and the connection is kept); or a `status` with `fields` and no file; or these octets `instead` of
    everything."""

    octets: int | None = None
    end: Callable[[socket.socket], None] | None = None
    status: int = 0
    fields: tuple[str, ...] = ()
    instead: bytes = b""
    before: Callable[[], object] | None = None


CUT = socket.socket.close
RESET = reset
HOLD = hold


class Origin(Listening):
    """The server, one thread a connection. `turns` are used up by requests in order, unless `choose` has one for a
    request; without one the file is served."""

    def __init__(self, content: bytes, *turns: Turn, etag: str = '"one"', modified: str = MODIFIED) -> None:
        super().__init__()
        self.content = content
        self.etag = etag
        self.modified = modified
        self.ranges = True
        self.chunked = False
        self.version = b"HTTP/1.1"
        self.fields: tuple[str, ...] = ()
        self.turns = list(turns)
        self.choose: Callable[[Request], Turn | None] = lambda request: None
        self.requests: list[Request] = []

    def serve(self, sock: socket.socket) -> None:
        while (request := _read(sock)) is not None:
            self.requests.append(request)
            turn = self.choose(request) or (self.turns.pop(0) if self.turns else Turn())
            if not self._answer(sock, request, turn):
                break

    def _answer(self, sock: socket.socket, request: Request, turn: Turn) -> bool:
        """Answers; False where the connection is over."""
        if turn.before is not None:
            turn.before()
        if turn.instead:
            sock.sendall(turn.instead)
            if turn.end is not None:
                turn.end(sock)
            return False
        if turn.status:
            lines = "".join(f"{line}\r\n" for line in turn.fields)
            sock.sendall(f"HTTP/1.1 {turn.status} Status\r\nContent-Length: 0\r\n{lines}\r\n".encode())
            return True
        status, fields, content = self._file(request)
        lines = "".join(f"{line}\r\n" for line in (*fields, *self.fields, *turn.fields))
        if self.chunked:
            head = f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n{lines}\r\n".encode()
            content = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in _split(content, 100)) + b"0\r\n\r\n"
        else:
            head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{lines}\r\n".encode()
        head = head.replace(b"HTTP/1.1", self.version, 1)
        sock.sendall(head + content[: len(content) if turn.octets is None else turn.octets])
        if turn.end is not None:
            turn.end(sock)
            return False
        return True

    def _file(self, request: Request) -> tuple[str, list[str], bytes]:
        fields = [f"Date: {DATE}"]
        fields += [f"ETag: {self.etag}"] if self.etag else []
        fields += [f"Last-Modified: {self.modified}"] if self.modified else []
        asked = request.fields.get("range", "")
        condition = request.fields.get("if-range")
        same = condition is None or condition in (self.etag, self.modified)
        if not self.ranges or not asked or not same:
            return "200 OK", fields, self.content
        first, _, last = asked.removeprefix("bytes=").partition("-")
        size = len(self.content)
        begin, end = int(first), min(int(last or size - 1), size - 1)
        if begin >= size:
            return "416 Range Not Satisfiable", [*fields, f"Content-Range: bytes */{size}"], b""
        fields.append(f"Content-Range: bytes {begin}-{end}/{size}")
        return "206 Partial Content", fields, self.content[begin : end + 1]


def _split(content: bytes, size: int) -> list[bytes]:
    return [content[i : i + size] for i in range(0, len(content), size)]


def _read(sock: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return None
        data += piece
    first, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Request(method, target, fields)
